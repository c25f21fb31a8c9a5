//! What a test or a host program may see and do past the bus.

use std::collections::BTreeSet;
use std::fmt;

use crate::chip::{Chip, SECTOR_LEN};
use crate::nor::Nor;
use crate::violation::Violation;

impl Nor {
    /// Which chip this is.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }

    /// Copies stored bytes out past the bus: no time, no rules, weak bits as last left.
    ///
    /// # Panics
    ///
    /// When the range is not inside the chip.
    pub fn peek(&self, address: u32, bytes: &mut [u8]) {
        for (byte, at) in bytes.iter_mut().zip(address..) {
            *byte = self.array.stored(at);
        }
    }

    /// Everything the chip stores.
    pub fn contents(&self) -> Vec<u8> {
        self.array.sectors().flatten().copied().collect()
    }

    /// Wears out bits of the byte at `address`: those of `zeros` read as 0 from now on, those of `ones` as 1,
    /// whatever is programmed or erased. The chip reports success as ever.
    ///
    /// # Panics
    ///
    /// When the address is not inside the chip.
    pub fn stick(&mut self, address: u32, zeros: u8, ones: u8) {
        self.array.stick(address, zeros, ones);
        self.generation += 1;
    }

    /// Lets the supply sag: the next `operations` programs and erases stop half way, and the chip reports success.
    pub fn weaken_supply(&mut self, operations: u64) {
        self.weak_operations = operations;
    }

    /// Puts bytes into the cells past the bus, as a factory programmer would.
    ///
    /// # Panics
    ///
    /// When the range is not inside the chip.
    pub fn poke(&mut self, address: u32, bytes: &[u8]) {
        self.array.replace(address, bytes);
        self.generation += 1;
    }

    /// Programs and erases begun since the chip was made (the ones ignored do not count).
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Changes whenever stored bytes may have changed.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The numbers of the 4 KiB sectors that were written since `other` and this chip were clones
    /// of each other. Written back to the same bytes counts as written.
    pub fn differing_sectors<'a>(&'a self, other: &'a Nor) -> impl Iterator<Item = u32> + 'a {
        self.array.differing_sectors(&other.array)
    }

    /// From now on remembers which sectors are read.
    pub fn watch_reads(&mut self) {
        self.reads = Some(BTreeSet::new());
    }

    /// The numbers of the 4 KiB sectors read since [`Nor::watch_reads`].
    pub fn sectors_read(&self) -> impl Iterator<Item = u32> + '_ {
        self.reads.iter().flatten().copied()
    }

    /// Whether that sector reads alike from both chips every time: same bytes, none of them weak.
    pub fn reads_alike(&self, other: &Nor, sector: u32) -> bool {
        self.array.is_same(&other.array, sector)
    }

    pub(super) fn note_read(&mut self, address: u32, len: usize) {
        if let Some(reads) = &mut self.reads {
            let first = address % self.chip.len / SECTOR_LEN;
            let last = (address % self.chip.len + len.max(1) as u32 - 1) / SECTOR_LEN;
            let count = self.chip.len / SECTOR_LEN;
            reads.extend((first..=last).map(|sector| sector % count));
        }
    }

    /// How often each 4 KiB sector was erased, by sector number.
    pub fn erase_counts(&self) -> &[u32] {
        self.array.erase_counts()
    }

    /// Whether any bit reads as either value.
    pub fn has_weak_bits(&self) -> bool {
        self.array.has_weak_bits()
    }

    /// Bits that read differently each time, left by power cuts.
    pub fn weak_bit_count(&self) -> u32 {
        self.array.weak_bit_count()
    }

    /// A number that differs when the stored bytes differ (64-bit FNV-1a).
    pub fn digest(&self) -> u64 {
        self.array
            .sectors()
            .flatten()
            .fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
            })
    }

    /// The misuses so far, oldest first (the first 4096 of them).
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How many misuses there were, kept or not.
    pub fn violation_count(&self) -> u64 {
        self.violation_count
    }

    /// Takes the misuses out, so that the next ones stand alone.
    pub fn take_violations(&mut self) -> Vec<Violation> {
        self.violation_count = 0;
        std::mem::take(&mut self.violations)
    }
}

impl fmt::Debug for Nor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nor")
            .field("len", &self.chip.len)
            .field("operations", &self.operations)
            .field("violations", &self.violation_count)
            .field("powered", &self.powered)
            .finish_non_exhaustive()
    }
}
