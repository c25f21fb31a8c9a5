//! What the boot loader tells the firmware, in four words of RTC memory.
//!
//! RTC memory survives every reset but power loss, so the words carry a check; the loader writes them anew at
//! each boot, before it jumps.

use crate::decision::Why;
use crate::slot::Slot;

/// First handoff word in the CPU's view: RTC user memory, block 64.
///
/// Espressif's SDK and loader keep their own words below it (retry counter at 0x600011DC).
pub const ADDRESS: u32 = 0x6000_1200;

const MAGIC: u32 = u32::from_le_bytes(*b"d1ho");

/// The boot loader's word to the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// The slot that was started.
    pub slot: Slot,
    /// Why that one.
    pub why: Why,
    /// Build number of the image; 0 if it does not tell.
    pub build: u32,
}

impl Handoff {
    /// The words at [`ADDRESS`].
    pub const fn emit(&self) -> [u32; 4] {
        let choice = self.slot.number() as u32 | (self.why.code() as u32) << 8;
        [MAGIC, choice, self.build, !(MAGIC ^ choice ^ self.build)]
    }

    /// The slot that was started on trial, by the first two words at [`ADDRESS`]; `None` if it was not so.
    ///
    /// All that the loader wants to know of its own words, in less code than [`Handoff::parse`]. What RTC memory
    /// holds after power-on passes for a trial once in 2^63 times.
    pub fn trial(magic: u32, choice: u32) -> Option<Slot> {
        const TRIAL: u32 = (Why::Trial.code() as u32) << 8;
        match choice.wrapping_sub(TRIAL) {
            1 if magic == MAGIC => Some(Slot::One),
            2 if magic == MAGIC => Some(Slot::Two),
            _ => None,
        }
    }

    /// Reads the words at [`ADDRESS`]; `None` if no loader of ours wrote them.
    pub fn parse(words: [u32; 4]) -> Option<Handoff> {
        let [magic, choice, build, check] = words;
        if magic != MAGIC || check != !(magic ^ choice ^ build) || choice >> 16 != 0 {
            return None;
        }
        Some(Handoff {
            slot: Slot::from_number(choice as u8)?,
            why: Why::from_code((choice >> 8) as u8)?,
            build,
        })
    }
}
