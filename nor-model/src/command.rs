//! The chip's commands by opcode, as a SPI controller sends them.

use crate::nor::{Erase, Nor};

/// Command bytes.
pub mod opcode {
    /// Write status registers 1 and, with a second byte, 2.
    pub const WRITE_STATUS_1: u8 = 0x01;
    /// Program up to 256 bytes of a page.
    pub const PAGE_PROGRAM: u8 = 0x02;
    /// Read.
    pub const READ: u8 = 0x03;
    /// Clear the write enable latch.
    pub const WRITE_DISABLE: u8 = 0x04;
    /// Read status register 1.
    pub const READ_STATUS_1: u8 = 0x05;
    /// Set the write enable latch.
    pub const WRITE_ENABLE: u8 = 0x06;
    /// Fast read.
    pub const FAST_READ: u8 = 0x0B;
    /// Write status register 3.
    pub const WRITE_STATUS_3: u8 = 0x11;
    /// Read status register 3.
    pub const READ_STATUS_3: u8 = 0x15;
    /// Erase 4 KiB.
    pub const SECTOR_ERASE: u8 = 0x20;
    /// Write status register 2.
    pub const WRITE_STATUS_2: u8 = 0x31;
    /// Program a page over four lines.
    pub const QUAD_PAGE_PROGRAM: u8 = 0x32;
    /// Read status register 2.
    pub const READ_STATUS_2: u8 = 0x35;
    /// Fast read, data on two lines.
    pub const READ_DUAL_OUTPUT: u8 = 0x3B;
    /// Read the factory-set 64-bit number.
    pub const READ_UNIQUE_ID: u8 = 0x4B;
    /// Let the next status write be volatile.
    pub const WRITE_ENABLE_VOLATILE: u8 = 0x50;
    /// Erase 32 KiB.
    pub const HALF_BLOCK_ERASE: u8 = 0x52;
    /// Read the chip's description of itself.
    pub const READ_SFDP: u8 = 0x5A;
    /// Erase everything.
    pub const CHIP_ERASE: u8 = 0x60;
    /// Allow the reset that follows.
    pub const ENABLE_RESET: u8 = 0x66;
    /// Fast read, data on four lines.
    pub const READ_QUAD_OUTPUT: u8 = 0x6B;
    /// Suspend an erase or program.
    pub const SUSPEND: u8 = 0x75;
    /// Take a suspended erase or program up again.
    pub const RESUME: u8 = 0x7A;
    /// Read manufacturer and device identification.
    pub const READ_ID: u8 = 0x90;
    /// Start over, if the command before allowed it.
    pub const RESET: u8 = 0x99;
    /// Read JEDEC identification.
    pub const READ_JEDEC_ID: u8 = 0x9F;
    /// Release from deep power-down, and read the device identification.
    pub const RELEASE_POWER_DOWN: u8 = 0xAB;
    /// Enter deep power-down.
    pub const POWER_DOWN: u8 = 0xB9;
    /// Fast read, address and data on two lines.
    pub const READ_DUAL_IO: u8 = 0xBB;
    /// Erase everything, by its other name.
    pub const CHIP_ERASE_ALIAS: u8 = 0xC7;
    /// Erase 64 KiB.
    pub const BLOCK_ERASE: u8 = 0xD8;
    /// Fast read, address and data on four lines.
    pub const READ_QUAD_IO: u8 = 0xEB;
}

impl Nor {
    /// Runs one command, chip select low to high, at `now_ps` picoseconds.
    ///
    /// `address` and `data` are the phases that follow the opcode (ignored where the command has
    /// none); mode and dummy bits are the controller's business. `reply` is filled with what the
    /// chip drives back: the bus floats high when it drives nothing.
    pub fn command(
        &mut self,
        opcode: u8,
        address: u32,
        data: &[u8],
        reply: &mut [u8],
        now_ps: u64,
    ) {
        reply.fill(0xFF);
        let reset_enabled = std::mem::take(&mut self.reset_enabled);
        match opcode {
            opcode::READ
            | opcode::FAST_READ
            | opcode::READ_DUAL_OUTPUT
            | opcode::READ_QUAD_OUTPUT
            | opcode::READ_DUAL_IO
            | opcode::READ_QUAD_IO => self.read_as(opcode, address, reply, now_ps),
            opcode::READ_STATUS_1 => reply.fill(self.read_status_1(now_ps)),
            opcode::READ_STATUS_2 => reply.fill(self.read_status_2(now_ps)),
            opcode::READ_STATUS_3 => reply.fill(self.read_status_3(now_ps)),
            opcode::WRITE_ENABLE => self.write_enable(now_ps),
            opcode::WRITE_ENABLE_VOLATILE => self.write_enable_volatile(now_ps),
            opcode::WRITE_DISABLE => self.write_disable(now_ps),
            opcode::WRITE_STATUS_1 | opcode::WRITE_STATUS_2 | opcode::WRITE_STATUS_3 => {
                self.write_status(opcode, data, now_ps);
            }
            opcode::PAGE_PROGRAM | opcode::QUAD_PAGE_PROGRAM => {
                self.program_as(opcode, address, data, now_ps);
            }
            opcode::SECTOR_ERASE => self.erase_as(opcode, Erase::Sector, address, now_ps),
            opcode::HALF_BLOCK_ERASE => self.erase_as(opcode, Erase::HalfBlock, address, now_ps),
            opcode::BLOCK_ERASE => self.erase_as(opcode, Erase::Block, address, now_ps),
            opcode::CHIP_ERASE | opcode::CHIP_ERASE_ALIAS => {
                self.erase_as(opcode, Erase::Chip, 0, now_ps);
            }
            opcode::READ_JEDEC_ID => self.read_jedec_id(reply, now_ps),
            opcode::READ_ID => self.read_id(address, reply, now_ps),
            opcode::READ_UNIQUE_ID => self.read_unique_id(reply, now_ps),
            opcode::SUSPEND => self.suspend(now_ps),
            opcode::RESUME => self.resume(now_ps),
            opcode::ENABLE_RESET => self.reset_enabled = self.hears(opcode, now_ps),
            opcode::RESET if reset_enabled => self.reset(now_ps),
            opcode::RESET => {}
            opcode::READ_SFDP => self.read_sfdp(address, reply, now_ps),
            opcode::POWER_DOWN => self.power_down(now_ps),
            opcode::RELEASE_POWER_DOWN => self.release_power_down(reply, now_ps),
            _ => self.unknown(opcode, now_ps),
        }
    }
}
