//! Arithmetic, logic, shifts, moves: registers in, one register (or SAR) out.

use super::instruction::{Alu, Instruction};
use super::special::Special;
use super::Cpu;

impl Cpu {
    /// Executes one instruction of the class; it cannot fail.
    #[inline(always)]
    pub(super) fn alu(&mut self, op: Alu, i: Instruction) {
        let (s, t) = (self.ar(i.s), self.ar(i.t));
        let value = match op {
            Alu::Add => s.wrapping_add(t),
            Alu::Addx2 => (s << 1).wrapping_add(t),
            Alu::Addx4 => (s << 2).wrapping_add(t),
            Alu::Addx8 => (s << 3).wrapping_add(t),
            Alu::Sub => s.wrapping_sub(t),
            Alu::Subx2 => (s << 1).wrapping_sub(t),
            Alu::Subx4 => (s << 2).wrapping_sub(t),
            Alu::Subx8 => (s << 3).wrapping_sub(t),
            Alu::Addi | Alu::Addmi => s.wrapping_add(i.imm),
            Alu::Neg => s.wrapping_neg(),
            Alu::Abs => (s as i32).unsigned_abs(),
            Alu::And => s & t,
            Alu::Or => s | t,
            Alu::Xor => s ^ t,
            Alu::Extui => s >> (i.t & 31) & i.imm,
            Alu::Mul16u => (s & 0xFFFF) * (t & 0xFFFF),
            Alu::Mul16s => (i32::from(s as i16) * i32::from(t as i16)) as u32,
            Alu::Mull => s.wrapping_mul(t),
            // SAR above 32 is undefined for SLL; this is what the 6-bit shifter of QEMU does.
            Alu::Sll => (u64::from(s) << (32u32.wrapping_sub(self.sar()) & 63)) as u32,
            Alu::Srl => (u64::from(s) >> self.sar()) as u32,
            Alu::Sra => (i64::from(s as i32) >> self.sar()) as u32,
            Alu::Src => ((u64::from(s) << 32 | u64::from(t)) >> self.sar()) as u32,
            Alu::Slli => s << (i.imm & 31),
            Alu::Srli => s >> (i.imm & 31),
            Alu::Srai => ((s as i32) >> (i.imm & 31)) as u32,
            Alu::Ssr => return self.set_sar(s & 31),
            Alu::Ssl => return self.set_sar(32 - (s & 31)),
            Alu::Ssa8l => return self.set_sar(8 * (s & 3)),
            Alu::Ssa8b => return self.set_sar(32 - 8 * (s & 3)),
            Alu::Ssai => return self.set_sar(i.imm),
            Alu::Nsa => redundant_sign_bits(s),
            Alu::Nsau => s.leading_zeros(),
            Alu::Mov => s,
            Alu::Movi => i.imm,
            Alu::Moveqz if t == 0 => s,
            Alu::Movnez if t != 0 => s,
            Alu::Movltz if (t as i32) < 0 => s,
            Alu::Movgez if (t as i32) >= 0 => s,
            Alu::Moveqz | Alu::Movnez | Alu::Movltz | Alu::Movgez => return,
        };
        self.set_ar(i.d, value);
    }

    /// The shift amount register: 0-63.
    #[inline(always)]
    fn sar(&self) -> u32 {
        self.sr(Special::Sar) & 63
    }

    #[inline(always)]
    fn set_sar(&mut self, value: u32) {
        self.set_sr(Special::Sar, value);
    }
}

/// How far `value` can be shifted left without changing its sign: 0-31.
fn redundant_sign_bits(value: u32) -> u32 {
    (value ^ ((value as i32) >> 31) as u32).leading_zeros() - 1
}
