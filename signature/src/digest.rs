//! The message that is signed, made from an image's bytes as they come.

use d1_image::manifest::{SIGNATURE_LEN, SIGNATURE_OFFSET};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::digest::{FixedOutputReset, Update};
use sha2::Sha512;

use crate::PublicKey;

/// What the signature is about, so that it can never be taken for one on something else.
const CONTEXT: &[u8; 16] = b"d1-ota image v1\0";
const HASH_LEN: usize = 64;
/// Bytes that are signed.
pub const MESSAGE_LEN: usize = CONTEXT.len() + HASH_LEN;

/// Hashes an image whose bytes come in order, from the first one to the last before the CRC word.
#[derive(Clone, Debug)]
pub struct Digest {
    hash: Sha512,
    /// Bytes taken in.
    len: u32,
    /// Where the signature starts.
    signature: u32,
}

impl Digest {
    /// The digest of no bytes yet, of an image whose manifest lies at offset `manifest`.
    pub fn new(manifest: u32) -> Digest {
        Digest {
            hash: Sha512::default(),
            len: 0,
            signature: manifest.saturating_add(SIGNATURE_OFFSET as u32),
        }
    }

    /// Bytes taken in so far.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether no bytes were taken in yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes in the next bytes. The signature's own count as zeros, whatever they are.
    // Never inlined, as the next ones: LLVM's Xtensa backend fails in functions with large frames
    // (docs/toolchain.md), and the hash alone has hundreds of bytes.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        let at = |offset: u32| (offset.saturating_sub(self.len) as usize).min(bytes.len());
        let (start, end) = (
            at(self.signature),
            at(self.signature + SIGNATURE_LEN as u32),
        );
        self.hash.update(&bytes[..start]);
        self.hash.update(&[0; SIGNATURE_LEN][..end - start]);
        self.hash.update(&bytes[end..]);
        self.len += bytes.len() as u32;
    }

    /// The message.
    #[inline(never)]
    pub fn message(&mut self) -> [u8; MESSAGE_LEN] {
        let mut message = [0; MESSAGE_LEN];
        let (context, hash) = message.split_at_mut(CONTEXT.len());
        context.copy_from_slice(CONTEXT);
        self.hash.finalize_into_reset(hash.into());
        self.len = 0;
        message
    }

    /// Whether `signature` is that of `key` on all that was taken in. Starts over afterwards.
    ///
    /// One long computation: on the device a quarter of a second, and 3 KB of stack.
    pub fn verify(&mut self, key: &PublicKey, signature: &[u8; SIGNATURE_LEN]) -> bool {
        let message = self.message();
        match decompress(key) {
            Some(key) => is_true(&key, &message, signature),
            None => false,
        }
    }
}

#[inline(never)]
fn decompress(key: &PublicKey) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(key.bytes()).ok()
}

#[inline(never)]
fn is_true(key: &VerifyingKey, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
    let signature = Signature::from_bytes(signature);
    // Strict: no keys and points of low order, for which one signature would fit many messages.
    key.verify_strict(message, &signature).is_ok()
}
