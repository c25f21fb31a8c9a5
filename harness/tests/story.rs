//! The story a user lives: page, begin update, the other slot, and back.

use d1_harness::{Bench, Images, Server, Wait};
use d1_image::FlashMap;
use d1ota::serve::Status;

/// Begins an update and waits until the device has restarted into `line`.
fn update(bench: &mut Bench, line: &str) {
    bench.console.clear();
    bench.begin_update();
    bench.until_console(line, Wait::UPDATE);
    bench.join();
}

#[test]
fn update_goes_to_user2_and_the_next_one_back_to_user1() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    assert!(
        bench
            .console
            .contains("ets Jan  8 2013,rst cause:1, boot mode:(3,6)"),
        "{}",
        bench.console
    );
    assert!(
        bench.console.contains("user1 @ 0x1000"),
        "{}",
        bench.console
    );

    let page = bench.page();
    assert!(
        page.contains("build 1") && page.contains("begin update"),
        "{page}"
    );

    // What the image server asks, it has to understand.
    let status = bench.get(80, "/status.json").body;
    let status =
        Status::parse(&status).unwrap_or_else(|| panic!("the server cannot read {status}"));
    assert_eq!(
        (status.build, &status.slot[..], &status.map[..]),
        (1, "user1", "1M")
    );
    assert!(!status.is_updating());

    update(&mut bench, "user2 @ 0x81000");
    assert_eq!(bench.server.requests[0].path, "/user2.bin");
    let page = bench.page();
    assert!(page.contains("build 2") && page.contains("user2"), "{page}");

    bench.power_cycle("user2 @ 0x81000");
    assert!(bench.page().contains("build 2"));

    update(&mut bench, "user1 @ 0x1000");
    assert_eq!(bench.server.requests[1].path, "/user1.bin");
    assert!(bench.page().contains("build 1"));

    let violations = bench.machine.flash().violations();
    assert!(
        violations.is_empty(),
        "the firmware broke a rule of the flash chip: {violations:?}"
    );
    assert!(
        bench.reports.is_empty(),
        "the emulator met something it does not model: {:#?}",
        bench.reports
    );
}

#[test]
fn on_the_4m_map_each_slot_runs_from_its_own_megabyte() {
    let images = Images::load_for(FlashMap::M4);
    let mut bench = Bench::with(&images);
    // Both slots are linked for one address: a wrong megabyte would run the other slot's code, and the
    // second update would erase it under its own feet.
    update(&mut bench, "user2 @ 0x101000");
    assert!(bench.page().contains("build 2"));
    update(&mut bench, "user1 @ 0x1000");
    assert!(bench.page().contains("build 1"));
}

#[test]
fn six_updates_in_a_row_alternate_between_the_slots() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    for round in 0..6 {
        let line = if round % 2 == 0 {
            "user2 @ 0x81000"
        } else {
            "user1 @ 0x1000"
        };
        update(&mut bench, line);
    }
    assert!(bench.machine.flash().violations().is_empty());
}

#[test]
fn the_link_on_the_page_leads_eight_ports_up_on_the_name_the_browser_used() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    let request = b"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";
    let answer = String::from_utf8(bench.exchange(80, request, Wait::PAGE)).unwrap();
    assert!(answer.contains("http://localhost:8088/"), "{answer}");
}

#[test]
fn two_runs_are_the_same_to_the_last_byte() {
    let images = Images::load();
    let run = || {
        let mut bench = Bench::with(&images);
        update(&mut bench, "user2 @ 0x81000");
        let page = bench.page();
        (
            bench.console,
            page,
            bench.machine.cycles(),
            bench.machine.flash().contents(),
        )
    };
    assert!(run() == run(), "two runs of one seed differ");
}

#[test]
fn without_a_server_the_device_says_so_and_keeps_serving() {
    let images = Images::load();
    let mut bench = Bench::boot(&images.flash, Server::absent());
    bench.begin_update();
    bench.until_console("refused", Wait::UPDATE);
    assert!(bench.page().contains("refused"));
}
