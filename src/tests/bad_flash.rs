//! Flash that does not do as it is told: retried, then named; never believed.

use super::story::boots;
use super::*;
use crate::update::{Failure, FlashStep};

fn new() -> Vec<u8> {
    image(Slot::Two, 2, 30_000)
}

/// Where slot 2 starts.
fn slot() -> u32 {
    MAP.slot(Slot::Two).start.get()
}

#[track_caller]
fn fails(world: &mut World, cause: Failure) {
    world.begin_update();
    world.until_console("update failed");
    assert_eq!(
        world.firmware.update().failure(),
        Some(cause),
        "{}",
        world.console
    );
    assert_eq!(boots(&world.chip), (Slot::One, 1));
    let page = world.get(80, "/");
    let text = crate::http::Html(cause).to_string();
    assert!(page.contains("build 1\n") && page.contains(&text), "{page}");
}

#[test]
fn a_supply_that_sags_once_is_overcome_by_trying_again() {
    // In the middle of a sector, so that a page is hit; and at its start, so that an erase is.
    for written in [2_560, 3_840] {
        let mut world = World::joined(Act::image(&new()));
        world.begin_update();
        world.until_written(written);
        world.chip.weaken_supply(1);
        world.until("the restart", |world| world.has_restarted);
        assert_eq!(boots(&world.chip), (Slot::Two, 2), "weak at {written}");
    }
}

#[test]
fn a_supply_that_stays_weak_is_named_and_the_next_update_works() {
    let mut world = World::joined(Act::image(&new()));
    world.begin_update();
    world.until_written(2_560);
    world.chip.weaken_supply(u64::MAX);
    world.until_console("update failed: flash does not keep what is written at 0x8");
    world.chip.weaken_supply(0);
    assert_eq!(boots(&world.chip), (Slot::One, 1));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn worn_cells_are_named_by_their_place() {
    let mut world = World::joined(Act::image(&new()));
    world.chip.stick(slot() + 0x1234, 1);
    let offset = slot() + 0x1220;
    fails(
        &mut world,
        Failure::Flash {
            step: FlashStep::Keep,
            offset,
        },
    );
    let history = world.get(80, "/status.json");
    let told = format!("\"cause\":\"flash worn out, or a weak supply at {offset:#x}\"");
    assert!(history.contains(&told), "{history}");
}

#[test]
fn worn_cells_that_the_image_does_not_mind_do_no_harm() {
    let mut world = World::joined(Act::image(&new()));
    // Beyond the image's last sector.
    world.chip.stick(slot() + 0x9000, 4096);
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn a_write_protected_chip_is_named_as_such() {
    let mut world = World::joined(Act::image(&new()));
    world.chip.is_write_protected = true;
    fails(&mut world, Failure::WriteProtected);
}

#[test]
fn a_boot_record_cell_that_is_worn_is_passed_over() {
    let mut world = World::joined(Act::image(&new()));
    let [first, _] = MAP.record_sectors();
    world.chip.stick(first.get() + 7, 1);
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn without_beacons_a_firmware_on_trial_restarts_and_a_confirmed_one_does_not() {
    let mut world = World::joined(Act::image(&new()));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    world.link.set_silent(true);
    world.restart(Slot::Two, 2);
    world.pass(crate::health::TRIAL_TIME);
    world.pass(Duration::from_secs(1));
    assert!(world.has_restarted, "{}", world.console);
    assert!(
        world.console.contains("on trial and out of reach"),
        "{}",
        world.console
    );

    let mut world = World::new(vec![]);
    world.link.set_silent(true);
    world.pass(crate::health::TRIAL_TIME * 2);
    assert!(!world.has_restarted, "it was on no trial");
}

#[test]
fn an_image_of_other_people_is_selected_without_a_trial() {
    let mut world = World::joined(Act::image(&image(Slot::Two, 0, 30_000)));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let newest = crate::update::record::newest(&mut world.chip, MAP).unwrap();
    assert_eq!(newest.kind, d1_image::record::Kind::Select { trial: false });
}
