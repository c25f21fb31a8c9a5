//! How long a start takes, in emulated time: reset to beacon, and the loader's verification.

use d1_emulator::time::Time;
use d1_harness::beacons::Beacons;
use d1_harness::{Bench, Images, Server, Wait};

/// Microseconds since power-on at which the console shows `text`.
fn time_of(bench: &mut Bench, text: &str) -> u64 {
    const STEP: u64 = 100;
    while !bench.console.contains(text) {
        let now = bench.machine.now();
        assert!(
            now < Time::from_micros(5_000_000),
            "no {text:?}: {}",
            bench.console
        );
        bench.machine.run_until(now + Time::from_micros(STEP));
        let printed = bench.machine.console();
        bench.console.push_str(&String::from_utf8_lossy(&printed));
    }
    bench.machine.now().as_micros()
}

#[test]
fn beacons_go_out_soon_after_power_on() {
    const BUDGET: u64 = 400_000;
    let images = Images::load();
    let mut bench = Bench::power_on(&images.flash, Server::absent());
    let beacons = Beacons::listen(&mut bench);
    bench.until("a beacon", Wait::BOOT, |_| !beacons.frames(0x80).is_empty());
    let at = beacons.frames(0x80)[0].at;
    println!("first beacon after {at} us, budget {BUDGET}");
    assert!(at <= BUDGET, "{}", bench.console);
}

#[test]
fn the_loader_verifies_an_image_before_anybody_notices() {
    /// For 100 KB.
    const BUDGET: u64 = 120_000;
    let images = Images::load();
    let mut bench = Bench::power_on(&images.flash, Server::absent());
    let begin = time_of(&mut bench, "1M map\r\n");
    let end = time_of(&mut bench, "user1");
    let per_100_kb = (end - begin) * 102_400 / images.user1.len() as u64;
    println!("{per_100_kb} us for 100 KB, budget {BUDGET}");
    assert!(per_100_kb <= BUDGET);
}
