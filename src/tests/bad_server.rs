//! Everything that can be wrong with a download. The firmware that runs keeps running and names the cause.

use super::story::boots;
use super::*;
use crate::update::{Failure, FlashStep};
use d1_image::intake::{self, Refusal};

fn good() -> Vec<u8> {
    image(Slot::Two, 2, 30_000)
}

/// The same, from a program without room for a manifest in front.
fn manifest_last() -> Vec<u8> {
    let irom: Vec<u8> = (0..30_000).map(|n| (n * 7) as u8).collect();
    let mut image = compose(MAP, Slot::Two, Manifest::new(2), &irom);
    sign(&mut image, &SecretKey::DEVELOPMENT).unwrap();
    image
}

/// Begins an update that fails with this cause; the connection to its report.
#[track_caller]
fn failed(world: &mut World, cause: Failure) -> usize {
    let watch = world.begin_update();
    world.until_console("update failed: ");
    let failure = world.firmware.update().failure();
    assert_eq!(failure, Some(cause), "{}", world.console);
    watch
}

/// An update with this script fails with this cause, and the next one, from a good server, succeeds.
#[track_caller]
pub fn fails(script: Vec<Act>, cause: Failure) {
    let mut world = World::joined(script);
    let watch = failed(&mut world, cause);
    recovers(world, watch, cause);
}

/// An update with this script succeeds.
#[track_caller]
fn succeeds(script: Vec<Act>) {
    let mut world = World::joined(script);
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

/// The cause is on the console, on the page, in the report; the running image stays; and the next update works.
#[track_caller]
pub fn recovers(mut world: World, watch: usize, cause: Failure) {
    let line = format!("update failed: {cause}; user1 keeps running\n");
    assert!(world.console.ends_with(&line), "{}", world.console);
    world.until("the end of the report", |world| {
        world.station.has_ended(watch)
    });
    let report = world.station.take_text(watch);
    assert!(report.contains(&line), "{report}");
    let page = world.get(80, "/");
    let shown = format!("failed: {}", crate::http::Html(cause));
    assert!(
        page.contains("build 1\n") && page.contains(&shown),
        "{page}"
    );
    assert!(page.contains("begin update"), "{page}");
    assert_eq!(boots(&world.chip), (Slot::One, 1));

    world.chip.broken = None;
    world.server.is_off = false;
    world.server.set_script(Act::image(&good()));
    world.begin_update();
    world.until("the restart after the next update", |world| {
        world.has_restarted
    });
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
    assert_eq!(world.chip.violations(), []);
}

/// As [`fails`], and nothing of flash was touched but one cell of the history.
#[track_caller]
pub fn fails_before_flash(script: Vec<Act>, cause: Failure) {
    let mut world = World::joined(script);
    let before = world.chip.operations();
    let watch = failed(&mut world, cause);
    assert_eq!(world.chip.operations(), before + 1, "flash was touched");
    assert_eq!(world.chip.erases(), 0, "flash was erased");
    recovers(world, watch, cause);
}

#[test]
fn server_off() {
    let mut world = World::joined(vec![]);
    world.server.is_off = true;
    let watch = world.begin_update();
    world.until_console("update failed: ");
    recovers(world, watch, Failure::Refused);
}

#[test]
fn not_found() {
    fails_before_flash(Act::head("404 Not Found"), Failure::NotFound(Slot::Two));
}

#[test]
fn redirect() {
    fails_before_flash(Act::head("302 Found"), Failure::Redirect(302));
}

#[test]
fn server_error() {
    fails_before_flash(Act::head("500 Oops"), Failure::Status(500));
}

#[test]
fn closed_or_reset_before_an_answer() {
    fails_before_flash(vec![Act::Close], Failure::ClosedEarly);
    fails_before_flash(vec![Act::Abort], Failure::ClosedEarly);
}

#[test]
fn no_answer_at_all() {
    fails_before_flash(
        vec![Act::Wait(Duration::from_secs(60))],
        Failure::Stalled { received: 0 },
    );
}

#[test]
fn not_http() {
    let script = vec![Act::Send(b"220 mail ready\r\n".to_vec()), Act::Close];
    fails_before_flash(script, Failure::NotHttp);
}

#[test]
fn no_length_or_a_bad_one() {
    let answer = |header: &str| {
        let mut bytes = format!("HTTP/1.1 200 OK\r\n{header}\r\n").into_bytes();
        bytes.extend(good());
        vec![Act::Send(bytes), Act::Close]
    };
    fails_before_flash(answer(""), Failure::NoLength);
    fails_before_flash(answer("Content-Length: many\r\n"), Failure::BadLength);
    fails_before_flash(answer("Transfer-Encoding: chunked\r\n"), Failure::Encoded);
}

#[test]
fn length_of_nothing() {
    fails_before_flash(Act::image(&[]), Failure::NotForUs(Refusal::TooShort));
}

#[test]
fn too_large_for_the_slot() {
    let cause = Failure::TooLarge {
        image: 0x8_0000,
        slot: 0x7_8000,
        flash: 0x10_0000,
    };
    fails_before_flash(Act::with_len(&good(), 0x8_0000), cause);
}

#[test]
fn a_web_page() {
    let page = b"<!doctype html><title>Sign in</title>";
    fails_before_flash(Act::image(page), Failure::NotForUs(Refusal::Html));
}

#[test]
fn a_web_page_that_never_ends_is_named_at_once() {
    let mut script = Act::with_len(b"<!doctype html><title>Sign in</title>", 30_000);
    script[1] = Act::Wait(Duration::from_secs(60));
    let mut world = World::joined(script);
    let begin = world.now;
    world.begin_update();
    world.until_console("an HTML page");
    let waited = world.now - begin;
    assert!(waited < Duration::from_secs(1), "{waited}");
}

#[test]
fn a_gzip_stream() {
    let mut body = vec![0x1F, 0x8B, 8, 0];
    body.resize(30_000, 0x55);
    fails_before_flash(Act::image(&body), Failure::NotForUs(Refusal::Gzip));
}

#[test]
fn an_esp32_image() {
    let mut body = vec![
        0xE9, 4, 2, 0x20, 0x78, 0x10, 0x08, 0x40, 0xEE, 0, 0, 0, 9, 0, 0, 0,
    ];
    body.resize(30_000, 0x11);
    fails_before_flash(
        Act::image(&body),
        Failure::NotForUs(Refusal::Esp32 { chip_id: 9 }),
    );
}

#[test]
fn the_image_of_the_running_slot() {
    let cause = Failure::NotForUs(Refusal::WrongSlot { found: Slot::One });
    fails_before_flash(Act::image(&image(Slot::One, 2, 30_000)), cause);
}

#[test]
fn the_image_of_another_flash_map() {
    let other = image_for(FlashMap::M4, Slot::Two, 2, 30_000);
    let code = FlashMap::M4.code();
    fails(
        Act::image(&other),
        Failure::NotForUs(Refusal::WrongMap { code }),
    );
}

#[test]
fn truncated_or_reset_in_the_middle() {
    let good = good();
    let cause = Failure::Truncated {
        received: 20_000,
        expected: good.len() as u32,
    };
    fails(Act::with_len(&good[..20_000], good.len()), cause);
    let mut script = Act::with_len(&good[..20_000], good.len());
    script[1] = Act::Abort;
    fails(script, cause);
}

#[test]
fn extra_bytes_with_the_last_one_or_later() {
    let good = good();
    let cause = Failure::ExtraBytes {
        expected: good.len() as u32,
    };
    let mut body = good.clone();
    body.extend(b"extra");
    fails(Act::with_len(&body, good.len()), cause);
    let mut script = Act::image(&good);
    script.insert(1, Act::Wait(Duration::from_millis(500)));
    script.insert(2, Act::Send(b"extra".to_vec()));
    fails(script, cause);
}

#[test]
fn another_length_than_the_manifest_says() {
    let good = good();
    let (stated, len) = (good.len() as u32, good.len() as u32 - 32);
    let cause = Failure::NotForUs(Refusal::OtherLen { stated, len });
    fails_before_flash(Act::with_len(&good[..len as usize], len as usize), cause);

    let mut body = good.clone();
    body.resize(good.len() + 16, 0);
    let len = body.len() as u32;
    let cause = Failure::NotForUs(Refusal::OtherLen { stated, len });
    fails_before_flash(Act::image(&body), cause);
}

#[test]
fn announced_shorter_than_an_image_is_that_has_its_manifest_last() {
    let good = manifest_last();
    let len = good.len() - 32;
    let mut world = World::joined(Act::with_len(&good[..len], len));
    let watch = world.begin_update();
    world.until_console("update failed: the image read back from flash is bad: ");
    let cause = world.firmware.update().failure().unwrap();
    recovers(world, watch, cause);
}

#[test]
fn bytes_behind_the_end_of_an_image_that_has_its_manifest_last() {
    let good = manifest_last();
    let mut body = good.clone();
    body.resize(good.len() + 16, 0);
    let cause = Failure::Trailing {
        image: good.len() as u32,
        received: body.len() as u32,
    };
    fails(Act::image(&body), cause);
}

#[test]
fn one_flipped_bit_anywhere_behind_the_header() {
    let good = good();
    for bit in (16 * 8..good.len() * 8).step_by(24_001) {
        let mut body = good.clone();
        body[bit / 8] ^= 1 << (bit % 8);
        let mut world = World::joined(Act::image(&body));
        let watch = world.begin_update();
        world.until_console("update failed: ");
        let cause = world.firmware.update().failure().unwrap();
        let by_manifest = 16 * 8..intake::LEN * 8;
        assert!(
            matches!(cause, Failure::Bad(_)) || by_manifest.contains(&bit),
            "bit {bit}: {cause}"
        );
        recovers(world, watch, cause);
    }
}

#[test]
fn a_server_that_stalls() {
    let good = good();
    let mut script = Act::with_len(&good[..9_000], good.len());
    script[1] = Act::Wait(Duration::from_secs(60));
    fails(script, Failure::Stalled { received: 9_000 });
}

#[test]
fn a_server_that_is_slow_but_never_stops_is_waited_for() {
    let good = good();
    let mut script = Vec::new();
    for piece in Act::image(&good) {
        let Act::Send(bytes) = piece else { continue };
        for part in bytes.chunks(4_000) {
            script.push(Act::Send(part.to_vec()));
            script.push(Act::Wait(Duration::from_secs(9)));
        }
    }
    script.push(Act::Close);
    succeeds(script);
}

#[test]
fn a_server_that_keeps_the_connection_open_does_not_matter() {
    let mut script = Act::image(&good());
    script[1] = Act::Wait(Duration::from_secs(60));
    succeeds(script);
}

#[test]
fn the_station_leaves_in_mid_update() {
    let good = good();
    let mut script = Act::with_len(&good[..9_000], good.len());
    script[1] = Act::Wait(Duration::from_secs(60));
    let mut world = World::joined(script);
    world.begin_update();
    world.until_written(8_192);
    world.link.set_left(true);
    let left_at = world.now;
    world.until_console("update failed: the station left the network");
    assert!(
        world.now < left_at + Duration::from_secs(5),
        "took {}",
        world.now - left_at
    );
    world.link.set_left(false);
    assert!(world.get(80, "/").contains("the station left the network"));
}

#[test]
fn the_station_goes_and_comes_back_at_once() {
    let mut script = Act::image(&good());
    let Act::Send(all) = script.remove(0) else {
        panic!()
    };
    script.insert(0, Act::Send(all[..9_000].to_vec()));
    script.insert(1, Act::Wait(Duration::from_secs(4)));
    script.insert(2, Act::Send(all[9_000..].to_vec()));
    let mut world = World::joined(script);
    world.begin_update();
    world.until_written(8_192);
    world.link.set_left(true);
    world.pass(Duration::from_secs(2));
    world.link.set_left(false);
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn flash_that_fails_is_named_with_step_and_place() {
    let cases = [
        (
            FlashStep::Erase,
            Failure::Flash {
                step: FlashStep::Erase,
                offset: 0x8_1000,
            },
        ),
        (
            FlashStep::Program,
            Failure::Flash {
                step: FlashStep::Program,
                offset: 0x8_1000,
            },
        ),
    ];
    for (step, cause) in cases {
        let mut world = World::joined(Act::image(&good()));
        // Not erased: otherwise nobody would mind.
        let slot = MAP.slot(Slot::Two);
        world
            .chip
            .put(slot.start.get(), &std::vec![0; slot.len as usize]);
        world.chip.broken = Some(step);
        let watch = world.begin_update();
        world.until_console("update failed: ");
        recovers(world, watch, cause);
    }
}

#[test]
fn a_record_that_cannot_be_written_fails_the_update() {
    let mut world = World::joined(Act::image(&good()));
    let watch = world.begin_update();
    world.until_console("reading back");
    // One more turn verifies, the next one writes.
    world.chip.broken = Some(FlashStep::Program);
    world.until_console("update failed: ");
    recovers(world, watch, Failure::Record);
}

#[test]
fn a_chip_smaller_than_the_map_serves_but_does_not_update() {
    let mut chip = Chip::new();
    chip.put(
        MAP.slot(Slot::One).start.get(),
        &image(Slot::One, 1, 20_000),
    );
    let mut world = World::with_chip(chip, Slot::One, 1, Act::image(&good()));
    world.identity.chip_len = 0x8_0000;
    world.restart(Slot::One, 1);
    world.join();
    let path = world.link("begin update");
    let answer = world.get(88, &path);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("the flash chip has 524288 bytes, this firmware is built for 1048576"));
    assert!(world.server.requests.is_empty());
    assert!(world.get(80, "/").contains("build 1\n"));
}
