//! The chip's SPI0 controller, by register (names and fields as in the `esp8266` register crate).
//!
//! The controller sends reads in the mode (DIO, QIO, ...) and at the clock that the boot loader set in CTRL, so
//! the driver never touches those. Commands start by writing their bit to CMD, which reads zero when done.

use core::mem;

use esp8266::{DPORT, SPI0};

use crate::controller::{Controller, EraseUnit, PROGRAM_LEN, TRANSFER_LEN};
use crate::error::Error;

/// CMD reads of one command: far more than 40 bytes on the slowest wire take.
const COMMAND_POLLS: u32 = 100_000;

/// Opcodes for which CMD has no bit, or one that carries less.
const PAGE_PROGRAM: u32 = 0x02;
const ERASE_32K: u32 = 0x52;
const SUSPEND: u32 = 0x75;
const RESUME: u32 = 0x7A;

/// USER: the phases of a command that is spelt out.
const USER_COMMAND: u32 = 1 << 31;
const USER_ADDRESS: u32 = 1 << 30;
const USER_DATA_OUT: u32 = 1 << 27;

/// Mask ROM: takes flash away from the cache and flushes it.
const CACHE_READ_DISABLE: usize = 0x4000_47F0;
/// Mask ROM: maps a megabyte (`2 * pair + half`) and turns the cache on.
const CACHE_READ_ENABLE: usize = 0x4000_4678;

/// What keeps everybody else off the flash while it is used.
///
/// Whatever runs while it is locked needs nothing from flash.
pub trait Lock {
    /// Core cycles for which a slice of an erase may keep it.
    const SLICE: u32;

    /// Locks.
    fn lock(&mut self);

    /// Undoes [`Lock::lock`].
    fn unlock(&mut self);
}

/// Masks the maskable interrupts: enough for programs without an NMI.
pub struct Interrupts {
    /// Those that were enabled.
    enabled: u32,
}

impl Interrupts {
    /// A lock that is open.
    pub const fn new() -> Interrupts {
        Interrupts { enabled: 0 }
    }
}

impl Default for Interrupts {
    fn default() -> Self {
        Self::new()
    }
}

impl Lock for Interrupts {
    /// 6 ms at 160 MHz.
    const SLICE: u32 = 1_000_000;

    fn lock(&mut self) {
        self.enabled = xtensa_lx::interrupt::disable();
    }

    fn unlock(&mut self) {
        // SAFETY: re-enables exactly what `lock` found enabled.
        unsafe { xtensa_lx::interrupt::enable_mask(self.enabled) };
    }
}

/// SPI0 with the flash chip the program runs from.
pub struct Spi0<L> {
    spi: SPI0,
    lock: L,
    /// The cache register when flash was taken away.
    cache: u32,
    /// The cycle count when the slice of an erase began.
    slice_began: u32,
}

impl<L> Spi0<L> {
    /// Takes the controller over.
    pub const fn new(spi: SPI0, lock: L) -> Self {
        Spi0 {
            spi,
            lock,
            cache: 0,
            slice_began: 0,
        }
    }

    /// Gives the peripheral back.
    pub fn release(self) -> SPI0 {
        self.spi
    }

    #[inline(always)]
    fn wait(&self) -> Result<(), Error> {
        let mut left = COMMAND_POLLS;
        while self.spi.spi_cmd.read().bits() != 0 {
            if left == 0 {
                return Err(Error::Timeout);
            }
            left -= 1;
        }
        Ok(())
    }

    /// Sets offset and byte count of the next command.
    #[inline(always)]
    fn address(&self, offset: u32, len: u32) {
        // SAFETY: any value of ADDR is valid; it takes effect with the next command only.
        self.spi
            .spi_addr
            .write(|w| unsafe { w.bits(len << 24 | offset & 0x00FF_FFFF) });
    }

    /// The first word of the data buffer, W0.
    #[inline(always)]
    fn buffer(&self) -> *mut u32 {
        self.spi.spi_w0.as_ptr()
    }

    /// Sends a command that CMD has no bit for: an opcode and, as `phases` say, a 24-bit address and `len` bytes
    /// of the buffer.
    #[inline(never)]
    #[link_section = ".rwtext.flash.spelt_out"]
    fn spelt_out(&self, opcode: u32, phases: u32, offset: u32, len: u32) -> Result<(), Error> {
        let (user, user1, user2) = (
            self.spi.spi_user.read().bits(),
            self.spi.spi_user1.read().bits(),
            self.spi.spi_user2.read().bits(),
        );
        // SAFETY: lengths are stored minus one: 24 address bits in 31:26, data bits in 25:17, 8 command bits; the
        // address of such a command is aligned to the register's top.
        unsafe {
            self.spi.spi_user.write(|w| w.bits(USER_COMMAND | phases));
            self.spi
                .spi_user1
                .write(|w| w.bits(23 << 26 | ((8 * len).wrapping_sub(1) & 0x1FF) << 17));
            self.spi.spi_user2.write(|w| w.bits(7 << 28 | opcode));
            self.spi.spi_addr.write(|w| w.bits(offset << 8));
        }
        self.spi.spi_cmd.write(|w| w.spi_usr().set_bit());
        let result = self.wait();
        // SAFETY: these are the values read above.
        unsafe {
            self.spi.spi_user.write(|w| w.bits(user));
            self.spi.spi_user1.write(|w| w.bits(user1));
            self.spi.spi_user2.write(|w| w.bits(user2));
        }
        result
    }
}

/// Most words in one transfer, as a bound for the buffer accesses.
const TRANSFER_WORDS: usize = TRANSFER_LEN as usize / 4;
const PROGRAM_WORDS: usize = PROGRAM_LEN as usize / 4;

impl<L: Lock> Controller for Spi0<L> {
    fn lock(&mut self) {
        self.lock.lock();
    }

    fn unlock(&mut self) {
        self.lock.unlock();
    }

    #[inline(always)]
    fn open(&mut self) {
        // SAFETY: DPORT is never moved, and reading it has no side effects.
        self.cache = unsafe { (*DPORT::PTR).spi_cache.read().bits() };
        // SAFETY: the mask ROM's function at that address takes nothing and returns nothing. The caller runs
        // from instruction RAM and interrupts are masked, so nothing needs the cache.
        unsafe {
            let cache_read_disable: extern "C" fn() = mem::transmute(CACHE_READ_DISABLE);
            cache_read_disable();
        }
    }

    #[inline(always)]
    fn close(&mut self) {
        // DPORT 0x3FF0000C: bit 8 cache on, 18:16 pair of megabytes, 25:24 half of the pair, 26 cache size.
        let cache = self.cache;
        if cache & 1 << 8 == 0 {
            return;
        }
        let half = match cache >> 24 & 3 {
            0 => 0,
            2 => 1,
            _ => 2,
        };
        // SAFETY: the mask ROM's function at that address takes three words and returns nothing. It is given
        // what the register said before.
        unsafe {
            let cache_read_enable: extern "C" fn(u32, u32, u32) = mem::transmute(CACHE_READ_ENABLE);
            cache_read_enable(half, cache >> 16 & 7, cache >> 26 & 1);
        }
    }

    #[inline(always)]
    fn settle(&mut self) -> Result<(), Error> {
        let mut left = COMMAND_POLLS;
        // SAFETY: as in `open`.
        while unsafe { (*DPORT::PTR).spi_cache.read().busy().bit_is_set() } {
            if left == 0 {
                return Err(Error::Timeout);
            }
            left -= 1;
        }
        self.wait()
    }

    #[inline(always)]
    fn status(&mut self) -> Result<u32, Error> {
        // SAFETY: zero is what the register holds after reset; the answer replaces it.
        self.spi.spi_rd_status.write(|w| unsafe { w.bits(0) });
        self.spi.spi_cmd.write(|w| w.spi_read_sr().set_bit());
        self.wait()?;
        Ok(self.spi.spi_rd_status.read().bits())
    }

    #[inline(always)]
    fn write_enable(&mut self) -> Result<(), Error> {
        self.spi.spi_cmd.write(|w| w.spi_write_enable().set_bit());
        self.wait()
    }

    /// Writes both status registers, keeping quad mode enabled if the controller reads in quad mode.
    #[inline(always)]
    fn unprotect(&mut self) -> Result<(), Error> {
        let ctrl = self.spi.spi_ctrl.read();
        let quad = ctrl.spi_qio_mode().bit_is_set() || ctrl.spi_qout_mode().bit_is_set();
        let status = if quad { 0x0200 } else { 0 };
        self.spi
            .spi_ctrl
            .modify(|_, w| w.two_byte_status().set_bit());
        // SAFETY: WRSR sends this register; the value is what the mask ROM writes at each boot.
        self.spi.spi_rd_status.write(|w| unsafe { w.bits(status) });
        self.spi.spi_cmd.write(|w| w.spi_write_sr().set_bit());
        self.wait()
    }

    #[inline(always)]
    fn jedec_id(&mut self) -> Result<u32, Error> {
        self.address(0, 0);
        self.spi.spi_cmd.write(|w| w.spi_read_id().set_bit());
        self.wait()?;
        Ok(self.spi.spi_w0.read().bits() & 0x00FF_FFFF)
    }

    #[inline(always)]
    fn read(&mut self, offset: u32, words: &mut [u32]) -> Result<(), Error> {
        self.address(offset, 4 * words.len() as u32);
        self.spi.spi_cmd.write(|w| w.spi_read().set_bit());
        self.wait()?;
        let buffer = self.buffer();
        let mut index = 0;
        // No adapters of iterators: optimised for size they are functions of their own, in flash.
        for word in words {
            if index == TRANSFER_WORDS {
                break;
            }
            // SAFETY: the buffer has sixteen words, W0 to W15, and the index stays below eight.
            *word = unsafe { buffer.add(index).read_volatile() };
            index += 1;
        }
        Ok(())
    }

    #[inline(always)]
    fn program(&mut self, offset: u32, words: &[u32]) -> Result<(), Error> {
        let buffer = self.buffer();
        let mut index = 0;
        for word in words {
            if index == PROGRAM_WORDS {
                break;
            }
            // SAFETY: the buffer has sixteen words, W0 to W15, and the index stays below sixteen.
            unsafe { buffer.add(index).write_volatile(*word) };
            index += 1;
        }
        let phases = USER_ADDRESS | USER_DATA_OUT;
        self.spelt_out(PAGE_PROGRAM, phases, offset, 4 * words.len() as u32)
    }

    #[inline(always)]
    fn erase(&mut self, offset: u32, unit: EraseUnit) -> Result<(), Error> {
        if unit == EraseUnit::Block32K {
            return self.spelt_out(ERASE_32K, USER_ADDRESS, offset, 0);
        }
        self.address(offset, 0);
        self.spi.spi_cmd.write(|w| match unit {
            EraseUnit::Block64K => w.spi_be().set_bit(),
            _ => w.spi_se().set_bit(),
        });
        self.wait()
    }

    #[inline(always)]
    fn suspend(&mut self) -> Result<(), Error> {
        self.spelt_out(SUSPEND, 0, 0, 0)
    }

    #[inline(always)]
    fn resume(&mut self) -> Result<(), Error> {
        self.spelt_out(RESUME, 0, 0, 0)
    }

    #[inline(always)]
    fn begin_slice(&mut self) {
        self.slice_began = xtensa_lx::timer::get_cycle_count();
    }

    #[inline(always)]
    fn is_slice_over(&self) -> bool {
        xtensa_lx::timer::get_cycle_count().wrapping_sub(self.slice_began) >= L::SLICE
    }
}
