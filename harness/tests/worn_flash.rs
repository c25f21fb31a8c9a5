//! Flash that does not do as it is told, under the real images: retried, named, and never believed.

use d1_harness::{Bench, Images, Wait};
use d1_image::{FlashMap, Slot};
use nor_model::{Chip, Nor, SECTOR_LEN};

const MAP: FlashMap = FlashMap::M1;

/// Bytes of the new image in flash before the fault strikes.
const SOME: u32 = 0x6000;

fn slot_2() -> u32 {
    MAP.slot(Slot::Two).start.get()
}

/// Begins an update and waits until `SOME` bytes are in flash.
fn update_half_way(bench: &mut Bench, images: &Images) {
    bench.begin_update();
    let end = SOME as usize;
    bench.until("some of the image in flash", Wait::UPDATE, |bench| {
        let mut there = [0; 16];
        bench.machine.flash().peek(slot_2() + SOME - 16, &mut there);
        there == images.user2[end - 16..end]
    });
}

/// Begins an update that fails with `cause`, after which build 1 still serves its page, and still boots.
#[track_caller]
fn fails(bench: &mut Bench, cause: &str) {
    bench.begin_update();
    bench.until_console(&format!("update failed: {cause}"), Wait::UPDATE);
    assert!(bench.page().contains("build 1"));
    bench.power_cycle("user1 @ 0x1000");
    bench.join();
    assert!(bench.page().contains("build 1"));
}

#[test]
fn a_worn_cell_is_named_by_its_place_and_the_device_stays_as_it_was() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    // A bit that the image wants as 1, stuck at 0 in the chip's cells: whatever is tried.
    let offset = images.user2[0x4000..]
        .iter()
        .position(|byte| *byte & 1 == 1);
    let worn = slot_2() + 0x4000 + offset.expect("an odd byte") as u32;
    bench.machine.flash_mut().stick(worn, 1, 0);
    fails(
        &mut bench,
        &format!("flash does not keep what is written at {:#x}", worn & !0x1F),
    );
}

#[test]
fn a_supply_that_sags_for_a_moment_is_overcome() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    update_half_way(&mut bench, &images);
    bench.machine.flash_mut().weaken_supply(1);
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    bench.join();
    assert!(bench.page().contains("build 2"));
}

#[test]
fn a_supply_that_stays_weak_is_named_and_the_next_update_works() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    update_half_way(&mut bench, &images);
    bench.machine.flash_mut().weaken_supply(u64::MAX);
    bench.until_console(
        "update failed: flash does not keep what is written",
        Wait::UPDATE,
    );
    bench.machine.flash_mut().weaken_supply(0);
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[test]
fn a_locked_chip_is_named_as_such() {
    let images = Images::load();
    let mut chip = Nor::new(Chip::W25Q32, &images.flash).expect("it fits");
    // Every block protected, and SRP1 and SRP0: no write to the status registers undoes it.
    chip.write_enable(0);
    chip.write_status(0x01, &[0b1001_1100, 0b0000_0001], 0);
    let mut bench = Bench::power_on_with(chip, images.server());
    bench.join();
    fails(&mut bench, "the flash chip is write-protected");
}

/// Updates in a row, there and back: two, or as many as `D1_SOAK` says.
#[test]
fn updates_in_a_row_lose_nothing_and_erase_each_sector_of_their_slot_once() {
    let wanted = std::env::var("D1_SOAK").ok();
    let updates: u32 = wanted.map_or(2, |text| text.parse().expect("D1_SOAK is a number"));
    let images = Images::load();
    let mut bench = Bench::with(&images);
    for round in 1..=updates {
        let (slot, image, line, build) = match round % 2 {
            1 => (Slot::Two, &images.user2, "user2 @ 0x81000", "build 2"),
            _ => (Slot::One, &images.user1, "user1 @ 0x1000", "build 1"),
        };
        // An image that is in flash already would not be written again.
        let another: Vec<u8> = image.iter().map(|byte| !byte).collect();
        let start = MAP.slot(slot).start.get();
        bench.machine.flash_mut().poke(start, &another);
        bench.console.clear();
        bench.begin_update();
        bench.until_console(line, Wait::UPDATE);
        bench.join();
        assert!(bench.page().contains(build), "after {round} updates");
        bench.until_console("confirmed: ", Wait::UPDATE);
    }
    let flash = bench.machine.flash();
    assert!(flash.violations().is_empty(), "{:?}", flash.violations());
    let erased = |start: u32, len: u32| {
        let sectors = start / SECTOR_LEN..(start + len).div_ceil(SECTOR_LEN);
        &flash.erase_counts()[sectors.start as usize..sectors.end as usize]
    };
    for (slot, image, times) in [
        (Slot::One, &images.user1, updates / 2),
        (Slot::Two, &images.user2, updates.div_ceil(2)),
    ] {
        let counts = erased(MAP.slot(slot).start.get(), image.len() as u32);
        assert!(counts.iter().all(|count| *count == times), "{counts:?}");
    }
    let most = flash.erase_counts().iter().max().copied();
    let logs = [MAP.record_sectors(), MAP.history_sectors()];
    let logs = logs.map(|two| two.map(|sector| erased(sector.get(), SECTOR_LEN)[0]));
    println!("{updates} updates: no sector erased more than {most:?} times, boot record and history {logs:?}");
    assert_eq!(
        most,
        Some(updates.div_ceil(2)),
        "something else is worn more"
    );
}
