//! Figures in emulated time, held to the limits of docs/performance.md.
//!
//! They are the same on every machine; `cargo xtask bench` prints them and more.

use d1_harness::figures::{self, Circumstances, LEN, LOSS};
use d1_harness::{Bench, Images, Server, Wait};
use d1_image::{FlashMap, Slot};
use nor_model::Pace;

const MAP: FlashMap = FlashMap::M1;

#[test]
fn an_update_takes_little_longer_than_its_flash() {
    let images = Images::load();
    let pace = Pace::Typical;
    let [clean, lossy] = figures::updates(&images, pace);
    for (update, loss) in [(&clean, 0.0), (&lossy, LOSS)] {
        for figure in figures::of_update(update, pace, loss) {
            println!("{figure}");
            assert!(figure.is_kept(), "{figure}");
        }
    }
    assert_eq!(clean.stages.retries, 0, "clean air loses nothing");
    assert!(lossy.stages.retries > 0, "lossy air lost nothing");
}

#[test]
fn the_vendors_way_takes_three_times_as_long_into_flash_and_nearly_so_in_all() {
    let images = Images::load();
    let (len, pace, loss) = (LEN, Pace::Typical, 0.0);
    let clean = figures::update(&images, Circumstances { len, pace, loss });
    let (written, checked) = figures::vendor_style(&images, Circumstances { len, pace, loss });
    let ours = clean.written - clean.requested;
    println!("in flash: the vendor's way {written} us, ours {ours} us");
    assert!(written >= 3 * ours, "{written} us and {ours} us");
    let ours = clean.switched - clean.requested;
    println!("verified: the vendor's way {checked} us, ours {ours} us");
    assert!(10 * checked >= 28 * ours, "{checked} us and {ours} us");
}

#[test]
fn the_page_answers_within_300_ms_all_through_an_update() {
    let images = Images::load();
    let image = figures::padded(&images.user2, MAP, Slot::Two, 240 * 1024);
    let mut bench = Bench::boot(&images.flash, Server::of(&images.user1, &image));
    bench.begin_update();
    let (mut answers, mut longest) = (Vec::new(), 0);
    while !bench.console.contains("restarting into it") {
        let asked = bench.machine.now();
        let status = bench.get(80, "/status.json").body;
        longest = longest.max((bench.machine.now() - asked).as_micros());
        let state = status.split("\"state\":\"").nth(1).unwrap_or_default();
        answers.push(state.split('"').next().unwrap_or_default().to_owned());
        bench.pass(Wait(7));
    }
    let count = |state: &str| answers.iter().filter(|it| *it == state).count();
    println!(
        "{} answers, {} while receiving, {} while verifying; the slowest took {longest} us",
        answers.len(),
        count("receiving"),
        count("verifying")
    );
    assert!(
        count("receiving") >= 20 && count("verifying") >= 2,
        "{answers:?}"
    );
    assert!(longest <= 300_000, "{longest} us");
}
