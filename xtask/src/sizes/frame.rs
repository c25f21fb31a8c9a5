//! How much stack a function takes for itself, read off its first instructions.

use d1_emulator::cpu::decode::decode;
use d1_emulator::cpu::instruction::{Alu, Op};

/// The stack pointer.
const STACK: usize = 1;
/// A prologue that moves the stack pointer by more than an immediate takes a few instructions.
const PROLOGUE_LEN: usize = 8;

/// What a register holds, as far as it is known without running.
#[derive(Clone, Copy)]
enum Value {
    Constant(u32),
    /// The stack pointer of the caller, and so much more.
    Stack(u32),
    Unknown,
}

/// Bytes by which the code at the start of `code` moves the stack pointer down.
pub fn frame_len(code: &[u8]) -> u32 {
    let mut values = [Value::Unknown; 16];
    values[STACK] = Value::Stack(0);
    let mut rest = code;
    for _ in 0..PROLOGUE_LEN {
        let Some(word) = first_word(rest) else { break };
        let instruction = decode(word);
        let Op::Alu(alu) = instruction.op else { break };
        let (s, t) = (
            values[usize::from(instruction.s) & 15],
            values[usize::from(instruction.t) & 15],
        );
        let place = usize::from(instruction.d) & 15;
        values[place] = match (alu, s, t) {
            (Alu::Movi, ..) => Value::Constant(instruction.imm),
            (Alu::Mov, value, _) => value,
            (Alu::Addi | Alu::Addmi, Value::Stack(value), _) => {
                Value::Stack(value.wrapping_add(instruction.imm))
            }
            (Alu::Addi | Alu::Addmi, Value::Constant(value), _) => {
                Value::Constant(value.wrapping_add(instruction.imm))
            }
            (Alu::Slli, Value::Constant(value), _) => {
                Value::Constant(value.wrapping_shl(instruction.imm))
            }
            (Alu::Add, Value::Stack(from), Value::Constant(value)) => {
                Value::Stack(from.wrapping_add(value))
            }
            (Alu::Sub, Value::Stack(from), Value::Constant(value)) => {
                Value::Stack(from.wrapping_sub(value))
            }
            _ => Value::Unknown,
        };
        match values[STACK] {
            Value::Stack(0) => {}
            Value::Stack(moved) => return moved.wrapping_neg(),
            _ => break,
        }
        rest = &rest[usize::from(instruction.len).min(rest.len())..];
    }
    0
}

/// Up to four bytes; what is missing counts as zero.
fn first_word(code: &[u8]) -> Option<u32> {
    if code.len() < 2 {
        return None;
    }
    let mut word = [0; 4];
    let len = code.len().min(4);
    word[..len].copy_from_slice(&code[..len]);
    Some(u32::from_le_bytes(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_off_prologues() {
        // addi a1, a1, -32; s32i a0, a1, 28
        assert_eq!(frame_len(&[0x12, 0xC1, 0xE0, 0x02, 0x61, 0x07]), 32);
        // movi a8, -784; add.n a8, a1, a8; mov.n a1, a8
        let large = [0x82, 0xAC, 0xF0, 0x8A, 0x81, 0x1D, 0x08];
        assert_eq!(frame_len(&large), 784);
        // movi.n a2, 0; ret.n
        assert_eq!(frame_len(&[0x0C, 0x02, 0x0D, 0xF0]), 0);
        assert_eq!(frame_len(&[]), 0);
    }
}
