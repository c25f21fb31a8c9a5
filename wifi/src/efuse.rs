//! The addresses this chip was born with.

use crate::MacAddress;

/// The first of the four words.
pub const EFUSE: u32 = 0x3FF0_0050;

/// Reads one of the four words at [`EFUSE`].
#[cfg(target_arch = "xtensa")]
pub fn read(address: u32) -> u32 {
    debug_assert!((EFUSE..EFUSE + 16).contains(&address));
    // SAFETY: the efuses are words that never change.
    unsafe { (address as *const u32).read_volatile() }
}

/// The station address from the efuses (facts of the chip, checked as Espressif's RTOS SDK does): a whole
/// address where there is one and its checksum holds, else one of Espressif's first two prefixes. It is what
/// `esptool read_mac` shows. `read` reads a register.
pub fn station_address(read: impl Fn(u32) -> u32) -> MacAddress {
    /// In word 2: the words hold 48 bits of address, not 24.
    const WHOLE_ADDRESS: u32 = 1 << 12;
    /// Prefixes by bits 16 to 23 of word 1, for chips without a whole address.
    const PREFIXES: [[u8; 3]; 2] = [[0x18, 0xFE, 0x34], [0xAC, 0xD0, 0x74]];

    let word = |index: u32| read(EFUSE + 4 * index);
    let [zero, one, two, three] = [word(0), word(1), word(2), word(3)];
    let checksum = (two >> 24) as u8;
    let [a, b, c, _] = three.to_le_bytes();
    let prefix = if two & WHOLE_ADDRESS != 0 && crc8(&[a, b, c]) == checksum {
        [c, b, a]
    } else {
        let scheme = (one >> 16 & 0xFF) as usize;
        *PREFIXES.get(scheme).unwrap_or(&PREFIXES[0])
    };
    let [d, e, f] = [(one >> 8) as u8, one as u8, (zero >> 24) as u8];
    MacAddress([prefix[0], prefix[1], prefix[2], d, e, f])
}

/// The access point's address: the station's with the bit of locally administered addresses set; where it is
/// set already, another bit tells them apart (Espressif's RTOS SDK does the same, so that stations meet the
/// same network whichever engine runs).
pub fn access_point_address(read: impl Fn(u32) -> u32) -> MacAddress {
    let MacAddress(mut bytes) = station_address(read);
    const LOCAL: u8 = 0x02;
    const SECOND_INTERFACE: u8 = 0x04;
    if bytes[0] & LOCAL == 0 {
        bytes[0] |= LOCAL;
    } else {
        bytes[0] ^= SECOND_INTERFACE;
    }
    MacAddress(bytes)
}

/// CRC-8 with polynomial 0x31 reflected (0x8C), from 0.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            if crc & 1 != 0 {
                crc >> 1 ^ 0x8C
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads efuses of these words.
    fn of(words: [u32; 4]) -> impl Fn(u32) -> u32 {
        move |address| words[(address - EFUSE) as usize / 4]
    }

    const WHOLE: [u32; 4] = [0xAA00_0000, 0x0000_DDEE, 0x6400_B000, 0x005C_CF7F];

    #[test]
    fn a_whole_address_is_read() {
        let address = station_address(of(WHOLE));
        assert_eq!(address.0, [0x5C, 0xCF, 0x7F, 0xDD, 0xEE, 0xAA]);
    }

    #[test]
    fn without_a_valid_prefix_espressifs_own_is_taken() {
        let [zero, one, two, three] = WHOLE;
        let damaged = [zero, one, two ^ 1 << 24, three];
        let old = [zero, one, two & !(1 << 12), three];
        for words in [damaged, old] {
            let address = station_address(of(words));
            assert_eq!(address.0, [0x18, 0xFE, 0x34, 0xDD, 0xEE, 0xAA]);
        }
        let second = [zero, one | 1 << 16, 0, 0];
        assert_eq!(station_address(of(second)).0[..3], [0xAC, 0xD0, 0x74]);
        let unknown = [zero, one | 9 << 16, 0, 0];
        assert_eq!(station_address(of(unknown)).0[..3], [0x18, 0xFE, 0x34]);
    }

    #[test]
    fn the_access_point_differs_from_the_station_in_one_bit() {
        let address = access_point_address(of(WHOLE));
        assert_eq!(address.0, [0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0xAA]);
        let prefix = [0x5E_u8, 0xCF, 0x7F];
        let checksum = u32::from(crc8(&[prefix[2], prefix[1], prefix[0]]));
        let local = [0, 0, checksum << 24 | 1 << 12, 0x5E_CF7F];
        assert_eq!(access_point_address(of(local)).0[0], 0x5A);
    }
}
