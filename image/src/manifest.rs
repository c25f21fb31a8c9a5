//! Our sixteen bytes at the end of irom: the build number.
//!
//! Placed there by [`crate::compose`], so it is found from the outer header alone (the last 16 bytes of irom),
//! needs nothing from the linker script, is covered by the CRC, and means nothing to Espressif's loaders.

/// Bytes of a manifest.
pub const LEN: usize = field::RESERVED.end;

const MAGIC: [u8; 4] = *b"D1M1";

mod field {
    use core::ops::Range;
    pub const MAGIC: Range<usize> = 0..4;
    pub const BUILD: Range<usize> = 4..8;
    pub const RESERVED: Range<usize> = 8..16;
}

/// What an image says about itself beyond Espressif's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Build number.
    pub build: u32,
}

impl Manifest {
    /// Reads a manifest; `None` if these bytes are none (an image made by another tool).
    pub fn parse(bytes: &[u8; LEN]) -> Option<Manifest> {
        if bytes[field::MAGIC] != MAGIC {
            return None;
        }
        let b = &bytes[field::BUILD];
        Some(Manifest {
            build: u32::from_le_bytes([b[0], b[1], b[2], b[3]]),
        })
    }

    /// The bytes of this manifest.
    pub fn emit(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[field::MAGIC].copy_from_slice(&MAGIC);
        bytes[field::BUILD].copy_from_slice(&self.build.to_le_bytes());
        bytes
    }
}
