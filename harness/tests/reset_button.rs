//! The reset button in the middle of an update. The flash chip hears nothing of it: what it was doing goes on, and what
//! was halted stays so.

use d1_harness::{Bench, Images, Wait};
use nor_model::{Nor, Violation};

/// Presses the button: build 1 starts, serves its page, and the update works when it is begun again.
#[track_caller]
fn press(mut bench: Bench) {
    bench.console.clear();
    bench.machine.press_reset();
    bench.until_console("user1 @ 0x1000, reset pin", Wait::BOOT);
    let joins = bench.station().joins();
    bench.until("the station to join anew", Wait::BOOT, |bench| {
        bench.station().joins() > joins && bench.station().address().is_some()
    });
    let last = "last update: failed: interrupted by a reset: reset pin";
    bench.until_console(last, Wait::BOOT);
    let page = bench.page();
    assert!(page.contains("build 1"));
    let told = page.matches("interrupted by a reset: reset pin").count();
    assert_eq!(told, 2, "as the last update, and in the history: {page}");
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    // The mask ROM wakes the chip and writes its status as if it were idle, which a busy one ignores.
    let mut violations = bench.machine.flash().violations().iter();
    let is_roms = |violation: &Violation| {
        matches!(
            violation,
            Violation::Busy { opcode: 0xAB } | Violation::NotWhileSuspended { opcode: 0x01 }
        )
    };
    assert_eq!(violations.find(|violation| !is_roms(violation)), None);
}

/// Presses the button when `status`, a status register of the flash chip, has a bit of `mask`.
#[track_caller]
fn press_when(status: fn(&mut Nor, u64) -> u8, mask: u8) {
    let mut bench = Bench::with(&Images::load());
    bench.begin_update();
    bench.until("the flash chip's status", Wait::UPDATE, |bench| {
        let now = bench.machine.now().0;
        status(bench.machine.flash_mut(), now) & mask != 0
    });
    press(bench);
}

#[test]
fn while_an_erase_is_halted() {
    // SUS.
    press_when(Nor::read_status_2, 0x80);
}

#[test]
fn while_an_erase_runs() {
    // BUSY.
    press_when(Nor::read_status_1, 0x01);
}

#[test]
fn while_the_image_arrives() {
    let mut bench = Bench::with(&Images::load());
    bench.begin_update();
    bench.until_console("(60 %)", Wait::UPDATE);
    press(bench);
}
