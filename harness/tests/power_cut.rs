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

/// Cuts the power at operation `point` of `total`; the device must boot a good firmware, and update again.
#[track_caller]
fn cut(images: &Images, point: u64, total: u64, at: CutPoint) {
    let mut bench = Bench::with(images);
    bench.machine.flash_mut().cut_power_at(point, at);
    bench.begin_update();
    bench.until(
        &format!("the cut at operation {point} of {total} ({at:?})"),
        Wait::UPDATE,
        |bench| bench.slice() == Stop::PowerCut,
    );
    bench.power_cycle(" @ 0x");
    bench.join();
    let page = bench.page();
    let switched = page.contains("build 2");
    assert!(switched || page.contains("build 1"), "{page}");
    // The last but two selects the new image, the next goes to the history; the last is the loader noting its
    // attempt.
    assert!(
        !switched || point + 2 >= total,
        "switched although the power died at {point} of {total}"
    );

    let next = if switched {
        "user1 @ 0x1000"
    } else {
        "user2 @ 0x81000"
    };
    bench.console.clear();
    bench.begin_update();
    bench.until_console(next, Wait::UPDATE);
}

#[test]
fn a_cut_at_the_first_erase_or_between_leaves_the_old_firmware() {
    let images = Images::load();
    let total = operations_of_an_update(&images);
    cut(&images, 1, total, CutPoint::Inside);
    cut(&images, total / 2, total, CutPoint::After);
    cut(&images, total / 2 + 1, total, CutPoint::Inside);
}

#[test]
fn a_cut_around_the_boot_record_leaves_either_firmware_whole() {
    let images = Images::load();
    let total = operations_of_an_update(&images);
    cut(&images, total - 2, total, CutPoint::Inside);
    cut(&images, total - 1, total, CutPoint::Inside);
    for at in [CutPoint::Before, CutPoint::Inside, CutPoint::After] {
        cut(&images, total, total, at);
    }
}
