//! Instructions as text, for logs and traces.
//!
//! Operands in the assembler's order; branch targets relative to the instruction
//! (`.+12`), because an [`Instruction`] does not know its address. Mnemonics are
//! the variants' names in lower case.

use core::fmt::{self, Debug, Display, Formatter};

use super::branch::{B4CONST, B4CONSTU};
use super::instruction::{Alu, Branch, Instruction, Jump, Load, Op, Store, System, Tlb};
use super::special::Special;

impl Display for Instruction {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self.op {
            Op::Alu(op) => self.alu_text(f, op),
            Op::Branch(op) => self.branch_text(f, op),
            Op::Jump(op) => self.jump_text(f, op),
            Op::Load(op) => self.load_text(f, op),
            Op::Store(op) => self.store_text(f, op),
            Op::System(op) => self.system_text(f, op),
        }
    }
}

impl Instruction {
    /// The mnemonic of an operation, marked when it is the two-byte form.
    fn mnemonic(&self, op: impl Debug) -> String {
        let suffix = if self.len == 2 { ".n" } else { "" };
        format!("{op:?}{suffix}").to_lowercase()
    }

    fn alu_text(&self, f: &mut Formatter, op: Alu) -> fmt::Result {
        let Instruction { d, s, t, imm, .. } = *self;
        let (name, signed) = (self.mnemonic(op), imm as i32);
        match op {
            Alu::Addi | Alu::Addmi | Alu::Slli | Alu::Srli | Alu::Srai => {
                write!(f, "{name} a{d}, a{s}, {signed}")
            }
            Alu::Extui => write!(f, "{name} a{d}, a{s}, {t}, {}", imm.count_ones()),
            Alu::Neg
            | Alu::Abs
            | Alu::Mov
            | Alu::Nsa
            | Alu::Nsau
            | Alu::Sll
            | Alu::Srl
            | Alu::Sra => {
                write!(f, "{name} a{d}, a{s}")
            }
            Alu::Ssr | Alu::Ssl | Alu::Ssa8l | Alu::Ssa8b => write!(f, "{name} a{s}"),
            Alu::Ssai => write!(f, "{name} {imm}"),
            Alu::Movi => write!(f, "{name} a{d}, {signed}"),
            _ => write!(f, "{name} a{d}, a{s}, a{t}"),
        }
    }

    fn branch_text(&self, f: &mut Formatter, op: Branch) -> fmt::Result {
        let Instruction { s, t, .. } = *self;
        let (name, distance) = (self.mnemonic(op), self.imm as i32);
        let code = usize::from(t & 15);
        match op {
            Branch::Beqz | Branch::Bnez | Branch::Bltz | Branch::Bgez => {
                write!(f, "{name} a{s}, .{distance:+}")
            }
            Branch::Beqi | Branch::Bnei | Branch::Blti | Branch::Bgei => {
                write!(f, "{name} a{s}, {}, .{distance:+}", B4CONST[code] as i32)
            }
            Branch::Bltui | Branch::Bgeui => {
                write!(f, "{name} a{s}, {}, .{distance:+}", B4CONSTU[code])
            }
            Branch::Bbci | Branch::Bbsi => write!(f, "{name} a{s}, {t}, .{distance:+}"),
            _ => write!(f, "{name} a{s}, a{t}, .{distance:+}"),
        }
    }

    fn jump_text(&self, f: &mut Formatter, op: Jump) -> fmt::Result {
        let (name, distance) = (self.mnemonic(op), self.imm as i32);
        match op {
            Jump::J => write!(f, "{name} .{distance:+}"),
            Jump::Call0 => write!(f, "{name} (. & -4){distance:+}"),
            Jump::Jx | Jump::Callx0 => write!(f, "{name} a{}", self.s),
            Jump::Ret => f.write_str(&name),
        }
    }

    fn load_text(&self, f: &mut Formatter, op: Load) -> fmt::Result {
        let (name, offset) = (self.mnemonic(op), self.imm as i32);
        match op {
            Load::L32r => write!(f, "{name} a{}, ((. + 3) & -4){offset:+}", self.d),
            _ => write!(f, "{name} a{}, a{}, {offset}", self.d, self.s),
        }
    }

    fn store_text(&self, f: &mut Formatter, op: Store) -> fmt::Result {
        write!(
            f,
            "{} a{}, a{}, {}",
            self.mnemonic(op),
            self.t,
            self.s,
            self.imm
        )
    }

    fn system_text(&self, f: &mut Formatter, op: System) -> fmt::Result {
        let Instruction { d, s, t, imm, .. } = *self;
        let name = self.mnemonic(op);
        match op {
            System::Rsr | System::Wsr | System::Xsr => {
                let register = special_name(op, imm as u8);
                write!(f, "{name}.{register} a{t}")
            }
            System::Rsil => write!(f, "{name} a{d}, {s}"),
            System::Waiti | System::Rfi | System::Rfdo => write!(f, "{name} {s}"),
            System::Break if self.len == 2 => write!(f, "{name} {s}"),
            System::Break => write!(f, "{name} {s}, {t}"),
            System::Rer => write!(f, "{name} a{d}, a{s}"),
            System::Wer => write!(f, "{name} a{t}, a{s}"),
            System::Tlb(access, instruction_side) => {
                let side = if instruction_side { 'i' } else { 'd' };
                match access {
                    Tlb::Write => write!(f, "w{side}tlb a{t}, a{s}"),
                    Tlb::Invalidate => write!(f, "i{side}tlb a{s}"),
                    Tlb::Probe => write!(f, "p{side}tlb a{d}, a{s}"),
                    Tlb::Read0 => write!(f, "r{side}tlb0 a{d}, a{s}"),
                    Tlb::Read1 => write!(f, "r{side}tlb1 a{d}, a{s}"),
                }
            }
            System::Unknown => write!(f, ".byte {}", bytes(imm, self.len)),
            _ => f.write_str(&name),
        }
    }
}

/// The register's name in an instruction: numbers 226 and the ids are called by use and number.
fn special_name(op: System, number: u8) -> String {
    match Special::from_number(number) {
        Some(Special::Interrupt) if op == System::Wsr => "intset".into(),
        Some(Special::Configid0 | Special::Configid1) | None => number.to_string(),
        Some(register) => format!("{register:?}").to_lowercase(),
    }
}

/// The bytes of an encoding, in memory order.
fn bytes(encoding: u32, len: u8) -> String {
    let bytes = &encoding.to_le_bytes()[..usize::from(len)];
    bytes
        .iter()
        .map(|byte| format!("{byte:#04x}"))
        .collect::<Vec<_>>()
        .join(", ")
}
