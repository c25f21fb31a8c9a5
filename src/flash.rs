//! What the firmware expects of its flash driver: `embedded-storage`, and a word about write protection.

use embedded_storage::nor_flash::NorFlash;

/// An error of a flash driver.
pub trait FlashError {
    /// Whether the chip refuses every change, by its status register or its pin: trying again is no use.
    fn is_write_protected(&self) -> bool;

    /// Whether the chip did as told, but what it reads afterwards is something else.
    fn is_not_kept(&self) -> bool;
}

/// A NOR flash whose errors say that.
pub trait Flash: NorFlash<Error: FlashError> {}

impl<F: NorFlash<Error: FlashError>> Flash for F {}

#[cfg(target_arch = "xtensa")]
impl FlashError for d1_flash::Error {
    fn is_write_protected(&self) -> bool {
        *self == d1_flash::Error::WriteProtected
    }

    fn is_not_kept(&self) -> bool {
        *self == d1_flash::Error::ReadBack
    }
}
