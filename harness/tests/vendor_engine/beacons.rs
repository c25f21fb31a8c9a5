//! When beacons go out: at rest, and while flash is erased and programmed.

use std::ops::Range;

use d1_harness::beacons::{Beacons, INTERVAL};
use d1_harness::Wait;

use super::bench;

/// A beacon may be this late, in microseconds, not counting the time in which a sector was being erased.
const PATIENCE: u64 = 10_000;
/// What the chip takes to erase a sector (W25Q32, typically), in microseconds.
const ERASE: u64 = 45_000;
/// How exactly the start of an erase is known: one slice of the bench.
const SLICE: u64 = 500;

/// How late a beacon was, in microseconds.
struct Late {
    in_all: u64,
    outside_erases: u64,
}

/// How late each beacon was and how many are missing, when those heard before `rest_ended` tell the time.
fn lateness(air: &Beacons, rest_ended: u64, erases: &[Range<u64>]) -> (Vec<Late>, usize) {
    let sent: Vec<u64> = air.frames(0x80).iter().map(|heard| heard.at).collect();
    let half = INTERVAL / 2;
    // None is early, so the one that is least late marks the time.
    let phase = |at: &u64| (at + half - sent[0]) % INTERVAL;
    let at_rest = sent.iter().take_while(|at| **at < rest_ended);
    let grid = sent[0] + at_rest.map(phase).min().expect("some beacons at rest") - half;
    let number = |at: u64| (at + SLICE - grid) / INTERVAL;
    let late = |at: &u64| {
        let due = grid + number(*at) * INTERVAL;
        let in_all = at.saturating_sub(due);
        let in_erases = erases
            .iter()
            .map(|erase| erase.end.min(*at).saturating_sub(erase.start.max(due)));
        Late {
            in_all,
            outside_erases: in_all.saturating_sub(in_erases.sum()),
        }
    };
    let due = number(sent[sent.len() - 1]) - number(sent[0]) + 1;
    (sent.iter().map(late).collect(), due as usize - sent.len())
}

fn worst(lates: &[Late], of: fn(&Late) -> u64) -> u64 {
    lates.iter().map(of).max().unwrap_or(u64::MAX)
}

#[test]
fn at_rest_every_beacon_is_on_time() {
    let Some(mut bench) = bench() else { return };
    bench.pass(Wait(500));
    let air = Beacons::listen(&mut bench);
    bench.pass(Wait(5_000));
    let (lates, missing) = lateness(&air, u64::MAX, &[]);
    let worst = worst(&lates, |late| late.in_all);
    println!("{} beacons at rest, at most {worst} us late", lates.len());
    assert!(lates.len() >= 48 && missing == 0 && worst <= PATIENCE);
}

#[test]
fn during_an_update_only_the_erase_of_a_sector_keeps_a_beacon_waiting() {
    let Some(mut bench) = bench() else { return };
    bench.pass(Wait(500));
    let air = Beacons::listen(&mut bench);
    bench.pass(Wait(1_000));
    let rest_ended = bench.machine.now().as_micros();
    bench.begin_update();
    let mut erases = Vec::new();
    let count =
        |bench: &d1_harness::Bench| -> u32 { bench.machine.flash().erase_counts().iter().sum() };
    let mut known = count(&bench);
    bench.until("the restart", Wait::UPDATE, |bench| {
        let now = bench.machine.now().as_micros();
        if count(bench) != known {
            known = count(bench);
            erases.push(now - SLICE..now + ERASE);
        }
        bench.console.contains("restarting into it")
    });
    let (lates, missing) = lateness(&air, rest_ended, &erases);
    let (outside, in_all) = (
        worst(&lates, |late| late.outside_erases),
        worst(&lates, |late| late.in_all),
    );
    println!(
        "{} beacons, {} erases: at most {outside} us late outside of erases, {in_all} us in all, {missing} missing",
        lates.len(),
        erases.len()
    );
    // The signature's verification, which takes a quarter of a second in one go, is no excuse either.
    assert!(missing == 0 && outside <= PATIENCE);
    assert!(in_all <= ERASE + PATIENCE);
}
