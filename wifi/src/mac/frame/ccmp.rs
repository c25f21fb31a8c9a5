//! What CCMP puts around a data frame's body (12.5.3.2): its header in front, its code behind.
//!
//! The bytes between are in the clear here: the MAC encrypts what is sent, makes its code, and decrypts what is
//! received (docs/wifi-mac-registers.md, section 8).

use super::{Error, Result};

/// The header's length in bytes.
pub const HEADER_LEN: usize = 8;
/// The length of the message integrity code, which the MAC fills in.
pub const CODE_LEN: usize = 8;

/// A bit of the key octet: the header has 8 bytes, as every one of CCMP's has.
const EXTENDED: u8 = 1 << 5;
const KEY_ID_SHIFT: u8 = 6;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Which of up to four keys: 0 between two, 1 or 2 to all.
    pub key_id: u8,
    /// The packet number, 48 bits: another one for each frame under a key, and always a greater one.
    pub number: u64,
}

impl Repr {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error`] when it is cut short, or not CCMP's.
    pub fn parse(bytes: &[u8]) -> Result<Repr> {
        match *bytes {
            [n0, n1, _, key, n2, n3, n4, n5, ..] if key & EXTENDED != 0 => Ok(Repr {
                key_id: key >> KEY_ID_SHIFT,
                number: u64::from_le_bytes([n0, n1, n2, n3, n4, n5, 0, 0]),
            }),
            _ => Err(Error),
        }
    }

    /// Writes the header.
    ///
    /// # Panics
    /// When `bytes` are fewer than [`HEADER_LEN`].
    pub fn emit(&self, bytes: &mut [u8]) {
        let [n0, n1, n2, n3, n4, n5, ..] = self.number.to_le_bytes();
        let key = EXTENDED | self.key_id << KEY_ID_SHIFT;
        bytes[..HEADER_LEN].copy_from_slice(&[n0, n1, 0, key, n2, n3, n4, n5]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOLDEN: [u8; HEADER_LEN] = [0x06, 0x05, 0x00, 0x60, 0x04, 0x03, 0x02, 0x01];
    const REPR: Repr = Repr {
        key_id: 1,
        number: 0x0102_0304_0506,
    };

    #[test]
    fn a_header_is_read_and_written() {
        assert_eq!(Repr::parse(&GOLDEN), Ok(REPR));
        let mut bytes = [0xA5; HEADER_LEN + 1];
        REPR.emit(&mut bytes);
        assert_eq!(bytes[..HEADER_LEN], GOLDEN);
        assert_eq!(bytes[HEADER_LEN], 0xA5);
    }

    #[test]
    fn a_header_of_wep_or_a_torso_is_refused() {
        let mut bytes = GOLDEN;
        bytes[3] = 0x40;
        assert_eq!(Repr::parse(&bytes), Err(Error));
        assert_eq!(Repr::parse(&GOLDEN[..7]), Err(Error));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(key_id in 0u8..4, number in 0u64..1 << 48) {
            let repr = Repr { key_id, number };
            let mut bytes = [0; HEADER_LEN];
            repr.emit(&mut bytes);
            prop_assert_eq!(Repr::parse(&bytes), Ok(repr));
        }
    }
}
