//! Power dies during an update: whatever is in flash then, a firmware that was good boots.

use d1_emulator::board::Stop;
use d1_harness::{Bench, Images, Wait};
use nor_model::CutPoint;

/// Counts the flash operations (erase, program) of one whole update.
fn operations_of_an_update(images: &Images) -> u64 {
    let mut bench = Bench::with(images);
    let before = bench.machine.flash().operations();
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    bench.machine.flash().operations() - before
}

#[test]
fn a_cut_anywhere_in_an_update_leaves_a_device_that_boots_and_updates_again() {
    let images = Images::load();
    let total = operations_of_an_update(&images);
    // The first and last operations, where headers and the boot record are written, and some between.
    let points = [
        1,
        2,
        3,
        total / 3,
        total / 2,
        total - 3,
        total - 2,
        total - 1,
        total,
    ];
    for point in points {
        for at in [CutPoint::Before, CutPoint::Inside, CutPoint::After] {
            let mut bench = Bench::with(&images);
            bench.machine.flash_mut().cut_power_at(point, at);
            bench.begin_update();
            bench.until(
                &format!("the cut at operation {point} of {total} ({at:?})"),
                Wait::UPDATE,
                |bench| bench.slice() == Stop::PowerCut,
            );
            bench.power_cycle(" @ 0x");
            let page = bench.page();
            let switched = page.contains("build 2");
            assert!(switched || page.contains("build 1"), "{page}");
            assert!(
                !switched || point >= total - 1,
                "switched although the power died at {point} of {total}"
            );

            // And it can still be updated.
            let next = if switched {
                "user1 @ 0x1000"
            } else {
                "user2 @ 0x81000"
            };
            bench.console.clear();
            bench.begin_update();
            bench.until_console(next, Wait::UPDATE);
        }
    }
}
