//! Writing a slot: what is there already is left alone, the rest erased just ahead and programmed page by page.
//!
//! Bytes are collected until there is a sector of them. One that flash holds already, and firmly, costs a look; at the first that it
//! does not, the largest erase unit is erased that begins there, lies within the slot and is worth it. (In front of
//! slot 2 is a sector that is nobody's. While that is blank, the first unit may begin with it: 64 KB in one go
//! take half the time of the sectors up to the next block.) Inside of
//! an erased unit nothing is compared any more: its pages are programmed as soon as they are full, and make room for
//! the next sector.
//!
//! On their way the bytes are hashed, while the chip programs them if it can be. Each page is compared with what flash
//! holds of it before the next one comes, so the hash is that of flash contents.

use d1_image::crc::TRAILER_LEN;
use d1_image::intake;
use d1_image::layout::SECTOR_LEN;
use d1_image::source::{ReadError, Source};
use d1_image::{FlashMap, Region, Slot};
use d1_signature::Digest;
use embedded_storage::nor_flash::ReadNorFlash;

use crate::flash::{EraseUnit, Flash, FlashError, ERASE_UNITS};

use super::sector::Sector;
use super::{Failure, FlashStep};

/// Bytes of a flash page: what is programmed in one go.
pub const PAGE_LEN: usize = 256;
const WORD_LEN: usize = size_of::<u32>();

/// Bytes that are read back at a time. Small: the buffers lie on the stack that the signature needs.
const PIECE_LEN: usize = 64;
/// What is hashed at a time.
const BLOCK_LEN: usize = 128;
/// How often an erase or a program is tried: a supply that sagged once may hold the next time.
const ATTEMPTS: usize = 3;

/// Takes an image's bytes in order and brings them into a slot.
#[derive(Debug)]
pub struct SlotWriter {
    region: Region,
    /// Bytes in front of it that are nobody's.
    front: u32,
    /// Bytes of the image, once they are known.
    len: u32,
    /// So many bytes of the slot are what they read as, and need not be written again.
    settled: u32,
    /// What has arrived and is not in flash yet, each byte as far from the beginning as from a sector's in flash: what
    /// is in flash makes room for the next sector.
    sector: &'static Sector,
    /// What the flash gets of it.
    page: [u32; PAGE_LEN / WORD_LEN],
    /// Bytes taken in so far.
    received: u32,
    /// Bytes that are in flash; a multiple of the page length until the end.
    written: u32,
    /// Up to here the slot is erased, as far as it is not written.
    erased: u32,
    erasing: Option<Erasing>,
    /// The hash of what is in flash, for the signature.
    digest: Digest,
}

/// A unit that is being erased.
#[derive(Clone, Copy, Debug)]
struct Erasing {
    /// Where it begins.
    start: u32,
    /// Bytes.
    len: u32,
    /// How often that was begun.
    attempt: usize,
}

impl SlotWriter {
    /// A writer at the start of a slot. Nothing is touched until [`SlotWriter::step`].
    pub const fn new(map: FlashMap, slot: Slot, sector: &'static Sector) -> SlotWriter {
        SlotWriter {
            region: map.slot(slot),
            front: map.free_before(slot),
            len: 0,
            settled: 0,
            sector,
            page: [0; PAGE_LEN / WORD_LEN],
            received: 0,
            written: 0,
            erased: 0,
            erasing: None,
            digest: Digest::new(0),
        }
    }

    /// Starts over, with an image of `len` bytes. Of the slot, `settled` bytes can be relied on.
    pub fn restart(&mut self, len: u32, settled: u32) {
        self.len = len;
        self.settled = settled;
        self.received = 0;
        self.written = 0;
        self.erased = 0;
        self.erasing = None;
        self.digest = Digest::new(0);
    }

    /// Tells where the manifest is, before the first [`SlotWriter::step`]: the digest leaves out the signature there.
    pub fn expect_manifest(&mut self, offset: u32) {
        self.digest = Digest::new(offset);
    }

    /// The digest of what is in flash, without the image's last word.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Bytes taken in so far.
    pub fn received(&self) -> u32 {
        self.received
    }

    /// Bytes in flash.
    pub fn written(&self) -> u32 {
        self.written
    }

    /// What has arrived of the image's first bytes, brought into `bytes`, as long as nothing is in flash.
    pub fn first<'a>(&self, bytes: &'a mut [u8; intake::LEN]) -> &'a [u8] {
        let first = &mut bytes[..intake::LEN.min(self.received as usize)];
        self.sector.read_bytes(0, first);
        first
    }

    /// Takes in as many bytes as there is room for and says how many; never touches flash.
    pub fn fill(&mut self, bytes: &[u8]) -> usize {
        let room = (self.len - self.received).min(SECTOR_LEN - self.pending());
        let len = bytes.len().min(room as usize);
        let start = (self.received % SECTOR_LEN) as usize;
        let (up_to_end, from_start) = bytes[..len].split_at(len.min(Sector::LEN - start));
        self.sector.write(start, up_to_end);
        self.sector.write(0, from_start);
        self.received += len as u32;
        len
    }

    /// Bytes that have arrived and are not in flash yet.
    fn pending(&self) -> u32 {
        self.received - self.written
    }

    /// Whether [`SlotWriter::step`] has something to do.
    pub fn is_behind(&self) -> bool {
        let pending = self.pending();
        let has_all = pending > 0 && self.received == self.len;
        let is_sector_full = pending == SECTOR_LEN;
        let is_page_full = pending as usize >= PAGE_LEN && self.written < self.erased;
        self.erasing.is_some() || has_all || is_sector_full || is_page_full
    }

    /// Whether an erase is under way, of which each step takes milliseconds.
    pub fn is_erasing(&self) -> bool {
        self.erasing.is_some()
    }

    /// Whether the whole image is in flash.
    pub fn is_complete(&self) -> bool {
        self.written == self.len
    }

    /// Brings the slot one operation further: a slice of an erase, a page, or a look at a sector.
    ///
    /// Whatever the chip reports, what counts is what reads back; three attempts are made.
    ///
    /// # Errors
    /// [`Failure::Flash`], [`Failure::WriteProtected`].
    pub fn step<F: Flash>(&mut self, flash: &mut F) -> Result<(), Failure> {
        if !self.is_behind() {
            return Ok(());
        }
        if let Some(erasing) = self.erasing {
            return self.erase_on(flash, erasing);
        }
        if self.written < self.erased {
            return self.program(flash);
        }
        if self.holds_already(flash)? {
            self.advance(self.pending());
            return Ok(());
        }
        let (start, len) = self.unit(flash);
        let attempt = 1;
        self.erase(
            flash,
            Erasing {
                start,
                len,
                attempt,
            },
        )
    }

    /// Whether the sector that has arrived is in flash, for good.
    fn holds_already<F: Flash>(&mut self, flash: &mut F) -> Result<bool, Failure> {
        if self.received > self.settled {
            return Ok(false);
        }
        for start in (self.written..self.received).step_by(PAGE_LEN) {
            let count = self.load(start);
            let at = self.region.start.plus(start).get();
            match flash.holds(at, &self.page[..count]) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(_) => return Err(failed(FlashStep::Read, at)),
            }
        }
        Ok(true)
    }

    /// Brings up to a page of what has arrived, from `start` on, into [`SlotWriter::page`] and says how many words that
    /// are. Behind the image's end stays erased what is erased.
    fn load(&mut self, start: u32) -> usize {
        let len = PAGE_LEN.min((self.received - start) as usize);
        let words = &mut self.page[..len.div_ceil(WORD_LEN)];
        self.sector.read((start % SECTOR_LEN) as usize, words);
        if let (Some(last), rest @ 1..) = (words.last_mut(), len % WORD_LEN) {
            *last |= u32::MAX << (8 * rest);
        }
        words.len()
    }

    /// Start and length of the unit to erase next. A chip that cannot halt an erase gets small ones, for short pauses.
    fn unit<F: Flash>(&self, flash: &mut F) -> (u32, u32) {
        let here = self.here();
        let can_halt = flash.can_halt();
        let mut is_fit = |unit: &EraseUnit| {
            let early = here % unit.len;
            let is_inside = self.region.len - self.written + early >= unit.len;
            let is_worth_it = self.len - self.written >= unit.worth;
            is_inside && is_worth_it && self.may_erase_before(flash, early)
        };
        let fit = ERASE_UNITS.iter().find(|unit| is_fit(unit));
        match fit {
            Some(unit) if can_halt => (here - here % unit.len, unit.len),
            _ => (here, SECTOR_LEN),
        }
    }

    /// Whether that many bytes in front of what is written next may be erased with it: they are nobody's, and blank.
    fn may_erase_before<F: Flash>(&self, flash: &mut F, len: u32) -> bool {
        let (start, front) = (self.region.start.get(), self.front);
        let mut is_blank = || matches!(flash.first_unerased(start - front, start), Ok(None));
        len == 0 || self.written == 0 && len == front && is_blank()
    }

    fn erase<F: Flash>(&mut self, flash: &mut F, erasing: Erasing) -> Result<(), Failure> {
        match flash.begin_erase(erasing.start, erasing.len) {
            Err(error) if error.is_write_protected() => return Err(Failure::WriteProtected),
            Err(_) if erasing.attempt == ATTEMPTS => {
                return Err(failed(FlashStep::Erase, self.here()));
            }
            // Tried again by `erase_on`, which finds it not erased.
            Err(_) | Ok(()) => {}
        }
        self.erasing = Some(erasing);
        Ok(())
    }

    fn erase_on<F: Flash>(&mut self, flash: &mut F, erasing: Erasing) -> Result<(), Failure> {
        let step = match flash.continue_erase() {
            Ok(false) => return Ok(()),
            Ok(true) => FlashStep::Keep,
            Err(_) => FlashStep::Erase,
        };
        let here = self.here();
        let end = erasing.start + erasing.len;
        // Behind the image, cells may be worn.
        let used = (self.len - self.written).next_multiple_of(SECTOR_LEN);
        let unerased = flash
            .first_unerased(here, end.min(here + used))
            .map_err(|_| failed(FlashStep::Read, here))?;
        match unerased {
            None => {
                self.erased = end - self.region.start.get();
                self.erasing = None;
                Ok(())
            }
            Some(at) if erasing.attempt == ATTEMPTS => Err(failed(step, at)),
            Some(_) => {
                let attempt = erasing.attempt + 1;
                self.erase(flash, Erasing { attempt, ..erasing })
            }
        }
    }

    /// Programs the next page, or what there is at the end of the image.
    fn program<F: Flash>(&mut self, flash: &mut F) -> Result<(), Failure> {
        let len = self.pending().min(PAGE_LEN as u32);
        let count = self.load(self.written);
        let here = self.here();
        let page = &self.page[..count];
        if page.iter().any(|word| *word != u32::MAX) {
            let signed = len.min(self.signed_len() - self.written) as usize;
            let (mut blocks, _) = page[..signed / WORD_LEN].as_chunks();
            let digest = &mut self.digest;
            let hash = || {
                if let [block, rest @ ..] = blocks {
                    if digest.take_block(&to_bytes(block)) {
                        blocks = rest;
                    }
                }
            };
            write_page(flash, here, page, hash)?;
        }
        self.advance(len);
        Ok(())
    }

    /// Counts bytes that are in flash, and hashes those of them that are not hashed yet.
    fn advance(&mut self, len: u32) {
        self.written += len;
        let end = self.written.min(self.signed_len());
        while self.digest.len() < end {
            let start = self.digest.len();
            let mut bytes = [0; BLOCK_LEN];
            let bytes = &mut bytes[..BLOCK_LEN.min((end - start) as usize)];
            self.sector.read_bytes((start % SECTOR_LEN) as usize, bytes);
            self.digest.update(bytes);
        }
    }

    /// Bytes that the signature is on.
    fn signed_len(&self) -> u32 {
        self.len.saturating_sub(TRAILER_LEN as u32)
    }

    /// Where in flash the next byte goes.
    fn here(&self) -> u32 {
        self.region.start.plus(self.written).get()
    }
}

/// The bytes of words. In instruction RAM, with the rest of the hash.
#[inline(always)]
fn to_bytes(words: &[u32; BLOCK_LEN / WORD_LEN]) -> [u8; BLOCK_LEN] {
    let mut bytes = [0; BLOCK_LEN];
    for (four, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *four = word.to_le_bytes();
    }
    bytes
}

/// Programs a page, or less, until it reads as it should. Only words that did not take are programmed again.
fn write_page<F: Flash>(
    flash: &mut F,
    offset: u32,
    words: &[u32],
    meanwhile: impl FnMut(),
) -> Result<(), Failure> {
    let written = flash.write_while(offset, words, meanwhile);
    let Some(mut step) = what_failed(written)? else {
        return Ok(());
    };
    let pieces = words.chunks(PIECE_LEN / WORD_LEN);
    for (wanted, at) in pieces.zip((offset..).step_by(PIECE_LEN)) {
        const FOURS: [[u8; WORD_LEN]; PIECE_LEN / WORD_LEN] = [[0; WORD_LEN]; PIECE_LEN / WORD_LEN];
        let (mut due, mut kept) = (FOURS, FOURS);
        let (due, kept) = (&mut due[..wanted.len()], &mut kept[..wanted.len()]);
        let mut attempts = 1;
        loop {
            flash
                .read(at, kept.as_flattened_mut())
                .map_err(|_| failed(FlashStep::Read, at))?;
            let mut is_kept = true;
            for ((due, kept), wanted) in due.iter_mut().zip(&*kept).zip(wanted) {
                let wanted = wanted.to_le_bytes();
                is_kept &= *kept == wanted;
                *due = match *kept == wanted {
                    true => [0xFF; WORD_LEN],
                    false => wanted,
                };
            }
            if is_kept {
                break;
            }
            if attempts == ATTEMPTS {
                return Err(failed(step, offset));
            }
            let written = flash.write(at, due.as_flattened());
            step = what_failed(written)?.unwrap_or(FlashStep::Keep);
            attempts += 1;
        }
    }
    Ok(())
}

/// What has failed if a program does not read back.
fn what_failed<E: FlashError>(written: Result<(), E>) -> Result<Option<FlashStep>, Failure> {
    match written {
        Ok(()) => Ok(None),
        Err(error) if error.is_write_protected() => Err(Failure::WriteProtected),
        Err(error) if error.is_not_kept() => Ok(Some(FlashStep::Keep)),
        Err(_) => Ok(Some(FlashStep::Program)),
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
