//! The pairwise master key, of passphrase and network name (IEEE 802.11-2016 J.4.1).

use core::fmt;

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use zeroize::Zeroize;

use super::Passphrase;
use crate::Ssid;

/// Rounds for each 20 bytes of key.
const ROUNDS: u32 = 4096;

/// What all keys of a network are derived from.
#[derive(Clone, PartialEq, Eq)]
pub struct Pmk([u8; Pmk::LEN]);

impl Pmk {
    /// The key's length in bytes.
    pub const LEN: usize = 32;

    /// A key that is known.
    pub const fn new(key: [u8; Self::LEN]) -> Pmk {
        Pmk(key)
    }

    /// Derives the key: PBKDF2 over HMAC-SHA1 (RFC 8018), some 16 400 SHA-1 blocks, half a second of the chip's
    /// time. So it is done once in a device's life, and the key is kept.
    // Never inlined: hash states are on its stack.
    #[inline(never)]
    pub fn derive(passphrase: Passphrase, ssid: &Ssid) -> Pmk {
        let mut key = Pmk([0; Self::LEN]);
        pbkdf2_hmac::<Sha1>(
            passphrase.as_str().as_bytes(),
            ssid.as_bytes(),
            ROUNDS,
            &mut key.0,
        );
        key
    }

    /// The key.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl Drop for Pmk {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Pmk {
    /// Keeps the secret out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pmk(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn derive(passphrase: &'static str, ssid: &str) -> [u8; Pmk::LEN] {
        let passphrase = Passphrase::new(passphrase).unwrap();
        let key = Pmk::derive(passphrase, &Ssid::new(ssid.as_bytes()).unwrap());
        *key.as_bytes()
    }

    #[test]
    fn keys_agree_with_annex_j() {
        // IEEE 802.11-2016 J.4.2, test vectors 1 to 3.
        assert_eq!(
            derive("password", "IEEE"),
            hex!("f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e")
        );
        assert_eq!(
            derive("ThisIsAPassword", "ThisIsASSID"),
            hex!("0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af")
        );
        assert_eq!(
            derive(
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"
            ),
            hex!("becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62")
        );
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        assert_eq!(std::format!("{:?}", Pmk::new([7; Pmk::LEN])), "Pmk(..)");
    }
}
