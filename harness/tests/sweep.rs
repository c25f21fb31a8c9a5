//! The sweep of power cuts: a sample of it, and whether it would notice.
//!
//! `cargo xtask sweep` does the whole of it.

use d1_harness::sweep::{scenarios, sweep, Options, Scenario};
use d1_harness::{Bench, Images};
use d1_image::FlashMap;
use nor_model::CutPoint;

/// One cut in 512 of those inside a slot and every other one; an update after few of them.
const SAMPLE: Options = Options {
    every: 512,
    update_every: 16,
    update_every_other: 6,
    doubles: 0,
    seed: 0,
    threads: 2,
};

fn scenario(name: &str) -> Scenario {
    let images = Images::load();
    let mut all = scenarios(FlashMap::M1, &images);
    let index = all.iter().position(|scenario| scenario.name.contains(name));
    all.swap_remove(index.expect("there is one of that name"))
}

#[test]
fn a_sample_of_all_cuts_loses_nothing() {
    let images = Images::load();
    for scenario in scenarios(FlashMap::M1, &images) {
        let tally = sweep(&scenario, &SAMPLE, &|_, _| ());
        println!("{}: {tally}", scenario.name);
        assert!(tally.cuts >= 4, "{}: hardly any cuts", scenario.name);
        assert!(tally.lost.is_empty(), "{}", tally.lost.join("\n"));
    }
}

#[test]
fn cuts_in_the_recovery_from_a_cut_lose_nothing() {
    let options = Options {
        doubles: 1,
        ..SAMPLE
    };
    let tally = sweep(&scenario("trial confirmed"), &options, &|_, _| ());
    println!("{} second cuts: {tally}", tally.doubles);
    assert!(tally.doubles >= 4, "hardly any second cuts");
    assert!(tally.lost.is_empty(), "{}", tally.lost.join("\n"));
}

#[test]
fn a_lost_image_is_noticed() {
    let mut scenario = scenario("trial confirmed");
    // A bit that only whole-image verification sees, in the image that must not be lost: the loader does not
    // look at it, because the other one is selected.
    let mut byte = [0];
    scenario.start_mut().peek(0x9000, &mut byte);
    scenario.start_mut().poke(0x9000, &[byte[0] ^ 1]);
    let tally = sweep(&scenario, &SAMPLE, &|_, _| ());
    assert!(tally.cuts > 0);
    assert_eq!(tally.lost.len(), tally.cuts, "{tally}");
    assert!(
        tally.lost[0].contains("user1 is lost: CRC"),
        "{}",
        tally.lost[0]
    );
}

#[test]
fn the_cuts_of_one_run_are_those_of_runs_that_are_cut() {
    let images = Images::load();
    let mut whole = Bench::with(&images);
    whole.machine.flash_mut().keep_cuts();
    whole.begin_update();
    whole.until_console("user2 @ 0x81000", d1_harness::Wait::UPDATE);
    let kept = whole.machine.flash_mut().take_cut_chips();
    let before = kept[0].operation - 1;

    for cut in [&kept[0], &kept[kept.len() / 3], &kept[kept.len() - 3]] {
        let mut bench = Bench::with(&images);
        let flash = bench.machine.flash_mut();
        flash.cut_power_at(cut.operation - before, cut.at);
        bench.begin_update();
        bench.until("the cut", d1_harness::Wait::UPDATE, |bench| {
            bench.slice();
            bench.machine.flash().power_lost()
        });
        assert!(matches!(cut.at, CutPoint::Inside | CutPoint::After));
        assert_eq!(bench.machine.flash().digest(), cut.chip.digest(), "{cut:?}");
    }
}
