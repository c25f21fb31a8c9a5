//! The flash routines and the cache.

use super::{act, few, word};
use crate::bench::{Call, Case, BUFFER};
use fastrand::Rng;

/// The ROM's description of the flash chip.
const CHIP: u32 = 0x3FFF_C718;

pub const CASES: &[Case] = &[
    few(act("SelectSpiFunction", 0x4000_3F58, nothing)),
    few(act("spi_flash_attach", 0x4000_4644, nothing)),
    few(word("SPI_read_status", 0x4000_43C8, status)),
    few(word("SPI_write_status", 0x4000_4400, status_value)),
    few(word("SPI_write_enable", 0x4000_443C, chip)),
    few(word("Wait_SPI_Idle", 0x4000_448C, chip)),
    few(word("Enable_QMode", 0x4000_44C0, chip)),
    few(word("Disable_QMode", 0x4000_4508, chip)),
    few(act("Cache_Read_Enable", 0x4000_4678, window)),
    few(act("Cache_Read_Disable", 0x4000_47F0, nothing)),
    few(word("SPIUnlock", 0x4000_4878, nothing)),
    few(word("SPILock", 0x4000_48A8, nothing)),
    few(word("SPIReadModeCnfig", 0x4000_48EC, mode)),
    few(word("SPIEraseChip", 0x4000_4984, nothing)),
    few(word("SPIEraseBlock", 0x4000_49B4, block)),
    few(word("SPIEraseSector", 0x4000_4A00, sector)),
    few(word("SPIWrite", 0x4000_4A4C, program)),
    word("SPIRead", 0x4000_4B1C, read),
    few(word("SPIEraseArea", 0x4000_4B44, area)),
    few(word("SPIParamCfg", 0x4000_4C2C, parameters)),
    few(word("chip erase", 0x4000_4080, chip)),
    few(word("sector erase", 0x4000_40C0, at_address)),
    few(word("block erase", 0x4000_4120, at_address)),
    few(word("page program", 0x4000_4174, program_chip)),
    few(word("read data", 0x4000_42AC, read_chip)),
];

fn nothing(_: &mut Rng) -> Call {
    Call::of(&[])
}

fn chip(_: &mut Rng) -> Call {
    Call::of(&[CHIP])
}

fn status(_: &mut Rng) -> Call {
    Call::of(&[CHIP, BUFFER])
}

fn status_value(random: &mut Rng) -> Call {
    Call::of(&[CHIP, random.u32(0..8) << 2])
}

fn mode(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..7)])
}

fn window(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..3), random.u32(0..8), random.u32(0..2)])
}

fn block(random: &mut Rng) -> Call {
    Call::of(&[[0, 3, 7, 63, 64, 1000][random.usize(0..6)]])
}

fn sector(random: &mut Rng) -> Call {
    Call::of(&[[0, 3, 127, 1023, 1024, 10000][random.usize(0..6)]])
}

fn area(random: &mut Rng) -> Call {
    let start = 0x1000 * random.u32(0..24);
    Call::of(&[start, 0x1000 * random.u32(1..30)])
}

fn data(random: &mut Rng) -> Vec<u8> {
    (0..0x400).map(|_| random.u8(..)).collect()
}

fn program(random: &mut Rng) -> Call {
    let address = 4 * random.u32(0..0x1_8000);
    Call::of(&[address, BUFFER, 4 * random.u32(0..200)]).with(BUFFER, data(random))
}

fn read(random: &mut Rng) -> Call {
    let address = match random.u8(0..4) {
        0 => 0x3F_FF00 + random.u32(0..0x200),
        _ => random.u32(0..0x8_0000),
    };
    Call::of(&[address, BUFFER, random.u32(0..300)]).with(BUFFER, data(random))
}

fn parameters(random: &mut Rng) -> Call {
    let size = 0x8_0000 << random.u32(0..3);
    Call::of(&[random.u32(..), size, 0x1_0000, 0x1000, 0x100, 0xFFFF])
}

fn at_address(random: &mut Rng) -> Call {
    Call::of(&[CHIP, 0x1_0000 * random.u32(0..8)])
}

fn program_chip(random: &mut Rng) -> Call {
    let call = program(random);
    let [address, buffer, length] = call.arguments[..] else {
        unreachable!("three arguments")
    };
    Call {
        arguments: vec![CHIP, address & !0xFF, buffer, length.min(0x100)],
        ..call
    }
}

fn read_chip(random: &mut Rng) -> Call {
    let call = read(random);
    Call {
        arguments: [&[CHIP], &call.arguments[..]].concat(),
        ..call
    }
}
