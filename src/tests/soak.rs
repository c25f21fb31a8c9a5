//! Updates in a row on one flash chip, which has to last, and to lose nothing.
//!
//! A hundred by default; `D1_SOAK` says how many, and `cargo test -- --nocapture soak` shows the wear.

use super::story::boots;
use super::*;

const DEFAULT: u32 = 100;

fn rounds() -> u32 {
    let wanted = std::env::var("D1_SOAK").ok();
    wanted.map_or(DEFAULT, |text| text.parse().expect("D1_SOAK is a number"))
}

#[test]
fn updates_in_a_row_lose_nothing_and_wear_the_chip_evenly() {
    let mut chip = Chip::new();
    chip.put(
        MAP.slot(Slot::One).start.get(),
        &image(Slot::One, 1, 20_000),
    );
    let (mut slot, rounds) = (Slot::One, rounds());
    for round in 1..=rounds {
        let (next, build) = (slot.other(), round + 1);
        let acts = Act::image(&image(next, build, 9_000));
        let mut world = World::with_chip(chip, slot, round, acts);
        world.join();
        world.begin_update();
        world.until("the restart", |world| world.has_restarted);
        assert_eq!(boots(&world.chip), (next, build), "after {round} updates");
        chip = world.chip;
        slot = next;
    }
    assert_eq!(chip.violations(), []);

    let worn = |sector: u32| chip.erase_counts()[(sector / 4096) as usize];
    let slots = Slot::ALL.map(|slot| worn(MAP.slot(slot).start.get()));
    let record = MAP.record_sectors().map(|sector| worn(sector.get()));
    let history = MAP.history_sectors().map(|sector| worn(sector.get()));
    let most = chip.erase_counts().iter().max().copied().unwrap();
    println!("{rounds} updates: first sectors of the slots erased {slots:?} times, boot record {record:?}, history {history:?}, at most {most}");
    // Each slot is written every other time; the logs' sectors are erased once in 128 cells, of which an update
    // takes one or two here.
    assert_eq!(slots, [rounds / 2, rounds.div_ceil(2)]);
    assert_eq!(most, rounds.div_ceil(2), "something else is worn more");
    assert!(record
        .iter()
        .chain(&history)
        .all(|count| *count <= rounds / 64 + 1));
}
