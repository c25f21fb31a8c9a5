//! Whose images are taken: signatures, projects, releases.

use super::bad_server::{fails, fails_before_flash};
use super::story::boots;
use super::*;
use crate::identity::TRUSTED_KEY;
use crate::update::Failure;
use d1_image::crc::seal;
use d1_image::intake::Refusal;
use d1_image::manifest::{ManifestView, Project};

const OTHER: SecretKey = SecretKey::new([7; 32]);

/// An image of that manifest for slot 2, signed.
fn signed(manifest: Manifest, key: &SecretKey) -> Vec<u8> {
    let mut image = unsigned(MAP, Slot::Two, manifest, 30_000);
    sign(&mut image, key).unwrap();
    image
}

fn of_release(release: u32) -> Vec<u8> {
    let manifest = Manifest {
        release,
        ..Manifest::new(2)
    };
    signed(manifest, &SecretKey::DEVELOPMENT)
}

#[test]
fn an_unsigned_image_is_refused_before_flash_is_touched() {
    let image = unsigned(MAP, Slot::Two, Manifest::new(2), 30_000);
    fails_before_flash(Act::image(&image), Failure::NotForUs(Refusal::Unsigned));
}

#[test]
fn an_image_signed_by_another_key_is_refused_before_flash_is_touched() {
    let cause = Failure::NotForUs(Refusal::OtherKey {
        found: OTHER.public().id(),
        trusted: TRUSTED_KEY.id(),
    });
    fails_before_flash(Act::image(&signed(Manifest::new(2), &OTHER)), cause);
}

#[test]
fn an_image_of_another_project_is_refused_before_flash_is_touched() {
    let found = Project::new("blinky");
    let manifest = Manifest {
        project: found,
        ..Manifest::new(2)
    };
    let cause = Failure::NotForUs(Refusal::OtherProject { found });
    let image = signed(manifest, &SecretKey::DEVELOPMENT);
    fails_before_flash(Act::image(&image), cause);
}

#[test]
fn an_image_for_a_board_to_come_is_refused_before_flash_is_touched() {
    let manifest = Manifest {
        board: 2,
        ..Manifest::new(2)
    };
    let cause = Failure::NotForUs(Refusal::OtherBoard { lowest: 2 });
    let image = signed(manifest, &SecretKey::DEVELOPMENT);
    fails_before_flash(Act::image(&image), cause);
}

#[test]
fn an_image_from_before_there_were_manifests_is_refused() {
    let mut image = image(Slot::Two, 2, 30_000);
    image[19] = b'1';
    seal(&mut image);
    fails(Act::image(&image), Failure::NotForUs(Refusal::NoManifest));
}

#[test]
fn a_bit_flipped_anywhere_with_its_crc_repaired_is_a_bad_signature() {
    let good = image(Slot::Two, 2, 30_000);
    // Signature, reserved bytes of the manifest, code, padding before the checksum.
    for at in [16 + 70, 16 + 50, 16 + 128, 20_000, good.len() - 8] {
        let mut image = good.clone();
        image[at] ^= 4;
        seal(&mut image);
        fails(Act::image(&image), Failure::Forged(TRUSTED_KEY.id()));
    }
}

#[test]
fn another_key_under_the_trusted_ones_name_is_a_bad_signature() {
    let mut image = signed(Manifest::new(2), &OTHER);
    ManifestView::new_unchecked(&mut image[16..]).set_key(Some(TRUSTED_KEY.id()));
    seal(&mut image);
    fails(Act::image(&image), Failure::Forged(TRUSTED_KEY.id()));
}

#[test]
fn an_image_with_its_manifest_last_is_judged_when_all_of_it_is_there() {
    let irom = [7; 30_000];
    let mut image = compose(MAP, Slot::Two, Manifest::new(2), &irom);
    fails(Act::image(&image), Failure::NotForUs(Refusal::Unsigned));
    sign(&mut image, &SecretKey::DEVELOPMENT).unwrap();
    let mut world = World::joined(Act::image(&image));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

/// A device that runs that release.
fn running(release: u32, served: &[u8]) -> World {
    let mut world = World::new(Act::image(served));
    world.identity.release = release;
    world.restart(Slot::One, 1);
    world.join();
    world
}

/// Follows a link to port 88.
fn send_update(world: &mut World, path: &str) {
    let connection = world.station.connect(88);
    let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
    world.station.send(connection, request.as_bytes());
}

#[test]
fn an_older_release_is_refused_unless_it_is_forced() {
    let older = of_release(4);
    let mut world = running(5, &older);
    let before = world.chip.operations();
    world.begin_update();
    let (found, lowest) = (4, 5);
    let cause = Failure::NotForUs(Refusal::Older { found, lowest });
    world.until_console(&format!("update failed: {cause}"));
    // One note in the history.
    assert_eq!(world.chip.operations(), before + 1, "flash was touched");
    assert_eq!(world.chip.erases(), 0, "flash was erased");
    let path = world.link("update to the older image");
    send_update(&mut world, &path.replace("&amp;", "&"));
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn force_is_for_age_only_and_for_one_update_only() {
    let mut world = running(5, &signed(Manifest::new(2), &OTHER));
    let path = world.link("begin update");
    send_update(&mut world, &format!("{path}&force=1"));
    world.until_console("update failed: ");
    let cause = world.firmware.update().failure();
    assert!(
        matches!(cause, Some(Failure::NotForUs(Refusal::OtherKey { .. }))),
        "{cause:?}"
    );
    world.server.set_script(Act::image(&of_release(4)));
    world.console.clear();
    world.begin_update();
    world.until_console("update failed: what came was an older image");
}

#[test]
fn the_same_and_newer_releases_are_taken() {
    for release in [5, 6] {
        let mut world = running(5, &of_release(release));
        world.begin_update();
        world.until("the restart", |world| world.has_restarted);
    }
}

#[test]
fn a_development_build_does_not_take_a_releases_place_by_itself() {
    let mut world = running(5, &of_release(0));
    world.begin_update();
    world.until_console("a development image, older than any release (5 runs)");
}

#[test]
fn the_page_links_to_force_only_when_age_was_the_cause() {
    let mut world = World::joined(Act::head("404 Not Found"));
    assert!(!world.get(80, "/").contains("force"));
    world.begin_update();
    world.until_console("update failed: ");
    assert!(!world.get(80, "/").contains("force"));
}

#[test]
fn the_page_says_who_has_to_sign() {
    let mut world = World::joined(vec![]);
    let page = world.get(80, "/");
    let line = "<dt>updates<dd>signed by development key 47409e86, which everybody has\n";
    assert!(page.contains(line), "{page}");
}
