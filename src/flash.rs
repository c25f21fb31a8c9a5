//! What the firmware expects of its flash driver: `embedded-storage`, and what an update needs besides.

use embedded_storage::nor_flash::NorFlash;

/// A unit that chips erase at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseUnit {
    /// Bytes.
    pub len: u32,
    /// From so many bytes on it is faster than smaller ones (W25Q32: 150, 120 and 45 ms).
    pub worth: u32,
}

/// Erase units, the largest first. All chips have them.
pub const ERASE_UNITS: [EraseUnit; 3] = [
    EraseUnit {
        len: 0x1_0000,
        worth: 0x8001,
    },
    EraseUnit {
        len: 0x8000,
        worth: 0x2001,
    },
    EraseUnit {
        len: 0x1000,
        worth: 0,
    },
];

/// An error of a flash driver.
pub trait FlashError {
    /// Whether the chip refuses every change, by its status register or its pin: trying again is no use.
    fn is_write_protected(&self) -> bool;

    /// Whether the chip said that it had done it, but what reads back is something else.
    fn is_not_kept(&self) -> bool;
}

/// A NOR flash whose errors say that, and whose long operations come in slices.
///
/// What [`NorFlash::write`] says it has written reads back.
pub trait Flash: NorFlash<Error: FlashError> {
    /// Whether [`Flash::begin_erase`] of a large unit comes back before it is done.
    fn can_halt(&mut self) -> bool;

    /// Begins to erase the unit of [`ERASE_UNITS`] that has `len` bytes and starts at `from`. Until
    /// [`Flash::continue_erase`] says that it is done, the unit must not be read; any change finishes it before.
    ///
    /// # Errors
    /// As [`NorFlash::erase`].
    fn begin_erase(&mut self, from: u32, len: u32) -> Result<(), Self::Error>;

    /// Goes on with the erase for some milliseconds; true when nothing is left to be erased.
    ///
    /// # Errors
    /// As [`NorFlash::erase`].
    fn continue_erase(&mut self) -> Result<bool, Self::Error>;

    /// Programs as [`NorFlash::write`] does, but words, which must be in data RAM. While the chip is busy, `meanwhile`
    /// may be called, several times a page: on the device from instruction RAM, where all of it has to be.
    ///
    /// # Errors
    /// As `write`.
    fn write_while(
        &mut self,
        offset: u32,
        words: &[u32],
        meanwhile: impl FnMut(),
    ) -> Result<(), Self::Error>;

    /// About where the first byte is, in a range of whole sectors, that does not read as erased.
    ///
    /// # Errors
    /// As `read`.
    fn first_unerased(&mut self, from: u32, to: u32) -> Result<Option<u32>, Self::Error>;

    /// Whether flash holds these words, which must be in data RAM.
    ///
    /// # Errors
    /// As `read`.
    fn holds(&mut self, offset: u32, words: &[u32]) -> Result<bool, Self::Error>;
}

#[cfg(target_arch = "xtensa")]
impl FlashError for d1_flash::Error {
    fn is_write_protected(&self) -> bool {
        *self == d1_flash::Error::WriteProtected
    }

    fn is_not_kept(&self) -> bool {
        *self == d1_flash::Error::ReadBack
    }
}

#[cfg(target_arch = "xtensa")]
impl<C: d1_flash::Controller> Flash for d1_flash::Flash<C> {
    fn can_halt(&mut self) -> bool {
        self.can_halt()
    }

    fn begin_erase(&mut self, from: u32, len: u32) -> Result<(), Self::Error> {
        use d1_flash::EraseUnit;
        let unit = match len {
            0x1_0000 => EraseUnit::Block64K,
            0x8000 => EraseUnit::Block32K,
            _ => EraseUnit::Sector,
        };
        self.begin_erase(from, unit)
    }

    fn continue_erase(&mut self) -> Result<bool, Self::Error> {
        self.continue_erase()
    }

    fn write_while(
        &mut self,
        offset: u32,
        words: &[u32],
        meanwhile: impl FnMut(),
    ) -> Result<(), Self::Error> {
        self.write_while(offset, words, meanwhile)
    }

    fn first_unerased(&mut self, from: u32, to: u32) -> Result<Option<u32>, Self::Error> {
        self.first_unerased(from, to)
    }

    fn holds(&mut self, offset: u32, words: &[u32]) -> Result<bool, Self::Error> {
        self.holds(offset, words)
    }
}
