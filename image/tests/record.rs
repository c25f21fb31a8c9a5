//! The boot record over two sectors in memory, torn cells and garbage included.

use d1_image::layout::SECTOR_LEN;
use d1_image::record::{newest, scan, Entry, Kind, Reason, Scan, CELL_COUNT};
use d1_image::verify::Fault;
use d1_image::{FlashMap, FlashOffset, Slot};
use proptest::prelude::*;

const MAP: FlashMap = FlashMap::M1;

/// A flash chip that knows when a word that is not erased is programmed.
struct Chip(Vec<u8>);

impl Chip {
    fn erased() -> Chip {
        Chip(vec![0xFF; MAP.flash_len() as usize])
    }

    fn scan(&self) -> Scan {
        scan(&mut self.0.as_slice(), MAP).unwrap()
    }

    fn program(&mut self, at: FlashOffset, bytes: &[u8]) {
        let at = at.get() as usize;
        for (cell, byte) in self.0[at..].iter_mut().zip(bytes) {
            assert_eq!(*cell, 0xFF, "programmed twice");
            *cell = *byte;
        }
    }

    fn append(&mut self, slot: Slot, keep: usize) -> Entry {
        let scan = self.scan();
        let plan = scan.plan(MAP);
        if let Some(sector) = plan.erase {
            let start = sector.get() as usize;
            self.0[start..start + SECTOR_LEN as usize].fill(0xFF);
        }
        let entry = scan.entry(Kind::Select { trial: false }, slot, 1, 2);
        assert_eq!(entry.sequence, plan.sequence);
        self.program(plan.write, &entry.emit()[..keep]);
        entry
    }
}

const ENTRY: Entry = Entry {
    sequence: 0x0102_0304,
    kind: Kind::FallBack {
        reason: Reason::Bad(Fault::BadCrc),
    },
    slot: Slot::Two,
    from_build: 5,
    to_build: 6,
};
const BYTES: [u8; 28] = [
    b'D', b'1', b'B', b'R', 4, 3, 2, 1, 4, 2, 11, 0, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

#[test]
fn entry_both_ways() {
    let bytes = ENTRY.emit();
    assert_eq!(bytes[..28], BYTES);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&BYTES);
    assert_eq!(bytes[28..], crc.to_le_bytes());
    assert_eq!(Entry::parse(&bytes), Some(ENTRY));
}

#[test]
fn every_flipped_bit_of_an_entry_makes_it_none() {
    for bit in 0..8 * Entry::LEN {
        let mut bytes = ENTRY.emit();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Entry::parse(&bytes), None, "bit {bit}");
    }
}

#[test]
fn every_kind_survives() {
    let reasons = Fault::ALL.map(|fault| Kind::FallBack {
        reason: Reason::Bad(fault),
    });
    let mut kinds = vec![
        Kind::Select { trial: false },
        Kind::Select { trial: true },
        Kind::Attempt { number: 3 },
        Kind::Confirm,
        Kind::FallBack {
            reason: Reason::NotConfirmed,
        },
    ];
    kinds.extend(reasons);
    for kind in kinds {
        for slot in Slot::ALL {
            let entry = Entry {
                kind,
                slot,
                ..ENTRY
            };
            assert_eq!(Entry::parse(&entry.emit()), Some(entry));
        }
    }
}

#[test]
fn erased_sectors_hold_nothing_and_the_first_cell_is_next() {
    let scan = Chip::erased().scan();
    assert_eq!(scan.newest(), None);
    let plan = scan.plan(MAP);
    assert_eq!(
        (plan.erase, plan.write, plan.sequence),
        (None, MAP.record_sectors()[0], 1)
    );
}

#[test]
fn thousand_entries_roll_over_and_the_last_one_is_always_the_newest() {
    let mut chip = Chip::erased();
    for count in 1..=1000 {
        let slot = if count % 3 == 0 { Slot::Two } else { Slot::One };
        let written = chip.append(slot, Entry::LEN);
        assert_eq!(written.sequence, count);
        assert_eq!(chip.scan().newest(), Some(written));
    }
}

#[test]
fn roll_over_never_erases_the_sector_with_the_newest_entry() {
    let mut chip = Chip::erased();
    for _ in 0..3 * CELL_COUNT {
        chip.append(Slot::One, Entry::LEN);
        let scan = chip.scan();
        if let Some(sector) = scan.plan(MAP).erase {
            let start = sector.get() as usize;
            chip.0[start..start + SECTOR_LEN as usize].fill(0xFF);
            assert_eq!(
                chip.scan().newest(),
                scan.newest(),
                "after an erase and a power cut"
            );
        }
    }
}

#[test]
fn torn_entries_change_nothing_and_are_never_written_over() {
    for keep in 0..Entry::LEN {
        let mut chip = Chip::erased();
        let good = chip.append(Slot::Two, Entry::LEN);
        chip.append(Slot::One, keep);
        assert_eq!(chip.scan().newest(), Some(good), "{keep} bytes");
        let next = chip.append(Slot::One, Entry::LEN);
        assert_eq!(chip.scan().newest(), Some(next), "{keep} bytes");
    }
}

#[test]
fn a_torn_entry_that_reads_as_whole_later_is_older_than_what_followed_it() {
    // In the middle of a sector, and as its last cell, where what follows is in the other sector.
    for before in [1, CELL_COUNT - 1, 2 * CELL_COUNT - 1] {
        let mut chip = Chip::erased();
        for _ in 0..before {
            chip.append(Slot::Two, Entry::LEN);
        }
        let scan = chip.scan();
        let (plan, ghost) = (scan.plan(MAP), scan.entry(Kind::Confirm, Slot::Two, 0, 0));
        assert_eq!(plan.erase, None);
        chip.append(Slot::Two, 12);
        let after = chip.append(Slot::One, Entry::LEN);
        let at = plan.write.get() as usize;
        chip.0[at..at + Entry::LEN].copy_from_slice(&ghost.emit());
        assert_eq!(chip.scan().newest(), Some(after), "{before} entries before");
    }
}

#[test]
fn of_equal_sequence_numbers_the_later_one_counts() {
    let older = ENTRY;
    let later = Entry {
        slot: Slot::One,
        ..ENTRY
    };
    assert_eq!(newest(&[older, later]), Some(&later));
    assert_eq!(newest(&[]), None);
    let mut chip = Chip::erased();
    let [first, second] = MAP.record_sectors();
    chip.program(first, &older.emit());
    chip.program(second, &later.emit());
    assert_eq!(chip.scan().newest(), Some(later));
}

#[test]
fn two_sectors_of_garbage_make_way() {
    let mut chip = Chip::erased();
    for sector in MAP.record_sectors() {
        chip.program(sector, &[0x55; SECTOR_LEN as usize]);
    }
    assert_eq!(chip.scan().newest(), None);
    let written = chip.append(Slot::Two, Entry::LEN);
    assert_eq!(chip.scan().newest(), Some(written));
}

proptest! {
    #[test]
    fn random_cells_never_panic_and_never_stop_the_next_entry(
        cells in prop::collection::vec((0usize..2 * CELL_COUNT as usize, any::<[u8; 32]>()), 0..40),
        appends in 1usize..200,
    ) {
        let mut chip = Chip::erased();
        let start = MAP.record_sectors()[0].get() as usize;
        for (cell, bytes) in cells {
            chip.0[start + cell * Entry::LEN..][..Entry::LEN].copy_from_slice(&bytes);
        }
        for _ in 0..appends {
            let written = chip.append(Slot::Two, Entry::LEN);
            prop_assert_eq!(chip.scan().newest(), Some(written));
        }
    }
}
