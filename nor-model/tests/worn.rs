//! Worn cells and a weak supply: the chip says nothing, and only reading back tells.

use nor_model::{Chip, Erase, Nor, Pace};

fn chip() -> Nor {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.set_pace(Pace::Instant);
    nor
}

fn byte(nor: &mut Nor, address: u32) -> u8 {
    let mut byte = [0];
    nor.read(address, &mut byte, 0);
    byte[0]
}

#[test]
fn stuck_bits_take_neither_program_nor_erase() {
    let mut nor = chip();
    nor.stick(0x1234, 0x01, 0x80);
    assert_eq!(byte(&mut nor, 0x1234), 0xFE);
    nor.write_enable(0);
    nor.page_program(0x1234, &[0x0F], 0);
    assert_eq!(byte(&mut nor, 0x1234), 0x8E);
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0x1000, 0);
    assert_eq!(byte(&mut nor, 0x1234), 0xFE);
    assert_eq!(byte(&mut nor, 0x1235), 0xFF);
    assert_eq!(nor.erase_counts()[1], 1);
}

#[test]
fn a_weak_supply_leaves_operations_half_done_and_then_recovers() {
    let mut nor = chip();
    nor.weaken_supply(1);
    nor.write_enable(0);
    nor.page_program(0, &[0; 256], 0);
    assert!(nor.contents()[..256].iter().any(|byte| *byte != 0));
    assert!(!nor.power_lost());
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    nor.write_enable(0);
    nor.page_program(0, &[0; 256], 0);
    assert!(nor.contents()[..256].iter().all(|byte| *byte == 0));
}
