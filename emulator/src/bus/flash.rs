//! The flash chip as the bus sees it: on SPI0's wires, and through the window.

use crate::periph::spi::SpiChip;
use crate::time::Time;
use nor_model::Nor;

const STATUS_BUSY: u8 = 1;

/// The chip, and what its last transaction left to look after.
#[derive(Clone)]
pub struct Flash {
    nor: Nor,
    /// An erase, program or status write may still be running.
    maybe_busy: bool,
}

impl Flash {
    /// Connects a chip.
    pub fn new(nor: Nor) -> Flash {
        Flash {
            nor,
            maybe_busy: true,
        }
    }

    /// The chip.
    pub fn nor(&self) -> &Nor {
        &self.nor
    }

    /// The chip, to plan power cuts and take violations. Pokes at its contents go unnoticed by
    /// what the core has decoded already.
    pub fn nor_mut(&mut self) -> &mut Nor {
        &mut self.nor
    }

    /// Unsolders the chip.
    pub fn into_nor(self) -> Nor {
        self.nor
    }

    /// True while an erase, program or status write runs inside the chip.
    pub fn is_busy(&mut self, now: Time) -> bool {
        if self.maybe_busy {
            self.maybe_busy = self.nor.read_status_1(now.0) & STATUS_BUSY != 0;
        }
        self.maybe_busy
    }

    /// Changes with the contents.
    pub fn generation(&self) -> u64 {
        self.nor.generation()
    }

    /// The word at `offset` as the cache reads it with this command, wrapped into the chip.
    pub fn word(&mut self, command: u8, offset: u32, now: Time) -> u32 {
        let mut bytes = [0; 4];
        let address = offset % self.nor.chip().len;
        self.nor.command(command, address, &[], &mut bytes, now.0);
        u32::from_le_bytes(bytes)
    }
}

impl SpiChip for Flash {
    fn transact(
        &mut self,
        opcode: u8,
        address: Option<u32>,
        out: &[u8],
        back: &mut [u8],
        now: Time,
    ) {
        self.nor
            .command(opcode, address.unwrap_or(0), out, back, now.0);
        self.maybe_busy = true;
    }
}
