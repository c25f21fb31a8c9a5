//! 802.11 frames: views over bytes, and what they mean.
//!
//! The two-type pattern: [`Header`] is a view that has been checked once and then reads fields out of the
//! bytes; `Repr` types are the meaning, with `parse` and `emit`. `parse` accepts any bytes and never panics;
//! `emit` panics when the buffer is shorter than `buffer_len()`, which is the caller's bug.
//!
//! Clause numbers are those of IEEE Std 802.11-2016. Frame check sequences are the hardware's and appear
//! nowhere here.

pub mod association;
pub mod authentication;
pub mod beacon;
pub mod ccmp;
pub mod codes;
pub mod control;
pub mod data;
pub mod departure;
pub mod element;
pub mod header;
pub mod probe;
pub mod ps_poll;
pub mod rate;
pub mod sequence;

pub use codes::{ReasonCode, StatusCode};
pub use control::{Flags, Kind};
pub use header::{Header, Repr as HeaderRepr};
pub use ps_poll::PsPoll;
pub use rate::Rate;
pub use sequence::{SequenceControl, SequenceCounter};

/// The bytes are malformed, or say something a b/g access point has no use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error;

/// The result of reading a frame.
pub type Result<T> = core::result::Result<T, Error>;

/// Reads a little-endian 16-bit field.
pub(crate) fn read_u16(bytes: &[u8], field: core::ops::Range<usize>) -> u16 {
    let field = &bytes[field];
    u16::from_le_bytes([field[0], field[1]])
}

/// Writes a little-endian 16-bit field.
pub(crate) fn write_u16(bytes: &mut [u8], field: core::ops::Range<usize>, value: u16) {
    bytes[field].copy_from_slice(&value.to_le_bytes());
}
