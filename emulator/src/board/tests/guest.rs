//! Small guest programs and the images around them, assembled by hand.

use std::collections::HashMap;

/// Instruction RAM address programs start at; the entry follows the literals.
pub const BASE: u32 = 0x4010_0000;
const LITERALS: usize = 64;
/// Entry address of an assembled program.
pub const ENTRY: u32 = BASE + 4 * LITERALS as u32;

/// A program under construction.
#[derive(Default)]
pub struct Program {
    literals: Vec<u32>,
    code: Vec<u8>,
    labels: HashMap<&'static str, u32>,
    jumps: Vec<(usize, &'static str)>,
}

impl Program {
    /// Where the next instruction goes.
    pub fn here(&self) -> u32 {
        ENTRY + self.code.len() as u32
    }

    /// Appends a three-byte instruction.
    pub fn op(&mut self, word: u32) -> &mut Self {
        self.code.extend(&word.to_le_bytes()[..3]);
        self
    }

    /// Names this place.
    pub fn label(&mut self, name: &'static str) -> &mut Self {
        self.labels.insert(name, self.here());
        self
    }

    /// L32R: loads a constant.
    pub fn set(&mut self, register: u32, value: u32) -> &mut Self {
        let index = self
            .literals
            .iter()
            .position(|literal| *literal == value)
            .unwrap_or_else(|| {
                self.literals.push(value);
                self.literals.len() - 1
            });
        assert!(index < LITERALS);
        let literal = BASE + 4 * index as u32;
        let offset = literal.wrapping_sub((self.here() + 3) & !3) >> 2 & 0xFFFF;
        self.op(offset << 8 | register << 4 | 1)
    }

    /// S32I.
    pub fn store(&mut self, value: u32, base: u32, offset: u32) -> &mut Self {
        self.op((offset / 4) << 16 | 6 << 12 | base << 8 | value << 4 | 2)
    }

    /// L32I.
    pub fn load(&mut self, target: u32, base: u32, offset: u32) -> &mut Self {
        self.op((offset / 4) << 16 | 2 << 12 | base << 8 | target << 4 | 2)
    }

    /// L8UI.
    pub fn load_byte(&mut self, target: u32, base: u32, offset: u32) -> &mut Self {
        self.op(offset << 16 | base << 8 | target << 4 | 2)
    }

    /// Stores a constant to an address, through a8 and a9.
    pub fn poke(&mut self, address: u32, value: u32) -> &mut Self {
        self.set(8, address).set(9, value).store(9, 8, 0)
    }

    /// Waits until all of `mask` is clear at `address`, through a8 to a10.
    pub fn until_clear(&mut self, address: u32, mask: u32, name: &'static str) -> &mut Self {
        self.set(8, address).set(9, mask).label(name).load(10, 8, 0);
        self.op(0x10_0000 | 10 << 12 | 10 << 8 | 9 << 4); // and a10, a10, a9
        self.branch_unless_zero(10, name)
    }

    /// BNEZ to a label already placed.
    pub fn branch_unless_zero(&mut self, register: u32, name: &'static str) -> &mut Self {
        let offset = self.labels[name].wrapping_sub(self.here() + 4) & 0xFFF;
        self.op(offset << 12 | register << 8 | 0x56)
    }

    /// Calls a ROM routine with these arguments, through a8.
    pub fn call(&mut self, routine: u32, arguments: &[u32]) -> &mut Self {
        for (index, value) in arguments.iter().enumerate() {
            self.set(2 + index as u32, *value);
        }
        self.set(8, routine).op(8 << 8 | 0xC0) // callx0 a8
    }

    /// J to a label, placed before or after.
    pub fn jump(&mut self, name: &'static str) -> &mut Self {
        self.jumps.push((self.code.len(), name));
        self.op(6)
    }

    /// Arms the watchdog, both stages short.
    pub fn arm_watchdog(&mut self) -> &mut Self {
        self.poke(0x6000_0904, 4)
            .poke(0x6000_0908, 4)
            .poke(0x6000_0900, 1)
    }

    /// Loads the word at `from`, and stores it at `to`.
    pub fn copy(&mut self, from: u32, to: u32) -> &mut Self {
        self.set(8, from).load(9, 8, 0).set(8, to).store(9, 8, 0)
    }

    /// Has a routine, which is here now, serve that interrupt: it marks `mark` and returns.
    pub fn mark_at_interrupt(&mut self, number: u32, mark: u32) -> &mut Self {
        const ISR_ATTACH: u32 = 0x4000_0F88;
        const ISR_UNMASK: u32 = 0x4000_0FA8;
        self.jump("main");
        let handler = self.here();
        self.poke(mark, 0x7E57).op(0x80).label("main");
        self.call(ISR_ATTACH, &[number, handler, 0])
            .call(ISR_UNMASK, &[1 << number])
    }

    /// Stays here for good.
    pub fn stop(&mut self) -> &mut Self {
        self.label("stop").jump("stop")
    }

    /// Literals, then code, as bytes for instruction RAM.
    pub fn assemble(&mut self) -> Vec<u8> {
        for (at, name) in self.jumps.drain(..) {
            let offset = self.labels[name].wrapping_sub(ENTRY + at as u32 + 4) & 0x3_FFFF;
            let word = offset << 6 | 6;
            self.code[at..at + 3].copy_from_slice(&word.to_le_bytes()[..3]);
        }
        let mut bytes: Vec<u8> = self
            .literals
            .iter()
            .flat_map(|literal| literal.to_le_bytes())
            .collect();
        bytes.resize(4 * LITERALS, 0);
        bytes.extend(&self.code);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    /// An image for flash 0 that starts this program.
    pub fn image(&mut self) -> Vec<u8> {
        let code = self.assemble();
        image(ENTRY, &[(BASE, &code)])
    }
}

/// An image the mask ROM loads (boot facts 1.1).
pub fn image(entry: u32, segments: &[(u32, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0xE9, segments.len() as u8, 2, 0];
    bytes.extend(entry.to_le_bytes());
    let mut checksum = 0xEF;
    for (address, data) in segments {
        bytes.extend(address.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(*data);
        checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
    }
    bytes.resize(bytes.len() | 15, 0);
    bytes.push(checksum);
    bytes
}
