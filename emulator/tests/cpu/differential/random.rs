//! Seeded randomness, with a taste for the edges.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
    pub fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }
    /// A register that may be written: all but a1.
    pub fn register(&mut self) -> u8 {
        match self.below(15) as u8 {
            0 => 0,
            n => n + 1,
        }
    }
    /// A value, half of the time one from the edges.
    pub fn value(&mut self) -> u32 {
        const EDGES: [u32; 8] = [0, 1, u32::MAX, 1 << 31, i32::MAX as u32, 0xFFFF, 0x8000, 32];
        if self.below(2) == 0 {
            EDGES[self.below(8) as usize]
        } else {
            self.next() as u32
        }
    }
}
