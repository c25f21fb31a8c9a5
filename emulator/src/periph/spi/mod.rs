//! An SPI controller: SPI0 talks to the flash chip, SPI1 to nothing.
//!
//! Registers after hardware facts 5.2. A command takes the time its bits take;
//! its effect on the chip and its results are there at once, which no guest that
//! polls CMD can tell. What the chip does with an opcode is the chip's business.

mod transaction;

use transaction::{ReadMode, Transaction};
pub use transaction::{SpiChip, Unconnected};

use crate::time::Time;

const CMD: u32 = 0x00;
const ADDR: u32 = 0x04;
const CTRL: u32 = 0x08;
const RD_STATUS: u32 = 0x10;
const USER: u32 = 0x1C;
const USER1: u32 = 0x20;
const USER2: u32 = 0x24;
const W0: u32 = 0x40;
const W15: u32 = 0x7C;
const EXT2: u32 = 0xF8;
const EXT3: u32 = 0xFC;

const CMD_READ: u32 = 1 << 31;
const CMD_RDID: u32 = 1 << 28;
const CMD_RDSR: u32 = 1 << 27;
const CMD_WRSR: u32 = 1 << 26;
const CMD_PP: u32 = 1 << 25;
const CMD_USER: u32 = 1 << 18;
/// Commands that are an opcode alone, or an opcode and an address.
const PLAIN: [(u32, u8, bool); 7] = [
    (1 << 30, 0x06, false), // WREN
    (1 << 29, 0x04, false), // WRDI
    (1 << 24, 0x20, true),  // sector erase
    (1 << 23, 0xD8, true),  // block erase
    (1 << 22, 0xC7, false), // chip erase
    (1 << 21, 0xB9, false), // power down
    (1 << 20, 0xAB, false), // release from power down
];

const CTRL_CLOCK_IS_APB: u32 = 1 << 12;
const CTRL_CACHE: u32 = 1 << 17;
const CTRL_TWO_BYTE_STATUS: u32 = 1 << 22;

const USER_COMMAND: u32 = 1 << 31;
const USER_ADDRESS: u32 = 1 << 30;
const USER_DUMMY: u32 = 1 << 29;
const USER_MISO: u32 = 1 << 28;
const USER_MOSI: u32 = 1 << 27;

/// One controller.
#[derive(Clone, Debug)]
pub struct SpiController {
    apb_hz: u64,
    addr: u32,
    ctrl: u32,
    rd_status: u32,
    user: u32,
    user1: u32,
    user2: u32,
    /// CTRL1, CTRL2, CLOCK, WR_STATUS, PIN: kept, without effect.
    other: [u32; 16],
    buffer: [u8; 64],
    /// The command in progress and when its last bit is over.
    current: u32,
    done_at: Time,
}

impl SpiController {
    /// A controller after reset: slow reads at a quarter of the APB clock.
    pub fn new(apb_hz: u64) -> SpiController {
        SpiController {
            apb_hz,
            addr: 0,
            ctrl: 0x0028_8313,
            rd_status: 0,
            user: 0,
            user1: 0,
            user2: 0,
            other: [0; 16],
            buffer: [0; 64],
            current: 0,
            done_at: Time(0),
        }
    }

    /// The peripheral clock changed.
    pub fn set_apb(&mut self, hz: u64) {
        self.apb_hz = hz;
    }

    /// True while a command is on the wires.
    pub fn busy(&self, now: Time) -> bool {
        now < self.done_at
    }

    /// True when the cache may use this controller (CTRL bit 17).
    pub fn serves_cache(&self) -> bool {
        self.ctrl & CTRL_CACHE != 0
    }

    /// The command that READ and the cache send to read flash.
    pub fn read_command(&self) -> u8 {
        ReadMode::of(self.ctrl).opcode()
    }

    fn clock_time(&self, clocks: u64) -> Time {
        let divider = if self.ctrl & CTRL_CLOCK_IS_APB != 0 {
            1
        } else {
            u64::from(self.ctrl & 0xF) + 1
        };
        Time(clocks * divider * (1_000_000_000_000 / self.apb_hz))
    }

    fn word(&self, index: usize) -> u32 {
        let at = 4 * index;
        u32::from_le_bytes([
            self.buffer[at],
            self.buffer[at + 1],
            self.buffer[at + 2],
            self.buffer[at + 3],
        ])
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&self, offset: u32, now: Time) -> Option<u32> {
        Some(match offset {
            CMD => {
                if self.busy(now) {
                    self.current
                } else {
                    0
                }
            }
            ADDR => self.addr,
            CTRL => self.ctrl,
            RD_STATUS => self.rd_status,
            USER => self.user,
            USER1 => self.user1,
            USER2 => self.user2,
            W0..=W15 => self.word((offset - W0) as usize / 4),
            // The state machine in the low bits: 0 is idle.
            EXT2 => u32::from(self.busy(now)),
            EXT3 => 0,
            _ => *self.other.get(offset as usize / 4)?,
        })
    }

    /// Writes a register; `None` when there is none. A write to CMD runs the command on `chip`.
    pub fn write(
        &mut self,
        offset: u32,
        value: u32,
        now: Time,
        chip: &mut dyn SpiChip,
    ) -> Option<()> {
        match offset {
            CMD => self.command(value, now, chip),
            ADDR => self.addr = value,
            CTRL => self.ctrl = value,
            RD_STATUS => self.rd_status = value,
            USER => self.user = value,
            USER1 => self.user1 = value,
            USER2 => self.user2 = value,
            W0..=W15 => {
                let at = (offset - W0) as usize;
                self.buffer[at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
            EXT2 | EXT3 => {}
            _ => *self.other.get_mut(offset as usize / 4)? = value,
        }
        Some(())
    }

    fn command(&mut self, value: u32, now: Time, chip: &mut dyn SpiChip) {
        if value == 0 || self.busy(now) {
            return;
        }
        let Some((transaction, into_status)) = self.transaction(value) else {
            return;
        };
        // The chip acts when it is deselected, after the last bit.
        let done_at = now + self.clock_time(transaction.clocks);
        let mut back = vec![0; transaction.back];
        chip.transact(
            transaction.opcode,
            transaction.address,
            &transaction.out,
            &mut back,
            done_at,
        );
        if into_status {
            self.rd_status = u32::from(back[0]);
        } else {
            self.buffer[..back.len()].copy_from_slice(&back);
        }
        self.current = value;
        self.done_at = done_at;
    }

    /// The transaction a CMD bit stands for, and whether its answer goes to RD_STATUS.
    fn transaction(&self, value: u32) -> Option<(Transaction, bool)> {
        let address = self.addr & 0xFF_FFFF;
        let count = ((self.addr >> 24) as usize).min(self.buffer.len());
        if value & CMD_READ != 0 {
            return Some((
                Transaction::read(ReadMode::of(self.ctrl), address, count),
                false,
            ));
        }
        if value & CMD_RDID != 0 {
            return Some((Transaction::answer(0x9F, 3), false));
        }
        if value & CMD_RDSR != 0 {
            return Some((Transaction::answer(0x05, 1), true));
        }
        if value & CMD_WRSR != 0 {
            let length = if self.ctrl & CTRL_TWO_BYTE_STATUS != 0 {
                2
            } else {
                1
            };
            let status = &self.rd_status.to_le_bytes()[..length];
            return Some((Transaction::write(0x01, None, status), false));
        }
        if value & CMD_PP != 0 {
            return Some((
                Transaction::write(0x02, Some(address), &self.buffer[..count]),
                false,
            ));
        }
        if value & CMD_USER != 0 {
            return Some((self.user_transaction(), false));
        }
        let &(_, opcode, addressed) = PLAIN.iter().find(|(bit, ..)| value & bit != 0)?;
        Some((
            Transaction::write(opcode, addressed.then_some(address), &[]),
            false,
        ))
    }

    /// A transaction spelt out in the USER registers. Phases of whole bytes only: flash has no others.
    fn user_transaction(&self) -> Transaction {
        let bytes = |bits: u32| ((bits + 1) / 8) as usize;
        let phase = |bit: u32, bytes: usize| {
            if self.user & bit != 0 {
                bytes.min(self.buffer.len())
            } else {
                0
            }
        };
        let out = phase(USER_MOSI, bytes(self.user1 >> 17 & 0x1FF));
        let back = phase(USER_MISO, bytes(self.user1 >> 8 & 0x1FF));
        let dummy = if self.user & USER_DUMMY != 0 {
            u64::from(self.user1 & 0xFF) + 1
        } else {
            0
        };
        // The address is aligned to the most significant bit.
        let address_bits = (self.user1 >> 26) + 1;
        let address = (self.user & USER_ADDRESS != 0).then(|| {
            self.addr
                .checked_shr(32 - address_bits.min(32))
                .unwrap_or(0)
                & 0xFF_FFFF
        });
        let opcode = if self.user & USER_COMMAND != 0 {
            self.user2 as u8
        } else {
            0
        };
        Transaction {
            opcode,
            address,
            out: self.buffer[..out].to_vec(),
            back,
            clocks: 0,
        }
        .timed(dummy)
    }
}

#[cfg(test)]
mod tests;
