//! The update history's events: both ways, golden, and nothing from rubbish.

use d1_image::history::{Event, Kind};
use d1_image::log::{scan, CELL_COUNT, CELL_LEN};
use d1_image::record::Reason;
use d1_image::verify::Fault;
use d1_image::{FlashMap, Slot};
use proptest::prelude::*;

const MAP: FlashMap = FlashMap::M1;

const EVENT: Event = Event {
    sequence: 0x0102_0304,
    kind: Kind::Ended {
        stage: 4,
        cause: 7,
        detail: 0x0A0B_0C0D,
    },
    slot: Slot::Two,
    from_build: 5,
    to_build: 6,
    bytes: 0x0001_0000,
};
const BYTES: [u8; 28] = [
    b'D', b'1', b'H', b'I', 4, 3, 2, 1, 2, 2, 4, 7, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 1, 0, 0x0D, 0x0C,
    0x0B, 0x0A,
];

#[test]
fn event_both_ways() {
    let bytes = EVENT.emit();
    assert_eq!(bytes[..28], BYTES);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&BYTES);
    assert_eq!(bytes[28..], crc.to_le_bytes());
    assert_eq!(Event::parse(&bytes), Some(EVENT));
}

#[test]
fn every_kind_survives() {
    for kind in [
        Kind::Began { record: 0 },
        Kind::Began { record: u32::MAX },
        Kind::Reverted {
            reason: Reason::NotConfirmed,
            reset: 4,
            record: 9,
        },
        Kind::Reverted {
            reason: Reason::Bad(Fault::BadCrc),
            reset: 1,
            record: 9,
        },
    ] {
        let event = Event { kind, ..EVENT };
        assert_eq!(Event::parse(&event.emit()), Some(event));
    }
}

#[test]
fn every_flipped_bit_of_an_event_makes_it_none() {
    for bit in 0..8 * CELL_LEN {
        let mut bytes = EVENT.emit();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Event::parse(&bytes), None, "bit {bit}");
    }
}

#[test]
fn a_boot_record_entry_is_no_event() {
    let entry =
        d1_image::record::Scan::new().entry(d1_image::record::Kind::Confirm, Slot::One, 1, 2);
    assert_eq!(Event::parse(&entry.emit()), None);
}

#[test]
fn the_last_sixteen_events_outlive_every_roll_over() {
    let mut flash = vec![0xFF; MAP.flash_len() as usize];
    for number in 1..=3 * CELL_COUNT {
        let plan = scan::<Event, _>(&mut &flash[..], MAP).unwrap().plan(MAP);
        if let Some(sector) = plan.erase {
            flash[sector.get() as usize..][..4096].fill(0xFF);
        }
        let event = Event {
            sequence: plan.sequence,
            bytes: number,
            ..EVENT
        };
        flash[plan.write.get() as usize..][..CELL_LEN].copy_from_slice(&event.emit());

        let [first, _] = MAP.history_sectors().map(|start| start.get() as usize);
        let cells = flash[first..][..2 * CELL_COUNT as usize * CELL_LEN].chunks_exact(CELL_LEN);
        let mut kept: Vec<u32> = cells
            .filter_map(|cell| Event::parse(cell.try_into().unwrap()))
            .map(|event| event.bytes)
            .collect();
        kept.sort_unstable();
        let expected: Vec<u32> = (number.saturating_sub(15).max(1)..=number).collect();
        assert!(kept.ends_with(&expected), "after {number}: {kept:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_event_only_if_it_writes_them_so(bytes: [u8; CELL_LEN]) {
        if let Some(event) = Event::parse(&bytes) {
            prop_assert_eq!(event.emit(), bytes);
        }
    }

    #[test]
    fn any_event_is_read_as_it_was_written(
        sequence: u32, stage: u8, cause: u8, detail: u32, builds: (u32, u32), bytes: u32,
    ) {
        let event = Event {
            sequence,
            kind: Kind::Ended { stage, cause, detail },
            slot: Slot::One,
            from_build: builds.0,
            to_build: builds.1,
            bytes,
        };
        prop_assert_eq!(Event::parse(&event.emit()), Some(event));
    }
}
