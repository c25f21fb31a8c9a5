//! The efuse words that hold the MAC address.
//!
//! Encoding after hardware facts 5.12: 48-bit MAC scheme with its CRC-8.

/// Bits of word 2 that Espressif's firmware insists on: chip family, 48-bit MAC, 4 GPIO pad.
const WORD2_FLAGS: u32 = 1 << 15 | 1 << 12 | 1 << 13;

/// The four words at 0x3FF00050.
#[derive(Clone, Copy, Debug)]
pub struct Efuse([u32; 4]);

impl Efuse {
    /// Efuses of a chip with this station MAC address.
    pub fn with_mac(mac: [u8; 6]) -> Efuse {
        let crc = u32::from(crc8([mac[2], mac[1], mac[0]]));
        let [a, b, c, d, e, f] = mac.map(u32::from);
        Efuse([
            f << 24,
            d << 8 | e,
            crc << 24 | WORD2_FLAGS,
            a << 16 | b << 8 | c,
        ])
    }

    /// The word at `offset` from 0x3FF00050.
    pub fn read(&self, offset: u32) -> Option<u32> {
        self.0.get(offset as usize / 4).copied()
    }
}

/// CRC-8, reflected polynomial 0x8C, initial value 0.
fn crc8(bytes: [u8; 3]) -> u8 {
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

    #[test]
    fn the_worked_mac_of_the_facts_encodes_to_their_words() {
        let efuse = Efuse::with_mac([0x5C, 0xCF, 0x7F, 0xDD, 0xEE, 0xAA]);
        assert_eq!(
            efuse.0,
            [0xAA00_0000, 0x0000_DDEE, 0x6400_B000, 0x005C_CF7F]
        );
    }
}
