//! A bus with nothing but memory, and a core on it.

use d1_emulator::bus::{Bus, Fault, Width};
use d1_emulator::cpu::special::Special;
use d1_emulator::cpu::{Cpu, Exit};

/// Where programs go: also where QEMU's `sim` machine starts.
pub const CODE: u32 = 0x5000_0000;
/// Data memory, any width.
pub const DATA: u32 = 0x6000_0000;
/// Memory that takes words only.
pub const WORDS: u32 = 0x4010_0000;
/// A fetch from here is intercepted.
pub const ROM: u32 = 0x4000_0000;
/// A store here asks for attention.
pub const REGISTER: u32 = 0x3FF0_0000;

const CODE_LEN: usize = 0x2_0000;
const DATA_LEN: usize = 0x1_0000;
const WORDS_LEN: usize = 0x1000;

/// The bus.
pub struct Ram {
    code: Vec<u8>,
    pub data: Vec<u8>,
    words: Vec<u8>,
    cycles: u64,
    generation: u64,
    pub attention: bool,
}

impl Ram {
    pub fn new() -> Ram {
        Ram {
            code: vec![0; CODE_LEN],
            data: vec![0; DATA_LEN],
            words: vec![0; WORDS_LEN],
            cycles: 0,
            generation: 0,
            attention: false,
        }
    }

    /// Puts bytes into code memory, as a loader would.
    pub fn place(&mut self, address: u32, bytes: &[u8]) {
        let start = (address - CODE) as usize;
        self.code[start..start + bytes.len()].copy_from_slice(bytes);
        self.generation += 1;
    }

    fn memory(&mut self, address: u32) -> Option<&mut [u8]> {
        let (memory, base) = match address {
            CODE..=0x5FFF_FFFF => (&mut self.code, CODE),
            DATA..=0x6FFF_FFFF => (&mut self.data, DATA),
            WORDS..=0x401F_FFFF => (&mut self.words, WORDS),
            _ => return None,
        };
        memory.get_mut((address - base) as usize..)
    }
}

impl Bus for Ram {
    fn fetch(&mut self, address: u32) -> Result<u32, Fault> {
        match address {
            ROM..=0x4000_FFFF => Err(Fault::Intercepted),
            _ => self.load(address, Width::Word),
        }
    }

    fn fetch_ahead(&mut self, address: u32) -> Option<u32> {
        self.fetch(address).ok()
    }

    fn load_memory(&self, address: u32, width: Width) -> Option<u32> {
        let bytes = self.data.get(address.checked_sub(DATA)? as usize..)?;
        match (width, address % 4, bytes) {
            (Width::Byte, _, [a, ..]) => Some(u32::from(*a)),
            (Width::Half, 0 | 2, [a, b, ..]) => Some(u32::from(u16::from_le_bytes([*a, *b]))),
            (Width::Word, 0, [a, b, c, d, ..]) => Some(u32::from_le_bytes([*a, *b, *c, *d])),
            _ => None,
        }
    }

    fn store_memory(&mut self, address: u32, width: Width, value: u32) -> bool {
        if address < DATA || self.load_memory(address, width).is_none() {
            return false;
        }
        let start = (address - DATA) as usize;
        match width {
            Width::Byte => self.data[start] = value as u8,
            Width::Half => {
                self.data[start..start + 2].copy_from_slice(&(value as u16).to_le_bytes())
            }
            Width::Word => self.data[start..start + 4].copy_from_slice(&value.to_le_bytes()),
        }
        true
    }

    fn load(&mut self, address: u32, width: Width) -> Result<u32, Fault> {
        if (WORDS..DATA).contains(&address) && address < CODE && width != Width::Word {
            return Err(Fault::LoadStoreError);
        }
        let bytes = self.memory(address).ok_or(Fault::Prohibited)?;
        match (width, bytes) {
            (Width::Byte, [a, ..]) => Ok(u32::from(*a)),
            (Width::Half, [a, b, ..]) => Ok(u32::from(u16::from_le_bytes([*a, *b]))),
            (Width::Word, [a, b, c, d, ..]) => Ok(u32::from_le_bytes([*a, *b, *c, *d])),
            _ => Err(Fault::Prohibited),
        }
    }

    fn store(&mut self, address: u32, width: Width, value: u32) -> Result<(), Fault> {
        if address == REGISTER {
            self.attention = true;
            return Ok(());
        }
        if (WORDS..CODE).contains(&address) && width != Width::Word {
            return Err(Fault::LoadStoreError);
        }
        if address < DATA {
            self.generation += 1;
        }
        let len = match width {
            Width::Byte => 1,
            Width::Half => 2,
            Width::Word => 4,
        };
        let bytes = self.memory(address).ok_or(Fault::Prohibited)?;
        let bytes = bytes.get_mut(..len).ok_or(Fault::Prohibited)?;
        bytes.copy_from_slice(&value.to_le_bytes()[..len]);
        Ok(())
    }

    fn code_generation(&self) -> u64 {
        self.generation
    }

    fn advance(&mut self, cycles: u64) {
        self.cycles += cycles;
    }

    fn cycles(&self) -> u64 {
        self.cycles
    }

    fn attention(&self) -> bool {
        self.attention
    }
}

/// A core and its memory, with registers set up for a test.
pub struct Bench {
    pub cpu: Cpu,
    pub ram: Ram,
}

impl Bench {
    /// A core at the start of `program`, in user mode with interrupts open, vectors at
    /// [`Bench::VECTORS`].
    pub fn new(program: &[u32]) -> Bench {
        let mut bench = Bench {
            cpu: Cpu::new(),
            ram: Ram::new(),
        };
        bench.ram.place(CODE, &super::asm::bytes(program));
        bench.cpu.set_pc(CODE);
        bench.set(Special::Ps, 0x20);
        bench.set(Special::Vecbase, Bench::VECTORS);
        bench
    }

    /// VECBASE of a test.
    pub const VECTORS: u32 = CODE + 0x1_0000;

    /// Gives registers values.
    pub fn with(mut self, registers: &[(u8, u32)]) -> Bench {
        for &(n, value) in registers {
            self.cpu.set_ar(n, value);
        }
        self
    }

    /// Executes `count` instructions.
    pub fn steps(mut self, count: u32) -> Bench {
        for _ in 0..count {
            self.step();
        }
        self
    }

    /// Executes one instruction.
    pub fn step(&mut self) -> Exit {
        let next = self.ram.cycles() + 1;
        self.cpu.run(&mut self.ram, next)
    }

    /// Runs for `cycles`.
    pub fn run(&mut self, cycles: u64) -> Exit {
        let until = self.ram.cycles() + cycles;
        self.cpu.run(&mut self.ram, until)
    }

    pub fn ar(&self, n: u8) -> u32 {
        self.cpu.ar(n)
    }

    pub fn get(&self, register: Special) -> u32 {
        self.cpu.special(register, self.ram.cycles())
    }

    pub fn set(&mut self, register: Special, value: u32) {
        self.cpu.set_special(register, value, self.ram.cycles());
    }
}
