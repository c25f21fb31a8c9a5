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
    remembered: Remembered,
}

/// Words that were read through the window: literals are, each time they are used.
#[derive(Clone)]
struct Remembered {
    /// By offset: the offset, the epoch it was read in, and the word.
    words: Box<[(u32, u32, u32); Remembered::COUNT]>,
    epoch: u32,
    command: u8,
    generation: u64,
}

impl Remembered {
    const COUNT: usize = 4096;

    fn new() -> Remembered {
        Remembered {
            words: Box::new([(0, 0, 0); Remembered::COUNT]),
            epoch: 1,
            command: 0,
            generation: 0,
        }
    }

    fn place(offset: u32) -> usize {
        (offset >> 2) as usize % Remembered::COUNT
    }

    fn forget(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            *self = Remembered::new();
        }
    }
}

impl Flash {
    /// Connects a chip.
    pub fn new(nor: Nor) -> Flash {
        Flash {
            nor,
            maybe_busy: true,
            remembered: Remembered::new(),
        }
    }

    /// The chip.
    pub fn nor(&self) -> &Nor {
        &self.nor
    }

    /// The chip, to plan power cuts and take violations. Pokes at its contents go unnoticed by
    /// what the core has decoded already.
    pub fn nor_mut(&mut self) -> &mut Nor {
        self.remembered.forget();
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

    /// The word at `offset`, if it was read with this command before and nothing has been done to
    /// the chip since.
    #[inline]
    pub fn remembered(&self, command: u8, offset: u32) -> Option<u32> {
        let remembered = &self.remembered;
        let (at, epoch, word) = remembered.words[Remembered::place(offset)];
        let current = (remembered.epoch, remembered.command, remembered.generation);
        let is_true = (epoch, command, self.nor.generation()) == current;
        (at == offset && is_true && !self.maybe_busy).then_some(word)
    }

    /// The word at `offset` as the cache reads it with this command, wrapped into the chip.
    pub fn word(&mut self, command: u8, offset: u32, now: Time) -> u32 {
        let mut bytes = [0; 4];
        let address = offset % self.nor.chip().len;
        self.nor.command(command, address, &[], &mut bytes, now.0);
        let word = u32::from_le_bytes(bytes);
        self.remember(command, offset, word);
        word
    }

    fn remember(&mut self, command: u8, offset: u32, word: u32) {
        if self.nor.has_weak_bits() {
            // Each reading may be another.
            return;
        }
        let generation = self.nor.generation();
        let remembered = &mut self.remembered;
        if (remembered.command, remembered.generation) != (command, generation) {
            remembered.forget();
            (remembered.command, remembered.generation) = (command, generation);
        }
        remembered.words[Remembered::place(offset)] = (offset, remembered.epoch, word);
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
        self.remembered.forget();
    }
}
