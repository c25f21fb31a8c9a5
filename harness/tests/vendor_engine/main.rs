//! The engine on Espressif's libraries: the story, and everyday trouble, on the unmodified libraries in the
//! emulated chip.

mod beacons;
mod calibration;
mod nmi;

use d1_emulator::air::{Conditions, State, StationConfig, StationId};
use d1_harness::beacons::Beacons;
use d1_harness::{image_directory, Bench, Images, Symbols, Wait};

/// Stations the access point has room for.
const PLACES: usize = 4;
/// What the libraries drop received frames below, in bytes of free heap.
const RECEIVE_THRESHOLD: u32 = 6144;

fn bench() -> Option<Bench> {
    Some(Bench::with(&Images::load_vendor()?))
}

fn symbols() -> Symbols {
    Symbols::of(&image_directory().join("vendor/user1.elf"))
}

/// Begins an update and waits until the device has restarted into `line`.
fn update(bench: &mut Bench, line: &str) {
    bench.console.clear();
    bench.begin_update();
    bench.until_console(line, Wait::UPDATE);
    bench.join();
}

fn assert_faultless(bench: &Bench) {
    assert!(bench.reports.is_empty(), "{:#?}", bench.reports);
    let violations = bench.machine.flash().violations();
    assert!(violations.is_empty(), "{violations:?}");
}

/// Bytes of the libraries' heap that are free.
fn free_heap(bench: &mut Bench) -> u32 {
    symbols().word(&mut bench.machine, "6memory4HEAP", 4)
}

fn add_stations(bench: &mut Bench, count: u8) -> Vec<StationId> {
    let station = |number| StationConfig {
        mac: [0x02, 0xd1, 0, 0, 1, number],
        ..StationConfig::default()
    };
    let air = bench.machine.air();
    (0..count)
        .map(|number| air.add_station(station(number)))
        .collect()
}

fn has_address(bench: &mut Bench, id: StationId) -> bool {
    let state = bench.machine.air().station(id).state();
    matches!(state, State::Joined { address: Some(_) })
}

#[test]
fn update_goes_to_user2_and_the_next_one_back_to_user1() {
    let Some(mut bench) = bench() else { return };
    let page = bench.page();
    assert!(
        page.contains("build 1") && page.contains("begin update"),
        "{page}"
    );

    update(&mut bench, "user2 @ 0x81000");
    let page = bench.page();
    assert!(page.contains("build 2") && page.contains("user2"), "{page}");

    bench.power_cycle("user2 @ 0x81000");
    assert!(bench.page().contains("build 2"));

    update(&mut bench, "user1 @ 0x1000");
    assert!(bench.page().contains("build 1"));
    assert_faultless(&bench);
}

#[test]
fn the_libraries_log_is_on_the_console() {
    let Some(mut bench) = bench() else { return };
    assert!(
        bench.console.contains("\nradio: phy_version: 1167.0"),
        "{}",
        bench.console
    );
    // Each of those who find no place makes a line, again and again.
    add_stations(&mut bench, 8);
    bench.pass(Wait(5_000));
    let lines = bench.console.matches("wifi:max connection").count();
    assert!((10..=30).contains(&lines), "{}", bench.console);
    assert!(
        bench.console.contains("lines left out"),
        "{}",
        bench.console
    );
    assert_faultless(&bench);
}

#[test]
fn more_stations_than_places_are_refused_and_the_others_are_served() {
    let Some(mut bench) = bench() else { return };
    let others = add_stations(&mut bench, 5);
    bench.until("all places to be taken", Wait(20_000), |bench| {
        others.iter().filter(|id| has_address(bench, **id)).count() >= PLACES - 1
    });
    bench.pass(Wait(5_000));
    let joined = others
        .iter()
        .filter(|id| has_address(&mut bench, **id))
        .count();
    assert_eq!(joined, PLACES - 1, "the first station has the other place");
    assert!(bench.page().contains("begin update"));
    // A place that becomes free goes to one of those who wait.
    let leaver = *others
        .iter()
        .find(|id| has_address(&mut bench, **id))
        .unwrap();
    bench.machine.air().station(leaver).leave();
    bench.until("the free place to be taken", Wait(20_000), |bench| {
        others.iter().filter(|id| has_address(bench, **id)).count() == PLACES - 1
    });
    assert!(bench.page().contains("begin update"));
    assert_faultless(&bench);
}

#[test]
fn a_station_that_left_comes_back_and_no_heap_is_lost() {
    let Some(mut bench) = bench() else { return };
    bench.page();
    bench.pass(Wait(3_000));
    let before = free_heap(&mut bench);
    for vanishes in [false, true, false, true, false, false] {
        match vanishes {
            true => bench.station().vanish(),
            false => bench.station().leave(),
        }
        bench.pass(Wait(500));
        bench.station().rejoin();
        bench.join();
        assert!(bench.page().contains("begin update"));
    }
    bench.pass(Wait(3_000));
    let after = free_heap(&mut bench);
    println!("{before} bytes free before, {after} after");
    assert!(after.abs_diff(before) <= 16, "{before} bytes, then {after}");
    assert!(after > RECEIVE_THRESHOLD);
    assert_faultless(&bench);
}

#[test]
fn lost_and_damaged_frames_are_repeated() {
    let Some(mut bench) = bench() else { return };
    bench.machine.air().set_conditions(Conditions {
        loss: 0.1,
        damage: 0.05,
    });
    for _ in 0..5 {
        assert!(bench.page().contains("begin update"));
    }
    bench.machine.air().set_conditions(Conditions {
        loss: 0.0,
        damage: 0.0,
    });
    bench.pass(Wait(2_000));
    assert!(bench.page().contains("begin update"));
    assert_faultless(&bench);
}

#[test]
fn stacks_and_heap_have_room_to_spare() {
    if let Some(images) = Images::load_vendor() {
        there_is_room_to_spare(&images, &symbols());
    }
}

#[test]
fn stacks_and_heap_have_room_to_spare_under_a_key() {
    if let Some(images) = Images::load_vendor_wpa2() {
        let elf = image_directory().join("vendor/wpa2/user1.elf");
        there_is_room_to_spare(&images, &Symbols::of(&elf));
    }
}

/// Over start, page, and an update with its signature.
fn there_is_room_to_spare(images: &Images, symbols: &Symbols) {
    const UNUSED: u32 = 0xA5A5_A5A5;
    /// What the firmware itself fills the worker's stack with.
    const WORKER_UNUSED: u32 = 0xD1D1_D1D1;
    const WORKER: u32 = 4608;
    let (limit, start) = (
        symbols.address("_stack_limit"),
        symbols.address("_stack_start"),
    );
    let mut bench = Bench::on(images);
    // Mask ROM and boot loader write here, too.
    bench.until_console("SSID", Wait::BOOT);
    for at in (limit..bench.machine.cpu().ar(1) - 512).step_by(4) {
        assert!(bench.machine.write_memory(at, &UNUSED.to_le_bytes()));
    }
    bench.join();
    bench.page();
    bench.begin_update();
    bench.until_console("restarting into it", Wait::UPDATE);
    let mut unused = |from: u32, to: u32, mark: u32| {
        let mut words = (from..to).step_by(4);
        let is_used = |at: &u32| symbols_word(&mut bench, *at) != mark;
        words.find(is_used).unwrap_or(to) - from
    };
    let left = unused(limit, start, UNUSED);
    let worker = symbols.address("6worker5STACK");
    let worker_left = unused(worker, worker + WORKER, WORKER_UNUSED);
    let mut word = |name, offset| symbols.word(&mut bench.machine, name, offset);
    let least_free = word("6memory4HEAP", 8);
    let [nmis, nested, chained] = [108, 112, 116].map(|offset| word("d1_wifi_nmi_frame", offset));
    let (size, used, worker_used) = (start - limit, start - limit - left, WORKER - worker_left);
    println!("main stack: {used} of {size} bytes");
    println!("worker's stack: {worker_used} of {WORKER} bytes");
    println!("heap: at least {least_free} of 26624 bytes free");
    println!("{nmis} NMIs, {nested} nested, {chained} on the way out of another");
    assert!(left >= 2048, "{used} of {size} bytes of stack used");
    assert!(
        worker_left >= 1024,
        "{worker_used} bytes of the worker's stack used"
    );
    assert!(
        least_free > RECEIVE_THRESHOLD,
        "only {least_free} bytes of heap were free"
    );
}

fn symbols_word(bench: &mut Bench, address: u32) -> u32 {
    let mut word = [0; 4];
    bench.machine.read_memory(address, &mut word);
    u32::from_le_bytes(word)
}

/// Two stations browse while updates go back and forth, for as many minutes as `D1_SOAK` says, or for one round.
#[test]
fn two_stations_browse_through_updates_and_nothing_is_lost() {
    let Some(mut bench) = bench() else { return };
    let minutes: u64 = std::env::var("D1_SOAK").map_or(0, |text| text.parse().expect("minutes"));
    let others = add_stations(&mut bench, 1);
    bench.until("both to have addresses", Wait(20_000), |bench| {
        has_address(bench, others[0])
    });
    let (symbols, start) = (symbols(), bench.machine.now());
    let mut rounds = 0;
    while rounds == 0 || (bench.machine.now() - start).as_micros() < minutes * 60_000_000 {
        let line = ["user2 @ 0x81000", "user1 @ 0x1000"][rounds % 2];
        update(&mut bench, line);
        bench.until("the other to come back", Wait(30_000), |bench| {
            has_address(bench, others[0])
        });
        // At rest: a tenth of the time goes by in updates.
        let rest = if minutes == 0 {
            3_000
        } else {
            minutes * 60_000 / 12
        };
        let air = Beacons::listen(&mut bench);
        let until = bench.machine.now().as_micros() + rest * 1_000;
        while bench.machine.now().as_micros() < until {
            assert!(bench.page().contains("begin update"));
            let conn = bench.machine.air().station(others[0]).connect(80);
            bench.until("the other's connection", Wait::BOOT, |bench| {
                bench.machine.air().station(others[0]).is_established(conn)
            });
            bench.machine.air().station(others[0]).abort(conn);
            bench.pass(Wait(400));
        }
        let (late, missing) = air.lateness();
        let worst = late.iter().max().copied().unwrap_or(u64::MAX);
        let free = symbols.word(&mut bench.machine, "6memory4HEAP", 4);
        println!(
            "round {rounds}: {} beacons, at most {worst} us late, {missing} missing; {free} bytes of heap free",
            late.len()
        );
        assert!(missing == 0 && worst <= 10_000, "{late:?}");
        assert!(free > RECEIVE_THRESHOLD, "{free} bytes of heap free");
        rounds += 1;
    }
    assert!(!bench.console.contains("exception") && !bench.console.contains("wdt reset"));
    assert_faultless(&bench);
}
