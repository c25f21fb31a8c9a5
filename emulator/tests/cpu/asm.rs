//! A small assembler: one function per instruction, giving its encoding.
//!
//! Two-byte instructions are recognized by their low nibble, as the core does.
//! Offsets of branches and jumps are distances from the instruction.

/// The bytes of a program.
pub fn bytes(program: &[u32]) -> Vec<u8> {
    let encode = |word: &u32| word.to_le_bytes()[..len(*word)].to_vec();
    program.iter().flat_map(encode).collect()
}

/// Size of one instruction in bytes.
pub fn len(word: u32) -> usize {
    if word & 8 == 0 {
        3
    } else {
        2
    }
}

/// The three-register format.
pub const fn rrr(op2: u32, op1: u32, r: u8, s: u8, t: u8) -> u32 {
    op2 << 20 | op1 << 16 | (r as u32) << 12 | (s as u32) << 8 | (t as u32) << 4
}

/// The format with an 8-bit immediate.
fn rri8(op0: u32, r: u8, s: u8, t: u8, imm8: u32) -> u32 {
    assert!(imm8 < 256);
    imm8 << 16 | u32::from(r) << 12 | u32::from(s) << 8 | u32::from(t) << 4 | op0
}

/// The two-byte format.
pub fn rrrn(op0: u32, r: u8, s: u8, t: u8) -> u32 {
    u32::from(r) << 12 | u32::from(s) << 8 | u32::from(t) << 4 | op0
}

fn imm8(value: i32) -> u32 {
    assert!(
        (-128..128).contains(&value),
        "{value} needs more than 8 bits"
    );
    value as u32 & 0xFF
}

pub fn and(r: u8, s: u8, t: u8) -> u32 {
    rrr(1, 0, r, s, t)
}
pub fn or(r: u8, s: u8, t: u8) -> u32 {
    rrr(2, 0, r, s, t)
}
pub fn xor(r: u8, s: u8, t: u8) -> u32 {
    rrr(3, 0, r, s, t)
}
pub fn add(r: u8, s: u8, t: u8) -> u32 {
    rrr(8, 0, r, s, t)
}
pub fn addi(t: u8, s: u8, value: i32) -> u32 {
    rri8(2, 12, s, t, imm8(value))
}
pub fn addmi(t: u8, s: u8, value: i32) -> u32 {
    assert_eq!(value & 0xFF, 0);
    rri8(2, 13, s, t, imm8(value >> 8))
}
pub fn movi(t: u8, value: i32) -> u32 {
    assert!((-2048..2048).contains(&value));
    let imm = value as u32 & 0xFFF;
    rri8(2, 10, (imm >> 8) as u8, t, imm & 0xFF)
}
pub fn extui(r: u8, t: u8, shift: u8, bits: u32) -> u32 {
    rrr(bits - 1, 4 + u32::from(shift >> 4), r, shift & 15, t)
}
pub fn slli(r: u8, s: u8, shift: u8) -> u32 {
    let coded = 32 - shift;
    rrr(u32::from(coded >> 4), 1, r, s, coded & 15)
}
pub fn srli(r: u8, t: u8, shift: u8) -> u32 {
    rrr(4, 1, r, shift, t)
}
pub fn srai(r: u8, t: u8, shift: u8) -> u32 {
    rrr(2 + u32::from(shift >> 4), 1, r, shift & 15, t)
}
pub fn ssai(shift: u8) -> u32 {
    rrr(4, 0, 4, shift & 15, shift >> 4)
}

pub fn l8ui(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 0, s, t, offset)
}
pub fn l16ui(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 1, s, t, offset / 2)
}
pub fn l16si(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 9, s, t, offset / 2)
}
pub fn l32i(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 2, s, t, offset / 4)
}
pub fn s8i(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 4, s, t, offset)
}
pub fn s16i(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 5, s, t, offset / 2)
}
pub fn s32i(t: u8, s: u8, offset: u32) -> u32 {
    rri8(2, 6, s, t, offset / 4)
}
pub fn l32i_n(t: u8, s: u8, offset: u32) -> u32 {
    rrrn(8, (offset / 4) as u8, s, t)
}
pub fn s32i_n(t: u8, s: u8, offset: u32) -> u32 {
    rrrn(9, (offset / 4) as u8, s, t)
}
/// `distance` is negative and counts from the instruction's address, rounded up to a word.
pub fn l32r(t: u8, distance: i32) -> u32 {
    (distance as u32 >> 2 & 0xFFFF) << 8 | u32::from(t) << 4 | 1
}

/// A two-register branch: r selects the condition, t is a register or a bit's low part.
pub fn branch(r: u8, s: u8, t: u8, distance: i32) -> u32 {
    rri8(7, r, s, t, imm8(distance - 4))
}
/// A branch against a constant's code: BEQI, BNEI, BLTI, BGEI (m 0-3).
pub fn branch_constant(m: u8, s: u8, code: u8, distance: i32) -> u32 {
    rri8(6, code, s, m << 2 | 2, imm8(distance - 4))
}
/// BLTUI (m 2), BGEUI (m 3).
pub fn branch_constant_unsigned(m: u8, s: u8, code: u8, distance: i32) -> u32 {
    rri8(6, code, s, m << 2 | 3, imm8(distance - 4))
}
/// BEQZ, BNEZ, BLTZ, BGEZ (m 0-3).
pub fn branch_zero(m: u8, s: u8, distance: i32) -> u32 {
    let imm12 = (distance - 4) as u32 & 0xFFF;
    imm12 << 12 | u32::from(s) << 8 | u32::from(m) << 6 | 1 << 4 | 6
}
pub fn beqz_n(s: u8, distance: u8) -> u32 {
    let imm6 = distance - 4;
    rrrn(12, imm6 & 15, s, 8 | imm6 >> 4)
}
pub fn bnez_n(s: u8, distance: u8) -> u32 {
    let imm6 = distance - 4;
    rrrn(12, imm6 & 15, s, 12 | imm6 >> 4)
}
pub fn j(distance: i32) -> u32 {
    ((distance - 4) as u32 & 0x3_FFFF) << 6 | 6
}
/// `distance` counts from the instruction's address rounded down to a word.
pub fn call0(distance: i32) -> u32 {
    assert_eq!(distance & 3, 0);
    ((distance - 4) as u32 >> 2 & 0x3_FFFF) << 6 | 5
}
pub fn jx(s: u8) -> u32 {
    rrr(0, 0, 0, s, 10)
}
pub fn callx0(s: u8) -> u32 {
    rrr(0, 0, 0, s, 12)
}
pub fn ret() -> u32 {
    rrr(0, 0, 0, 0, 8)
}
pub fn ret_n() -> u32 {
    0xF00D
}

pub fn add_n(r: u8, s: u8, t: u8) -> u32 {
    rrrn(10, r, s, t)
}
/// `value` -1 or 1-15.
pub fn addi_n(r: u8, s: u8, value: i32) -> u32 {
    rrrn(11, r, s, if value == -1 { 0 } else { value as u8 })
}
pub fn mov_n(t: u8, s: u8) -> u32 {
    rrrn(13, 0, s, t)
}
pub fn movi_n(s: u8, value: i32) -> u32 {
    assert!((-32..96).contains(&value));
    let imm7 = value as u32 & 0x7F;
    rrrn(12, (imm7 & 15) as u8, s, (imm7 >> 4) as u8)
}
pub fn nop_n() -> u32 {
    0xF03D
}
pub fn break_n(s: u8) -> u32 {
    rrrn(13, 15, s, 2)
}

pub fn rsr(t: u8, register: u8) -> u32 {
    rrr(0, 3, register >> 4, register & 15, t)
}
pub fn wsr(t: u8, register: u8) -> u32 {
    rrr(1, 3, register >> 4, register & 15, t)
}
pub fn xsr(t: u8, register: u8) -> u32 {
    rrr(6, 1, register >> 4, register & 15, t)
}
pub fn rsil(t: u8, level: u8) -> u32 {
    rrr(0, 0, 6, level, t)
}
pub fn waiti(level: u8) -> u32 {
    rrr(0, 0, 7, level, 0)
}
pub fn rfe() -> u32 {
    rrr(0, 0, 3, 0, 0)
}
pub fn rfde() -> u32 {
    rrr(0, 0, 3, 2, 0)
}
pub fn rfi(level: u8) -> u32 {
    rrr(0, 0, 3, level, 1)
}
pub fn syscall() -> u32 {
    rrr(0, 0, 5, 0, 0)
}
pub fn simcall() -> u32 {
    rrr(0, 0, 5, 1, 0)
}
pub fn break_(s: u8, t: u8) -> u32 {
    rrr(0, 0, 4, s, t)
}
pub fn nop() -> u32 {
    rrr(0, 0, 2, 0, 15)
}
pub fn isync() -> u32 {
    rrr(0, 0, 2, 0, 0)
}
pub fn rsync() -> u32 {
    rrr(0, 0, 2, 0, 1)
}
