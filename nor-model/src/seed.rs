//! Seeded randomness: the same seed breaks the same cells.

/// SplitMix64 (Steele, Lea, Flood 2014): small, seedable, good enough to pick cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A byte in which each bit is set with probability `share` / 256.
    pub(crate) fn mask(&mut self, share: u8) -> u8 {
        let draw = self.next().to_le_bytes();
        (0..8).fold(0, |mask, bit| mask | u8::from(draw[bit] < share) << bit)
    }
}
