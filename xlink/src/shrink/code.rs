//! Instructions as the passes see them: what each reads, writes and may do besides.
//!
//! Source: Xtensa Instruction Set Architecture Reference Manual, chapter 6; the call0 ABI, chapter 10 there.

use std::borrow::Cow;
use std::fmt;

/// A set of address registers: bit n is `an`.
pub type Registers = u16;

/// The stack pointer.
pub const STACK: u8 = 1;
/// What a call leaves undefined: the return address, arguments, results and scratch.
pub const CLOBBERED: Registers = 0x0FFD;
/// What a callee may look at: the stack pointer and arguments.
const ARGUMENTS: Registers = 0x00FE;
/// The product of two words, `a2` and `a4`, into `a3` and `a2`: `xtensa-lx-rt/src/multiply.S`.
pub const MULTIPLY_WORDS: &str = "__multiply_words";
/// What that looks at.
const FACTORS: Registers = 1 << STACK | 1 << 2 | 1 << 4;
/// What a caller may look at after a return: results, the stack pointer, what the callee keeps.
const RETURNED: Registers = 0xF03F;

/// An operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand<'a> {
    /// `a0` to `a15`, by number.
    Register(u8),
    /// An immediate.
    Number(i32),
    /// A label, a literal or a function.
    Name(Cow<'a, str>),
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code<'a> {
    pub mnemonic: &'a str,
    pub operands: Vec<Operand<'a>>,
    /// Saves a register to a place of the frame, or brings one back, and nothing else accesses that place but by
    /// an address of this kind: LLVM says so.
    pub is_spill: bool,
}

/// What an instruction does beside writing registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: it can go when nobody looks at the result.
    Pure,
    /// Something that matters: memory, synchronisation, the shift amount.
    Effect,
    /// May go to the label that is the last operand.
    Branch,
    /// Goes to the label that is its operand.
    Jump,
    /// Goes where a register says.
    Indirect,
    /// Calls, and comes back, most often.
    Call,
    /// Returns.
    Return,
}

/// The registers and the kind of an instruction.
#[derive(Clone, Copy, Debug)]
pub struct Effects {
    pub reads: Registers,
    pub writes: Registers,
    pub kind: Kind,
}

impl<'a> Code<'a> {
    /// An instruction made of these parts.
    pub fn new(mnemonic: &'a str, operands: impl Into<Vec<Operand<'a>>>) -> Self {
        Code {
            mnemonic,
            operands: operands.into(),
            is_spill: false,
        }
    }

    /// `or to, from, from`, which the assembler makes a `mov.n`.
    pub fn copy(to: u8, from: u8) -> Self {
        use Operand::Register;
        Code::new("or", [Register(to), Register(from), Register(from)])
    }

    /// Reads an instruction, if the line is one.
    pub fn parse(line: &'a str) -> Option<Self> {
        let (mnemonic, operands) = crate::instruction::instruction(line)?;
        let operands = match operands {
            "" => Vec::new(),
            _ => operands.split(", ").map(parse_operand).collect(),
        };
        let comment = line.split_once('#').map_or("", |(_, comment)| comment);
        let is_spill =
            comment.contains("-byte Folded Spill") || comment.contains("-byte Folded Reload");
        Some(Code {
            mnemonic,
            operands,
            is_spill,
        })
    }

    /// Register number of an operand.
    pub fn register(&self, index: usize) -> Option<u8> {
        match self.operands.get(index)? {
            Operand::Register(register) => Some(*register),
            _ => None,
        }
    }

    /// Value of an operand.
    pub fn number(&self, index: usize) -> Option<i32> {
        match self.operands.get(index)? {
            Operand::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The label that a branch or jump names, the function that a call names, the literal that a load names.
    pub fn name(&self) -> Option<&str> {
        match self.operands.last()? {
            Operand::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Source, if all it does is copy a register.
    pub fn copied(&self) -> Option<u8> {
        let from = self.register(1)?;
        (self.mnemonic == "or" && self.register(2) == Some(from)).then_some(from)
    }

    /// What it reads, writes and does; `None` for an instruction that nobody here knows.
    pub fn effects(&self) -> Option<Effects> {
        let bit = |index: usize| self.register(index).map(|register| 1u16 << register);
        let (reads, writes, kind) = match self.mnemonic {
            "movi" | "l32r" => (0, bit(0)?, Kind::Pure),
            "l32i" | "l8ui" | "l16ui" | "l16si" if self.is_spill => (bit(1)?, bit(0)?, Kind::Pure),
            "l32i" | "l8ui" | "l16ui" | "l16si" => (bit(1)?, bit(0)?, Kind::Effect),
            "addi" | "addmi" | "slli" | "srli" | "srai" | "extui" | "neg" | "abs" | "sll"
            | "srl" | "sra" => (bit(1)?, bit(0)?, Kind::Pure),
            "add" | "sub" | "and" | "or" | "xor" | "mull" | "mul16u" | "mul16s" | "addx2"
            | "addx4" | "addx8" | "subx2" | "subx4" | "subx8" | "src" => {
                (bit(1)? | bit(2)?, bit(0)?, Kind::Pure)
            }
            "s32i" | "s16i" | "s8i" => (bit(0)? | bit(1)?, 0, Kind::Effect),
            "ssl" | "ssr" | "ssa8l" => (bit(0)?, 0, Kind::Effect),
            "ssai" | "memw" | "nop" => (0, 0, Kind::Effect),
            "beqz" | "bnez" | "bltz" | "bgez" | "beqi" | "bnei" | "blti" | "bgei" | "bltui"
            | "bgeui" | "bbci" | "bbsi" => (bit(0)?, 0, Kind::Branch),
            "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu" | "bany" | "bnone" => {
                (bit(0)? | bit(1)?, 0, Kind::Branch)
            }
            "j" => (0, 0, Kind::Jump),
            "jx" => (bit(0)?, 0, Kind::Indirect),
            "call0" if self.name() == Some(MULTIPLY_WORDS) => (FACTORS, CLOBBERED, Kind::Call),
            "call0" => (ARGUMENTS, CLOBBERED, Kind::Call),
            "callx0" => (ARGUMENTS | bit(0)?, CLOBBERED, Kind::Call),
            "ret" => (RETURNED, 0, Kind::Return),
            _ => return None,
        };
        Some(Effects {
            reads,
            writes,
            kind,
        })
    }

    /// Bytes that the assembler makes of it, if what it names is near.
    pub fn len(&self) -> usize {
        use Operand::Register;
        let narrow = match (self.mnemonic, &self.operands[..]) {
            ("l32i" | "s32i", [_, _, Operand::Number(offset)]) => (0..=60).contains(offset),
            ("movi", [_, Operand::Number(value)]) => (-32..=95).contains(value),
            ("addi", [_, _, Operand::Number(value)]) => *value == -1 || (1..=15).contains(value),
            ("add", _) | ("ret", _) => true,
            ("or", [_, Register(one), Register(other)]) => one == other,
            _ => false,
        };
        if narrow {
            2
        } else {
            3
        }
    }
}

fn parse_operand(text: &str) -> Operand<'_> {
    let register = text
        .strip_prefix('a')
        .and_then(|number| number.parse().ok())
        .filter(|&number: &u8| number < 16);
    if let Some(register) = register {
        return Operand::Register(register);
    }
    match text.parse() {
        Ok(number) => Operand::Number(number),
        Err(_) => Operand::Name(text.into()),
    }
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Operand::Register(register) => write!(f, "a{register}"),
            Operand::Number(number) => write!(f, "{number}"),
            Operand::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "\t{}", self.mnemonic)?;
        for (index, operand) in self.operands.iter().enumerate() {
            f.write_str(if index == 0 { "\t" } else { ", " })?;
            operand.fmt(f)?;
        }
        Ok(())
    }
}
