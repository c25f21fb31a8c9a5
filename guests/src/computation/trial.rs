//! Where a computation gets its inputs and leaves its results.

use core::fmt;

use miniz_oxide::inflate::core::DecompressorOxide;
use sha2::{Digest, Sha512};

/// Room for what would be too large for the chip's stack, and for its compiler in one function.
pub struct Space {
    /// Packed data.
    pub packed: [u8; 2048],
    /// What comes of it.
    pub text: [u8; 4096],
    /// How far that is.
    pub inflater: DecompressorOxide,
    /// A digest, between two messages.
    pub sha_512: Sha512,
}

impl Space {
    /// Empty.
    pub fn new() -> Space {
        Space {
            packed: [0; 2048],
            text: [0; 4096],
            inflater: DecompressorOxide::new(),
            sha_512: Sha512::new(),
        }
    }
}

impl Default for Space {
    fn default() -> Space {
        Space::new()
    }
}

/// Pseudo-random inputs (SplitMix64; Steele, Lea, Flood 2014) and a digest of results (FNV-1a, 64 bits).
pub struct Trial<'a> {
    state: u64,
    hash: u64,
    /// Yours for now.
    pub space: &'a mut Space,
}

impl<'a> Trial<'a> {
    /// Inputs by `seed`, no results yet.
    pub fn new(seed: u64, space: &'a mut Space) -> Trial<'a> {
        Trial {
            state: seed,
            hash: 0xCBF2_9CE4_8422_2325,
            space,
        }
    }

    /// What stands for all results.
    pub fn digest(&self) -> u64 {
        self.hash
    }

    /// Random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number from 0 to `limit` - 1.
    pub fn below(&mut self, limit: u32) -> u32 {
        (self.bits() % u64::from(limit)) as u32
    }

    /// 128 random bits: of every magnitude, and one time in four from the edges.
    pub fn wide(&mut self) -> u128 {
        const EDGES: [u128; 8] = [
            0,
            1,
            u128::MAX,
            1 << 127,
            u64::MAX as u128,
            1 << 63,
            1 << 31,
            0x80,
        ];
        if self.below(4) == 0 {
            return EDGES[self.below(8) as usize];
        }
        let bits = u128::from(self.bits()) << 64 | u128::from(self.bits());
        bits >> self.below(128)
    }

    /// Random bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.bits() as u8;
        }
    }

    /// Adds bytes to the results.
    ///
    /// Not inlined: LLVM runs out of registers in large frames (docs/toolchain.md).
    #[inline(never)]
    pub fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash ^= u64::from(*byte);
            self.hash = self.hash.wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    /// Adds a number to the results.
    pub fn put_u64(&mut self, number: u64) {
        self.put(&number.to_le_bytes());
    }
}

/// Text is a result like any other.
impl fmt::Write for Trial<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}
