//! Writing a slot, page by page, with the erase just ahead.

use d1_image::layout::SECTOR_LEN;
use d1_image::source::{ReadError, Source};
use d1_image::Region;
use embedded_storage::nor_flash::ReadNorFlash;

use crate::flash::{Flash, FlashError};

use super::{Failure, FlashStep};

/// Bytes of a flash page: what is programmed in one go.
pub const PAGE_LEN: usize = 256;

/// Bytes that are read back at a time. Small: the buffers lie on the stack that the signature needs.
const PIECE_LEN: usize = 64;
/// How often an erase or a program is tried: a supply that sagged once may hold the next time.
const ATTEMPTS: usize = 3;

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
    /// Whatever the chip reports, what counts is what reads back; three attempts are made.
    ///
    /// # Errors
    /// [`Failure::Flash`], [`Failure::WriteProtected`].
    pub fn program<F: Flash>(&mut self, flash: &mut F) -> Result<(), Failure> {
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
            erase_sector(flash, offset)?;
        }
        write_page(flash, offset, &self.page[..len])?;
        self.written += self.filled as u32;
        self.filled = 0;
        Ok(())
    }
}

/// Erases a sector until it reads as erased.
fn erase_sector<F: Flash>(flash: &mut F, offset: u32) -> Result<(), Failure> {
    let mut failure = failed(FlashStep::Erase, offset);
    for _ in 0..ATTEMPTS {
        match flash.erase(offset, offset + SECTOR_LEN) {
            Err(error) if error.is_write_protected() => return Err(Failure::WriteProtected),
            Err(_) => failure = failed(FlashStep::Erase, offset),
            Ok(()) => match first_unerased(flash, offset)? {
                None => return Ok(()),
                Some(at) => failure = failed(FlashStep::Keep, at),
            },
        }
    }
    Err(failure)
}

/// The first piece of a sector that does not read as erased.
fn first_unerased<F: Flash>(flash: &mut F, sector: u32) -> Result<Option<u32>, Failure> {
    let mut piece = [0; PIECE_LEN];
    for offset in (sector..sector + SECTOR_LEN).step_by(PIECE_LEN) {
        read(flash, offset, &mut piece)?;
        if piece.iter().any(|byte| *byte != 0xFF) {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}

/// Programs a page, or less, until it reads as it should. Only words that did not take are programmed again.
fn write_page<F: Flash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<(), Failure> {
    let mut step = write(flash, offset, bytes)?;
    for (wanted, at) in bytes.chunks(PIECE_LEN).zip((offset..).step_by(PIECE_LEN)) {
        let (mut due, mut kept) = ([0xFF; PIECE_LEN], [0; PIECE_LEN]);
        let (due, kept) = (&mut due[..wanted.len()], &mut kept[..wanted.len()]);
        let mut attempts = 1;
        loop {
            read(flash, at, kept)?;
            if kept == wanted {
                break;
            }
            if attempts == ATTEMPTS {
                return Err(failed(step, offset));
            }
            let words = wanted.chunks(F::WRITE_SIZE).zip(kept.chunks(F::WRITE_SIZE));
            for (due, (wanted, kept)) in due.chunks_mut(F::WRITE_SIZE).zip(words) {
                match wanted == kept {
                    true => due.fill(0xFF),
                    false => due.copy_from_slice(wanted),
                }
            }
            step = write(flash, at, due)?;
            attempts += 1;
        }
    }
    Ok(())
}

/// Programs, and says what has failed if it does not read back.
fn write<F: Flash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<FlashStep, Failure> {
    match flash.write(offset, bytes) {
        Err(error) if error.is_write_protected() => Err(Failure::WriteProtected),
        Err(error) if !error.is_not_kept() => Ok(FlashStep::Program),
        // A driver that reads back itself has found that out already.
        _ => Ok(FlashStep::Keep),
    }
}

fn read<F: Flash>(flash: &mut F, offset: u32, bytes: &mut [u8]) -> Result<(), Failure> {
    flash
        .read(offset, bytes)
        .map_err(|_| failed(FlashStep::Read, offset))
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
