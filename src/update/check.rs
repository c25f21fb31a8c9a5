//! Reading the new image back from flash and judging it, a piece in each turn of the main loop.
//!
//! Structure first, then every byte through the CRC, then the manifest's claims and the signature that makes
//! them true. The signature is on the hash of the bytes that the writer has compared with flash, page by page; that flash
//! holds the same bytes still is what the CRC says. Only the signature itself is one long computation: it has no pieces.

use d1_image::crc::Crc32;
use d1_image::intake::{self, Demands, Refusal};
use d1_image::manifest::{self, Manifest, ManifestView};
use d1_image::source::{ReadError, Source};
use d1_image::verify::{verify_crc, verify_structure, Fault, Verified};
use d1_image::{FlashMap, Slot};
use d1_signature::{Digest, PublicKey};

use super::Failure;

/// Bytes that go through the CRC in one turn: some six milliseconds.
const TURN_LEN: u32 = 0x4000;
const PIECE_LEN: usize = 256;

/// The verification of one image.
#[derive(Debug)]
pub struct Check {
    map: FlashMap,
    slot: Slot,
    /// Bytes that were downloaded.
    len: u32,
    demands: Demands,
    key: PublicKey,
    sums: Option<Sums>,
}

/// What is known once the structure is found to be good.
#[derive(Debug)]
struct Sums {
    image: Verified,
    /// Where the manifest is, if there is one.
    manifest: Option<u32>,
    crc: Crc32,
    /// Bytes that it has taken in.
    len: u32,
}

impl Check {
    /// The verification of `len` bytes in `slot`, which have to meet `demands` and be signed by `key`.
    pub const fn new(
        map: FlashMap,
        slot: Slot,
        len: u32,
        demands: Demands,
        key: PublicKey,
    ) -> Check {
        Check {
            map,
            slot,
            len,
            demands,
            key,
            sums: None,
        }
    }

    /// Does the next step over `image`, the slot as read back; hands out the build number after the last one.
    /// `digest` is that of the same bytes.
    ///
    /// # Errors
    /// What is wrong with the image. The verification is over then.
    // Never inlined, nor is what it calls: it would leave its room on the stack to the main loop.
    #[inline(never)]
    pub fn step<S: Source>(
        &mut self,
        image: &mut S,
        digest: &Digest,
    ) -> Result<Option<u32>, Failure> {
        let Some(sums) = &mut self.sums else {
            self.sums = Some(self.begin(image)?);
            return Ok(None);
        };
        let end = sums.image.crc_offset();
        if sums.len < end {
            sums.take_in(image, end).map_err(Failure::Bad)?;
            return Ok(None);
        }
        verify_crc(image, &sums.image, sums.crc).map_err(Failure::Bad)?;
        let place = sums
            .manifest
            .ok_or(Failure::NotForUs(Refusal::NoManifest))?;
        let mut bytes = [0; manifest::LEN];
        image.read(place, &mut bytes).map_err(unreadable)?;
        let view = ManifestView::new_unchecked(&bytes);
        let manifest = Manifest::parse(&view);
        intake::admit(&manifest, self.len, &self.demands).map_err(Failure::NotForUs)?;
        match digest.verify(&self.key, &view.signature()) {
            true => Ok(Some(manifest.build)),
            false => Err(Failure::Forged(self.key.id())),
        }
    }

    #[inline(never)]
    fn begin<S: Source>(&self, image: &mut S) -> Result<Sums, Failure> {
        let verified = verify_structure(image, self.map, self.slot).map_err(Failure::Bad)?;
        if verified.len != self.len {
            return Err(Failure::Trailing {
                image: verified.len,
                received: self.len,
            });
        }
        let found = manifest::find(image, verified.irom_len()).map_err(unreadable)?;
        let manifest = found.map(|(offset, _)| offset);
        Ok(Sums {
            image: verified,
            manifest,
            // Without a manifest all is lost, but the CRC may know why it is missing.
            crc: Crc32::new(),
            len: 0,
        })
    }
}

impl Sums {
    /// The next [`TURN_LEN`] bytes before `end`.
    #[inline(never)]
    fn take_in<S: Source>(&mut self, image: &mut S, end: u32) -> Result<(), Fault> {
        let until = end.min(self.len + TURN_LEN);
        let mut buffer = [0; PIECE_LEN];
        while self.len < until {
            let left = (until - self.len) as usize;
            let piece = &mut buffer[..PIECE_LEN.min(left)];
            image.read(self.len, piece)?;
            self.crc.update(piece);
            self.len += piece.len() as u32;
        }
        Ok(())
    }
}

fn unreadable(error: ReadError) -> Failure {
    Failure::Bad(error.into())
}
