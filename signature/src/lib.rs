//! Ed25519 signatures on images: what is signed, by which key, and whether it is true.
//!
//! What is signed is one short message: sixteen bytes that say what this is about, and the SHA-512 of the image
//! up to its CRC word, with zeros for the signature itself. So a device hashes what it reads back from flash
//! piece by piece, at its own pace, and any tool that knows plain Ed25519 can sign and judge. `image/SPEC.md`,
//! section 6, has the reasoning.
#![no_std]
#![forbid(unsafe_code)]

mod digest;
mod equation;
mod key;
mod sha512;
mod sign;

pub use digest::{Digest, MESSAGE_LEN};
pub use key::{PublicKey, DEVELOPMENT};
pub use sha512::BLOCK_LEN;
pub use sign::{examine, message, sign, NotSignable, SecretKey, Signed};
