//! The strict flash chip behind the traits that the firmware writes through.

use std::vec::Vec;

use embedded_storage::nor_flash::{
    check_erase, check_read, check_write, ErrorType, NorFlash, NorFlashError, NorFlashErrorKind,
    ReadNorFlash,
};
use nor_model::{CutPoint, Erase, Nor, Pace, Violation};

use crate::flash::{Flash, FlashError};
use crate::update::FlashStep;

/// A chip of 1 MB. Its operations take no time.
pub struct Chip {
    nor: Nor,
    /// The operation that fails from now on, as on a worn or badly powered chip.
    pub broken: Option<FlashStep>,
    /// Every change is refused.
    pub is_write_protected: bool,
    /// Slices that the erase under way still takes; any other change finishes it.
    slices: u32,
}

/// Slices of a large erase.
const SLICES: u32 = 3;

/// How an operation fails, as far as anybody asks.
#[derive(Debug, PartialEq, Eq)]
pub enum Broken {
    WriteProtected,
    NotKept,
    Otherwise,
}

impl FlashError for Broken {
    fn is_write_protected(&self) -> bool {
        *self == Broken::WriteProtected
    }

    fn is_not_kept(&self) -> bool {
        *self == Broken::NotKept
    }
}

impl From<NorFlashErrorKind> for Broken {
    fn from(kind: NorFlashErrorKind) -> Self {
        panic!("an access that no chip allows: {kind:?}");
    }
}

impl NorFlashError for Broken {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl Chip {
    pub fn new() -> Chip {
        let chip = nor_model::Chip::with_len(0x10_0000).unwrap();
        let mut nor = Nor::erased(chip);
        nor.set_pace(Pace::Instant);
        Chip {
            nor,
            broken: None,
            is_write_protected: false,
            slices: 0,
        }
    }

    pub fn len(&self) -> u32 {
        self.nor.chip().len
    }

    /// Puts bytes there as a flash tool would.
    pub fn put(&mut self, offset: u32, bytes: &[u8]) {
        self.nor.poke(offset, bytes);
    }

    /// The next programs and erases stop half way, and the chip says nothing.
    pub fn weaken_supply(&mut self, operations: u64) {
        self.nor.weaken_supply(operations);
    }

    /// Wears out cells: they read as 0 for ever.
    pub fn stick(&mut self, offset: u32, len: u32) {
        for address in offset..offset + len {
            self.nor.stick(address, 0xFF, 0);
        }
    }

    pub fn contents(&self) -> Vec<u8> {
        self.nor.contents()
    }

    pub fn operations(&self) -> u64 {
        self.nor.operations()
    }

    /// By sector, how often it was erased.
    pub fn erase_counts(&self) -> &[u32] {
        self.nor.erase_counts()
    }

    /// Sectors erased, each time counted.
    pub fn erases(&self) -> u32 {
        self.nor.erase_counts().iter().sum()
    }

    pub fn violations(&self) -> &[Violation] {
        self.nor.violations()
    }

    pub fn cut_power_at(&mut self, operation: u64, at: CutPoint) {
        self.nor.cut_power_at(operation, at);
    }

    pub fn is_dead(&self) -> bool {
        self.nor.power_lost()
    }

    pub fn power_on(&mut self) {
        self.nor.power_on();
        self.slices = 0;
    }

    fn check(&self, step: FlashStep) -> Result<(), Broken> {
        if self.is_write_protected && step != FlashStep::Read {
            return Err(Broken::WriteProtected);
        }
        match self.is_dead() || self.broken == Some(step) {
            true => Err(Broken::Otherwise),
            false => Ok(()),
        }
    }
}

impl ErrorType for Chip {
    type Error = Broken;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Broken> {
        check_read(self, offset, bytes.len())?;
        self.check(FlashStep::Read)?;
        self.nor.read(offset, bytes, 0);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.len() as usize
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Broken> {
        check_erase(self, from, to)?;
        self.check(FlashStep::Erase)?;
        assert_eq!(
            to - from,
            4096,
            "more than a sector at a time holds up the main loop"
        );
        self.slices = 0;
        self.nor.write_enable(0);
        self.nor.erase(Erase::Sector, from, 0);
        self.check(FlashStep::Erase)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Broken> {
        check_write(self, offset, bytes.len())?;
        self.check(FlashStep::Program)?;
        assert!(
            offset % 256 + bytes.len() as u32 <= 256,
            "runs over the end of a page"
        );
        self.slices = 0;
        self.nor.write_enable(0);
        self.nor.page_program(offset, bytes, 0);
        self.check(FlashStep::Program)?;
        // Our driver reads back.
        let mut kept = vec![0; bytes.len()];
        self.nor.read(offset, &mut kept, 0);
        match kept == bytes {
            true => Ok(()),
            false => Err(Broken::NotKept),
        }
    }
}

impl Flash for Chip {
    fn can_halt(&mut self) -> bool {
        true
    }

    fn begin_erase(&mut self, from: u32, len: u32) -> Result<(), Broken> {
        let (unit, slices) = match len {
            0x1000 => (Erase::Sector, 0),
            0x8000 => (Erase::HalfBlock, SLICES),
            0x1_0000 => (Erase::Block, SLICES),
            _ => panic!("no chip erases {len} bytes"),
        };
        assert!(from.is_multiple_of(len), "{len} bytes at {from:#x}");
        self.check(FlashStep::Erase)?;
        self.nor.write_enable(0);
        self.nor.erase(unit, from, 0);
        self.slices = slices;
        self.check(FlashStep::Erase)
    }

    fn continue_erase(&mut self) -> Result<bool, Broken> {
        self.slices = self.slices.saturating_sub(1);
        Ok(self.slices == 0)
    }

    fn write_while(
        &mut self,
        offset: u32,
        words: &[u32],
        mut meanwhile: impl FnMut(),
    ) -> Result<(), Broken> {
        words.chunks(16).for_each(|_| meanwhile());
        self.write(offset, &to_bytes(words))
    }

    fn first_unerased(&mut self, from: u32, to: u32) -> Result<Option<u32>, Broken> {
        assert_eq!(self.slices, 0, "it is being erased");
        let mut bytes = [0; 32];
        for offset in (from..to).step_by(bytes.len()) {
            self.read(offset, &mut bytes)?;
            if bytes != [0xFF; 32] {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }

    fn holds(&mut self, offset: u32, words: &[u32]) -> Result<bool, Broken> {
        let wanted = to_bytes(words);
        let mut kept = std::vec![0; wanted.len()];
        self.read(offset, &mut kept)?;
        Ok(kept == wanted)
    }
}

fn to_bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
