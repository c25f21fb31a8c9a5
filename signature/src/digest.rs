//! The message that is signed, made from an image's bytes as they come.

use d1_image::manifest::{SIGNATURE_LEN, SIGNATURE_OFFSET};

use crate::sha512::{Sha512, BLOCK_LEN, HASH_LEN};
use crate::{equation, PublicKey};

/// What the signature is about, so that it can never be taken for one on something else.
const CONTEXT: &[u8; 16] = b"d1-ota image v1\0";
/// Bytes that are signed.
pub const MESSAGE_LEN: usize = CONTEXT.len() + HASH_LEN;

/// Hashes an image whose bytes come in order, from the first one to the last before the CRC word.
#[derive(Clone, Debug)]
pub struct Digest {
    hash: Sha512,
    /// The bytes behind the last whole block.
    rest: [u8; BLOCK_LEN],
    /// Bytes taken in.
    len: u32,
    /// Where the signature starts.
    signature: u32,
}

impl Digest {
    /// The digest of no bytes yet, of an image whose manifest lies at offset `manifest`.
    pub const fn new(manifest: u32) -> Digest {
        Digest {
            hash: Sha512::new(),
            rest: [0; BLOCK_LEN],
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
    // (docs/toolchain.md).
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let filled = self.len as usize % BLOCK_LEN;
            let (piece, behind) = bytes.split_at(bytes.len().min(BLOCK_LEN - filled));
            let rest = &mut self.rest[filled..][..piece.len()];
            rest.copy_from_slice(piece);
            let at = |offset: u32| (offset.saturating_sub(self.len) as usize).min(piece.len());
            let end = self.signature.saturating_add(SIGNATURE_LEN as u32);
            rest[at(self.signature)..at(end)].fill(0);
            self.len += piece.len() as u32;
            if self.len.is_multiple_of(BLOCK_LEN as u32) {
                self.hash.block(&self.rest);
            }
            bytes = behind;
        }
    }

    /// Takes in a block if it can be taken in as it is; says whether. Needs nothing from flash.
    #[inline(always)]
    pub fn take_block(&mut self, block: &[u8; BLOCK_LEN]) -> bool {
        let len = BLOCK_LEN as u32;
        let end = self.signature.saturating_add(SIGNATURE_LEN as u32);
        let is_whole = self.len.is_multiple_of(len);
        let is_beside = self.len >= end || self.len + len <= self.signature;
        if is_whole && is_beside {
            self.hash.block(block);
            self.len += len;
        }
        is_whole && is_beside
    }

    /// The message.
    #[inline(never)]
    pub fn message(&self) -> [u8; MESSAGE_LEN] {
        let mut message = [0; MESSAGE_LEN];
        let (context, hash) = message.split_at_mut(CONTEXT.len());
        context.copy_from_slice(CONTEXT);
        let rest = &self.rest[..self.len as usize % BLOCK_LEN];
        hash.copy_from_slice(&self.hash.finish(rest, self.len.into()));
        message
    }

    /// Whether `signature` is that of `key` on all that was taken in.
    ///
    /// One long computation, in one go: `docs/performance.md` has its time on the device.
    pub fn verify(&self, key: &PublicKey, signature: &[u8; SIGNATURE_LEN]) -> bool {
        equation::is_true(key, &self.message(), signature)
    }
}
