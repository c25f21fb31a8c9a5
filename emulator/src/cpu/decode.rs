//! From instruction bytes to [`Instruction`].
//!
//! Source: Xtensa ISA reference manual, chapter 7 (opcode maps), cut down to what
//! core-isa.h says the LX106 has. Pure and total: any 24-bit value decodes, those
//! that are no instruction of this core to `System::Unknown`.

use super::instruction::{Alu, Branch, Instruction, Jump, Load, Op, Store, System, Tlb};
use super::special::{Access, Special};

/// Bytes of the instruction that starts with `first`.
pub fn length(first: u8) -> u8 {
    // op0 8..=15 are the density formats.
    if first & 0x8 == 0 {
        3
    } else {
        2
    }
}

/// Decodes the instruction in the low two or three bytes of `word`.
pub fn decode(word: u32) -> Instruction {
    let f = Fields(word);
    match f.op0() {
        0x0 => qrst(f),
        0x1 => f.wide(
            Op::Load(Load::L32r),
            f.t(),
            0,
            0,
            0xFFFC_0000 | (word >> 8 & 0xFFFF) << 2,
        ),
        0x2 => lsai(f),
        0x5 => calln(f),
        0x6 => si(f),
        0x7 => b(f),
        0x8..=0xF => density(f),
        _ => f.unknown(), // LSCI (floating point), MAC16
    }
}

/// The fields of an encoding, named as in the manual.
#[derive(Clone, Copy)]
struct Fields(u32);

impl Fields {
    fn nibble(self, at: u32) -> u8 {
        (self.0 >> at & 0xF) as u8
    }
    fn op0(self) -> u8 {
        self.nibble(0)
    }
    fn t(self) -> u8 {
        self.nibble(4)
    }
    fn s(self) -> u8 {
        self.nibble(8)
    }
    fn r(self) -> u8 {
        self.nibble(12)
    }
    fn op1(self) -> u8 {
        self.nibble(16)
    }
    fn op2(self) -> u8 {
        self.nibble(20)
    }
    /// Bits 7:6 of the branch formats.
    fn m(self) -> u8 {
        self.t() >> 2
    }
    /// Bits 5:4 of the call and branch formats.
    fn n(self) -> u8 {
        self.t() & 3
    }
    fn imm8(self) -> u32 {
        self.0 >> 16 & 0xFF
    }
    /// The top `bits` of the 24, sign-extended.
    fn signed_top(self, bits: u32) -> u32 {
        ((self.0 << 8) as i32 >> (32 - bits)) as u32
    }

    /// A three-byte instruction.
    fn wide(self, op: Op, d: u8, s: u8, t: u8, imm: u32) -> Instruction {
        Instruction {
            op,
            len: 3,
            d,
            s,
            t,
            imm,
        }
    }
    /// A two-byte instruction.
    fn narrow(self, op: Op, d: u8, s: u8, t: u8, imm: u32) -> Instruction {
        Instruction {
            op,
            len: 2,
            d,
            s,
            t,
            imm,
        }
    }
    /// d, s and t where the RRR format has r, s and t.
    fn rrr(self, op: Alu) -> Instruction {
        self.wide(Op::Alu(op), self.r(), self.s(), self.t(), 0)
    }
    /// d is r, the one source is `s`.
    fn unary(self, op: Alu, s: u8, imm: u32) -> Instruction {
        self.wide(Op::Alu(op), self.r(), s, 0, imm)
    }
    fn system(self, op: System) -> Instruction {
        self.wide(Op::System(op), 0, self.s(), self.t(), 0)
    }
    fn unknown(self) -> Instruction {
        let len = length(self.0 as u8);
        let imm = self.0 & if len == 2 { 0xFFFF } else { 0xFF_FFFF };
        Instruction {
            op: Op::System(System::Unknown),
            len,
            d: 0,
            s: 0,
            t: 0,
            imm,
        }
    }
    /// `instruction` when a field that must have one value has it.
    fn only_if(self, fixed: bool, instruction: Instruction) -> Instruction {
        if fixed {
            instruction
        } else {
            self.unknown()
        }
    }
}

fn qrst(f: Fields) -> Instruction {
    match f.op1() {
        0 => rst0(f),
        1 => rst1(f),
        2 if f.op2() == 8 => f.rrr(Alu::Mull),
        3 => rst3(f),
        4 | 5 => {
            let shift = f.s() | (f.op1() & 1) << 4;
            let mask = (2 << f.op2()) - 1;
            f.wide(Op::Alu(Alu::Extui), f.r(), f.t(), shift, mask)
        }
        _ => f.unknown(),
    }
}

fn rst0(f: Fields) -> Instruction {
    match f.op2() {
        0x0 => st0(f),
        0x1 => f.rrr(Alu::And),
        0x2 => f.rrr(Alu::Or),
        0x3 => f.rrr(Alu::Xor),
        0x4 => st1(f),
        0x5 => tlb(f),
        0x6 => match f.s() {
            0 => f.unary(Alu::Neg, f.t(), 0),
            1 => f.unary(Alu::Abs, f.t(), 0),
            _ => f.unknown(),
        },
        0x8 => f.rrr(Alu::Add),
        0x9 => f.rrr(Alu::Addx2),
        0xA => f.rrr(Alu::Addx4),
        0xB => f.rrr(Alu::Addx8),
        0xC => f.rrr(Alu::Sub),
        0xD => f.rrr(Alu::Subx2),
        0xE => f.rrr(Alu::Subx4),
        0xF => f.rrr(Alu::Subx8),
        _ => f.unknown(),
    }
}

fn st0(f: Fields) -> Instruction {
    match f.r() {
        0 => match (f.m(), f.n()) {
            (0, 0) => f.only_if(f.s() == 0, f.system(System::Ill)),
            (2, 0) => f.wide(Op::Jump(Jump::Ret), 0, 0, 0, 0),
            (2, 2) => f.wide(Op::Jump(Jump::Jx), 0, f.s(), 0, 0),
            (3, 0) => f.wide(Op::Jump(Jump::Callx0), 0, f.s(), 0, 0),
            _ => f.unknown(), // RETW, CALLX4/8/12
        },
        2 => f.only_if(f.s() == 0, sync(f)),
        3 => match (f.t(), f.s()) {
            (0, 0) => f.system(System::Rfe),
            (0, 2) => f.system(System::Rfde),
            (1, _) => f.system(System::Rfi),
            _ => f.unknown(),
        },
        4 => f.system(System::Break),
        5 => match (f.s(), f.t()) {
            (0, 0) => f.system(System::Syscall),
            (1, 0) => f.system(System::Simcall),
            _ => f.unknown(),
        },
        6 => f.wide(Op::System(System::Rsil), f.t(), f.s(), 0, 0),
        7 => f.only_if(f.t() == 0, f.system(System::Waiti)),
        _ => f.unknown(),
    }
}

fn sync(f: Fields) -> Instruction {
    let op = match f.t() {
        0x0 => System::Isync,
        0x1 => System::Rsync,
        0x2 => System::Esync,
        0x3 => System::Dsync,
        0x8 => System::Excw,
        0xC => System::Memw,
        0xD => System::Extw,
        0xF => System::Nop,
        _ => return f.unknown(),
    };
    f.wide(Op::System(op), 0, 0, 0, 0)
}

fn st1(f: Fields) -> Instruction {
    let set_sar = |op| f.only_if(f.t() == 0, f.wide(Op::Alu(op), 0, f.s(), 0, 0));
    match f.r() {
        0x0 => set_sar(Alu::Ssr),
        0x1 => set_sar(Alu::Ssl),
        0x2 => set_sar(Alu::Ssa8l),
        0x3 => set_sar(Alu::Ssa8b),
        0x4 => {
            let amount = u32::from(f.s() | (f.t() & 1) << 4);
            f.only_if(f.t() < 2, f.wide(Op::Alu(Alu::Ssai), 0, 0, 0, amount))
        }
        0x6 => f.wide(Op::System(System::Rer), f.t(), f.s(), 0, 0),
        0x7 => f.wide(Op::System(System::Wer), 0, f.s(), f.t(), 0),
        0xE => f.wide(Op::Alu(Alu::Nsa), f.t(), f.s(), 0, 0),
        0xF => f.wide(Op::Alu(Alu::Nsau), f.t(), f.s(), 0, 0),
        _ => f.unknown(),
    }
}

fn tlb(f: Fields) -> Instruction {
    let instruction_side = f.r() < 8;
    let access = match f.r() & 7 {
        3 => Tlb::Read0,
        4 => Tlb::Invalidate,
        5 => Tlb::Probe,
        6 => Tlb::Write,
        7 => Tlb::Read1,
        _ => return f.unknown(),
    };
    let op = Op::System(System::Tlb(access, instruction_side));
    f.only_if(
        access != Tlb::Invalidate || f.t() == 0,
        f.wide(op, f.t(), f.s(), f.t(), 0),
    )
}

fn rst1(f: Fields) -> Instruction {
    match f.op2() {
        // The encoding holds 32 - shift; a shift of 32 is undefined, and taken as 0.
        0x0 | 0x1 => {
            let coded = u32::from(f.t() | (f.op2() & 1) << 4);
            // 32 has no name in the manual; it leaves the value alone, as in QEMU.
            f.unary(Alu::Slli, f.s(), 32 - coded)
        }
        0x2 | 0x3 => f.unary(Alu::Srai, f.t(), u32::from(f.s() | (f.op2() & 1) << 4)),
        0x4 => f.unary(Alu::Srli, f.t(), u32::from(f.s())),
        0x6 => special(f, System::Xsr, Access::Exchange),
        0x8 => f.rrr(Alu::Src),
        0x9 => f.only_if(f.s() == 0, f.unary(Alu::Srl, f.t(), 0)),
        0xA => f.only_if(f.t() == 0, f.unary(Alu::Sll, f.s(), 0)),
        0xB => f.only_if(f.s() == 0, f.unary(Alu::Sra, f.t(), 0)),
        0xC => f.rrr(Alu::Mul16u),
        0xD => f.rrr(Alu::Mul16s),
        0xF => match (f.r(), f.t(), f.s()) {
            (0xE, 0, _) => f.system(System::Rfdo),
            (0xE, 1, _) => f.system(System::Rfdd),
            _ => f.unknown(),
        },
        _ => f.unknown(),
    }
}

fn rst3(f: Fields) -> Instruction {
    match f.op2() {
        0x0 => special(f, System::Rsr, Access::Read),
        0x1 => special(f, System::Wsr, Access::Write),
        0x8 => f.rrr(Alu::Moveqz),
        0x9 => f.rrr(Alu::Movnez),
        0xA => f.rrr(Alu::Movltz),
        0xB => f.rrr(Alu::Movgez),
        _ => f.unknown(),
    }
}

/// RSR, WSR, XSR: each exists only for registers that allow it.
fn special(f: Fields, op: System, access: Access) -> Instruction {
    let number = f.0 >> 8 & 0xFF;
    let exists = Special::from_number(number as u8).is_some_and(|register| register.allows(access));
    f.only_if(exists, f.wide(Op::System(op), f.t(), 0, f.t(), number))
}

fn lsai(f: Fields) -> Instruction {
    let load = |op, scale: u32| f.wide(Op::Load(op), f.t(), f.s(), 0, f.imm8() << scale);
    let store = |op, scale: u32| f.wide(Op::Store(op), 0, f.s(), f.t(), f.imm8() << scale);
    match f.r() {
        0x0 => load(Load::L8ui, 0),
        0x1 => load(Load::L16ui, 1),
        0x2 => load(Load::L32i, 2),
        0x4 => store(Store::S8i, 0),
        0x5 => store(Store::S16i, 1),
        0x6 => store(Store::S32i, 2),
        0x9 => load(Load::L16si, 1),
        0xA => {
            let imm12 = u32::from(f.s()) << 8 | f.imm8();
            f.wide(Op::Alu(Alu::Movi), f.t(), 0, 0, sign_extend(imm12, 12))
        }
        0xC => f.wide(Op::Alu(Alu::Addi), f.t(), f.s(), 0, f.signed_top(8)),
        0xD => f.wide(Op::Alu(Alu::Addmi), f.t(), f.s(), 0, f.signed_top(8) << 8),
        _ => f.unknown(),
    }
}

fn calln(f: Fields) -> Instruction {
    let imm = (f.signed_top(18) << 2).wrapping_add(4);
    f.only_if(f.n() == 0, f.wide(Op::Jump(Jump::Call0), 0, 0, 0, imm))
}

fn si(f: Fields) -> Instruction {
    let zero = |op| {
        f.wide(
            Op::Branch(op),
            0,
            f.s(),
            0,
            f.signed_top(12).wrapping_add(4),
        )
    };
    let constant = |op| {
        f.wide(
            Op::Branch(op),
            0,
            f.s(),
            f.r(),
            f.signed_top(8).wrapping_add(4),
        )
    };
    match (f.n(), f.m()) {
        (0, _) => f.wide(Op::Jump(Jump::J), 0, 0, 0, f.signed_top(18).wrapping_add(4)),
        (1, 0) => zero(Branch::Beqz),
        (1, 1) => zero(Branch::Bnez),
        (1, 2) => zero(Branch::Bltz),
        (1, _) => zero(Branch::Bgez),
        (2, 0) => constant(Branch::Beqi),
        (2, 1) => constant(Branch::Bnei),
        (2, 2) => constant(Branch::Blti),
        (2, _) => constant(Branch::Bgei),
        (3, 2) => constant(Branch::Bltui),
        (3, 3) => constant(Branch::Bgeui),
        _ => f.unknown(), // ENTRY, booleans, loops
    }
}

fn b(f: Fields) -> Instruction {
    let op = match f.r() {
        0x0 => Branch::Bnone,
        0x1 => Branch::Beq,
        0x2 => Branch::Blt,
        0x3 => Branch::Bltu,
        0x4 => Branch::Ball,
        0x5 => Branch::Bbc,
        0x6 | 0x7 => Branch::Bbci,
        0x8 => Branch::Bany,
        0x9 => Branch::Bne,
        0xA => Branch::Bge,
        0xB => Branch::Bgeu,
        0xC => Branch::Bnall,
        0xD => Branch::Bbs,
        _ => Branch::Bbsi,
    };
    let t = match op {
        Branch::Bbci | Branch::Bbsi => f.t() | (f.r() & 1) << 4,
        _ => f.t(),
    };
    f.wide(Op::Branch(op), 0, f.s(), t, f.signed_top(8).wrapping_add(4))
}

fn density(f: Fields) -> Instruction {
    match f.op0() {
        0x8 => f.narrow(Op::Load(Load::L32i), f.t(), f.s(), 0, u32::from(f.r()) << 2),
        0x9 => f.narrow(
            Op::Store(Store::S32i),
            0,
            f.s(),
            f.t(),
            u32::from(f.r()) << 2,
        ),
        0xA => f.narrow(Op::Alu(Alu::Add), f.r(), f.s(), f.t(), 0),
        0xB => {
            let imm = if f.t() == 0 {
                u32::MAX
            } else {
                u32::from(f.t())
            };
            f.narrow(Op::Alu(Alu::Addi), f.r(), f.s(), 0, imm)
        }
        0xC => density_st2(f),
        0xD => density_st3(f),
        _ => f.unknown(),
    }
}

fn density_st2(f: Fields) -> Instruction {
    let (t, r) = (u32::from(f.t()), u32::from(f.r()));
    let distance = ((t & 3) << 4 | r) + 4;
    match t >> 2 {
        0 | 1 => {
            let imm7 = (t & 7) << 4 | r;
            let imm = if imm7 >= 96 {
                imm7.wrapping_sub(128)
            } else {
                imm7
            };
            f.narrow(Op::Alu(Alu::Movi), f.s(), 0, 0, imm)
        }
        2 => f.narrow(Op::Branch(Branch::Beqz), 0, f.s(), 0, distance),
        _ => f.narrow(Op::Branch(Branch::Bnez), 0, f.s(), 0, distance),
    }
}

fn density_st3(f: Fields) -> Instruction {
    match (f.r(), f.t(), f.s()) {
        (0x0, t, s) => f.narrow(Op::Alu(Alu::Mov), t, s, 0, 0),
        (0xF, 0, _) => f.narrow(Op::Jump(Jump::Ret), 0, 0, 0, 0),
        (0xF, 2, s) => f.narrow(Op::System(System::Break), 0, s, 0, 0),
        (0xF, 3, 0) => f.narrow(Op::System(System::Nop), 0, 0, 0, 0),
        (0xF, 6, 0) => f.narrow(Op::System(System::Ill), 0, 0, 0, 0),
        _ => f.unknown(),
    }
}

/// Sign-extends the low `bits` of `value`.
fn sign_extend(value: u32, bits: u32) -> u32 {
    ((value << (32 - bits)) as i32 >> (32 - bits)) as u32
}
