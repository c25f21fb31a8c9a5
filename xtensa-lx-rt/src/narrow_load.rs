//! Byte and half-word loads from flash, which the chip knows for whole words only.
//!
//! Code that was not written for that rule (Espressif's libraries keep constants in flash) raises a
//! LoadStoreError. With the feature `narrow-loads` the load is done here by a word, the register is set, and
//! the program goes on behind the instruction. Without it, the exception takes its usual way.

/// The flash window.
const WINDOW: core::ops::Range<u32> = 0x4020_0000..0x4030_0000;
/// Bytes of L8UI, L16UI and L16SI.
const INSTRUCTION_LEN: u32 = 3;

/// The registers to go on with: OWN_PC and what follows in `vectors.S`.
#[repr(C)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Registers {
    pc: u32,
    ps: u32,
    a: [u32; 16],
}

/// What is to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    Byte,
    Half,
    SignedHalf,
}

/// Reads an instruction: what it loads, and the number of the register. Source: Xtensa ISA reference manual,
/// chapter 6 (L8UI, L16UI, L16SI: RRI8, op0 = 2, r = 0, 1, 9).
#[inline(always)]
fn decode(instruction: u32) -> Option<(Load, usize)> {
    if instruction & 0xF != 2 {
        return None;
    }
    let load = match instruction >> 12 & 0xF {
        0 => Load::Byte,
        1 => Load::Half,
        9 => Load::SignedHalf,
        _ => return None,
    };
    Some((load, (instruction >> 4 & 0xF) as usize))
}

/// Picks the value out of the word at `address & !3`. None where a half-word is not aligned.
#[inline(always)]
fn pick(load: Load, address: u32, word: u32) -> Option<u32> {
    let shifted = word >> (8 * (address & 3));
    match load {
        Load::Byte => Some(shifted & 0xFF),
        _ if address & 1 != 0 => None,
        Load::Half => Some(shifted & 0xFFFF),
        Load::SignedHalf => Some(shifted as u16 as i16 as u32),
    }
}

/// Does the load that `registers.pc` points to, which wants `address`; false if that is none of ours. `read` reads
/// an aligned word.
#[inline(always)]
fn emulate(registers: &mut Registers, address: u32, read: impl Fn(u32) -> u32) -> bool {
    if address < WINDOW.start || address >= WINDOW.end {
        return false;
    }
    // Three bytes, anywhere in a word or two.
    let start = registers.pc & !3;
    let shift = 8 * (registers.pc & 3);
    let mut instruction = read(start) >> shift;
    if shift > 8 {
        instruction |= read(start + 4) << (32 - shift);
    }
    let Some((load, register)) = decode(instruction) else {
        return false;
    };
    let Some(value) = pick(load, address, read(address & !3)) else {
        return false;
    };
    if let Some(place) = registers.a.get_mut(register) {
        *place = value;
    }
    registers.pc += INSTRUCTION_LEN;
    true
}

#[cfg(target_arch = "xtensa")]
mod symbol {
    use super::Registers;

    /// Called for every LoadStoreError; true if the interrupted program may go on. In instruction RAM, with
    /// nothing from flash but what it is asked to load.
    ///
    /// A loop around a single load (LBEG/LEND) does not exist on this core, so the next instruction is the one
    /// behind.
    #[no_mangle]
    #[link_section = ".rwtext.narrow_load"]
    extern "C" fn __narrow_load(registers: &mut Registers, address: u32) -> bool {
        if cfg!(not(feature = "narrow-loads")) {
            return false;
        }
        super::emulate(registers, address, |address| {
            // SAFETY: an aligned word of the flash window, or of the code that is being run.
            unsafe { (address as *const u32).read_volatile() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: u32 = 0x4020_1000;
    const CODE: u32 = 0x4010_0200;

    /// `l8ui`, `l16ui` or `l16si` of register `t`, at any of the four places in a word.
    fn run(kind: u32, t: u32, place: u32, address: u32) -> (bool, Registers) {
        let instruction = u64::from(0x04_0002 | kind << 12 | 3 << 8 | t << 4) | 0xEE << 24;
        let code = instruction << (8 * place) | ((1 << (8 * place)) - 1);
        let mut registers = Registers {
            pc: CODE + place,
            ..Registers::default()
        };
        let read = |address| match address {
            CODE => code as u32,
            address if address == CODE + 4 => (code >> 32) as u32,
            DATA => 0x8182_8384,
            _ => panic!("read of {address:#x}"),
        };
        let done = emulate(&mut registers, address, read);
        (done, registers)
    }

    #[test]
    fn every_narrow_load_is_done_wherever_its_instruction_lies() {
        for place in 0..4 {
            for t in 0..16 {
                for (kind, address, value) in [
                    (0, DATA, 0x84),
                    (0, DATA + 3, 0x81),
                    (1, DATA + 2, 0x8182),
                    (9, DATA, 0xFFFF_8384),
                ] {
                    let (done, registers) = run(kind, t, place, address);
                    assert!(done);
                    assert_eq!(registers.pc, CODE + place + 3);
                    assert_eq!(registers.a[t as usize], value);
                    assert_eq!(registers.a.iter().filter(|a| **a != 0).count(), 1);
                }
            }
        }
    }

    #[test]
    fn other_instructions_and_other_memory_stay_exceptions() {
        let (done, registers) = run(4, 5, 0, DATA);
        assert!(!done, "a store");
        assert_eq!(registers.pc, CODE);
        for address in [0x4010_0000, 0x4000_1000, 0x401F_FFFF, 0x4030_0000] {
            assert!(!run(0, 5, 0, address).0, "{address:#x}");
        }
        assert!(!run(1, 5, 0, DATA + 1).0, "unaligned");
    }
}
