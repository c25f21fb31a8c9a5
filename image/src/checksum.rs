//! The one-byte checksum over the bytes that are loaded to RAM.
//!
//! XOR of every segment's data, seeded with 0xEF; headers and padding are not covered. The mask ROM and
//! Espressif's loaders test it.

/// Running checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum(u8);

impl Checksum {
    /// The checksum of no bytes.
    pub const fn new() -> Self {
        Checksum(0xEF)
    }

    /// Takes in the next bytes of segment data.
    pub fn update(&mut self, data: &[u8]) {
        for byte in data {
            self.0 ^= byte;
        }
    }

    /// The byte that is stored in the image.
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl Default for Checksum {
    fn default() -> Self {
        Self::new()
    }
}
