//! Power dies at every single flash operation of an update.

use super::story::boots;
use super::*;
use nor_model::CutPoint;

/// Every place of a cut in an operation.
pub(super) const CUTS: [CutPoint; 3] = [CutPoint::Before, CutPoint::Inside, CutPoint::After];

/// Counts the flash operations of an update to `new`, up to the restart.
pub(super) fn operations_of_an_update(new: &[u8]) -> u64 {
    let mut world = World::joined(Act::image(new));
    let before = world.chip.operations();
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    world.chip.operations() - before
}

/// An update to `new` whose power dies there; the chip has it again.
#[track_caller]
pub(super) fn cut_at(operation: u64, at: CutPoint, new: &[u8]) -> World {
    let mut world = World::joined(Act::image(new));
    world.chip.cut_power_at(operation, at);
    world.begin_update();
    world.until("the cut", |world| world.chip.is_dead());
    world.chip.power_on();
    world
}

#[test]
fn a_cut_at_any_operation_leaves_something_good_to_boot_and_the_next_update_works() {
    let new = image(Slot::Two, 2, 9_000);
    let operations = operations_of_an_update(&new);
    // Nine thousand bytes: a note that it begins, three sectors, some forty pages, one record entry, a note that
    // it ended.
    assert!((35..50).contains(&operations), "{operations}");
    for operation in 1..=operations {
        for at in CUTS {
            let mut world = cut_at(operation, at, &new);
            let choice = operations - 1;
            let is_switched = operation > choice || operation == choice && at == CutPoint::After;
            let expected = if is_switched {
                (Slot::Two, 2)
            } else {
                (Slot::One, 1)
            };
            // A torn record entry may have become whole enough to count; then the image is whole too.
            let found = boots(&world.chip);
            let is_torn_entry = operation == choice && at == CutPoint::Inside;
            assert!(
                found == expected || is_torn_entry && found == (Slot::Two, 2),
                "cut {at:?} at {operation} of {operations} boots {found:?}"
            );

            let (slot, build) = found;
            world.restart(slot, build);
            world
                .server
                .set_script(Act::image(&image(slot.other(), 3, 9_000)));
            world.begin_update();
            world.until("the restart after the next update", |world| {
                world.has_restarted
            });
            assert_eq!(boots(&world.chip), (slot.other(), 3));
        }
    }
}
