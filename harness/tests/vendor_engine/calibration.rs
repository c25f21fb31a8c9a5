//! The RF calibration over several starts, with the libraries deciding what is good.

use std::ops::Range;

use d1_emulator::board::debug::Register;
use d1_emulator::board::Stop;
use d1_emulator::time::Time;
use d1_harness::{Bench, Images, Wait};
use d1_image::FlashMap;
use nor_model::CutPoint;

use super::{assert_faultless, symbols, update};

const KEPT: &str = "RF calibration: none, made anew: kept";
/// The firmware's last line of its start.
const STARTED: &str = "last update:";
/// Erase, three pages of results, and the header.
const OPERATIONS: u64 = 5;

/// The calibration's sector in the 1M map.
fn sector() -> Range<usize> {
    let region = FlashMap::M1.rf_calibration();
    region.start.get() as usize..region.end().get() as usize
}

fn kept(bench: &Bench) -> Vec<u8> {
    bench.machine.flash().contents()[sector()].to_vec()
}

fn power_on(images: &Images) -> Bench {
    let mut bench = Bench::power_on(&images.flash, images.server());
    bench.until_console(STARTED, Wait::BOOT);
    bench
}

/// Takes power away and gives it back, and says how many emulated microseconds the RF part's start takes.
fn start(bench: &mut Bench) -> u64 {
    let begins = symbols().address("register_chipv6_phy");
    bench.machine.power_cycle();
    bench.console.clear();
    bench.machine.add_breakpoint(begins);
    let from = stop(bench);
    let ends = bench.machine.register(Register::Address(0));
    bench.machine.add_breakpoint(ends);
    bench.machine.resume();
    let took = stop(bench) - from;
    bench.machine.release();
    bench.until_console(STARTED, Wait::BOOT);
    took
}

/// When the next breakpoint is met, in microseconds.
fn stop(bench: &mut Bench) -> u64 {
    let deadline = bench.machine.now() + Time::from_micros(1_000 * Wait::BOOT.0);
    assert_eq!(bench.machine.run_until(deadline), Stop::Breakpoint);
    bench.machine.now().as_micros()
}

/// Changes flash while power is off.
fn put(bench: &mut Bench, at: usize, bytes: &[u8]) {
    let at = (sector().start + at) as u32;
    bench.machine.flash_mut().poke(at, bytes);
}

#[test]
fn the_first_start_calibrates_and_the_next_ones_use_what_it_found() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    let mut bench = power_on(&images);
    assert!(bench.console.contains(KEPT), "{}", bench.console);
    put(&mut bench, 0, &[0xFF; 8]);
    let long = start(&mut bench);
    assert!(bench.console.contains(KEPT), "{}", bench.console);
    let first = kept(&bench);
    let short = start(&mut bench);
    assert!(!bench.console.contains("calibration"), "{}", bench.console);
    println!("RF start: {long} us with a full calibration, {short} us with earlier results");
    // The emulated RF part answers at once, so there is little to save; but the libraries do less.
    assert!(short < long);
    // Across an update, to a firmware with the same parameters, too.
    bench.join();
    update(&mut bench, "user2 @ 0x81000");
    assert!(!bench.console.contains("calibration"), "{}", bench.console);
    assert!(kept(&bench) == first);
    assert_faultless(&bench);
}

#[test]
fn a_calibration_that_is_foreign_is_made_anew() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    let mut bench = power_on(&images);
    let good = kept(&bench);
    put(&mut bench, 300, &[good[300] ^ 1]);
    start(&mut bench);
    assert!(bench.console.contains(KEPT), "{}", bench.console);

    // Whole, by our header, but another chip's by the libraries' own words.
    let mut other = power_on(&images);
    let mut results = good[256..][..628].to_vec();
    results[4 * 24] ^= 1;
    let header = header(&good, &results);
    put(&mut other, 0, &header);
    put(&mut other, 256, &results);
    start(&mut other);
    let line = "RF calibration: not good, made anew: kept";
    assert!(other.console.contains(line), "{}", other.console);
    start(&mut other);
    assert!(!other.console.contains("calibration"));
}

/// What the header of `results` must be, from that of good ones: the CRC is linear, and the parameters are the same.
fn header(good: &[u8], results: &[u8]) -> Vec<u8> {
    let zlib = |bytes: &[u8]| {
        let mut crc = d1_image::crc::Crc32::new();
        crc.update(bytes);
        crc.zlib()
    };
    let stored = u32::from_le_bytes([good[4], good[5], good[6], good[7]]);
    let word = stored ^ zlib(&good[256..][..results.len()]) ^ zlib(results);
    [&good[..4], &word.to_le_bytes()].concat()
}

#[test]
fn a_power_cut_while_it_is_kept_costs_a_calibration_and_nothing_else() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    for operation in 1..=OPERATIONS {
        let mut bench = Bench::power_on(&images.flash, images.server());
        let flash = bench.machine.flash_mut();
        flash.cut_power_at(operation, CutPoint::Inside);
        let deadline = Time::from_micros(1_000 * Wait::BOOT.0);
        assert_eq!(bench.machine.run_until(deadline), Stop::PowerCut);
        start(&mut bench);
        // The last torn operation may have become whole.
        let is_whole = operation == OPERATIONS && !bench.console.contains("calibration");
        assert!(
            is_whole || bench.console.contains(KEPT),
            "{operation}: {}",
            bench.console
        );
        assert_faultless(&bench);
    }
}
