//! The engine on Espressif's libraries: the story on the unmodified libraries in the emulated chip.

use d1_harness::{Bench, Images, Server, Wait};

/// Begins an update and waits until the device has restarted into `line`.
fn update(bench: &mut Bench, line: &str) {
    bench.console.clear();
    bench.begin_update();
    bench.until_console(line, Wait::UPDATE);
    bench.join();
}

/// What the emulator reported, but for narrow loads from flash: each is an exception that the firmware serves.
fn faults(bench: &Bench) -> Vec<&String> {
    let is_fault =
        |line: &&String| !line.contains("load/store error") || !line.contains("excvaddr 0x402");
    bench.reports.iter().filter(is_fault).collect()
}

#[test]
fn a_station_joins_gets_an_address_and_reads_the_page() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    let mut bench = Bench::with(&images);
    assert!(bench.page().contains("begin update"));
    let faults = faults(&bench);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
#[ignore = "stalls: being looked into"]
fn update_goes_to_user2_and_the_next_one_back_to_user1() {
    let Some(images) = Images::load_vendor() else {
        return;
    };
    let mut bench = Bench::power_on(&images.flash, Server::of(&images.user1, &images.user2));
    bench.join();
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

    let violations = bench.machine.flash().violations();
    assert!(violations.is_empty(), "{violations:?}");
    let faults = faults(&bench);
    assert!(faults.is_empty(), "{faults:#?}");
}
