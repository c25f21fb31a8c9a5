//! The history: every update and revert is told, power cuts and restarts included, each once.

use super::power_cut::{cut_at, operations_of_an_update, CUTS};
use super::*;
use crate::update::{History, LastUpdate};
use d1_image::history::{Event, Kind};
use d1_image::log::CELL_LEN;
use nor_model::CutPoint;

/// The history as programs see it.
#[track_caller]
fn history(world: &mut World) -> String {
    let answer = world.get(80, "/status.json");
    let (_, history) = answer.split_once("\"history\":").unwrap();
    history.into()
}

#[test]
fn an_update_that_ends_well_is_told_by_the_new_firmware() {
    let new = image(Slot::Two, 2, 30_000);
    let mut world = World::joined(Act::image(&new));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    world.restart(Slot::Two, 2);
    let expected = format!(
        "[{{\"event\":\"update\",\"slot\":\"user2\",\"from\":1,\"to\":2,\"stage\":\"switching\",\
         \"cause\":\"installed\",\"bytes\":{},\"reset\":\"\"}}]}}\n",
        new.len()
    );
    assert_eq!(history(&mut world), expected);
    let page = world.get(80, "/");
    assert!(page.contains("<li>user2: 1 to 2, installed\n"), "{page}");
}

#[test]
fn a_failed_update_is_told_with_stage_cause_and_bytes_even_after_a_restart() {
    let good = image(Slot::Two, 2, 30_000);
    let mut world = World::joined(Act::with_len(&good[..9_000], good.len()));
    world.begin_update();
    world.until_console("update failed");
    let told = history(&mut world);
    assert!(
        told.contains("\"stage\":\"receiving\",\"cause\":\"cut short\",\"bytes\":8960,"),
        "{told}"
    );
    world.restart(Slot::One, 1);
    assert_eq!(history(&mut world), told);
    let page = world.get(80, "/");
    for line in [
        "<li>user2: failed while receiving (8960 bytes): cut short\n",
        "<dt>last update<dd>failed: cut short\n",
    ] {
        assert!(page.contains(line), "{page}");
    }
}

#[test]
fn an_update_that_never_touched_flash_is_told_too() {
    let mut world = refused();
    let told = history(&mut world);
    assert!(
        told.contains("\"stage\":\"connecting\",\"cause\":\"port 8888 refused\",\"bytes\":0"),
        "{told}"
    );
}

#[test]
fn a_power_cut_at_any_operation_is_told_as_an_interruption_or_not_at_all() {
    let new = image(Slot::Two, 2, 9_000);
    let operations = operations_of_an_update(&new);
    for operation in 1..=operations {
        for at in CUTS {
            let mut world = cut_at(operation, at, &new);
            let (slot, build) = super::story::boots(&world.chip);
            world.restart(slot, build);
            let told = history(&mut world);
            let events = told.matches("\"event\"").count();
            let where_ = format!("cut {at:?} at {operation} of {operations}: {told}");
            // Its beginning is the first operation, the choice the last but one, its end the last.
            match operation {
                1 if at != CutPoint::After => assert!(events <= 1, "{where_}"),
                _ if slot == Slot::Two => {
                    assert!(
                        events == 1 && told.contains("\"cause\":\"installed\""),
                        "{where_}"
                    );
                }
                _ => assert!(
                    events == 1 && told.contains("\"cause\":\"interrupted by a reset: watchdog\""),
                    "{where_}"
                ),
            }
            // Page and console have it from the same place.
            let last = world.firmware.last_update().to_string();
            let ended = format!("\"cause\":\"{}\"", last.trim_start_matches("failed: "));
            assert!(
                slot == Slot::Two || events == 0 || told.contains(&ended),
                "{where_}: {last}"
            );
            // Told once, however often the device starts.
            world.restart(slot, build);
            assert_eq!(history(&mut world), told, "{where_}");
        }
    }
}

#[test]
fn a_fall_back_is_taken_over_once() {
    let mut world = World::fallen_back(Reason::NotConfirmed);
    world.restart(Slot::One, 1);
    let expected =
        "[{\"event\":\"revert\",\"slot\":\"user1\",\"from\":2,\"to\":1,\"stage\":\"trial\",\
                    \"cause\":\"never confirmed\",\"bytes\":0,\"reset\":\"power on\"}]}\n";
    assert_eq!(history(&mut world), expected);
}

#[test]
fn the_page_shows_the_last_sixteen_of_many_newest_first() {
    let mut world = World::joined(vec![]);
    world.server.is_off = true;
    for _ in 0..140 {
        let path = world.link("begin update");
        let report = world.get(88, &path);
        assert!(report.contains("update failed"), "{report}");
    }
    world.restart(Slot::One, 1);
    let told = history(&mut world);
    assert_eq!(told.matches("port 8888 refused").count(), 16, "{told}");
    assert!(world.chip.violations().is_empty());
}

/// A device whose update failed: nobody serves an image.
fn refused() -> World {
    let mut world = World::joined(vec![]);
    world.server.is_off = true;
    world.begin_update();
    world.until_console("update failed");
    world
}

/// No cell of the history keeps what is written to it, but for the first `kept` bytes.
fn wear_out_the_history(world: &mut World, kept: u32) {
    let [first, second] = MAP.history_sectors();
    world.chip.stick(first.get() + kept, 4096 - kept);
    world.chip.stick(second.get(), 4096);
}

#[test]
fn a_failure_is_not_the_last_update_of_the_slot_it_was_for() {
    let mut world = refused();
    wear_out_the_history(&mut world, CELL_LEN as u32);
    world.server.is_off = false;
    world
        .server
        .set_script(Act::image(&image(Slot::Two, 2, 9_000)));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    world.restart(Slot::Two, 2);
    assert!(history(&mut world).contains("port 8888 refused"));
    let last = world.firmware.last_update();
    assert_eq!(last, LastUpdate::Installed(Slot::Two));
}

#[test]
fn a_history_that_cannot_be_written_hinders_no_update() {
    let mut world = World::joined(Act::image(&image(Slot::Two, 2, 9_000)));
    for sector in MAP.history_sectors() {
        // Full of rubbish, and the chip is slow to forget.
        world.chip.put(sector.get(), &[0; 4096]);
    }
    wear_out_the_history(&mut world, 0);
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(super::story::boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn an_answer_on_its_way_tells_the_history_as_it_was_when_the_answer_began() {
    let world = World::joined(vec![]);
    let mut history = History::new(world.identity);
    let note = |history: &mut History, bytes| {
        history.note(Event {
            sequence: 0,
            kind: Kind::Ended {
                stage: 0,
                cause: 0,
                detail: 0,
            },
            slot: Slot::Two,
            from_build: 1,
            to_build: 2,
            bytes,
        });
    };
    let told = |history: &History, moment| -> Vec<u32> {
        history.until(moment).map(|event| event.bytes).collect()
    };
    (0..20).for_each(|bytes| note(&mut history, bytes));
    let moment = history.now();
    let newest_first: Vec<u32> = (4..20).rev().collect();
    for bytes in 20..23 {
        assert_eq!(told(&history, moment), newest_first, "{bytes}");
        note(&mut history, bytes);
    }
    assert_eq!(told(&history, history.now())[0], 22);
}
