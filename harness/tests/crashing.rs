//! Firmware that goes wrong in every way: the device goes back on its own, says why, and takes the next update.

use d1_harness::{on_trial, Bench, Fault, Images, Server, Wait};
use d1_image::{FlashMap, Slot};

fn line(slot: Slot) -> String {
    let start = FlashMap::M1.slot(slot).start.get();
    format!("{} @ {start:#x}", slot.name())
}

/// What is expected of a fault.
struct Expected {
    /// How often the image is started before it is given up.
    starts: usize,
    /// What the console shows when the fault is committed.
    last_words: &'static str,
    /// How each start ends, as the page tells it.
    reset: &'static str,
}

/// Three starts that the watchdog ends, silently.
const HANGS: Expected = Expected {
    starts: 3,
    last_words: "",
    reset: "watchdog",
};

#[track_caller]
fn reverts(fault: Fault, slot: Slot, expected: Expected) {
    let images = Images::load();
    let flash = on_trial(&images, slot, &fault.image(slot));
    let server = Server::of(&images.user1, &images.user2);
    let mut bench = Bench::power_on(&flash, server);
    bench.until_console(&line(slot.other()), Wait(200_000));
    let starts = bench.console.matches(&line(slot)).count();
    assert_eq!(starts, expected.starts, "{}", bench.console);
    let said = format!("fault {}\n", fault as u8);
    assert!(bench.console.contains(&said), "{}", bench.console);
    assert!(
        bench.console.contains(expected.last_words),
        "{}",
        bench.console
    );
    assert!(
        bench.console.contains("never confirmed"),
        "{}",
        bench.console
    );

    bench.join();
    let page = bench.page();
    let build = format!("build {}\n", slot.other().number());
    assert!(
        page.contains(&build) && page.contains("never confirmed"),
        "{page}"
    );
    let status = bench.get(80, "/status.json").body;
    let told = format!("\"event\":\"revert\",\"slot\":\"{}\"", slot.other().name());
    assert_eq!(status.matches(&told).count(), 1, "{status}");
    let reset = format!("\"reset\":\"{}\"}}", expected.reset);
    assert!(status.contains(&reset), "{status}");

    // Nothing of that hinders the next update, which is good.
    bench.console.clear();
    bench.begin_update();
    bench.until_console(&line(slot), Wait::UPDATE);
    bench.join();
    assert!(bench.page().contains(&format!("build {}\n", slot.number())));
    bench.until_console("stays", Wait::PAGE);
    assert!(bench.machine.flash().violations().is_empty());
}

#[test]
fn a_panic_at_start() {
    let expected = Expected {
        last_words: "on purpose",
        reset: "restart",
        ..HANGS
    };
    reverts(Fault::PanicAtStart, Slot::Two, expected);
}

#[test]
fn an_endless_loop() {
    reverts(Fault::EndlessLoop, Slot::Two, HANGS);
}

#[test]
fn an_endless_loop_with_interrupts_off() {
    reverts(Fault::InterruptsOff, Slot::Two, HANGS);
}

#[test]
fn a_wild_jump() {
    let expected = Expected {
        last_words: "EPC1 0x2bad0000",
        reset: "restart",
        ..HANGS
    };
    reverts(Fault::WildJump, Slot::Two, expected);
}

#[test]
fn a_stack_overflow() {
    // It may have run over what its last words need, so none are expected.
    let expected = Expected {
        reset: "restart",
        ..HANGS
    };
    reverts(Fault::StackOverflow, Slot::Two, expected);
}

#[test]
fn a_firmware_that_runs_well_but_is_out_of_reach() {
    let expected = Expected {
        last_words: "on trial and out of reach: restarting",
        reset: "restart",
        ..HANGS
    };
    reverts(Fault::FedButDeaf, Slot::Two, expected);
}

#[test]
fn one_that_erases_the_boot_record_and_hangs_whichever_slot_it_is_in() {
    for slot in Slot::ALL {
        reverts(
            Fault::EraseRecordAndHang,
            slot,
            Expected { starts: 1, ..HANGS },
        );
    }
}

#[test]
fn one_that_erases_the_boot_record_and_panics_whichever_slot_it_is_in() {
    for slot in Slot::ALL {
        let expected = Expected {
            starts: 1,
            last_words: "after erasing the boot record",
            reset: "restart",
        };
        reverts(Fault::EraseRecordAndPanic, slot, expected);
    }
}

#[test]
fn a_reset_after_the_trial_is_won_with_the_record_erased_is_a_factory_fresh_device() {
    // The note of the trial in RTC memory must not outlive the trial.
    let images = Images::load();
    let flash = on_trial(&images, Slot::One, &images.user1);
    let mut bench = Bench::boot(&flash, Server::absent());
    bench.page();
    bench.until_console("confirmed: user1 stays", Wait::PAGE);
    for sector in FlashMap::M1.record_sectors() {
        bench.machine.flash_mut().poke(sector.get(), &[0xFF; 4096]);
    }
    bench.console.clear();
    bench.machine.press_reset();
    bench.until_console(&line(Slot::One), Wait::BOOT);
    assert!(
        !bench.console.contains("never confirmed"),
        "{}",
        bench.console
    );
}
