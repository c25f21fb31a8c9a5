//! The two headers of an image: the outer one (EA 04) before irom, the inner one (E9) behind it.
//!
//! Each has a *view* over bytes, whose accessors may panic only if built by `new_unchecked` over too few
//! bytes, and a *meaning* with `parse` and `emit`. A boot loader image has the inner header only.

mod inner;
mod outer;

pub use inner::{FlashClock, FlashMode, Inner, InnerView};
pub use outer::{Outer, OuterView};

/// These bytes are not that header: too few, wrong magic, or a field no loader would accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

pub(crate) fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
