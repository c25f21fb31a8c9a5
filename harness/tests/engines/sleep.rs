//! Stations that save power, on both engines.

use d1_emulator::air::Saving;
use d1_harness::{Bench, Wait};

use super::either::*;

on_both! {
    stations_that_wake_up_are_served
    stations_that_ask_for_single_frames_are_served
    frames_for_all_reach_those_who_sleep
}

fn stations_that_wake_up_are_served(engine: Engine) {
    sleepers_are_served(engine, Saving::Waking);
}

fn stations_that_ask_for_single_frames_are_served(engine: Engine) {
    sleepers_are_served(engine, Saving::Polling);
}

fn sleepers_are_served(engine: Engine, saving: Saving) {
    let Some(images) = engine.images() else {
        return;
    };
    let mut bench = Bench::with(&images);
    let sleepers = add_stations(&mut bench, 1, 2, saving);
    join_all(&mut bench, &sleepers);
    for _ in 0..3 {
        bench.pass(Wait(700));
        for sleeper in &sleepers {
            assert!(page_by(&mut bench, *sleeper).contains("begin update"));
        }
        // And those who do not sleep beside them.
        assert!(bench.page().contains("begin update"));
    }
    for sleeper in sleepers {
        let station = bench.machine.air().station(sleeper);
        let (naps, missed) = (station.naps(), station.missed());
        println!("fell asleep {naps} times, {missed} frames sent to it meanwhile");
        // Who asks for single frames never wakes up again.
        assert!(naps >= if saving == Saving::Waking { 3 } else { 1 });
        // A frame may cross the news that its receiver sleeps.
        assert!(missed <= 2 * naps, "{missed}");
    }
    assert_faultless(&bench);
}

fn frames_for_all_reach_those_who_sleep(engine: Engine) {
    let Some(images) = engine.images() else {
        return;
    };
    let mut bench = Bench::with(&images);
    let sleeper = add_stations(&mut bench, 1, 1, Saving::Waking)[0];
    join_all(&mut bench, &[sleeper]);
    bench.pass(Wait(1_000));
    assert!(bench.machine.air().station(sleeper).naps() > 0);
    // An ARP request of the first station for the sleeper's address: it answers if it hears it.
    let address = bench.machine.air().station(sleeper).address().unwrap();
    let mut request = vec![0, 1, 8, 0, 6, 4, 0, 1];
    request.extend(FIRST);
    request.extend(bench.station().address().unwrap().octets());
    request.extend([0; 6]);
    request.extend(address.octets());
    let sent = bench.machine.air().station(sleeper).tally().queued;
    bench
        .station()
        .say(data(FIRST, [0xff; 6], 0x0806, &request));
    bench.until("an answer of the sleeper", Wait(2_000), |bench| {
        bench.machine.air().station(sleeper).tally().queued > sent
    });
    assert_faultless(&bench);
}
