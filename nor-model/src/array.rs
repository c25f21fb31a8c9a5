//! The cells: 4 KiB sectors shared until written, with the weak ones marked.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chip::SECTOR_LEN;
use crate::seed::Seed;

type Sector = [u8; SECTOR_LEN as usize];

/// Every byte of the chip. Cloning shares the sectors; writing copies the one written.
#[derive(Clone)]
pub(crate) struct Array {
    sectors: Vec<Arc<Sector>>,
    /// Bits left between 0 and 1 by a power cut: set bits read as either.
    weak: BTreeMap<usize, Arc<Sector>>,
    /// By address, bits that neither program nor erase can change.
    stuck: BTreeMap<u32, Stuck>,
    erase_counts: Vec<u32>,
    erased: Arc<Sector>,
}

/// A byte's bits that are worn out.
#[derive(Clone, Copy)]
struct Stuck {
    /// These read as 0.
    zeros: u8,
    /// These read as 1.
    ones: u8,
}

impl Stuck {
    fn hold(self, byte: u8) -> u8 {
        byte & !self.zeros | self.ones
    }
}

/// A sector as it was, to go back to.
#[derive(Clone)]
pub(crate) struct Before {
    index: usize,
    bytes: Arc<Sector>,
    weak: Option<Arc<Sector>>,
}

impl Array {
    /// `contents`, then erased cells up to `len` bytes.
    pub(crate) fn new(len: u32, contents: &[u8]) -> Array {
        let erased = Arc::new([0xFF; SECTOR_LEN as usize]);
        let count = (len / SECTOR_LEN) as usize;
        let mut sectors = vec![erased.clone(); count];
        for (sector, bytes) in sectors.iter_mut().zip(contents.chunks(SECTOR_LEN as usize)) {
            if bytes.iter().any(|&byte| byte != 0xFF) {
                Arc::make_mut(sector)[..bytes.len()].copy_from_slice(bytes);
            }
        }
        Array {
            sectors,
            weak: BTreeMap::new(),
            stuck: BTreeMap::new(),
            erase_counts: vec![0; count],
            erased,
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.sectors.len() as u32 * SECTOR_LEN
    }

    /// The stored byte: of weak bits, the value last left there.
    pub(crate) fn stored(&self, address: u32) -> u8 {
        let (index, offset) = locate(address);
        self.sectors[index][offset]
    }

    pub(crate) fn sectors(&self) -> impl Iterator<Item = &Sector> {
        self.sectors.iter().map(|sector| &**sector)
    }

    pub(crate) fn differing_sectors<'a>(
        &'a self,
        other: &'a Array,
    ) -> impl Iterator<Item = u32> + 'a {
        let pairs = self.sectors.iter().zip(&other.sectors).zip(0..);
        pairs
            .filter(|((ours, theirs), _)| !Arc::ptr_eq(ours, theirs))
            .map(|(_, index)| index)
    }

    /// Whether a sector has the same bytes here and there, and no weak ones.
    pub(crate) fn is_same(&self, other: &Array, sector: u32) -> bool {
        let index = sector as usize;
        let (ours, theirs) = (&self.sectors[index], &other.sectors[index]);
        let is_weak = self.weak.contains_key(&index) || other.weak.contains_key(&index);
        !is_weak && (Arc::ptr_eq(ours, theirs) || ours == theirs)
    }

    pub(crate) fn erase_counts(&self) -> &[u32] {
        &self.erase_counts
    }

    /// Reads from `address` on, wrapping at the end; weak bits as `seed` has them this time.
    pub(crate) fn read(&self, address: u32, bytes: &mut [u8], seed: &mut Seed) {
        let mut address = address % self.len();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (index, offset) = locate(address);
            let count = rest.len().min(SECTOR_LEN as usize - offset);
            let (part, later) = rest.split_at_mut(count);
            part.copy_from_slice(&self.sectors[index][offset..offset + count]);
            if let Some(weak) = self.weak.get(&index) {
                for (byte, mask) in part.iter_mut().zip(&weak[offset..]) {
                    *byte ^= mask & seed.mask(128);
                }
            }
            rest = later;
            address = (address + count as u32) % self.len();
        }
    }

    /// Overwrites from `address` on, whatever the cells held.
    pub(crate) fn replace(&mut self, address: u32, bytes: &[u8]) {
        for (byte, at) in bytes.iter().zip(address..) {
            let (index, offset) = locate(at);
            Arc::make_mut(&mut self.sectors[index])[offset] = *byte;
            if let Some(weak) = self.weak.get_mut(&index) {
                Arc::make_mut(weak)[offset] = 0;
            }
        }
    }

    /// Clears the zero bits of `value` at `address`.
    pub(crate) fn program(&mut self, address: u32, value: u8) {
        let (index, offset) = locate(address);
        let cell = &mut Arc::make_mut(&mut self.sectors[index])[offset];
        *cell &= value;
        if let Some(stuck) = self.stuck.get(&address) {
            *cell = stuck.hold(*cell);
        }
        if let Some(weak) = self.weak.get_mut(&index) {
            // A program pulse settles the bits it drives to zero.
            Arc::make_mut(weak)[offset] &= value;
        }
    }

    /// Erases whole sectors, counting the wear.
    pub(crate) fn erase(&mut self, address: u32, len: u32) {
        for index in sectors_of(address, len) {
            self.sectors[index] = self.erased.clone();
            self.weak.remove(&index);
            self.erase_counts[index] += 1;
        }
        for (address, stuck) in self.stuck.range(address..address + len) {
            let (index, offset) = locate(*address);
            let cell = &mut Arc::make_mut(&mut self.sectors[index])[offset];
            *cell = stuck.hold(*cell);
        }
    }

    /// Wears bits of a byte out, from now on.
    pub(crate) fn stick(&mut self, address: u32, zeros: u8, ones: u8) {
        let (index, offset) = locate(address);
        let stuck = Stuck { zeros, ones };
        self.stuck.insert(address, stuck);
        let cell = &mut Arc::make_mut(&mut self.sectors[index])[offset];
        *cell = stuck.hold(*cell);
    }

    /// Remembers the sectors of a range, to tear an operation on them later.
    pub(crate) fn before(&self, address: u32, len: u32) -> Vec<Before> {
        sectors_of(address, len)
            .map(|index| Before {
                index,
                bytes: self.sectors[index].clone(),
                weak: self.weak.get(&index).cloned(),
            })
            .collect()
    }

    /// Lets an operation that went from `before` to the present stop half way.
    ///
    /// `tear(was, is)` gives each changed byte what is left there and which of its bits are weak.
    pub(crate) fn tear(&mut self, before: &Before, mut tear: impl FnMut(u8, u8) -> (u8, u8)) {
        let after = self.sectors[before.index].clone();
        let mut torn = *before.bytes;
        let mut weak = before
            .weak
            .as_deref()
            .copied()
            .unwrap_or([0; SECTOR_LEN as usize]);
        for offset in 0..SECTOR_LEN as usize {
            let (was, is) = (before.bytes[offset], after[offset]);
            if was != is {
                let (left, unsure) = tear(was, is);
                torn[offset] = left;
                weak[offset] |= unsure;
            }
        }
        self.sectors[before.index] = Arc::new(torn);
        if weak.iter().any(|&mask| mask != 0) {
            self.weak.insert(before.index, Arc::new(weak));
        } else {
            self.weak.remove(&before.index);
        }
    }

    pub(crate) fn has_weak_bits(&self) -> bool {
        !self.weak.is_empty()
    }

    pub(crate) fn weak_bit_count(&self) -> u32 {
        self.weak
            .values()
            .flat_map(|sector| sector.iter())
            .map(|mask| mask.count_ones())
            .sum()
    }
}

fn locate(address: u32) -> (usize, usize) {
    (
        (address / SECTOR_LEN) as usize,
        (address % SECTOR_LEN) as usize,
    )
}

fn sectors_of(address: u32, len: u32) -> std::ops::Range<usize> {
    (address / SECTOR_LEN) as usize..(address + len).div_ceil(SECTOR_LEN) as usize
}
