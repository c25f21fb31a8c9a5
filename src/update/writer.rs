//! Writing a slot, page by page, with the erase just ahead.

use d1_image::layout::SECTOR_LEN;
use d1_image::source::{ReadError, Source};
use d1_image::Region;
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};

use super::{Failure, FlashStep};

/// Bytes of a flash page: what is programmed in one go.
pub const PAGE_LEN: usize = 256;

/// Takes an image's bytes in order and programs them into a slot.
#[derive(Debug)]
pub struct SlotWriter {
    region: Region,
    /// Bytes programmed; a multiple of the page length until the end.
    written: u32,
    page: [u8; PAGE_LEN],
    filled: usize,
}

impl SlotWriter {
    /// A writer at the start of a slot. Nothing is touched until the first page is full.
    pub const fn new(region: Region) -> SlotWriter {
        SlotWriter {
            region,
            written: 0,
            page: [0xFF; PAGE_LEN],
            filled: 0,
        }
    }

    /// Bytes taken in so far.
    pub fn received(&self) -> u32 {
        self.written + self.filled as u32
    }

    /// Bytes programmed so far.
    pub fn written(&self) -> u32 {
        self.written
    }

    /// The bytes taken in since the last page was programmed.
    pub fn pending(&self) -> &[u8] {
        &self.page[..self.filled]
    }

    /// Takes in bytes up to the end of the current page and says how many; never touches flash.
    pub fn fill(&mut self, bytes: &[u8]) -> usize {
        let len = bytes.len().min(PAGE_LEN - self.filled);
        self.page[self.filled..][..len].copy_from_slice(&bytes[..len]);
        self.filled += len;
        len
    }

    /// Whether the next page waits to be programmed.
    pub fn is_page_full(&self) -> bool {
        self.filled == PAGE_LEN
    }

    /// Programs what was taken in since the last page, erasing the sector if it is the first page of one.
    ///
    /// # Errors
    /// [`Failure::Flash`].
    pub fn program<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), Failure> {
        if self.filled == 0 {
            return Ok(());
        }
        let len = self.filled.next_multiple_of(F::WRITE_SIZE);
        debug_assert!(
            self.written + len as u32 <= self.region.len,
            "outside of the slot"
        );
        self.page[self.filled..].fill(0xFF);
        let offset = self.region.start.plus(self.written).get();
        if self.written.is_multiple_of(SECTOR_LEN) {
            flash
                .erase(offset, offset + SECTOR_LEN)
                .map_err(|_| failed(FlashStep::Erase, offset))?;
        }
        flash
            .write(offset, &self.page[..len])
            .map_err(|_| failed(FlashStep::Program, offset))?;
        self.written += self.filled as u32;
        self.filled = 0;
        Ok(())
    }
}

fn failed(step: FlashStep, offset: u32) -> Failure {
    Failure::Flash { step, offset }
}

/// A range of flash as bytes to read, for [`d1_image::verify`] and [`d1_image::record`].
pub struct FlashSource<'a, F> {
    flash: &'a mut F,
    start: u32,
}

impl<'a, F: ReadNorFlash> FlashSource<'a, F> {
    /// The flash from `start` on.
    pub fn new(flash: &'a mut F, start: u32) -> Self {
        FlashSource { flash, start }
    }
}

impl<F: ReadNorFlash> Source for FlashSource<'_, F> {
    fn read(&mut self, offset: u32, buffer: &mut [u8]) -> Result<(), ReadError> {
        let offset = self.start.checked_add(offset).ok_or(ReadError)?;
        self.flash.read(offset, buffer).map_err(|_| ReadError)
    }
}
