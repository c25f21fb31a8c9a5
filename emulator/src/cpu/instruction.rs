//! A decoded instruction: what the executor reads instead of bits.
//!
//! Operations are grouped by class, one class per executor file. Operands are
//! normalised while decoding: the register written is always `d`, a single
//! source is always `s`, whatever field of the encoding held it. The density
//! (two-byte) forms share the operation of their three-byte twins.

/// One decoded instruction. Independent of the address it was found at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What to do.
    pub op: Op,
    /// Size in bytes: 2 or 3.
    pub len: u8,
    /// Register written (0-15).
    pub d: u8,
    /// First source register (0-15), or a four-bit level.
    pub s: u8,
    /// Second source register (0-15), or a five-bit shift or bit number.
    pub t: u8,
    /// Immediate operand: see the operation.
    pub imm: u32,
}

/// An operation, by the class that executes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Registers to register, or to SAR.
    Alu(Alu),
    /// Conditional branch; `imm` is the target relative to the branch.
    Branch(Branch),
    /// Unconditional transfer.
    Jump(Jump),
    /// Memory to register `d`.
    Load(Load),
    /// Register `t` to memory.
    Store(Store),
    /// Processor state.
    System(System),
}

/// Arithmetic, logic, shifts, moves and constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alu {
    /// d = s + t.
    Add,
    /// d = 2s + t.
    Addx2,
    /// d = 4s + t.
    Addx4,
    /// d = 8s + t.
    Addx8,
    /// d = s - t.
    Sub,
    /// d = 2s - t.
    Subx2,
    /// d = 4s - t.
    Subx4,
    /// d = 8s - t.
    Subx8,
    /// d = s + imm, imm -128..=127.
    Addi,
    /// d = s + imm, imm a multiple of 256.
    Addmi,
    /// d = -s.
    Neg,
    /// d = |s|.
    Abs,
    /// d = s & t.
    And,
    /// d = s | t.
    Or,
    /// d = s ^ t.
    Xor,
    /// d = (s >> t) & imm.
    Extui,
    /// d = low half of s times low half of t, unsigned.
    Mul16u,
    /// d = low half of s times low half of t, signed.
    Mul16s,
    /// d = low word of s times t.
    Mull,
    /// d = s << (32 - SAR).
    Sll,
    /// d = s >> SAR, zeros shifted in.
    Srl,
    /// d = s >> SAR, sign shifted in.
    Sra,
    /// d = low word of (s:t >> SAR).
    Src,
    /// d = s << imm.
    Slli,
    /// d = s >> imm, zeros shifted in.
    Srli,
    /// d = s >> imm, sign shifted in.
    Srai,
    /// SAR = s & 31: prepares a right shift.
    Ssr,
    /// SAR = 32 - (s & 31): prepares a left shift.
    Ssl,
    /// SAR = 8 * (s & 3): prepares SRC for a little-endian unaligned load.
    Ssa8l,
    /// SAR = 32 - 8 * (s & 3).
    Ssa8b,
    /// SAR = imm.
    Ssai,
    /// d = redundant sign bits of s.
    Nsa,
    /// d = leading zeros of s.
    Nsau,
    /// d = s.
    Mov,
    /// d = imm.
    Movi,
    /// d = s when t == 0.
    Moveqz,
    /// d = s when t != 0.
    Movnez,
    /// d = s when t < 0.
    Movltz,
    /// d = s when t >= 0.
    Movgez,
}

/// Branch conditions. `imm` is the byte distance from the branch to its target.
///
/// The forms with a constant keep it in `t`, as the four-bit code of the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// s == t.
    Beq,
    /// s != t.
    Bne,
    /// s < t, signed.
    Blt,
    /// s >= t, signed.
    Bge,
    /// s < t, unsigned.
    Bltu,
    /// s >= t, unsigned.
    Bgeu,
    /// Some bit of mask t is set in s.
    Bany,
    /// No bit of mask t is set in s.
    Bnone,
    /// All bits of mask t are set in s.
    Ball,
    /// Not all bits of mask t are set in s.
    Bnall,
    /// Bit (t & 31) of s is clear.
    Bbc,
    /// Bit (t & 31) of s is set.
    Bbs,
    /// Bit number t of s is clear.
    Bbci,
    /// Bit number t of s is set.
    Bbsi,
    /// s == constant.
    Beqi,
    /// s != constant.
    Bnei,
    /// s < constant, signed.
    Blti,
    /// s >= constant, signed.
    Bgei,
    /// s < constant, unsigned.
    Bltui,
    /// s >= constant, unsigned.
    Bgeui,
    /// s == 0.
    Beqz,
    /// s != 0.
    Bnez,
    /// s < 0.
    Bltz,
    /// s >= 0.
    Bgez,
}

/// Unconditional transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// To pc + imm.
    J,
    /// To register s.
    Jx,
    /// To (pc & !3) + imm, return address in a0.
    Call0,
    /// To register s, return address in a0.
    Callx0,
    /// To a0.
    Ret,
}

/// Loads; the address is s + imm except for `L32r`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// A byte, zero-extended.
    L8ui,
    /// A half word, zero-extended.
    L16ui,
    /// A half word, sign-extended.
    L16si,
    /// A word.
    L32i,
    /// A literal word, imm (negative) from the aligned pc or from LITBASE.
    L32r,
}

/// Stores; the address is s + imm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// A byte.
    S8i,
    /// A half word.
    S16i,
    /// A word.
    S32i,
}

/// Instructions on processor state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Does nothing.
    Nop,
    /// Orders memory accesses. Accesses are in order here anyway, as for the next six.
    Memw,
    /// Waits for external effects.
    Extw,
    /// Waits for effects on instruction fetch.
    Isync,
    /// Waits for effects on register reads.
    Rsync,
    /// Waits for effects on execution.
    Esync,
    /// Waits for effects on loads and stores.
    Dsync,
    /// Waits for exceptions of earlier instructions.
    Excw,
    /// d = special register imm.
    Rsr,
    /// Special register imm = t.
    Wsr,
    /// Exchanges d with special register imm.
    Xsr,
    /// d = PS, then PS.INTLEVEL = s.
    Rsil,
    /// PS.INTLEVEL = s, then wait for an interrupt.
    Waiti,
    /// Return from a user or kernel exception.
    Rfe,
    /// Return from a double exception.
    Rfde,
    /// Return from the interrupt level s.
    Rfi,
    /// Return from debug by a debugger: illegal without one.
    Rfdo,
    /// Return from debug dispatch: illegal without a debugger.
    Rfdd,
    /// The system-call exception.
    Syscall,
    /// A call to a simulator: illegal on the chip.
    Simcall,
    /// The debug exception; operands s and t are for the debugger.
    Break,
    /// The instruction that is illegal by definition.
    Ill,
    /// No instruction of this core; imm holds its bytes.
    Unknown,
    /// d = external register at s.
    Rer,
    /// External register at s = t.
    Wer,
    /// An access to the region attributes of the instruction side (`true`) or data side.
    Tlb(Tlb, bool),
}

/// What an access to the region attributes does (the "TLB" of a core with region protection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tlb {
    /// Attribute of the region of s = t.
    Write,
    /// Forget the entry of s: nothing to do for fixed regions.
    Invalidate,
    /// d = the entry that maps s.
    Probe,
    /// d = the virtual part of the entry of s.
    Read0,
    /// d = the physical part and attribute of the entry of s.
    Read1,
}
