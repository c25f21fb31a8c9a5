//! Linker scripts repeat addresses because they must; here they are compared with where they come from.

use std::fs;
use std::path::Path;

use d1_image::layout::{DRAM, IMAGE_IROM_OFFSET, IRAM};
use d1_image::{handoff, FlashMap, Slot};

/// The text of a script.
fn script(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// Origin and length of a memory region: the last number of each, behind a symbol's default if there is one.
fn region(script: &str, name: &str) -> (u32, u32) {
    let rest = &script[script.find(&format!("\n  {name} ")).expect(name)..];
    let after = |key: &str| {
        let value = &rest[rest.find(key).unwrap() + key.len()..];
        let value = value.split([',', '\n']).next().unwrap();
        let number = value.split_whitespace().last().unwrap();
        u32::from_str_radix(number.strip_prefix("0x").unwrap(), 16).unwrap()
    };
    (after("ORIGIN = "), after("LENGTH = "))
}

#[test]
fn slots_are_where_the_1m_map_has_them() {
    for slot in Slot::ALL {
        let script = script(&format!("memory-app{}.x", slot.number()));
        let (origin, len) = region(&script, "irom_seg (RX)");
        assert_eq!(origin, FlashMap::M1.irom_origin(slot).get());
        assert_eq!(len, FlashMap::M1.slot(slot).len - IMAGE_IROM_OFFSET);
    }
}

#[test]
fn slot_1_is_in_the_first_megabyte_of_every_map() {
    assert!(script("memory-app1.x").contains("_flash_megabyte = 0;"));
    assert!(FlashMap::ALL
        .iter()
        .all(|map| map.slot(Slot::One).start.megabyte() == 0));
}

#[test]
fn ram_is_where_images_may_be_loaded() {
    let script = script("xtensa-lx-rt/link.x");
    let (vectors, vectors_len) = region(&script, "vectors_seg (RX)");
    let (iram, iram_len) = region(&script, "iram_seg    (RX)");
    assert_eq!((vectors, iram), (IRAM.start, vectors + vectors_len));
    assert_eq!(iram + iram_len, IRAM.end);
    let (dram, dram_len) = region(&script, "dram_seg    (RW)");
    assert_eq!((dram, dram + dram_len), (DRAM.start, DRAM.end));
}

#[test]
fn rtc_memory_begins_behind_the_handoff() {
    let (rtc, rtc_len) = region(&script("xtensa-lx-rt/link.x"), "rtc_seg     (RW)");
    assert_eq!(rtc, handoff::ADDRESS + 16);
    // The user's half of RTC memory is 0x60001200..0x60001400.
    assert_eq!(rtc + rtc_len, handoff::ADDRESS + 0x200);
}
