//! The commands a flash controller can send to the chip.

use crate::error::Error;

/// Most bytes one read command carries, as in the mask ROM's driver.
pub const TRANSFER_LEN: u32 = 32;
/// Most bytes one program command carries: the controller's whole buffer. The chip needs 2.5 us for each further
/// byte of a command and 30 us for its first.
pub const PROGRAM_LEN: u32 = 64;

/// Write in progress, in the status register.
pub const STATUS_BUSY: u32 = 1 << 0;
/// Write enable latch.
pub const STATUS_WRITE_ENABLED: u32 = 1 << 1;
/// Block protection. The mask ROM's serial loader leaves it set.
pub const STATUS_PROTECTED: u32 = 0b111 << 2;

/// How much one erase command erases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EraseUnit {
    /// 4 KB; 45 ms, at most 400 ms (W25Q32).
    Sector,
    /// 32 KB; 120 ms, at most 1.6 s.
    Block32K,
    /// 64 KB; 150 ms, at most 2 s.
    Block64K,
}

impl EraseUnit {
    /// Bytes.
    pub const fn bytes(self) -> u32 {
        match self {
            EraseUnit::Sector => 0x1000,
            EraseUnit::Block32K => 0x8000,
            EraseUnit::Block64K => 0x1_0000,
        }
    }
}

/// A controller with one flash chip behind it.
///
/// Between [`Controller::open`] and [`Controller::close`] memory-mapped flash is not readable: on the chip,
/// implementations of everything called in between have to be inlined (`#[inline(always)]`) and must not touch
/// constants in flash. Offsets are bytes from the start of the chip.
pub trait Controller {
    /// Keeps everybody else off the flash: masks interrupts. Memory-mapped flash is still readable.
    fn lock(&mut self);

    /// Undoes [`Controller::lock`].
    fn unlock(&mut self);

    /// Takes flash away from the cache.
    fn open(&mut self);

    /// Gives flash back to the cache, mapped as it was before.
    fn close(&mut self);

    /// Waits until the controller itself is idle.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn settle(&mut self) -> Result<(), Error>;

    /// The chip's status register.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn status(&mut self) -> Result<u32, Error>;

    /// Sends write-enable.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn write_enable(&mut self) -> Result<(), Error>;

    /// Starts to clear the block protection bits.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn unprotect(&mut self) -> Result<(), Error>;

    /// Manufacturer and device id as in the chip's answer to 9Fh, first byte in bits 7:0.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn jedec_id(&mut self) -> Result<u32, Error>;

    /// Reads at most [`TRANSFER_LEN`] bytes, as little-endian words.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn read(&mut self, offset: u32, words: &mut [u32]) -> Result<(), Error>;

    /// Starts to program at most [`PROGRAM_LEN`] bytes, all in one page.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn program(&mut self, offset: u32, words: &[u32]) -> Result<(), Error>;

    /// Starts to erase one unit.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn erase(&mut self, offset: u32, unit: EraseUnit) -> Result<(), Error>;

    /// Asks the chip to halt its erase. Only for chips that know the command.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn suspend(&mut self) -> Result<(), Error>;

    /// Lets the chip take up an erase that it halted; without one it does nothing.
    ///
    /// # Errors
    /// [`Error::Timeout`].
    fn resume(&mut self) -> Result<(), Error>;

    /// Begins a slice of an erase: some milliseconds for which the program may stand still.
    fn begin_slice(&mut self);

    /// Whether the slice is over.
    fn is_slice_over(&self) -> bool;
}
