//! Which cells the status registers protect (W25Q32, "Status register memory protection").

use std::ops::Range;

use crate::chip::{BLOCK_LEN, SECTOR_LEN};
use crate::status::Status;

/// True when any byte of `range` is protected on a chip of `len` bytes.
pub(crate) fn is_protected(status: Status, len: u32, range: Range<u32>) -> bool {
    let marked = marked(status, len);
    let complement = status.values[1] & 0x40 != 0;
    if complement {
        range.start < marked.start || range.end > marked.end
    } else {
        range.start < marked.end && range.end > marked.start
    }
}

/// The range the block protection bits name, before the complement bit inverts it.
fn marked(status: Status, len: u32) -> Range<u32> {
    let level = u32::from(status.values[0] >> 2) & 7;
    let from_bottom = status.values[0] & 0x20 != 0;
    let by_sector = status.values[0] & 0x40 != 0;
    let size = match level {
        0 => 0,
        7 => len,
        // At most 32 KiB by sectors: levels 4 and up mean the same.
        _ if by_sector => SECTOR_LEN << (level - 1).min(3),
        // Chips beyond 4 MiB protect in larger units, so that level 6 is half the chip.
        _ => (BLOCK_LEN.max(len >> 6) << (level - 1)).min(len),
    };
    if from_bottom {
        0..size
    } else {
        len - size..len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_one_protects_the_top_block_of_4_mib() {
        let top = Status::holding(0b001 << 2, 0);
        assert!(is_protected(top, 0x40_0000, 0x3F_0000..0x3F_0001));
        assert!(!is_protected(top, 0x40_0000, 0x3E_F000..0x3F_0000));
    }

    #[test]
    fn bottom_bit_protects_from_address_zero() {
        let bottom = Status::holding(0x20 | 0b010 << 2, 0);
        assert!(is_protected(bottom, 0x40_0000, 0x1_FFFF..0x2_0000));
        assert!(!is_protected(bottom, 0x40_0000, 0x2_0000..0x3_0000));
    }

    #[test]
    fn sector_bit_counts_in_sectors_up_to_32_kib() {
        let first = Status::holding(0x60 | 0b001 << 2, 0);
        assert!(is_protected(first, 0x40_0000, 0..1));
        assert!(!is_protected(first, 0x40_0000, 0x1000..0x2000));
        let most = Status::holding(0x60 | 0b101 << 2, 0);
        assert!(is_protected(most, 0x40_0000, 0x7FFF..0x8000));
        assert!(!is_protected(most, 0x40_0000, 0x8000..0x9000));
    }

    #[test]
    fn complement_bit_inverts_the_range() {
        let all_but_top = Status::holding(0b001 << 2, 0x40);
        assert!(is_protected(all_but_top, 0x40_0000, 0..0x1000));
        assert!(!is_protected(all_but_top, 0x40_0000, 0x3F_0000..0x40_0000));
    }

    #[test]
    fn level_six_is_half_of_8_mib() {
        let half = Status::holding(0b110 << 2, 0);
        assert!(is_protected(half, 0x80_0000, 0x40_0000..0x40_0001));
        assert!(!is_protected(half, 0x80_0000, 0x3F_FFFF..0x40_0000));
    }
}
