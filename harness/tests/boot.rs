//! The boot loader on whatever flash holds: it starts the good image, or says why it cannot.

use d1_emulator::time::Time;
use d1_harness::{Bench, Images, Server, Wait};
use d1_image::{FlashMap, Slot};

/// A flash with both images in it.
fn both(images: &Images) -> Vec<u8> {
    let mut flash = images.flash.clone();
    put(&mut flash, Slot::Two, &images.user2);
    flash
}

fn put(flash: &mut [u8], slot: Slot, image: &[u8]) {
    let start = start(slot);
    flash[start..start + image.len()].copy_from_slice(image);
}

fn start(slot: Slot) -> usize {
    FlashMap::M1.slot(slot).start.get() as usize
}

/// Flips a bit in the middle of a slot's image: in code that runs from flash, which only the CRC covers.
fn damage(flash: &mut [u8], slot: Slot) {
    flash[start(slot) + 0x8000] ^= 0x10;
}

#[test]
fn with_a_blank_record_slot_1_is_started() {
    let images = Images::load();
    let mut bench = Bench::power_on(&both(&images), Server::absent());
    bench.until_console("user1 @ 0x1000", Wait::BOOT);
}

#[test]
fn a_damaged_slot_1_is_named_and_slot_2_started() {
    let images = Images::load();
    let mut flash = both(&images);
    damage(&mut flash, Slot::One);
    let mut bench = Bench::boot(&flash, Server::absent());
    assert!(
        bench.console.contains("user1: bad: CRC"),
        "{}",
        bench.console
    );
    assert!(
        bench.console.contains("user2 @ 0x81000"),
        "{}",
        bench.console
    );
    assert!(bench.page().contains("build 2"));
}

#[test]
fn with_no_good_image_the_loader_says_so_and_starts_nothing() {
    let images = Images::load();
    let mut flash = both(&images);
    damage(&mut flash, Slot::One);
    damage(&mut flash, Slot::Two);
    let mut bench = Bench::power_on(&flash, Server::absent());
    let before = bench.machine.flash().contents();
    bench.until_console("user2: bad: CRC", Wait::BOOT);
    bench.pass(Wait(30_000));
    assert_eq!(
        bench.console.matches("d1-ota boot").count(),
        1,
        "it restarts in circles:\n{}",
        bench.console
    );
    assert!(!bench.console.contains(" @ 0x"), "{}", bench.console);
    assert!(
        bench.console.contains("GPIO0 low"),
        "no advice: {}",
        bench.console
    );
    assert!(
        bench.machine.flash().contents() == before,
        "the loader wrote to flash without an image to start"
    );
}

#[test]
fn an_erased_flash_hangs_in_the_mask_rom_as_on_the_chip() {
    let mut bench = Bench::power_on(&[], Server::absent());
    bench.until_console("ets_main.c", Wait::BOOT);
    assert!(bench.machine.now() < Time::from_micros(15_000_000));
}

#[test]
fn an_image_that_hangs_on_trial_is_left_after_three_attempts() {
    let images = Images::load();
    let hanging = d1_harness::hanging(&images.user2);
    let mut bench = Bench::boot(&images.flash, Server::always(d1_harness::Act::ok(&hanging)));
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    bench.console.clear();
    bench.until_console("user1 @ 0x1000", Wait(120_000));
    assert_eq!(
        bench.console.matches("user2 @ 0x81000").count(),
        2,
        "{}",
        bench.console
    );
    let joins = bench.station().joins();
    bench.until("the station to come back", Wait::BOOT, |bench| {
        bench.station().joins() > joins
    });
    bench.join();
    let page = bench.page();
    assert!(
        page.contains("build 1") && page.contains("never confirmed"),
        "{page}"
    );
}
