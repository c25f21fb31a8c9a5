//! What can go wrong with flash.

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

/// An operation failed. Unless said otherwise, it is unknown how much of it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Controller or chip stayed busy for longer than the chip's data sheet allows.
    Timeout,
    /// The chip did not accept the write-enable command, or its block protection does not go away. Nothing was
    /// changed.
    WriteProtected,
    /// Offset or length is no multiple of what the operation needs. Nothing was done.
    NotAligned,
    /// Part of the range is outside of the chip. Nothing was done.
    OutOfBounds,
    /// What was read back is not what was written: the flash was not erased, or it is worn out.
    ReadBack,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::Timeout => "flash stays busy",
            Error::WriteProtected => "flash is write-protected",
            Error::NotAligned => "unaligned flash access",
            Error::OutOfBounds => "access outside of flash",
            Error::ReadBack => "flash did not keep what was written",
        })
    }
}

impl core::error::Error for Error {}

impl NorFlashError for Error {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Error::NotAligned => NorFlashErrorKind::NotAligned,
            Error::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Error::Timeout | Error::WriteProtected | Error::ReadBack => NorFlashErrorKind::Other,
        }
    }
}

impl From<NorFlashErrorKind> for Error {
    /// For the errors of `embedded-storage`'s argument checks, which know alignment and bounds only.
    fn from(kind: NorFlashErrorKind) -> Error {
        match kind {
            NorFlashErrorKind::NotAligned => Error::NotAligned,
            _ => Error::OutOfBounds,
        }
    }
}
