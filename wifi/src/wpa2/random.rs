//! Random bytes for nonces and keys, out of words that the hardware calls random.
//!
//! How good those words are is argued in docs/wpa2.md. What is done here makes a word that is not as good as it
//! should be harmless: each draw stirs sixteen of them into a pool, and gives out a hash of the pool.

use zeroize::Zeroize;

use super::hash::{hmac_sha1, prf, DIGEST_LEN};
use crate::MacAddress;

/// Words stirred in for each draw.
const WORDS: usize = 16;

/// The pool.
pub struct Random {
    pool: [u8; DIGEST_LEN],
}

impl Drop for Random {
    fn drop(&mut self) {
        self.pool.zeroize();
    }
}

impl Random {
    /// A pool nobody else has: it starts from the device's address.
    pub fn new(address: MacAddress) -> Random {
        let mut pool = [0; DIGEST_LEN];
        pool[..6].copy_from_slice(&address.0);
        Random { pool }
    }

    /// Fills `out`. `word` reads the hardware; `now` are microseconds.
    pub fn draw(&mut self, out: &mut [u8], now: u64, mut word: impl FnMut() -> u32) {
        let mut fresh = [0; 4 * WORDS];
        for bytes in fresh.chunks_exact_mut(4) {
            bytes.copy_from_slice(&word().to_le_bytes());
        }
        self.pool = hmac_sha1(&self.pool, &[&fresh, &now.to_le_bytes()]);
        fresh.zeroize();
        prf(&self.pool, "Init Counter", &[&[], &[], &[], &[]], out);
        // What was given out does not follow from the pool that is left behind.
        self.pool = hmac_sha1(&self.pool, &[b"used"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);

    #[test]
    fn two_draws_differ_even_when_the_hardware_is_stuck() {
        let mut random = Random::new(ADDRESS);
        let (mut first, mut second) = ([0; 32], [0; 32]);
        random.draw(&mut first, 5, || 0xFFFF_FFFF);
        random.draw(&mut second, 5, || 0xFFFF_FFFF);
        assert_ne!(first, second);
    }

    #[test]
    fn every_word_counts() {
        let draw = |odd: usize| {
            let (mut random, mut out, mut count) = (Random::new(ADDRESS), [0; 32], 0);
            random.draw(&mut out, 5, || {
                count += 1;
                u32::from(count == odd)
            });
            assert_eq!(count, WORDS);
            out
        };
        for odd in 1..=WORDS {
            assert_ne!(draw(0), draw(odd), "word {odd}");
        }
    }
}
