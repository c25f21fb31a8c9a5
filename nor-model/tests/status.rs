//! The status registers: for how long writes last, what locks them, what they allow.

use nor_model::{opcode, Chip, Erase, Nor, Pace, Violation};
use proptest::prelude::*;

const QUAD_ENABLE: u8 = 0x02;

fn chip() -> Nor {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.set_pace(Pace::Instant);
    nor
}

fn write(nor: &mut Nor, opcode: u8, data: &[u8]) {
    nor.write_enable(0);
    nor.command(opcode, 0, data, &mut [], 0);
}

fn off_and_on(nor: &mut Nor) {
    nor.power_off(0);
    nor.power_on();
}

#[test]
fn status_writes_need_a_write_enable_of_either_kind() {
    let mut nor = chip();
    nor.write_status(opcode::WRITE_STATUS_2, &[QUAD_ENABLE], 0);
    assert_eq!(nor.read_status_2(0), 0);
    assert_eq!(
        nor.violations(),
        [Violation::NotWriteEnabled { opcode: 0x31 }]
    );
}

#[test]
fn a_volatile_write_lasts_until_the_power_is_off() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.command(opcode::WRITE_ENABLE_VOLATILE, 0, &[], &mut [], 0);
    assert_eq!(nor.read_status_1(0), 0, "the latch is another one");
    nor.write_status(opcode::WRITE_STATUS_2, &[QUAD_ENABLE], 0);
    assert_eq!(nor.read_status_1(0) & 1, 0, "no cell is written");
    assert_eq!(nor.read_status_2(0), QUAD_ENABLE);
    off_and_on(&mut nor);
    assert_eq!(nor.read_status_2(0), 0);
}

#[test]
fn volatile_write_enable_allows_nothing_else() {
    let mut nor = chip();
    nor.write_enable_volatile(0);
    nor.page_program(0, &[0], 0);
    assert_eq!(
        nor.violations(),
        [Violation::NotWriteEnabled { opcode: 0x02 }]
    );
}

#[test]
fn a_lasting_write_keeps_the_chip_busy_for_ten_milliseconds() {
    let mut nor = Nor::erased(Chip::W25Q32);
    write(&mut nor, opcode::WRITE_STATUS_1, &[0x1C]);
    assert_eq!(nor.read_status_1(9_999_999_999), 0x1C | 0b11);
    assert_eq!(nor.read_status_1(10_000_000_000), 0x1C);
}

#[test]
fn one_byte_to_register_1_leaves_register_2_alone() {
    let mut nor = chip();
    write(&mut nor, opcode::WRITE_STATUS_1, &[0, QUAD_ENABLE]);
    write(&mut nor, opcode::WRITE_STATUS_1, &[0x04]);
    assert_eq!(nor.read_status_2(0), QUAD_ENABLE);
}

#[test]
fn busy_latch_and_suspend_bits_cannot_be_written() {
    let mut nor = chip();
    write(&mut nor, opcode::WRITE_STATUS_1, &[0x03, 0x84]);
    assert_eq!((nor.read_status_1(0), nor.read_status_2(0)), (0, 0));
}

#[test]
fn a_power_supply_lock_opens_with_the_next_power_on() {
    let mut nor = chip();
    write(&mut nor, opcode::WRITE_STATUS_2, &[0x01]);
    write(&mut nor, opcode::WRITE_STATUS_1, &[0x1C]);
    assert_eq!(nor.read_status_1(0), 0);
    assert_eq!(nor.violations(), [Violation::StatusLocked { opcode: 0x01 }]);
    off_and_on(&mut nor);
    assert_eq!(nor.read_status_2(0), 0);
    write(&mut nor, opcode::WRITE_STATUS_1, &[0x1C]);
    assert_eq!(nor.read_status_1(0), 0x1C);
}

#[test]
fn a_permanent_lock_stays() {
    let mut nor = chip();
    write(&mut nor, opcode::WRITE_STATUS_1, &[0x80, 0x01]);
    off_and_on(&mut nor);
    write(&mut nor, opcode::WRITE_STATUS_1, &[0, 0]);
    assert_eq!((nor.read_status_1(0), nor.read_status_2(0)), (0x80, 0x01));
}

#[test]
fn security_register_locks_can_only_be_set() {
    let mut nor = chip();
    write(&mut nor, opcode::WRITE_STATUS_2, &[0x08]);
    write(&mut nor, opcode::WRITE_STATUS_2, &[0x00]);
    assert_eq!(nor.read_status_2(0), 0x08);
}

#[test]
fn four_lines_need_the_quad_enable_bit() {
    let mut nor = Nor::new(Chip::W25Q32, &[0x42]).unwrap();
    nor.set_pace(Pace::Instant);
    let mut reply = [0];
    for opcode in [opcode::READ_QUAD_OUTPUT, opcode::READ_QUAD_IO] {
        nor.command(opcode, 0, &[], &mut reply, 0);
        assert_eq!(reply, [0xFF]);
    }
    nor.write_enable(0);
    nor.command(opcode::QUAD_PAGE_PROGRAM, 4, &[0], &mut [], 0);
    assert_eq!(
        nor.take_violations(),
        [0x6B, 0xEB, 0x32].map(|opcode| Violation::QuadDisabled { opcode })
    );
    write(&mut nor, opcode::WRITE_STATUS_2, &[QUAD_ENABLE]);
    nor.command(opcode::READ_QUAD_IO, 0, &[], &mut reply, 0);
    assert_eq!(reply, [0x42]);
    assert!(nor.violations().is_empty());
}

#[test]
fn a_reset_needs_its_permission_right_before() {
    let mut nor = Nor::erased(Chip::W25Q32);
    let tell = |nor: &mut Nor, opcode| nor.command(opcode, 0, &[], &mut [], 0);
    nor.write_enable(0);
    tell(&mut nor, opcode::RESET);
    tell(&mut nor, opcode::ENABLE_RESET);
    assert_eq!(nor.read_status_1(0), 0b10);
    nor.command(opcode::READ_STATUS_1, 0, &[], &mut [0], 0);
    tell(&mut nor, opcode::RESET);
    assert_eq!(nor.read_status_1(0), 0b10, "something came between");
    tell(&mut nor, opcode::ENABLE_RESET);
    tell(&mut nor, opcode::RESET);
    assert_eq!(nor.read_status_1(29_999_999), 0b01);
    assert_eq!(nor.read_status_1(30_000_000), 0);
}

#[test]
fn a_reset_tears_an_erase_and_forgets_volatile_bits() {
    let mut nor = Nor::new(Chip::W25Q32, &[0x55; 0x1000]).unwrap();
    nor.write_enable_volatile(0);
    nor.write_status(opcode::WRITE_STATUS_2, &[QUAD_ENABLE], 0);
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    let now = 20_000_000_000;
    for opcode in [opcode::ENABLE_RESET, opcode::RESET] {
        nor.command(opcode, 0, &[], &mut [], now);
    }
    let later = now + 30_000_000;
    assert_eq!((nor.read_status_1(later), nor.read_status_2(later)), (0, 0));
    assert!(nor.contents()[..0x1000].iter().any(|byte| *byte != 0xFF));
}

#[test]
fn the_unique_number_is_the_one_the_factory_set() {
    let mut nor = chip();
    nor.set_unique_id([1, 2, 3, 4, 5, 6, 7, 8]);
    let mut reply = [0; 8];
    nor.command(opcode::READ_UNIQUE_ID, 0, &[], &mut reply, 0);
    assert_eq!(reply, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn chip_erase_goes_by_both_its_names() {
    for name in [opcode::CHIP_ERASE, opcode::CHIP_ERASE_ALIAS] {
        let mut nor = Nor::new(Chip::W25Q32, &[0; 0x40_0000]).unwrap();
        nor.write_enable(0);
        nor.command(name, 0, &[], &mut [], 0);
        assert_eq!(nor.read_status_1(9_999_000_000_000) & 1, 1);
        assert_eq!(nor.read_status_1(10_000_000_000_000) & 1, 0);
        assert!(nor.contents().iter().all(|byte| *byte == 0xFF));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is protected, an erase changes either its whole unit or nothing, and reports
    /// which; the protected bytes are the ones the table of the data sheet names.
    #[test]
    fn protection_is_all_or_nothing(one in 0u8..0x80, two in prop::bool::ANY, block in 0u32..64) {
        let mut nor = Nor::new(Chip::W25Q32, &[0; 0x40_0000]).unwrap();
        nor.set_pace(Pace::Instant);
        let complement = if two { 0x40 } else { 0 };
        write(&mut nor, opcode::WRITE_STATUS_1, &[one & 0x7C, complement]);
        nor.write_enable(0);
        nor.erase(Erase::Block, block * 0x1_0000, 0);
        let refused = !nor.take_violations().is_empty();
        let mut bytes = vec![0; 0x1_0000];
        nor.peek(block * 0x1_0000, &mut bytes);
        let left = if refused { 0 } else { 0xFF };
        prop_assert!(bytes.iter().all(|byte| *byte == left));
        prop_assert_eq!(refused, is_protected(one, two, block));
    }
}

/// W25Q32, "Status register memory protection", by 64 KiB blocks: true when any of it is.
fn is_protected(one: u8, complement: bool, block: u32) -> bool {
    let (bp, bottom, sectors) = (one >> 2 & 7, one & 0x20 != 0, one & 0x40 != 0);
    // Blocks from the protected end, the first one being number 0.
    let from_end = if bottom { block } else { 63 - block };
    match (bp, sectors) {
        (0, _) => complement,
        (7, _) => !complement,
        // Some sectors of the outermost block: with the complement, the rest of it.
        (_, true) => from_end == 0 || complement,
        (_, false) => (from_end < 1 << (bp - 1)) != complement,
    }
}
