//! What may arrive instead of an image, by its first bytes.

mod sample;

use d1_image::intake::{check, Expected, Refusal, LEN};
use d1_image::{FlashMap, Slot};
use proptest::prelude::*;
use sample::Sample;

const EXPECTED: Expected = Expected {
    map: FlashMap::M1,
    slot: Slot::One,
    len: None,
};

fn refusal(first: &[u8]) -> Option<Refusal> {
    check(first, EXPECTED).err()
}

/// The small sample's first bytes, one changed.
fn with(at: usize, value: u8) -> Vec<u8> {
    let mut image = Sample::small().image();
    image[at] = value;
    image
}

#[test]
fn the_right_image_may_come_in() {
    let image = Sample::small().image();
    let expected = Expected {
        len: Some(image.len() as u32),
        ..EXPECTED
    };
    let outer = check(&image[..LEN], expected).unwrap();
    assert_eq!(
        (outer.slot, outer.map, outer.irom_len),
        (Slot::One, Some(FlashMap::M1), 240)
    );
}

#[test]
fn an_image_that_does_not_state_its_map_may_come_in() {
    assert_eq!(refusal(&with(2, 0)), None);
}

#[test]
fn strangers_are_named() {
    let long = |start: &[u8]| [start, &[b' '; LEN]].concat();
    assert_eq!(refusal(&long(b"<!DOCTYPE html>")), Some(Refusal::Html));
    assert_eq!(refusal(&long(b"\r\n\t <html><head>")), Some(Refusal::Html));
    assert_eq!(refusal(&long(&[0x1F, 0x8B, 8])), Some(Refusal::Gzip));
    assert_eq!(refusal(&long(b"\x7FELF\x01\x01\x01")), Some(Refusal::Elf));
    assert_eq!(refusal(&[0xFF; LEN]), Some(Refusal::Blank));
    assert_eq!(refusal(&[0; LEN]), Some(Refusal::Unknown));
    assert_eq!(refusal(&long(b"404 not found")), Some(Refusal::Unknown));
    assert_eq!(refusal(&[0xEA, 4, 0]), Some(Refusal::TooShort));
}

#[test]
fn images_of_other_chips_are_named_with_their_chip() {
    // ESP32-C3: entry 0x40380000, WP pin 0xEE, no drive settings, chip id 5.
    let c3 = [
        0xE9, 4, 2, 0x20, 0, 0, 0x38, 0x40, 0xEE, 0, 0, 0, 5, 0, 0, 0,
    ];
    assert_eq!(refusal(&c3), Some(Refusal::Esp32 { chip_id: 5 }));
    let esp32 = [0xE9, 4, 2, 0x20, 0, 0, 8, 0x40, 0xEE, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(refusal(&esp32), Some(Refusal::Esp32 { chip_id: 0 }));
}

#[test]
fn boot_loaders_are_not_for_a_slot() {
    for first_segment in [0x4010_0000, 0x4010_E000, 0x3FFE_8000_u32] {
        let mut loader = [0xE9, 2, 2, 0x20, 0, 0, 0x10, 0x40, 0, 0, 0, 0, 8, 0, 0, 0];
        loader[8..12].copy_from_slice(&first_segment.to_le_bytes());
        assert_eq!(
            refusal(&loader),
            Some(Refusal::NotForASlot),
            "{first_segment:#x}"
        );
    }
}

#[test]
fn images_for_elsewhere_are_named_with_where() {
    assert_eq!(
        refusal(&with(3, 2)),
        Some(Refusal::WrongSlot { found: Slot::Two })
    );
    assert_eq!(
        refusal(&with(3, 0x20)),
        Some(Refusal::NoSlot { found: 0x20 })
    );
    assert_eq!(refusal(&with(2, 0x70)), Some(Refusal::WrongMap { code: 6 }));
    assert_eq!(refusal(&with(2, 0x60)), Some(Refusal::WrongMap { code: 5 }));
}

#[test]
fn lengths_that_cannot_be_are_refused() {
    let room = 0x7_8000;
    let image = Sample::small().image();
    let announced = |len| {
        check(
            &image,
            Expected {
                len: Some(len),
                ..EXPECTED
            },
        )
        .err()
    };
    assert_eq!(
        announced(room + 4),
        Some(Refusal::TooLarge {
            len: room + 4,
            room
        })
    );
    assert_eq!(
        announced(240),
        Some(Refusal::BadHeader),
        "no longer than its irom"
    );
    assert_eq!(
        announced(image.len() as u32 + 1),
        Some(Refusal::BadHeader),
        "no whole lines and a CRC"
    );
    assert_eq!(
        refusal(&with(14, 8)),
        Some(Refusal::TooLarge {
            len: 0x8_00F0,
            room
        })
    );
    assert_eq!(refusal(&with(12, 0x84)), Some(Refusal::BadHeader));
}

#[test]
fn every_refusal_says_something_of_its_own() {
    let all = [
        Refusal::TooShort,
        Refusal::Html,
        Refusal::Gzip,
        Refusal::Elf,
        Refusal::Esp32 { chip_id: 9 },
        Refusal::NotForASlot,
        Refusal::Blank,
        Refusal::Unknown,
        Refusal::NoSlot { found: 0x20 },
        Refusal::WrongSlot { found: Slot::Two },
        Refusal::WrongMap { code: 6 },
        Refusal::WrongMap { code: 5 },
        Refusal::TooLarge { len: 2, room: 1 },
        Refusal::BadHeader,
    ];
    let mut texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(texts[9], "an image for the wrong slot (user2)");
    assert_eq!(texts[10], "an image for another flash map (4M)");
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all.len());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(first in prop::collection::vec(any::<u8>(), 0..32), len in any::<Option<u32>>()) {
        for map in FlashMap::ALL {
            for slot in Slot::ALL {
                let _ = check(&first, Expected { map, slot, len });
            }
        }
    }

    #[test]
    fn what_verifies_may_come_in(sample in sample::any()) {
        let image = sample.image();
        let expected = Expected { map: sample.map, slot: sample.slot, len: Some(image.len() as u32) };
        prop_assert!(check(&image, expected).is_ok());
    }
}
