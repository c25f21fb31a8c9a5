//! When beacons go out: at rest, and while flash is erased and programmed.

use d1_harness::beacons::{Beacons, INTERVAL};
use d1_harness::Wait;

use super::bench;

/// A beacon may be this late, in microseconds. A slice of an erase, which keeps the radio waiting, takes 6 ms.
const PATIENCE: u64 = 10_000;
/// And this without an erase: it goes out behind a full frame at 11 Mbit/s, which takes 1.5 ms with its ACK.
const BUSY: u64 = 2_000;
/// Behind the last erase of an update, in microseconds: one of a block takes 150 ms, and the rest of an update is short.
const ERASED: u64 = 200_000;

/// A beacon: when it was sent, and how late that was, in microseconds.
struct Beacon {
    sent: u64,
    late: u64,
}

/// All beacons, and how many are missing. Those heard before `rest_ended` tell the time.
fn beacons(air: &Beacons, rest_ended: u64) -> (Vec<Beacon>, usize) {
    const EARLY: u64 = 500;
    let sent: Vec<u64> = air.frames(0x80).iter().map(|heard| heard.at).collect();
    let half = INTERVAL / 2;
    // None is early, so the one that is least late marks the time.
    let phase = |at: &u64| (at + half - sent[0]) % INTERVAL;
    let at_rest = sent.iter().take_while(|at| **at < rest_ended);
    let grid = sent[0] + at_rest.map(phase).min().expect("some beacons at rest") - half;
    let number = |at: u64| (at + EARLY - grid) / INTERVAL;
    let due = number(sent[sent.len() - 1]) - number(sent[0]) + 1;
    let missing = due as usize - sent.len();
    let beacons = sent.iter().map(|&sent| Beacon {
        sent,
        late: sent.saturating_sub(grid + number(sent) * INTERVAL),
    });
    (beacons.collect(), missing)
}

fn worst<'a>(beacons: impl Iterator<Item = &'a Beacon>) -> u64 {
    beacons.map(|beacon| beacon.late).max().unwrap_or(u64::MAX)
}

#[test]
fn at_rest_every_beacon_is_on_time() {
    let Some(mut bench) = bench() else { return };
    bench.pass(Wait(500));
    let air = Beacons::listen(&mut bench);
    bench.pass(Wait(5_000));
    let (beacons, missing) = beacons(&air, u64::MAX);
    let worst = worst(beacons.iter());
    println!("{} beacons at rest, at most {worst} us late", beacons.len());
    assert!(beacons.len() >= 48 && missing == 0 && worst <= PATIENCE);
}

#[test]
fn during_an_update_every_beacon_is_on_time() {
    let Some(mut bench) = bench() else { return };
    bench.pass(Wait(500));
    let air = Beacons::listen(&mut bench);
    bench.pass(Wait(1_000));
    let rest_ended = bench.machine.now().as_micros();
    bench.begin_update();
    let mut known = 0;
    let mut last_erase = 0;
    bench.until("the restart", Wait::UPDATE, |bench| {
        let count = bench.machine.flash().erase_counts().iter().sum::<u32>();
        if count != known {
            known = count;
            last_erase = bench.machine.now().as_micros();
        }
        bench.console.contains("restarting into it")
    });
    let (beacons, missing) = beacons(&air, rest_ended);
    let behind = |beacon: &&Beacon| beacon.sent > last_erase + ERASED;
    let (all, calm) = (worst(beacons.iter()), worst(beacons.iter().filter(behind)));
    println!(
        "{} beacons: at most {all} us late, {calm} us behind the last erase, {missing} missing",
        beacons.len()
    );
    // The signature's verification, one long computation, comes behind the last erase.
    assert!(missing == 0 && all <= PATIENCE && calm <= BUSY);
}
