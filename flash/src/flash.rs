//! The driver: splits, checks, reads back.

use embedded_storage::nor_flash::{
    check_erase, check_read, check_write, ErrorType, NorFlash, ReadNorFlash,
};

use crate::controller::{Controller, EraseUnit};
use crate::error::Error;
use crate::operate;

/// Bytes of a page, the most that is programmed with the cache off and interrupts masked.
pub const PAGE_LEN: usize = 256;
const PAGE_WORDS: usize = PAGE_LEN / 4;

/// A flash chip of `capacity` bytes behind a controller.
///
/// Buffers must be in RAM (a program's constants are, unless it places them in flash on purpose).
/// Interrupts are masked for one page program (some milliseconds) or one erase command (see [`EraseUnit`]).
#[derive(Debug)]
pub struct Flash<C> {
    controller: C,
    capacity: u32,
    protection_is_known_off: bool,
}

impl<C: Controller> Flash<C> {
    /// A driver for the first `capacity` bytes of the chip.
    pub const fn new(controller: C, capacity: u32) -> Self {
        Flash {
            controller,
            capacity,
            protection_is_known_off: false,
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
        let end = offset.checked_add(unit.bytes()).ok_or(Error::OutOfBounds)?;
        check_erase(self, offset, end)?;
        if !offset.is_multiple_of(unit.bytes()) {
            return Err(Error::NotAligned);
        }
        self.unprotect()?;
        self.locked(|controller| operate::erase(controller, offset, unit))
    }

    /// The mask ROM's serial loader leaves the chip write-protected; undone once, before the first change.
    fn unprotect(&mut self) -> Result<(), Error> {
        if !self.protection_is_known_off {
            self.locked(|controller| operate::unprotect(controller))?;
            self.protection_is_known_off = true;
        }
        Ok(())
    }

    fn write_page(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        let mut words = [0; PAGE_WORDS];
        let words = &mut words[..bytes.len() / 4];
        for (word, four) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        self.locked(|controller| {
            operate::program(controller, offset, words)?;
            let mut kept = [0; PAGE_WORDS];
            let kept = &mut kept[..words.len()];
            operate::read(controller, offset, kept)?;
            if kept == words {
                Ok(())
            } else {
                Err(Error::ReadBack)
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
            let words = &mut words[..piece.len() / 4];
            self.locked(|controller| operate::read(controller, offset, words))?;
            for (four, word) in piece.chunks_exact_mut(4).zip(words) {
                four.copy_from_slice(&word.to_le_bytes());
            }
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
        self.unprotect()?;
        let (mut offset, mut bytes) = (offset, bytes);
        while !bytes.is_empty() {
            let room = PAGE_LEN - offset as usize % PAGE_LEN;
            let (piece, rest) = bytes.split_at(room.min(bytes.len()));
            self.write_page(offset, piece)?;
            offset += piece.len() as u32;
            bytes = rest;
        }
        Ok(())
    }
}
