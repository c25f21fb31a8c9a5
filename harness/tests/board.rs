//! What the board itself shows and takes: the LED on GPIO2, the button on GPIO0.

use d1_emulator::board::pins::Pin;
use d1_emulator::board::LedChange;
use d1_harness::{on_trial, Bench, Images, Server, Wait};
use d1_image::Slot;

/// For how many milliseconds each flash lit the LED that ended within `wait`.
fn flashes(bench: &mut Bench, wait: Wait) -> Vec<u64> {
    bench.machine.take_led_changes();
    bench.pass(wait);
    let changes = bench.machine.take_led_changes();
    let flash = |pair: &[LedChange]| {
        let millis = (pair[1].at.as_micros() - pair[0].at.as_micros()) / 1000;
        pair[0].lit.then_some(millis)
    };
    changes.windows(2).filter_map(flash).collect()
}

#[test]
fn the_led_tells_that_the_access_point_is_up_and_that_an_update_runs() {
    let mut bench = Bench::with(&Images::load());
    // One every two seconds; a window may cut the first and the last one.
    let up = flashes(&mut bench, Wait(8_000));
    assert!((3..=4).contains(&up.len()), "{up:?}");
    assert!(up.iter().all(|millis| (40..70).contains(millis)), "{up:?}");
    bench.begin_update();
    bench.until_console("(20 %)", Wait::UPDATE);
    let updating = flashes(&mut bench, Wait(1_000));
    assert!(updating.len() >= 3, "{updating:?}");
}

#[test]
fn a_firmware_on_trial_shows_it_until_it_confirms_itself() {
    let images = Images::load();
    let flash = on_trial(&images, Slot::Two, &images.user2);
    let mut bench = Bench::power_on(&flash, Server::absent());
    bench.until_console("SSID ", Wait::BOOT);
    // Two every two seconds.
    let trial = flashes(&mut bench, Wait(8_000));
    assert!((7..=8).contains(&trial.len()), "{trial:?}");
    bench.until_console("confirmed:", Wait(60_000));
    let up = flashes(&mut bench, Wait(8_000));
    assert!((3..=4).contains(&up.len()), "{up:?}");
}

#[test]
fn a_failed_update_shows_on_the_led() {
    let mut bench = Bench::boot(&Images::load().flash, Server::absent());
    bench.begin_update();
    bench.until_console("update failed", Wait::UPDATE);
    // Three every two seconds.
    let fault = flashes(&mut bench, Wait(8_000));
    assert!((11..=12).contains(&fault.len()), "{fault:?}");
}

#[test]
fn the_button_held_after_the_start_leaves_a_trial_as_it_is() {
    let images = Images::load();
    let flash = on_trial(&images, Slot::Two, &images.user2);
    let mut bench = Bench::power_on(&flash, images.server());
    bench.until_console("SSID ", Wait::BOOT);
    bench.machine.drive_pin(Pin::D3, Some(false));
    bench.until_console("button held", Wait::BOOT);
    bench.machine.drive_pin(Pin::D3, None);
    bench.join();
    assert!(bench.page().contains("Recovery: the button was held"));
    // Longer than a trial lasts.
    bench.pass(Wait(40_000));
    assert!(!bench.console.contains("confirmed:") && !bench.console.contains("restarting"));
    let shown = flashes(&mut bench, Wait(4_000));
    let is_recovery = !shown.is_empty() && shown.iter().all(|millis| *millis >= 900);
    assert!(is_recovery, "{shown:?}");
    assert!(bench.page().contains("build 2"));
}
