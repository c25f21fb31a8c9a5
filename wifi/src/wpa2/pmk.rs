//! From passphrase and network name to the pairwise master key, a little at a time (IEEE 802.11-2016 J.4.1).
//!
//! PBKDF2 over HMAC-SHA1 (RFC 8018), 2 times 4096 rounds: some 16 000 SHA-1 blocks, a third of a second of the
//! chip's time. So it is done once, after the start, while beacons go out and between them. The loop is
//! written on the block function itself: an HMAC over 20 bytes is two blocks once the key's are known.

use sha1::compress;
use sha1::digest::generic_array::GenericArray;
use zeroize::Zeroize;

use super::hash::{hmac_sha1, DIGEST_LEN};
use super::Passphrase;
use crate::Ssid;

/// Rounds for each 20 bytes of key.
const ROUNDS: u16 = 4096;
const BLOCK_LEN: usize = 64;
const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5C;
/// SHA-1's state before the first block (FIPS 180-4, 5.3.1).
const INITIAL: State = [
    0x6745_2301,
    0xEFCD_AB89,
    0x98BA_DCFE,
    0x1032_5476,
    0xC3D2_E1F0,
];

type State = [u32; DIGEST_LEN / 4];

/// What all keys of a network are derived from.
#[derive(Clone)]
pub struct Pmk([u8; Pmk::LEN]);

impl Pmk {
    /// The key's length in bytes.
    pub const LEN: usize = 32;

    /// A key that is known.
    pub const fn new(key: [u8; Self::LEN]) -> Pmk {
        Pmk(key)
    }

    /// The key.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Pmk {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A key in the making.
pub struct Derivation {
    /// SHA-1's states after the passphrase's block, inside and outside.
    inner: State,
    outer: State,
    passphrase: Passphrase,
    ssid: Ssid,
    /// The last round's result, and the sum of all.
    last: State,
    sum: State,
    /// Rounds left of this piece; 0 before the first.
    left: u16,
    /// Pieces that are complete.
    complete: usize,
    key: [u8; Pmk::LEN],
}

impl Drop for Derivation {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
        self.last.zeroize();
        self.sum.zeroize();
        self.key.zeroize();
    }
}

impl Derivation {
    /// Begins.
    pub fn new(passphrase: Passphrase, ssid: Ssid) -> Derivation {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK_LEN];
            for (byte, key) in block.iter_mut().zip(passphrase.as_str().bytes()) {
                *byte ^= key;
            }
            let state = absorb(INITIAL, block);
            block.zeroize();
            state
        };
        Derivation {
            inner: keyed(INNER_PAD),
            outer: keyed(OUTER_PAD),
            passphrase,
            ssid,
            last: [0; 5],
            sum: [0; 5],
            left: 0,
            complete: 0,
            key: [0; Pmk::LEN],
        }
    }

    /// Goes on for up to `rounds`; the key, once it is made.
    pub fn advance(&mut self, rounds: u16) -> Option<Pmk> {
        if self.left == 0 {
            self.begin_piece();
        }
        let rounds = rounds.min(self.left);
        for _ in 0..rounds {
            self.last = extend(self.outer, extend(self.inner, self.last));
            for (sum, word) in self.sum.iter_mut().zip(self.last) {
                *sum ^= word;
            }
        }
        self.left -= rounds;
        if self.left > 0 {
            return None;
        }
        self.end_piece()
    }

    fn begin_piece(&mut self) {
        let number = [0, 0, 0, self.complete as u8 + 1];
        let passphrase = self.passphrase.as_str().as_bytes();
        let first = hmac_sha1(passphrase, &[self.ssid.as_bytes(), &number]);
        for (word, bytes) in self.last.iter_mut().zip(first.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        self.sum = self.last;
        self.left = ROUNDS - 1;
    }

    fn end_piece(&mut self) -> Option<Pmk> {
        let piece = self.key[self.complete * DIGEST_LEN..].chunks_exact_mut(4);
        for (bytes, word) in piece.zip(self.sum) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        self.complete += 1;
        (self.complete * DIGEST_LEN >= Pmk::LEN).then(|| Pmk(self.key))
    }
}

/// SHA-1's state after 64 bytes and, behind them, `digest`: all there is in either half of such an HMAC.
fn extend(state: State, digest: State) -> State {
    const BITS: u16 = (BLOCK_LEN + DIGEST_LEN) as u16 * 8;
    let mut block = [0; BLOCK_LEN];
    for (bytes, word) in block.chunks_exact_mut(4).zip(digest) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    block[DIGEST_LEN] = 0x80;
    block[BLOCK_LEN - 2..].copy_from_slice(&BITS.to_be_bytes());
    absorb(state, block)
}

fn absorb(mut state: State, block: [u8; BLOCK_LEN]) -> State {
    compress(&mut state, &[GenericArray::from(block)]);
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn derive(passphrase: &'static str, ssid: &str, rounds: u16) -> String {
        let passphrase = Passphrase::new(passphrase).unwrap();
        let mut derivation = Derivation::new(passphrase, Ssid::new(ssid.as_bytes()).unwrap());
        let key = loop {
            if let Some(key) = derivation.advance(rounds) {
                break key;
            }
        };
        key.0
            .iter()
            .map(|byte| std::format!("{byte:02x}"))
            .collect()
    }

    #[test]
    fn keys_agree_with_annex_j() {
        // IEEE 802.11-2016 J.4.2, test vectors 1 to 3.
        assert_eq!(
            derive("password", "IEEE", 64),
            "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
        );
        assert_eq!(
            derive("ThisIsAPassword", "ThisIsASSID", 100),
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"
        );
        assert_eq!(
            derive(
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
                u16::MAX
            ),
            "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"
        );
    }

    #[test]
    fn how_it_is_sliced_does_not_matter() {
        assert_eq!(
            derive("password", "IEEE", 1),
            derive("password", "IEEE", 4095)
        );
    }
}
