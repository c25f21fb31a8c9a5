//! The chip's rules as software on the SPI bus meets them.

use nor_model::{opcode, Chip, ContentsTooLong, Erase, Nor, Pace, Violation};

const MS: u64 = 1_000_000_000;

fn instant() -> Nor {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.set_pace(Pace::Instant);
    nor
}

fn program(nor: &mut Nor, address: u32, data: &[u8]) {
    nor.write_enable(0);
    nor.page_program(address, data, 0);
}

fn read<const N: usize>(nor: &mut Nor, address: u32) -> [u8; N] {
    let mut bytes = [0; N];
    nor.read(address, &mut bytes, 0);
    bytes
}

#[test]
fn jedec_id_names_a_w25q32() {
    let mut reply = [0; 4];
    instant().command(opcode::READ_JEDEC_ID, 0, &[], &mut reply, 0);
    assert_eq!(reply, [0xEF, 0x40, 0x16, 0xEF]);
}

#[test]
fn sfdp_tells_the_density_in_bits() {
    let mut reply = [0; 0x18];
    instant().command(opcode::READ_SFDP, 0, &[], &mut reply, 0);
    assert_eq!(&reply[..4], b"SFDP");
    assert_eq!(
        reply[0x14..0x18],
        (4 * 1024 * 1024 * 8 - 1u32).to_le_bytes()
    );
}

#[test]
fn program_without_write_enable_is_ignored_and_noted() {
    let mut nor = instant();
    nor.page_program(0, &[0], 0);
    assert_eq!(read(&mut nor, 0), [0xFF]);
    assert_eq!(
        nor.violations(),
        [Violation::NotWriteEnabled { opcode: 0x02 }]
    );
    assert_eq!(nor.operations(), 0);
}

#[test]
fn every_program_needs_its_own_write_enable() {
    let mut nor = instant();
    program(&mut nor, 0, &[1]);
    nor.page_program(4, &[2], 0);
    assert_eq!(read(&mut nor, 0), [1, 0xFF, 0xFF, 0xFF, 0xFF]);
}

#[test]
fn write_disable_clears_the_latch() {
    let mut nor = instant();
    nor.write_enable(0);
    assert_eq!(nor.read_status_1(0), 0b10);
    nor.write_disable(0);
    assert_eq!(nor.read_status_1(0), 0);
}

#[test]
fn programming_wraps_inside_its_page() {
    let mut nor = instant();
    program(&mut nor, 0x1FE, &[1, 2, 3]);
    assert_eq!(read(&mut nor, 0x1FE), [1, 2, 0xFF]);
    assert_eq!(read(&mut nor, 0x100), [3, 0xFF]);
    assert_eq!(
        nor.violations(),
        [Violation::PageWrapped {
            address: 0x1FE,
            len: 3
        }]
    );
}

#[test]
fn of_more_than_a_page_the_last_256_bytes_count() {
    let mut nor = instant();
    let data: Vec<u8> = (0..300).map(|at| (at % 251) as u8).collect();
    program(&mut nor, 0, &data);
    assert_eq!(read(&mut nor, 0), [data[256], data[257]]);
    assert_eq!(read(&mut nor, 44), [data[44]]);
}

#[test]
fn programming_over_data_ands_and_is_noted() {
    let mut nor = instant();
    program(&mut nor, 0x10, &[0xF0, 0xFF, 0xFF, 0xFF]);
    assert!(nor.violations().is_empty());
    program(&mut nor, 0x10, &[0x3C, 0xFF, 0xFF, 0xFF]);
    assert_eq!(read(&mut nor, 0x10), [0x30]);
    assert_eq!(
        nor.take_violations(),
        [Violation::Reprogrammed {
            address: 0x10,
            held: 0xFFFF_FFF0,
            written: 0xFFFF_FF3C
        }]
    );
    // All ones drives no cell, so padding with them is no misuse.
    program(&mut nor, 0x10, &[0xFF; 4]);
    assert!(nor.violations().is_empty());
}

#[test]
fn erase_sets_its_whole_unit_and_nothing_else() {
    for (unit, len) in [
        (Erase::Sector, 0x1000),
        (Erase::HalfBlock, 0x8000),
        (Erase::Block, 0x1_0000),
    ] {
        let mut nor = Nor::new(Chip::W25Q32, &[0; 0x4_0000]).unwrap();
        nor.set_pace(Pace::Instant);
        nor.write_enable(0);
        nor.erase(unit, 0x2_0000, 0);
        assert_eq!(read(&mut nor, 0x2_0000 - 1), [0, 0xFF]);
        assert_eq!(read(&mut nor, 0x2_0000 + len - 1), [0xFF, 0]);
        let erased = nor
            .erase_counts()
            .iter()
            .filter(|&&count| count == 1)
            .count();
        assert_eq!(erased as u32, len / 0x1000);
    }
}

#[test]
fn erase_inside_its_unit_erases_the_unit_and_is_noted() {
    let mut nor = Nor::new(Chip::W25Q32, &[0; 0x2000]).unwrap();
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0x1004, 0);
    nor.power_on();
    assert_eq!(read(&mut nor, 0xFFF), [0, 0xFF]);
    assert_eq!(
        nor.violations(),
        [Violation::MisalignedErase { address: 0x1004 }]
    );
}

#[test]
fn sector_erase_keeps_the_chip_busy_for_45_ms() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    assert_eq!(nor.read_status_1(45 * MS - 1), 0b11);
    assert_eq!(nor.read_status_1(45 * MS), 0);
    assert!(nor.violations().is_empty());
}

#[test]
fn a_slow_chip_takes_400_ms_for_a_sector() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.set_pace(Pace::Maximum);
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    assert_eq!(nor.read_status_1(400 * MS - 1) & 1, 1);
    assert_eq!(nor.read_status_1(400 * MS) & 1, 0);
}

#[test]
fn a_full_page_takes_longer_than_a_few_bytes() {
    let busy_until = |data: &[u8]| {
        let mut nor = Nor::erased(Chip::W25Q32);
        nor.write_enable(0);
        nor.page_program(0, data, 0);
        (0..)
            .find(|us| nor.read_status_1(us * 1_000_000) & 1 == 0)
            .unwrap()
    };
    assert_eq!(busy_until(&[0]), 30);
    assert_eq!(busy_until(&[0; 256]), 668);
}

#[test]
fn commands_while_busy_are_ignored_and_noted() {
    let mut nor = Nor::new(Chip::W25Q32, &[0x55; 0x2000]).unwrap();
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    assert_eq!(read(&mut nor, 0x1000), [0xFF], "the bus floats high");
    nor.page_program(0x1000, &[0], MS);
    assert_eq!(
        nor.violations(),
        [
            Violation::Busy { opcode: 0x03 },
            Violation::Busy { opcode: 0x02 }
        ]
    );
    let mut later = [0];
    nor.read(0x1000, &mut later, 45 * MS);
    assert_eq!(later, [0x55]);
}

#[test]
fn write_enable_while_busy_does_not_survive_the_operation() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.write_enable(0);
    nor.page_program(0, &[0], 0);
    nor.write_enable(1);
    assert_eq!(nor.read_status_1(MS), 0);
}

#[test]
fn two_byte_status_write_sets_quad_enable() {
    let mut nor = instant();
    nor.write_enable(0);
    nor.command(opcode::WRITE_STATUS_1, 0, &[0x00, 0x02], &mut [], 0);
    assert_eq!(nor.read_status_2(0), 0x02);
    nor.power_on();
    assert_eq!(nor.read_status_2(0), 0x02, "status bits outlive the power");
}

#[test]
fn protected_cells_refuse_and_drop_the_latch() {
    let mut nor = instant();
    nor.write_enable(0);
    nor.write_status(opcode::WRITE_STATUS_1, &[0b001 << 2], 0);
    program(&mut nor, 0x3F_0000, &[0]);
    assert_eq!(read(&mut nor, 0x3F_0000), [0xFF]);
    assert_eq!(nor.read_status_1(0) & 0b10, 0);
    nor.write_enable(0);
    nor.erase(Erase::Chip, 0, 0);
    assert_eq!(
        nor.violations(),
        [
            Violation::Protected { address: 0x3F_0000 },
            Violation::Protected { address: 0 }
        ]
    );
}

#[test]
fn deep_power_down_hears_only_release() {
    let mut nor = Nor::new(Chip::W25Q32, &[0x42]).unwrap();
    nor.power_down(0);
    assert_eq!(read(&mut nor, 0), [0xFF]);
    assert_eq!(nor.read_status_1(0), 0xFF);
    let mut id = [0];
    nor.command(opcode::RELEASE_POWER_DOWN, 0, &[], &mut id, 0);
    assert_eq!(id, [0x15]);
    assert_eq!(read(&mut nor, 0), [0x42]);
}

#[test]
fn reading_wraps_at_the_end() {
    let chip = Chip::with_len(0x8_0000).unwrap();
    let mut nor = Nor::new(chip, &[7]).unwrap();
    nor.poke(0x7_FFFF, &[9]);
    assert_eq!(read(&mut nor, 0x7_FFFF), [9, 7]);
    assert!(
        nor.violations().is_empty(),
        "only the start address is judged"
    );
    assert_eq!(read(&mut nor, 0x8_0000), [7]);
    assert_eq!(
        nor.violations(),
        [Violation::BeyondEnd { address: 0x8_0000 }]
    );
}

#[test]
fn unknown_command_is_ignored_and_noted() {
    let mut nor = instant();
    nor.command(0x77, 0, &[1, 2], &mut [0; 2], 0);
    assert_eq!(
        nor.violations(),
        [Violation::UnknownCommand { opcode: 0x77 }]
    );
}

#[test]
fn sizes_outside_the_family_do_not_exist() {
    assert!(Chip::with_len(0x4_0000).is_none());
    assert!(Chip::with_len(0x30_0000).is_none());
    assert_eq!(Chip::with_len(0x40_0000), Some(Chip::W25Q32));
    for power in 19..=24 {
        let chip = Chip::with_len(1 << power).unwrap();
        assert_eq!((chip.len, chip.jedec[2]), (1 << power, power as u8));
    }
}

#[test]
fn contents_longer_than_the_chip_are_refused() {
    let chip = Chip::with_len(0x8_0000).unwrap();
    let refused = Nor::new(chip, &vec![0; 0x8_0001]).unwrap_err();
    assert_eq!(
        refused,
        ContentsTooLong {
            given: 0x8_0001,
            chip_len: 0x8_0000
        }
    );
}

#[test]
fn digest_and_generation_follow_the_contents() {
    let mut nor = instant();
    let (digest, generation) = (nor.digest(), nor.generation());
    program(&mut nor, 0x2000, &[0]);
    assert_ne!(nor.digest(), digest);
    assert_ne!(nor.generation(), generation);
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0x2000, 0);
    assert_eq!(nor.digest(), digest);
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut nor = instant();
    program(&mut nor, 0, &[1]);
    let mut copy = nor.clone();
    program(&mut copy, 4, &[2]);
    assert_eq!(read(&mut nor, 4), [0xFF]);
    assert_eq!(read(&mut copy, 0), [1]);
}

#[test]
fn differing_sectors_are_those_written_since_the_clone() {
    let mut nor = instant();
    let copy = nor.clone();
    assert_eq!(nor.differing_sectors(&copy).count(), 0);
    program(&mut nor, 0x2004, &[1]);
    program(&mut nor, 0x7000, &[1]);
    assert_eq!(nor.differing_sectors(&copy).collect::<Vec<_>>(), [2, 7]);
}
