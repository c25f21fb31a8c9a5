//! The chip's description of itself (JEDEC JESD216, basic parameters only).

use crate::chip::Chip;

/// The bytes an SFDP read at `address` returns.
pub(crate) fn read(chip: &Chip, address: u32, bytes: &mut [u8]) {
    let table = table(chip);
    for (byte, at) in bytes.iter_mut().zip(address as usize..) {
        *byte = table.get(at).copied().unwrap_or(0xFF);
    }
}

/// Header, one parameter header, and the nine double words of JESD216.
fn table(chip: &Chip) -> Vec<u8> {
    const PARAMETERS_AT: u8 = 0x10;
    let mut table = Vec::from(*b"SFDP");
    table.extend([0, 1, 0, 0xFF]); // revision 1.0, one parameter header
    table.extend([0, 0, 1, 9, PARAMETERS_AT, 0, 0, 0xFF]); // basic table, revision 1.0, 9 words
    let words: [u32; 9] = [
        // 4 KiB erase by 0x20, fast reads 1-1-2, 1-2-2, 1-1-4 and 1-4-4, 3-byte addresses.
        0xFFF1_20E5,
        chip.len * 8 - 1, // density in bits, minus one
        0x6B08_EB44,      // 1-4-4 by 0xEB, 1-1-4 by 0x6B
        0xBB80_3B08,      // 1-1-2 by 0x3B, 1-2-2 by 0xBB
        0xFFFF_FFFE,      // no 2-2-2, no 4-4-4
        0xFF00_FFFF,
        0xFF00_FFFF,
        0x520F_200C, // erase types: 4 KiB by 0x20, 32 KiB by 0x52
        0xFF00_D810, // 64 KiB by 0xD8
    ];
    for word in words {
        table.extend(word.to_le_bytes());
    }
    table
}
