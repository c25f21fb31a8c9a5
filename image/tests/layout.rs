//! The flash maps: what must not overlap does not, and linker scripts repeat the right numbers.

use std::fs;
use std::path::Path;

use d1_image::layout::{BOOT_DRAM, BOOT_IRAM, BOOT_REGION, DRAM, IRAM, SECTOR_LEN};
use d1_image::slot::{slot_from_link_address, LinkedFor};
use d1_image::{FlashMap, FlashOffset, MappedAddress, Region, Slot};

fn regions(map: FlashMap) -> Vec<Region> {
    let sector = |start| Region {
        start,
        len: SECTOR_LEN,
    };
    let record = map.record_sectors().map(sector);
    let history = map.history_sectors().map(sector);
    let slots = Slot::ALL.map(|slot| map.slot(slot));
    let mut all = vec![
        BOOT_REGION,
        map.network_key(),
        map.rf_calibration(),
        map.system(),
    ];
    all.extend(record);
    all.extend(history);
    all.extend(slots);
    all.extend(Slot::ALL.map(|slot| {
        let (start, len) = (map.slot(slot).start.get(), map.free_before(slot));
        let start = FlashOffset::new(start - len);
        Region { start, len }
    }));
    all
}

#[test]
fn nothing_overlaps_and_everything_is_whole_sectors_of_the_chip() {
    for map in FlashMap::ALL {
        let regions = regions(map);
        for (index, region) in regions.iter().enumerate() {
            assert_eq!(region.start.get() % SECTOR_LEN, 0, "{map:?} {region:x?}");
            assert_eq!(region.len % SECTOR_LEN, 0, "{map:?} {region:x?}");
            assert!(region.end().get() <= map.flash_len(), "{map:?} {region:x?}");
            for other in &regions[index + 1..] {
                assert!(!region.overlaps(*other), "{map:?} {region:x?} {other:x?}");
            }
        }
    }
}

#[test]
fn no_slot_crosses_a_megabyte() {
    for map in FlashMap::ALL {
        for slot in Slot::ALL {
            let region = map.slot(slot);
            let last = FlashOffset::new(region.end().get() - 1);
            assert_eq!(region.start.megabyte(), last.megabyte(), "{map:?} {slot:?}");
        }
    }
}

#[test]
fn the_addresses_the_contracts_name() {
    assert_eq!(FlashMap::M1.slot(Slot::One).start.get(), 0x1000);
    assert_eq!(FlashMap::M1.slot(Slot::Two).start.get(), 0x8_1000);
    assert_eq!(FlashMap::M1.network_key().start.get(), 0x7_D000);
    assert_eq!(FlashMap::M1.rf_calibration().start.get(), 0xF_B000);
    assert_eq!(
        FlashMap::M1.record_sectors().map(FlashOffset::get),
        [0x7_9000, 0x7_A000]
    );
    assert_eq!(FlashMap::K512.slot(Slot::Two).start.get(), 0x4_1000);
    assert_eq!(FlashMap::M4.slot(Slot::Two).start.get(), 0x10_1000);
    assert_eq!(FlashMap::M4.system().start.get(), 0x3F_C000);
}

#[test]
fn link_addresses_tell_the_slot_unless_slots_look_alike() {
    let linked = |map, address| slot_from_link_address(map, MappedAddress::new(address));
    assert_eq!(
        linked(FlashMap::M1, 0x4020_1010),
        Some(LinkedFor::Only(Slot::One))
    );
    assert_eq!(
        linked(FlashMap::M1, 0x4028_1010),
        Some(LinkedFor::Only(Slot::Two))
    );
    assert_eq!(
        linked(FlashMap::K512, 0x4024_1010),
        Some(LinkedFor::Only(Slot::Two))
    );
    assert_eq!(linked(FlashMap::K512, 0x4028_1010), None);
    assert_eq!(linked(FlashMap::M4, 0x4020_1010), Some(LinkedFor::Either));
    assert_eq!(linked(FlashMap::M1, 0x4020_1000), None);
}

#[test]
fn codes_and_names_lead_back_to_their_map() {
    for map in FlashMap::ALL {
        assert_eq!(FlashMap::from_code(map.code()), Some(map));
        assert_eq!(FlashMap::from_name(map.name()), Some(map));
        assert_eq!(FlashMap::from_flash_len(map.flash_len()), Some(map));
    }
    assert_eq!(FlashMap::from_code(4), None);
    assert_eq!(FlashMap::from_name("2M"), None);
}

#[test]
fn images_cannot_be_loaded_over_the_boot_loader() {
    for (loader, image) in [(BOOT_IRAM, IRAM), (BOOT_DRAM, DRAM)] {
        assert!(image.end <= loader.start);
        assert!(loader.start < loader.end);
    }
}

/// `ORIGIN` and `LENGTH` of a memory region in a linker script.
fn memory_region(script: &str, name: &str) -> (u32, u32) {
    let line = script
        .lines()
        .find(|line| line.trim_start().starts_with(name))
        .expect(name);
    let number = |key: &str| {
        let text = line
            .split(key)
            .nth(1)
            .and_then(|rest| rest.split("0x").nth(1))
            .expect(key);
        let digits: String = text.chars().take_while(char::is_ascii_hexdigit).collect();
        u32::from_str_radix(&digits, 16).expect(key)
    };
    (number("ORIGIN"), number("LENGTH"))
}

#[test]
fn the_boot_loaders_linker_script_repeats_the_layout() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boot/boot.x");
    let script = fs::read_to_string(path).unwrap();
    for (name, range) in [("code (", BOOT_IRAM), ("data (", BOOT_DRAM)] {
        assert_eq!(
            memory_region(&script, name),
            (range.start, range.end - range.start),
            "{name}"
        );
    }
}
