//! The chip itself: what each bus operation does and how long it takes.

mod power;
mod registers;
mod rules;
mod suspend;
mod view;

pub use power::CutChip;

use std::collections::BTreeSet;
use std::fmt;

use crate::array::Array;
use crate::chip::{Chip, Pace, BLOCK_LEN, HALF_BLOCK_LEN, PAGE_LEN, SECTOR_LEN};
use crate::command::opcode;
use crate::power::{Kind, Planned};
use crate::seed::Seed;
use crate::sfdp;
use crate::status::Status;
use crate::violation::Violation;
use suspend::{Running, Work};

/// An erase unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erase {
    /// 4 KiB.
    Sector,
    /// 32 KiB.
    HalfBlock,
    /// 64 KiB.
    Block,
    /// Everything.
    Chip,
}

/// [`Nor::new`] was given more bytes than the chip has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentsTooLong {
    /// Bytes given.
    pub given: usize,
    /// Bytes the chip has.
    pub chip_len: u32,
}

impl fmt::Display for ContentsTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes do not fit a flash chip of {} bytes",
            self.given, self.chip_len
        )
    }
}

impl std::error::Error for ContentsTooLong {}

/// What [`Nor::set_unique_id`] replaces: no real chip's number.
const UNIQUE_ID: [u8; 8] = *b"d1-ota\0\x01";

/// One SPI NOR chip. Cloning is cheap: sectors are shared until one side writes.
#[derive(Clone)]
pub struct Nor {
    chip: Chip,
    pace: Pace,
    array: Array,
    status: Status,
    running: Option<Running>,
    suspended: Option<Work>,
    pub(crate) reset_enabled: bool,
    unique_id: [u8; 8],
    asleep: bool,
    powered: bool,
    planned_cut: Option<Planned>,
    cut_chips: Option<Vec<CutChip>>,
    /// Sectors read since [`Nor::watch_reads`].
    reads: Option<BTreeSet<u32>>,
    /// Programs and erases to come that stop half way.
    weak_operations: u64,
    operations: u64,
    generation: u64,
    seed: Seed,
    violations: Vec<Violation>,
    violation_count: u64,
}

impl Nor {
    /// A powered chip that holds `contents` from address 0 and is erased beyond.
    ///
    /// # Errors
    ///
    /// [`ContentsTooLong`] when `contents` is longer than the chip.
    pub fn new(chip: Chip, contents: &[u8]) -> Result<Nor, ContentsTooLong> {
        if contents.len() > chip.len as usize {
            return Err(ContentsTooLong {
                given: contents.len(),
                chip_len: chip.len,
            });
        }
        Ok(Nor {
            chip,
            pace: Pace::default(),
            array: Array::new(chip.len, contents),
            status: Status::default(),
            running: None,
            suspended: None,
            reset_enabled: false,
            unique_id: UNIQUE_ID,
            asleep: false,
            powered: true,
            planned_cut: None,
            cut_chips: None,
            reads: None,
            weak_operations: 0,
            operations: 0,
            generation: 0,
            seed: Seed(0),
            violations: Vec::new(),
            violation_count: 0,
        })
    }

    /// An erased chip, powered.
    pub fn erased(chip: Chip) -> Nor {
        Nor::new(chip, &[]).expect("nothing fits every chip")
    }

    /// Chooses how fast the chip is (default: typical).
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Chooses which cells power cuts break and how weak bits read (default 0).
    pub fn set_seed(&mut self, seed: u64) {
        self.seed = Seed(seed);
    }

    /// Gives the chip its factory number.
    pub fn set_unique_id(&mut self, id: [u8; 8]) {
        self.unique_id = id;
    }

    /// Reads `reply.len()` bytes; the address wraps at the end of the chip.
    pub fn read(&mut self, address: u32, reply: &mut [u8], now_ps: u64) {
        self.read_as(opcode::READ, address, reply, now_ps);
    }

    pub(crate) fn read_as(&mut self, opcode: u8, address: u32, reply: &mut [u8], now_ps: u64) {
        reply.fill(0xFF);
        if self.is_ready_for(opcode, now_ps) && self.has_lines_for(opcode) {
            self.note_beyond_end(address);
            self.note_read(address, reply.len());
            self.array.read(address, reply, &mut self.seed);
            self.disturb_suspended(address % self.chip.len, reply);
        }
    }

    /// Programs `data` (AND) at `address`, wrapping inside its 256-byte page. Of more than 256
    /// bytes only the last 256 count. Ends [`Chip::timing`] later.
    pub fn page_program(&mut self, address: u32, data: &[u8], now_ps: u64) {
        self.program_as(opcode::PAGE_PROGRAM, address, data, now_ps);
    }

    pub(crate) fn program_as(&mut self, opcode: u8, address: u32, data: &[u8], now_ps: u64) {
        if !self.is_ready_for(opcode, now_ps)
            || !self.has_lines_for(opcode)
            || !self.takes_write_enable(opcode)
        {
            return;
        }
        self.note_beyond_end(address);
        let address = address % self.chip.len;
        let page = address / PAGE_LEN * PAGE_LEN;
        if data.is_empty()
            || self.suspension_refuses(opcode, Kind::Program, page..page + PAGE_LEN)
            || self.is_refused(address, page..page + PAGE_LEN)
        {
            return;
        }
        if address - page + data.len() as u32 > PAGE_LEN {
            self.note(Violation::PageWrapped {
                address,
                len: data.len() as u32,
            });
        }
        let buffer = page_buffer((address - page) as usize, data);
        self.note_reprogramming(page, &buffer);

        let duration = self.chip.timing.program(data.len(), self.pace);
        self.change(
            Kind::Program,
            page..page + PAGE_LEN,
            duration,
            now_ps,
            |array| {
                for (value, at) in buffer.iter().zip(page..) {
                    if *value != 0xFF {
                        array.program(at, *value);
                    }
                }
            },
        );
    }

    /// Erases the unit that holds `address` to 0xFF. Ends [`Chip::timing`] later.
    pub fn erase(&mut self, unit: Erase, address: u32, now_ps: u64) {
        let opcode = match unit {
            Erase::Sector => opcode::SECTOR_ERASE,
            Erase::HalfBlock => opcode::HALF_BLOCK_ERASE,
            Erase::Block => opcode::BLOCK_ERASE,
            Erase::Chip => opcode::CHIP_ERASE,
        };
        self.erase_as(opcode, unit, address, now_ps);
    }

    pub(crate) fn erase_as(&mut self, opcode: u8, unit: Erase, address: u32, now_ps: u64) {
        if !self.is_ready_for(opcode, now_ps) || !self.takes_write_enable(opcode) {
            return;
        }
        self.note_beyond_end(address);
        let timing = &self.chip.timing;
        let (len, duration) = match unit {
            Erase::Sector => (SECTOR_LEN, timing.sector_erase),
            Erase::HalfBlock => (HALF_BLOCK_LEN, timing.half_block_erase),
            Erase::Block => (BLOCK_LEN, timing.block_erase),
            Erase::Chip => (self.chip.len, timing.chip_erase),
        };
        let duration = duration.at(self.pace);
        let address = address % self.chip.len;
        let start = address / len * len;
        if unit != Erase::Chip && address != start {
            self.note(Violation::MisalignedErase { address });
        }
        if self.suspension_refuses(opcode, Kind::Erase, start..start + len)
            || self.is_refused(address, start..start + len)
        {
            return;
        }
        self.change(Kind::Erase, start..start + len, duration, now_ps, |array| {
            array.erase(start, len);
        });
    }

    /// JEDEC identification: manufacturer, type, capacity, over and over.
    pub fn read_jedec_id(&mut self, reply: &mut [u8], now_ps: u64) {
        if self.is_ready_for(opcode::READ_JEDEC_ID, now_ps) {
            for (byte, id) in reply.iter_mut().zip(self.chip.jedec.iter().cycle()) {
                *byte = *id;
            }
        }
    }

    /// Manufacturer and device identification, the device first when `address` is odd.
    pub(crate) fn read_id(&mut self, address: u32, reply: &mut [u8], now_ps: u64) {
        if self.is_ready_for(opcode::READ_ID, now_ps) {
            let pair = [self.chip.jedec[0], self.device_id()];
            for (byte, at) in reply.iter_mut().zip(address as usize..) {
                *byte = pair[at % 2];
            }
        }
    }

    /// The factory-set 64-bit number, over and over.
    pub fn read_unique_id(&mut self, reply: &mut [u8], now_ps: u64) {
        if self.is_ready_for(opcode::READ_UNIQUE_ID, now_ps) {
            for (byte, id) in reply.iter_mut().zip(self.unique_id.iter().cycle()) {
                *byte = *id;
            }
        }
    }

    pub(crate) fn read_sfdp(&mut self, address: u32, reply: &mut [u8], now_ps: u64) {
        if self.is_ready_for(opcode::READ_SFDP, now_ps) {
            sfdp::read(&self.chip, address, reply);
        }
    }

    /// Enters deep power-down: only [`Nor::release_power_down`] is heard.
    pub fn power_down(&mut self, now_ps: u64) {
        if self.is_ready_for(opcode::POWER_DOWN, now_ps)
            && !self.is_suspended_against(opcode::POWER_DOWN)
        {
            self.asleep = true;
        }
    }

    /// Leaves deep power-down; replies the device identification.
    pub fn release_power_down(&mut self, reply: &mut [u8], now_ps: u64) {
        if self.powered {
            self.asleep = false;
            if self.is_ready_for(opcode::RELEASE_POWER_DOWN, now_ps) {
                reply.fill(self.device_id());
            }
        }
    }

    pub(crate) fn unknown(&mut self, opcode: u8, now_ps: u64) {
        if self.is_ready_for(opcode, now_ps) {
            self.note(Violation::UnknownCommand { opcode });
        }
    }

    /// The one-byte identification: capacity minus one, as 0x15 for the W25Q32.
    fn device_id(&self) -> u8 {
        self.chip.jedec[2] - 1
    }
}

/// What the chip's page buffer holds after `data` was clocked in at `offset`: later bytes that
/// wrap replace earlier ones.
fn page_buffer(offset: usize, data: &[u8]) -> [u8; PAGE_LEN as usize] {
    let mut buffer = [0xFF; PAGE_LEN as usize];
    for (at, byte) in data.iter().enumerate() {
        buffer[(offset + at) % PAGE_LEN as usize] = *byte;
    }
    buffer
}
