//! Headers, both ways, over buffers that show what was left unset.

use d1_image::header::{FlashClock, FlashMode, Inner, InnerView, Malformed, Outer, OuterView};
use d1_image::segment::SegmentHeader;
use d1_image::{FlashMap, Slot};

/// As in Espressif's `user1.1024.new.2.bin`, but for its length.
const OUTER_BYTES: [u8; 16] = [
    0xEA, 4, 0, 1, 0xC0, 0x2D, 0x10, 0x40, 0, 0, 0, 0, 0xE0, 0x65, 5, 0,
];
/// The same as our composer marks it for the 1M map.
const OUTER_MARKED: [u8; 16] = [
    0xEA, 4, 0x30, 1, 0xC0, 0x2D, 0x10, 0x40, 0, 0, 0, 0, 0xE0, 0x65, 5, 0,
];
const INNER_BYTES: [u8; 8] = [0xE9, 3, 2, 0x20, 0xC0, 0x2D, 0x10, 0x40];

const OUTER: Outer = Outer {
    slot: Slot::One,
    map: None,
    entry: 0x4010_2DC0,
    irom_len: 0x5_65E0,
};
const INNER: Inner = Inner {
    segment_count: 3,
    mode: FlashMode::Dio,
    clock: FlashClock::Mhz40,
    map_code: 2,
    entry: 0x4010_2DC0,
};

#[test]
fn deconstruct_outer() {
    let view = OuterView::new_checked(&OUTER_BYTES).unwrap();
    assert_eq!(Outer::parse(&view), Ok(OUTER));
    let view = OuterView::new_checked(&OUTER_MARKED).unwrap();
    assert_eq!(
        Outer::parse(&view),
        Ok(Outer {
            map: Some(FlashMap::M1),
            ..OUTER
        })
    );
}

#[test]
fn construct_outer() {
    let mut bytes = [0xA5; Outer::LEN];
    OUTER.emit(&mut bytes);
    assert_eq!(bytes, OUTER_BYTES);
    let mut bytes = [0xA5; Outer::LEN];
    Outer {
        map: Some(FlashMap::M1),
        ..OUTER
    }
    .emit(&mut bytes);
    assert_eq!(bytes, OUTER_MARKED);
}

#[test]
fn every_map_and_slot_survives_the_outer_header() {
    for map in FlashMap::ALL {
        for slot in Slot::ALL {
            let outer = Outer {
                slot,
                map: Some(map),
                ..OUTER
            };
            let mut bytes = [0xA5; Outer::LEN];
            outer.emit(&mut bytes);
            assert_eq!(Outer::parse(&OuterView::new_unchecked(&bytes)), Ok(outer));
        }
    }
}

#[test]
fn outer_headers_no_loader_would_take() {
    assert_eq!(
        OuterView::new_checked(&OUTER_BYTES[..15]).err(),
        Some(Malformed)
    );
    let with = |at: usize, value: u8| {
        let mut bytes = OUTER_BYTES;
        bytes[at] = value;
        OuterView::new_checked(bytes).and_then(|view| Outer::parse(&view))
    };
    assert_eq!(with(0, 0xE9), Err(Malformed));
    assert_eq!(with(1, 3), Err(Malformed));
    assert_eq!(with(3, 0), Err(Malformed));
    assert_eq!(with(12, 0xE8), Err(Malformed));
}

#[test]
fn deconstruct_inner() {
    let view = InnerView::new_checked(&INNER_BYTES).unwrap();
    assert_eq!(Inner::parse(&view), Ok(INNER));
}

#[test]
fn construct_inner() {
    let mut bytes = [0xA5; Inner::LEN];
    INNER.emit(&mut bytes);
    assert_eq!(bytes, INNER_BYTES);
}

#[test]
fn inner_headers_with_unknown_flash_settings() {
    assert_eq!(
        InnerView::new_checked(&INNER_BYTES[..7]).err(),
        Some(Malformed)
    );
    for (at, value) in [(2, 4), (3, 0x23)] {
        let mut bytes = INNER_BYTES;
        bytes[at] = value;
        assert_eq!(
            Inner::parse(&InnerView::new_checked(bytes).unwrap()),
            Err(Malformed)
        );
    }
}

#[test]
fn every_flash_setting_survives_the_inner_header() {
    for mode in [
        FlashMode::Qio,
        FlashMode::Qout,
        FlashMode::Dio,
        FlashMode::Dout,
    ] {
        assert_eq!(FlashMode::from_code(mode as u8), Some(mode));
    }
    for clock in [
        FlashClock::Mhz40,
        FlashClock::Mhz26,
        FlashClock::Mhz20,
        FlashClock::Mhz80,
    ] {
        assert_eq!(FlashClock::from_code(clock as u8), Some(clock));
    }
}

#[test]
fn segment_header_both_ways() {
    let bytes = [0, 0x80, 0xFE, 0x3F, 0xFC, 2, 0, 0];
    let header = SegmentHeader {
        address: 0x3FFE_8000,
        len: 764,
    };
    assert_eq!(SegmentHeader::parse(&bytes), header);
    assert_eq!(header.emit(), bytes);
}

#[test]
fn segments_are_loadable_to_their_own_ram_only() {
    let loadable = |address, len| SegmentHeader { address, len }.is_loadable();
    assert!(loadable(0x4010_0000, 0xC000));
    assert!(!loadable(0x4010_0000, 0xC004));
    assert!(!loadable(0x4010_E000, 4));
    assert!(loadable(0x3FFE_8000, 0x1_4000));
    assert!(!loadable(0x3FFE_8000, 0x1_4004));
    assert!(!loadable(0x3FFE_7FFC, 8));
    assert!(!loadable(0x3FFF_EB30, 4));
    assert!(!loadable(0x4020_1010, 4));
    assert!(!loadable(0x4010_0002, 4));
    assert!(!loadable(0x4010_0000, 6));
    assert!(!loadable(0x4010_0004, 0xFFFF_FFFC));
}
