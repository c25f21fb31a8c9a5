//! The driver: splits, checks, reads back.

use embedded_storage::nor_flash::{
    check_erase, check_read, check_write, ErrorType, NorFlash, ReadNorFlash,
};

use crate::controller::{Controller, EraseUnit, TRANSFER_LEN};
use crate::error::Error;
use crate::operate;

/// Bytes of a page, the most that is programmed with the cache off and interrupts masked.
pub const PAGE_LEN: usize = 256;
const PAGE_WORDS: usize = PAGE_LEN / 4;

/// Most slices an erase may take: more than twice the data sheet's slowest 64 KB.
const SLICES_MAX: u16 = 1000;

/// An erase that was halted.
#[derive(Debug)]
struct Halted {
    unit: EraseUnit,
    /// Slices it may still take.
    slices: u16,
}

/// A flash chip of `capacity` bytes behind a controller.
///
/// Bytes are copied on their way, so it does not matter where they are; words are not.
/// Interrupts are masked for one page program (some milliseconds) or one erase command (see [`EraseUnit`]).
#[derive(Debug)]
pub struct Flash<C> {
    controller: C,
    capacity: u32,
    protection_is_known_off: bool,
    /// Whether the chip knows how to halt an erase, once it was asked who it is.
    can_halt: Option<bool>,
    halted: Option<Halted>,
}

impl<C: Controller> Flash<C> {
    /// A driver for the first `capacity` bytes of the chip.
    pub const fn new(controller: C, capacity: u32) -> Self {
        Flash {
            controller,
            capacity,
            protection_is_known_off: false,
            can_halt: None,
            halted: None,
        }
    }

    /// Gives the controller back.
    pub fn release(self) -> C {
        self.controller
    }

    /// The chip's JEDEC id, as 0x00CCTTMM: capacity, type, manufacturer. A W25Q32 says 0x001640EF.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    pub fn jedec_id(&mut self) -> Result<u32, Error> {
        self.locked(|controller| operate::jedec_id(controller))
    }

    /// Erases one unit, which must start at a multiple of its length.
    ///
    /// # Errors
    /// Any but [`Error::ReadBack`].
    pub fn erase_unit(&mut self, offset: u32, unit: EraseUnit) -> Result<(), Error> {
        self.check_unit(offset, unit)?;
        self.prepare()?;
        self.locked(|controller| operate::erase(controller, offset, unit, false))?;
        Ok(())
    }

    /// Whether an erase can be done in slices, so that large ones do not hold up the program. Goes by the chip's
    /// JEDEC id: Winbond's W25Q family from 1 MB on knows 75h and 7Ah.
    pub fn can_halt(&mut self) -> bool {
        if self.can_halt.is_none() {
            let is_known = |id: u32| id & 0xFFFF == 0x40EF && id >> 16 >= 0x14;
            self.can_halt = Some(self.jedec_id().is_ok_and(is_known));
        }
        self.can_halt == Some(true)
    }

    /// Begins to erase one unit; [`Flash::continue_erase`] does the rest. In between, everything but the unit can
    /// be read. Whatever changes flash finishes the erase before. A chip that cannot halt is done at once.
    ///
    /// # Errors
    /// As [`Flash::erase_unit`].
    pub fn begin_erase(&mut self, offset: u32, unit: EraseUnit) -> Result<(), Error> {
        self.check_unit(offset, unit)?;
        self.prepare()?;
        let in_slices = self.can_halt();
        let is_done =
            self.locked(|controller| operate::erase(controller, offset, unit, in_slices))?;
        self.halted = (!is_done).then_some(Halted {
            unit,
            slices: SLICES_MAX,
        });
        Ok(())
    }

    /// Goes on with the erase for some milliseconds; true when nothing is left to be erased.
    ///
    /// # Errors
    /// [`Error::Timeout`]; the erase is given up then.
    pub fn continue_erase(&mut self) -> Result<bool, Error> {
        let Some(Halted { unit, slices }) = self.halted.take() else {
            return Ok(true);
        };
        let slices = slices.checked_sub(1).ok_or(Error::Timeout)?;
        let is_done = self.locked(|controller| operate::continue_erase(controller, unit, true))?;
        if !is_done {
            self.halted = Some(Halted { unit, slices });
        }
        Ok(is_done)
    }

    /// The first transfer, in a range of whole sectors, that does not read as erased.
    ///
    /// # Errors
    /// As [`ReadNorFlash::read`].
    pub fn first_unerased(&mut self, from: u32, to: u32) -> Result<Option<u32>, Error> {
        check_erase(self, from, to)?;
        let count = Self::ERASE_SIZE as u32 / TRANSFER_LEN;
        for sector in (from..to).step_by(Self::ERASE_SIZE) {
            let erased = self.locked(|controller| operate::erased(controller, sector, count))?;
            if erased < count {
                return Ok(Some(sector + erased * TRANSFER_LEN));
            }
        }
        Ok(None)
    }

    /// Whether flash holds these words, which must be in data RAM.
    ///
    /// # Errors
    /// As [`ReadNorFlash::read`].
    pub fn holds(&mut self, offset: u32, words: &[u32]) -> Result<bool, Error> {
        check_read(self, offset, size_of_val(words))?;
        for (words, offset) in words.chunks(PAGE_WORDS).zip((offset..).step_by(PAGE_LEN)) {
            if !self.locked(|controller| operate::holds(controller, offset, words))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Programs erased flash, page by page, and reads every page back. The words must be in data RAM. While the chip is
    /// busy with a piece, up to four times a page, `meanwhile` has the core.
    ///
    /// On the chip `meanwhile` runs with the cache off and interrupts masked: all of it has to be in instruction RAM,
    /// and to be over in a moment.
    ///
    /// # Errors
    /// As [`NorFlash::write`].
    pub fn write_while(
        &mut self,
        offset: u32,
        words: &[u32],
        mut meanwhile: impl FnMut(),
    ) -> Result<(), Error> {
        check_write(self, offset, size_of_val(words))?;
        self.prepare()?;
        let (mut offset, mut words) = (offset, words);
        while !words.is_empty() {
            let room = (PAGE_LEN - offset as usize % PAGE_LEN) / 4;
            let (piece, rest) = words.split_at(room.min(words.len()));
            self.write_page(offset, piece, &mut meanwhile)?;
            offset += size_of_val(piece) as u32;
            words = rest;
        }
        Ok(())
    }

    fn check_unit(&self, offset: u32, unit: EraseUnit) -> Result<(), Error> {
        let end = offset.checked_add(unit.bytes()).ok_or(Error::OutOfBounds)?;
        check_erase(self, offset, end)?;
        match offset.is_multiple_of(unit.bytes()) {
            true => Ok(()),
            false => Err(Error::NotAligned),
        }
    }

    /// What has to be done before any change: a halted erase is finished, also one that a reset of the program
    /// has left behind, and the write protection is taken off.
    fn prepare(&mut self) -> Result<(), Error> {
        let is_first = !self.protection_is_known_off;
        if self.halted.take().is_some() || is_first && self.can_halt() {
            let unit = EraseUnit::Block64K;
            self.locked(|controller| operate::continue_erase(controller, unit, false))?;
        }
        self.unprotect()
    }

    /// The mask ROM's serial loader leaves the chip write-protected; undone once, before the first change.
    fn unprotect(&mut self) -> Result<(), Error> {
        if !self.protection_is_known_off {
            self.locked(|controller| operate::unprotect(controller))?;
            self.protection_is_known_off = true;
        }
        Ok(())
    }

    fn write_page(
        &mut self,
        offset: u32,
        words: &[u32],
        meanwhile: impl FnMut(),
    ) -> Result<(), Error> {
        self.locked(|controller| {
            operate::program(controller, offset, words, meanwhile)?;
            match operate::holds(controller, offset, words)? {
                true => Ok(()),
                false => Err(Error::ReadBack),
            }
        })
    }

    fn locked<T>(&mut self, f: impl FnOnce(&mut C) -> Result<T, Error>) -> Result<T, Error> {
        self.controller.lock();
        let result = f(&mut self.controller);
        self.controller.unlock();
        result
    }
}

impl<C> ErrorType for Flash<C> {
    type Error = Error;
}

impl<C: Controller> ReadNorFlash for Flash<C> {
    /// Flash is read in words.
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        check_read(self, offset, bytes.len())?;
        let mut offset = offset;
        for piece in bytes.chunks_mut(PAGE_LEN) {
            let mut words = [0; PAGE_WORDS];
            let room = &mut words[..piece.len() / 4];
            self.locked(|controller| operate::read(controller, offset, room))?;
            piece.copy_from_slice(&bytes_of(&mut words)[..piece.len()]);
            offset += PAGE_LEN as u32;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.capacity as usize
    }
}

impl<C: Controller> NorFlash for Flash<C> {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = EraseUnit::Sector.bytes() as usize;

    /// Erases with the largest units that fit. For short pauses, call it sector by sector.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        check_erase(self, from, to)?;
        let mut offset = from;
        while offset < to {
            let fits = |unit: &EraseUnit| {
                offset.is_multiple_of(unit.bytes()) && to - offset >= unit.bytes()
            };
            let large = [EraseUnit::Block64K, EraseUnit::Block32K];
            let unit = large.into_iter().find(fits).unwrap_or(EraseUnit::Sector);
            self.erase_unit(offset, unit)?;
            offset += unit.bytes();
        }
        Ok(())
    }

    /// Programs erased flash, page by page, and reads every page back.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        check_write(self, offset, bytes.len())?;
        let pages = bytes.chunks(PAGE_LEN).zip((offset..).step_by(PAGE_LEN));
        for (bytes, offset) in pages {
            let mut words = [0; PAGE_WORDS];
            bytes_of(&mut words)[..bytes.len()].copy_from_slice(bytes);
            self.write_while(offset, &words[..bytes.len() / 4], || ())?;
        }
        Ok(())
    }
}

/// The memory of words, the lowest byte first, as on the chip and on every host this is tested on.
#[inline(always)]
fn bytes_of(words: &mut [u32; PAGE_WORDS]) -> &mut [u8] {
    const { assert!(cfg!(target_endian = "little")) };
    // SAFETY: the same memory for the same time; all bytes are good words, and all words good bytes.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), PAGE_LEN) }
}
