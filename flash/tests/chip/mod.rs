//! The strict NOR model behind the driver's controller trait, on its own clock.
#![allow(dead_code)] // every test binary uses its own part

use d1_flash::controller::{PROGRAM_LEN, TRANSFER_LEN};
use d1_flash::{Controller, EraseUnit, Error, Flash};
use nor_model::{opcode, Chip, Erase, Nor, Violation};

/// What a command takes on the wire: 32 bytes at 10 MHz, in picoseconds.
const COMMAND: u64 = 25_000_000;

/// A slice of an erase, in picoseconds.
const SLICE: u64 = 6_000_000_000;

/// A controller without registers: every command goes straight to the model.
pub struct Wire {
    pub nor: Nor,
    now: u64,
    locked: bool,
    open: bool,
    /// Longest time with the cache off, in picoseconds.
    pub longest: u64,
    opened: u64,
    slice_began: u64,
    /// Answers every status read as if the chip were busy for ever.
    pub stuck: bool,
    /// Loses every write-enable on the way.
    pub deaf: bool,
}

impl Wire {
    pub fn new(nor: Nor) -> Wire {
        Wire {
            nor,
            now: 0,
            locked: false,
            open: false,
            longest: 0,
            opened: 0,
            slice_began: 0,
            stuck: false,
            deaf: false,
        }
    }

    /// The chip after a power cycle, ready for another clock.
    pub fn power_cycle(mut self) -> Nor {
        self.nor.power_off(self.now);
        self.nor.power_on();
        self.nor
    }

    /// A command's time. Without power nobody polls for long either.
    fn tick(&mut self) -> Result<(), Error> {
        assert!(
            self.locked && self.open,
            "the cache or an interrupt may use the flash now"
        );
        self.now += COMMAND;
        match self.nor.power_lost() {
            true => Err(Error::Timeout),
            false => Ok(()),
        }
    }
}

impl Controller for Wire {
    fn lock(&mut self) {
        assert!(!self.locked);
        self.locked = true;
    }

    fn unlock(&mut self) {
        assert!(
            self.locked && !self.open,
            "interrupts are let in while the cache is off"
        );
        self.locked = false;
    }

    fn open(&mut self) {
        assert!(self.locked && !self.open);
        self.open = true;
        self.opened = self.now;
    }

    fn close(&mut self) {
        assert!(self.open);
        self.open = false;
        self.longest = self.longest.max(self.now - self.opened);
    }

    fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn status(&mut self) -> Result<u32, Error> {
        self.tick()?;
        let status = u32::from(self.nor.read_status_1(self.now));
        Ok(status | u32::from(self.stuck))
    }

    fn write_enable(&mut self) -> Result<(), Error> {
        self.tick()?;
        if !self.deaf {
            self.nor.write_enable(self.now);
        }
        Ok(())
    }

    fn unprotect(&mut self) -> Result<(), Error> {
        self.tick()?;
        self.nor
            .write_status(opcode::WRITE_STATUS_1, &[0, 0], self.now);
        Ok(())
    }

    fn jedec_id(&mut self) -> Result<u32, Error> {
        self.tick()?;
        let mut id = [0; 4];
        self.nor.read_jedec_id(&mut id[..3], self.now);
        Ok(u32::from_le_bytes(id))
    }

    fn read(&mut self, offset: u32, words: &mut [u32]) -> Result<(), Error> {
        self.tick()?;
        assert!(4 * words.len() <= TRANSFER_LEN as usize);
        for (index, word) in words.iter_mut().enumerate() {
            let mut bytes = [0; 4];
            self.nor
                .read(offset + 4 * index as u32, &mut bytes, self.now);
            *word = u32::from_le_bytes(bytes);
        }
        Ok(())
    }

    fn program(&mut self, offset: u32, words: &[u32]) -> Result<(), Error> {
        self.tick()?;
        assert!(4 * words.len() <= PROGRAM_LEN as usize);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.nor.page_program(offset, &bytes, self.now);
        Ok(())
    }

    fn erase(&mut self, offset: u32, unit: EraseUnit) -> Result<(), Error> {
        self.tick()?;
        let unit = match unit {
            EraseUnit::Sector => Erase::Sector,
            EraseUnit::Block32K => Erase::HalfBlock,
            EraseUnit::Block64K => Erase::Block,
        };
        self.nor.erase(unit, offset, self.now);
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), Error> {
        self.tick()?;
        self.nor.suspend(self.now);
        Ok(())
    }

    fn resume(&mut self) -> Result<(), Error> {
        self.tick()?;
        self.nor.resume(self.now);
        Ok(())
    }

    fn begin_slice(&mut self) {
        self.slice_began = self.now;
    }

    fn is_slice_over(&self) -> bool {
        self.now - self.slice_began >= SLICE
    }
}

/// The driver over an erased W25Q32.
pub fn erased() -> Flash<Wire> {
    over(Nor::erased(Chip::W25Q32))
}

/// The driver over a chip.
pub fn over(nor: Nor) -> Flash<Wire> {
    let capacity = nor.chip().len;
    Flash::new(Wire::new(nor), capacity)
}

/// The chip, once nothing more is to be done; nobody misused it.
#[track_caller]
pub fn well_treated(flash: Flash<Wire>) -> Nor {
    let wire = flash.release();
    let none: &[Violation] = &[];
    assert_eq!(wire.nor.violations(), none);
    wire.nor
}
