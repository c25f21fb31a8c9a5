//! Flash as the loader sees it: bytes to judge, segments to load, one record entry to append.

use core::ptr;

use d1_image::layout::SECTOR_LEN;
use d1_image::record::{Entry, Plan};
use d1_image::source::{ReadError, Source};
use d1_image::FlashOffset;

use crate::rom;

/// Most bytes `d1_image` asks for at a time.
const PIECE_WORDS: usize = 16;

/// Flash from some offset on.
pub struct Flash {
    start: FlashOffset,
}

impl Flash {
    /// Flash from `start` on.
    pub const fn from(start: FlashOffset) -> Flash {
        Flash { start }
    }

    /// Copies whole words to where a segment belongs.
    ///
    /// # Safety
    /// `len` bytes at `address` are RAM that nobody uses; both are multiples of 4.
    pub unsafe fn load(&self, offset: u32, address: u32, len: u32) -> Result<(), rom::FlashError> {
        // SAFETY: the caller's promise.
        unsafe { rom::read(self.start.plus(offset).get(), address as *mut u32, len) }
    }
}

impl Source for Flash {
    #[inline(never)] // eight callers, and our sector is small
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError> {
        // The ROM stores words, `buffer` may start anywhere.
        let mut words = [0; PIECE_WORDS];
        if buffer.len() > 4 * PIECE_WORDS {
            return Err(ReadError);
        }
        // SAFETY: `words` is a word-aligned array of at least that many bytes.
        unsafe {
            rom::read(
                self.start.plus(offset).get(),
                words.as_mut_ptr(),
                buffer.len() as u32,
            )
        }
        .map_err(|_| ReadError)?;
        // SAFETY: `words` and `buffer` both have that many bytes, and are not the same.
        unsafe {
            ptr::copy_nonoverlapping(words.as_ptr().cast(), buffer.as_mut_ptr(), buffer.len());
        }
        Ok(())
    }
}

/// An entry's bytes, as the ROM wants them.
#[repr(align(4))]
struct Aligned([u8; Entry::LEN]);

/// Makes room as planned and programs one entry.
pub fn append(plan: &Plan, entry: &Entry) -> Result<(), rom::FlashError> {
    if let Some(sector) = plan.erase {
        rom::erase_sector(sector.get() / SECTOR_LEN)?;
    }
    let bytes = Aligned(entry.emit());
    // SAFETY: as many bytes as said, word-aligned.
    unsafe { rom::write(plan.write.get(), bytes.0.as_ptr().cast(), Entry::LEN as u32) }
}
