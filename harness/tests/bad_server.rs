//! Servers that misbehave: the firmware that runs keeps running, and page and console name the cause.

use d1_harness::{Act, Bench, Images, Server, Wait};
use d1_image::{FlashMap, Slot};

/// Begins an update from a server that answers with `acts`; the device must report `cause`,
/// keep serving build 1, and boot slot 1 again after a power cycle.
#[track_caller]
fn update_fails(images: &Images, acts: Vec<Act>, cause: &str) {
    let mut bench = Bench::boot(&images.flash, Server::always(acts));
    bench.begin_update();
    bench.until_console(cause, Wait::UPDATE);
    let page = bench.page();
    assert!(page.contains("build 1"), "{page}");
    assert!(
        page.contains(cause),
        "the page does not name the cause {cause:?}: {page}"
    );
    still_boots(&mut bench);
    // The next update, from a good server, must not suffer from the failed one.
    bench.server = Server::of(&images.user1, &images.user2);
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[track_caller]
fn still_boots(bench: &mut Bench) {
    bench.power_cycle("user1 @ 0x1000");
    assert!(bench.page().contains("build 1"));
}

#[test]
fn not_found() {
    update_fails(&Images::load(), Act::head("404 Not Found", ""), "404");
}

#[test]
fn redirect() {
    let acts = Act::head("302 Found", "Location: http://example.org/user2.bin\r\n");
    update_fails(&Images::load(), acts, "302");
}

#[test]
fn closed_before_an_answer() {
    update_fails(&Images::load(), vec![Act::Close], "closed");
}

#[test]
fn reset_in_the_middle_of_the_body() {
    let images = Images::load();
    let mut acts = Act::with_length(&images.user2[..20_000], images.user2.len());
    acts.pop();
    acts.push(Act::Abort);
    update_fails(&images, acts, "closed");
}

#[test]
fn body_shorter_than_announced() {
    let images = Images::load();
    let acts = Act::with_length(
        &images.user2[..images.user2.len() - 1000],
        images.user2.len(),
    );
    update_fails(&images, acts, "closed");
}

#[test]
fn body_longer_than_announced() {
    let images = Images::load();
    let mut body = images.user2.clone();
    body.extend_from_slice(b"extra");
    update_fails(&images, Act::with_length(&body, images.user2.len()), "more");
}

#[test]
fn announced_length_shorter_than_the_image() {
    let images = Images::load();
    let length = images.user2.len() - 4096;
    update_fails(
        &images,
        Act::with_length(&images.user2[..length], length),
        "image",
    );
}

#[test]
fn no_length_announced() {
    let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    bytes.extend_from_slice(&Images::load().user2);
    update_fails(
        &Images::load(),
        vec![Act::Send(bytes), Act::Close],
        "Content-Length",
    );
}

#[test]
fn a_web_page_in_place_of_an_image() {
    update_fails(
        &Images::load(),
        Act::ok(b"<!doctype html><html><body>Sign in to Wi-Fi</body></html>"),
        "HTML",
    );
}

#[test]
fn a_compressed_file() {
    let mut body = vec![0x1f, 0x8b, 8, 0];
    body.resize(30_000, 0x55);
    update_fails(&Images::load(), Act::ok(&body), "gzip");
}

#[test]
fn an_image_for_another_chip() {
    // ESP32: magic E9, segments, and the extended header with its chip id.
    let mut body = vec![
        0xe9, 4, 2, 0x20, 0x78, 0x10, 0x08, 0x40, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ];
    body.resize(60_000, 0x11);
    update_fails(&Images::load(), Act::ok(&body), "ESP32");
}

#[test]
fn the_image_of_the_running_slot() {
    let images = Images::load();
    update_fails(&images, Act::ok(&images.user1), "slot");
}

#[test]
fn an_image_larger_than_the_slot() {
    let images = Images::load();
    let mut body = images.user2.clone();
    body.resize(0x80000, 0xff);
    update_fails(&images, Act::ok(&body), "too large");
}

#[test]
fn an_image_larger_than_the_slot_changes_nothing_in_flash() {
    let images = Images::load();
    let mut bench = Bench::boot(
        &images.flash,
        Server::always(Act::with_length(&images.user2, 0x80000)),
    );
    let slot = FlashMap::M1.slot(Slot::Two);
    let slot = slot.start.get() as usize..slot.end().get() as usize;
    // Something that an erase would not leave.
    bench.machine.flash_mut().poke(slot.start as u32, b"before");
    let before = bench.machine.flash().contents();
    bench.begin_update();
    bench.until_console("too large", Wait::UPDATE);
    assert!(
        bench.machine.flash().contents()[slot.clone()] == before[slot],
        "the slot changed although the image cannot fit"
    );
}

#[test]
fn one_flipped_bit_anywhere() {
    let images = Images::load();
    let mut random = fastrand::Rng::with_seed(seed());
    for _ in 0..4 {
        let bit = random.usize(16 * 8..images.user2.len() * 8);
        println!("flipping bit {bit}");
        let mut body = images.user2.clone();
        body[bit / 8] ^= 1 << (bit % 8);
        let mut bench = Bench::boot(&images.flash, Server::always(Act::ok(&body)));
        bench.begin_update();
        bench.until_console("update failed", Wait::UPDATE);
        assert!(bench.page().contains("build 1"));
        still_boots(&mut bench);
    }
}

#[test]
fn a_server_that_stalls() {
    let images = Images::load();
    let mut acts = Act::with_length(&images.user2[..30_000], images.user2.len());
    acts.pop();
    acts.push(Act::Stall);
    update_fails(&images, acts, "no progress");
}

/// The seed of this run: `D1_SEED`, or a fixed one; printed so that a failure can be repeated.
fn seed() -> u64 {
    let seed = std::env::var("D1_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    println!("seed {seed} (set D1_SEED for another)");
    seed
}
