//! The mask ROM's routines that the loader uses, by address.
//!
//! Addresses and signatures: `eagle.rom.addr.v6.ld` of Espressif's SDKs and the ROM's disassembly. All of them
//! work with the flash cache off.

use core::ffi::{c_char, CStr};
use core::mem;

/// The flash could not do what it was asked for.
pub struct FlashError;

fn checked(code: i32) -> Result<(), FlashError> {
    if code == 0 {
        Ok(())
    } else {
        Err(FlashError)
    }
}

/// `SPIRead`: words from flash to word-aligned memory, instruction RAM included.
///
/// # Safety
/// `to` is a multiple of 4, and `len` bytes there (a multiple of 4 too) are nobody else's.
pub unsafe fn read(offset: u32, to: *mut u32, len: u32) -> Result<(), FlashError> {
    // SAFETY: the ROM has this function there; the caller vouches for the memory.
    let code = unsafe {
        let spi_read: extern "C" fn(u32, *mut u32, u32) -> i32 = mem::transmute(0x4000_4B1C_usize);
        spi_read(offset, to, len)
    };
    checked(code)
}

/// `SPIWrite`: programs words from word-aligned memory, page by page.
///
/// # Safety
/// `from` is a multiple of 4, and `len` bytes there (a multiple of 4 too) can be read.
pub unsafe fn write(offset: u32, from: *const u32, len: u32) -> Result<(), FlashError> {
    // SAFETY: the ROM has this function there; the caller vouches for the memory.
    let code = unsafe {
        let spi_write: extern "C" fn(u32, *const u32, u32) -> i32 =
            mem::transmute(0x4000_4A4C_usize);
        spi_write(offset, from, len)
    };
    checked(code)
}

/// `SPIEraseSector`: erases the sector of that number.
pub fn erase_sector(number: u32) -> Result<(), FlashError> {
    // SAFETY: the ROM has this function there; it touches no memory of ours.
    let code = unsafe {
        let spi_erase_sector: extern "C" fn(u32) -> i32 = mem::transmute(0x4000_4A00_usize);
        spi_erase_sector(number)
    };
    checked(code)
}

/// `ets_printf`: knows `%d`, `%x` and `%s` among others, sends LF as CR LF and waits for room in the FIFO.
///
/// # Safety
/// The format asks for two arguments at most, and what it asks for with `%s` are addresses of C strings.
pub unsafe fn print(format: &CStr, first: u32, second: u32) {
    // SAFETY: the ROM has this function there, and it set the UART up before it loaded us.
    unsafe {
        let ets_printf: unsafe extern "C" fn(*const c_char, ...) -> i32 =
            mem::transmute(0x4000_24CC_usize);
        ets_printf(format.as_ptr(), first, second);
    }
}
