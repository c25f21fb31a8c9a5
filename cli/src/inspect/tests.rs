//! Every kind of file, whole and broken.

use d1_image::record::{Entry, Kind, Scan};
use d1_image::{FlashMap, Slot};

use super::*;
use crate::convert::{boot, Elf, FlashAccess};
use crate::merge::merge;
use crate::sample::Sample;

fn image(slot: Slot) -> Image {
    let elf = Sample::for_slot(FlashMap::M1, slot).build(5).emit();
    Image::from_file(&elf, Wish::default()).unwrap()
}

fn loader() -> Vec<u8> {
    boot(
        &Elf::parse(&Sample::boot().emit()).unwrap(),
        FlashMap::M1,
        FlashAccess::default(),
    )
    .unwrap()
}

fn assert_tells(report: &Report, words: &[&str]) {
    for word in words {
        assert!(
            report.text.contains(word),
            "{word:?} is missing in:\n{}",
            report.text
        );
    }
}

#[test]
fn good_image_is_explained_field_by_field() {
    let report = inspect(&image(Slot::Two).bytes, None).unwrap();
    assert_eq!(report.refused, None);
    assert_tells(
        &report,
        &[
            "user2, flash offset 0x81000 in the 1M map",
            "runs at        0x40281010",
            "build number   5",
            "DIO",
            "1M map, 40 MHz",
            "0x40100000, 36 bytes: instruction RAM",
            "0x3ffe8000, 24 bytes: data RAM",
            "verdict   good",
        ],
    );
    assert_eq!(
        report.text.matches(", right").count(),
        3,
        "checksum, CRC and signature"
    );
}

#[test]
fn flipped_bit_is_shown_at_the_sum_it_breaks() {
    let mut bytes = image(Slot::One).bytes;
    bytes[30] ^= 1;
    let report = inspect(&bytes, None).unwrap();
    assert_eq!(report.refused.as_deref(), Some("CRC"));
    assert_tells(&report, &["but the bytes have", "verdict   refused: CRC"]);
}

#[test]
fn truncated_image_is_explained_as_far_as_it_goes() {
    let bytes = image(Slot::One).bytes;
    for len in 16..bytes.len() {
        let report = inspect(&bytes[..len], None).unwrap();
        assert!(report.refused.is_some(), "{len} bytes of {}", bytes.len());
        assert_tells(&report, &["user1"]);
    }
}

#[test]
fn image_by_another_tool_is_named_as_without_slot() {
    let mut bytes = image(Slot::One).bytes;
    bytes[3] = 0x20;
    let report = inspect(&bytes, None).unwrap();
    assert_eq!(report.refused.as_deref(), Some("its header names no slot"));
}

#[test]
fn boot_loader_is_explained_and_its_checksum_checked() {
    let mut bytes = loader();
    let report = inspect(&bytes, None).unwrap();
    assert_eq!(report.refused, None);
    assert_tells(
        &report,
        &[
            "the boot loader's instruction RAM",
            "the boot loader's data RAM",
        ],
    );
    bytes[17] ^= 1;
    assert_eq!(
        inspect(&bytes, None).unwrap().refused.as_deref(),
        Some("its checksum is wrong")
    );
    for len in 8..bytes.len() {
        assert!(
            inspect(&bytes[..len], None).unwrap().refused.is_some(),
            "{len} bytes"
        );
    }
}

#[test]
fn whole_chip_shows_loader_slots_and_record() {
    let images = [image(Slot::One), image(Slot::Two)];
    let mut flash = merge(&loader(), &images, FlashMap::M1, 0x40_0000).unwrap();
    let report = inspect(&flash, None).unwrap();
    assert_eq!(report.refused, None);
    assert_tells(
        &report,
        &["user1 @ 0x1000", "user2 @ 0x81000", "empty, slot 1 boots"],
    );

    let entry = Scan::new().entry(Kind::Select { trial: true }, Slot::Two, 5, 6);
    let at = FlashMap::M1.record_sectors()[0].get() as usize;
    flash[at..at + Entry::LEN].copy_from_slice(&entry.emit());
    assert_tells(
        &inspect(&flash, None).unwrap(),
        &["entry 1, user2 selected, to be tried, build 6 after build 5"],
    );
}

#[test]
fn chip_without_a_good_image_is_refused() {
    let mut flash = merge(&loader(), &[image(Slot::One)], FlashMap::M1, 0x10_0000).unwrap();
    flash[0x1020] ^= 1;
    let report = inspect(&flash, None).unwrap();
    assert_eq!(
        report.refused.as_deref(),
        Some("neither slot holds a good image")
    );
    assert_tells(&report, &["user2 @ 0x81000: erased"]);
}

#[test]
fn elf_is_explained_as_the_image_it_makes() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::One).emit();
    assert_tells(
        &inspect(&elf, None).unwrap(),
        &["An ELF.", "verdict   good"],
    );
}

#[test]
fn strangers_are_problems() {
    for bytes in [
        &b"<html><body>no</body></html>"[..],
        b"\x1F\x8B0123456789012345",
        b"",
        &[0; 64],
    ] {
        assert!(inspect(bytes, None).is_err());
    }
}
