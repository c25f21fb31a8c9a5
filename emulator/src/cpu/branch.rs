//! Branches, jumps and calls: everything that only changes pc (and a0).

use super::history::Transfer;
use super::instruction::{Branch, Instruction, Jump};
use super::Cpu;

/// The constants of BEQI, BNEI, BLTI and BGEI (ISA manual, table "B4const").
pub(super) const B4CONST: [u32; 16] = [
    u32::MAX,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    12,
    16,
    32,
    64,
    128,
    256,
];

/// The constants of BLTUI and BGEUI.
pub(super) const B4CONSTU: [u32; 16] = [
    32768, 65536, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256,
];

impl Cpu {
    /// Whether the condition of a branch holds.
    #[inline(always)]
    pub(super) fn branch_taken(&self, op: Branch, i: Instruction) -> bool {
        let (s, t) = (self.ar(i.s), self.ar(i.t));
        let code = usize::from(i.t & 15);
        match op {
            Branch::Beq => s == t,
            Branch::Bne => s != t,
            Branch::Blt => (s as i32) < t as i32,
            Branch::Bge => s as i32 >= t as i32,
            Branch::Bltu => s < t,
            Branch::Bgeu => s >= t,
            Branch::Bany => s & t != 0,
            Branch::Bnone => s & t == 0,
            Branch::Ball => !s & t == 0,
            Branch::Bnall => !s & t != 0,
            Branch::Bbc => s >> (t & 31) & 1 == 0,
            Branch::Bbs => s >> (t & 31) & 1 == 1,
            Branch::Bbci => s >> (i.t & 31) & 1 == 0,
            Branch::Bbsi => s >> (i.t & 31) & 1 == 1,
            Branch::Beqi => s == B4CONST[code],
            Branch::Bnei => s != B4CONST[code],
            Branch::Blti => (s as i32) < B4CONST[code] as i32,
            Branch::Bgei => s as i32 >= B4CONST[code] as i32,
            Branch::Bltui => s < B4CONSTU[code],
            Branch::Bgeui => s >= B4CONSTU[code],
            Branch::Beqz => s == 0,
            Branch::Bnez => s != 0,
            Branch::Bltz => (s as i32) < 0,
            Branch::Bgez => s as i32 >= 0,
        }
    }

    /// Executes a jump found at `pc`; `self.pc` is already the next instruction.
    #[inline(always)]
    pub(super) fn jump(&mut self, op: Jump, i: Instruction, pc: u32) {
        let target = match op {
            Jump::J => pc.wrapping_add(i.imm),
            Jump::Call0 => (pc & !3).wrapping_add(i.imm),
            Jump::Jx | Jump::Callx0 => self.ar(i.s),
            Jump::Ret => self.ar(0),
        };
        let is_call = matches!(op, Jump::Call0 | Jump::Callx0);
        // After reading the target: CALLX0 a0 is valid.
        if is_call {
            self.set_ar(0, self.pc);
        }
        if is_call || op == Jump::Ret {
            self.history.add(Transfer {
                from: pc,
                to: target,
                is_call,
            });
        }
        self.pc = target;
    }
}
