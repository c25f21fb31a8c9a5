//! Arithmetic, logic, shifts, moves, constants.

use super::asm::{self, rrr};
use super::ram::{Bench, CODE};
use d1_emulator::cpu::Special;

/// Result in a3 of one instruction with `s` in a4 and `t` in a5.
fn result(instruction: u32, s: u32, t: u32) -> u32 {
    let bench = Bench::new(&[instruction])
        .with(&[(3, 0xDEAD_BEEF), (4, s), (5, t)])
        .steps(1);
    assert_eq!(bench.cpu.pc(), CODE + asm::len(instruction) as u32);
    assert_eq!(bench.cpu.exceptions().count(), 0);
    bench.ar(3)
}

/// As [`result`], with SAR set.
fn shifted(instruction: u32, sar: u32, s: u32, t: u32) -> u32 {
    let mut bench = Bench::new(&[instruction]).with(&[(4, s), (5, t)]);
    bench.set(Special::Sar, sar);
    bench.steps(1).ar(3)
}

#[test]
fn sums_wrap() {
    assert_eq!(result(rrr(8, 0, 3, 4, 5), u32::MAX, 2), 1);
    assert_eq!(result(rrr(9, 0, 3, 4, 5), 0x8000_0001, 1), 3); // ADDX2
    assert_eq!(result(rrr(10, 0, 3, 4, 5), 0x4000_0001, 1), 5); // ADDX4
    assert_eq!(result(rrr(11, 0, 3, 4, 5), 0x2000_0001, 1), 9); // ADDX8
    assert_eq!(result(asm::add_n(3, 4, 5), 7, 8), 15);
}

#[test]
fn differences_wrap() {
    assert_eq!(result(rrr(12, 0, 3, 4, 5), 1, 2), u32::MAX);
    assert_eq!(result(rrr(13, 0, 3, 4, 5), 3, 1), 5); // SUBX2
    assert_eq!(result(rrr(14, 0, 3, 4, 5), 3, 1), 11); // SUBX4
    assert_eq!(result(rrr(15, 0, 3, 4, 5), 3, 1), 23); // SUBX8
}

#[test]
fn immediates_are_signed() {
    assert_eq!(result(asm::addi(3, 4, -128), 0, 0), -128i32 as u32);
    assert_eq!(result(asm::addi(3, 4, 127), 1, 0), 128);
    assert_eq!(result(asm::addmi(3, 4, -32768), 0, 0), -32768i32 as u32);
    assert_eq!(result(asm::addmi(3, 4, 32512), 1, 0), 32513);
    assert_eq!(result(asm::movi(3, -2048), 0, 0), -2048i32 as u32);
    assert_eq!(result(asm::movi(3, 2047), 0, 0), 2047);
    assert_eq!(result(asm::movi_n(3, -32), 0, 0), -32i32 as u32);
    assert_eq!(result(asm::movi_n(3, 95), 0, 0), 95);
}

#[test]
fn narrow_addi_of_zero_means_minus_one() {
    assert_eq!(result(asm::addi_n(3, 4, -1), 10, 0), 9);
    assert_eq!(result(asm::addi_n(3, 4, 15), 10, 0), 25);
}

#[test]
fn negation_and_absolute_value_of_the_smallest_number_are_itself() {
    let (neg, abs) = (rrr(6, 0, 3, 0, 5), rrr(6, 0, 3, 1, 5));
    assert_eq!(result(neg, 0, 5), -5i32 as u32);
    assert_eq!(result(neg, 0, 1 << 31), 1 << 31);
    assert_eq!(result(abs, 0, -5i32 as u32), 5);
    assert_eq!(result(abs, 0, 5), 5);
    assert_eq!(result(abs, 0, 1 << 31), 1 << 31);
}

#[test]
fn logic_is_bitwise() {
    assert_eq!(result(asm::and(3, 4, 5), 0b1100, 0b1010), 0b1000);
    assert_eq!(result(asm::or(3, 4, 5), 0b1100, 0b1010), 0b1110);
    assert_eq!(result(asm::xor(3, 4, 5), 0b1100, 0b1010), 0b0110);
    assert_eq!(result(asm::mov_n(3, 4), 0x1234_5678, 0), 0x1234_5678);
}

#[test]
fn extui_extracts_a_field() {
    assert_eq!(result(asm::extui(3, 5, 0, 1), 0, 0xFFFF_FFFF), 1);
    assert_eq!(result(asm::extui(3, 5, 8, 16), 0, 0x1234_5678), 0x3456);
    assert_eq!(result(asm::extui(3, 5, 31, 16), 0, 0x8000_0000), 1);
    assert_eq!(result(asm::extui(3, 5, 20, 4), 0, 0x00A0_0000), 0xA);
}

#[test]
fn multiplies_take_the_low_halves_or_give_the_low_word() {
    let (mul16u, mul16s, mull) = (rrr(12, 1, 3, 4, 5), rrr(13, 1, 3, 4, 5), rrr(8, 2, 3, 4, 5));
    assert_eq!(result(mul16u, 0xABCD_FFFF, 0x1234_FFFF), 0xFFFE_0001);
    assert_eq!(result(mul16s, 0xABCD_FFFF, 0x1234_0002), -2i32 as u32);
    assert_eq!(result(mul16s, 0x8000, 0x8000), 0x4000_0000);
    assert_eq!(result(mull, 0x1_0001, 0x1_0001), 0x0002_0001);
}

#[test]
fn shifts_by_sar_take_64_bits() {
    let (sll, srl, sra, src) = (
        rrr(10, 1, 3, 4, 0),
        rrr(9, 1, 3, 0, 5),
        rrr(11, 1, 3, 0, 5),
        rrr(8, 1, 3, 4, 5),
    );
    assert_eq!(shifted(sll, 32, 0x1234_5678, 0), 0x1234_5678); // after SSL 0
    assert_eq!(shifted(sll, 24, 0x1234_5678, 0), 0x3456_7800); // after SSL 8
    assert_eq!(shifted(sll, 0, 0x1234_5678, 0), 0);
    assert_eq!(shifted(srl, 31, 0, 0x8000_0000), 1);
    assert_eq!(shifted(srl, 32, 0, 0x8000_0000), 0);
    assert_eq!(shifted(sra, 31, 0, 0x8000_0000), u32::MAX);
    assert_eq!(shifted(sra, 63, 0, 0x8000_0000), u32::MAX);
    assert_eq!(shifted(src, 8, 0x1234_5678, 0x9ABC_DEF0), 0x789A_BCDE);
    assert_eq!(shifted(src, 32, 0x1234_5678, 0x9ABC_DEF0), 0x1234_5678);
}

#[test]
fn shifts_by_constants() {
    assert_eq!(result(asm::slli(3, 4, 1), 0x8000_0001, 0), 2);
    assert_eq!(result(asm::slli(3, 4, 31), 1, 0), 0x8000_0000);
    assert_eq!(result(asm::srli(3, 5, 15), 0, 0x8000_0000), 0x1_0000);
    assert_eq!(result(asm::srai(3, 5, 31), 0, 0x8000_0000), u32::MAX);
    assert_eq!(result(asm::srai(3, 5, 4), 0, 0x7000_0000), 0x0700_0000);
}

#[test]
fn sar_setters() {
    let sar = |r: u8, s: u32| {
        Bench::new(&[rrr(4, 0, r, 4, 0)])
            .with(&[(4, s)])
            .steps(1)
            .get(Special::Sar)
    };
    assert_eq!(sar(0, 33), 1); // SSR
    assert_eq!(sar(1, 0), 32); // SSL
    assert_eq!(sar(1, 8), 24);
    assert_eq!(sar(2, 7), 24); // SSA8L
    assert_eq!(sar(3, 1), 24); // SSA8B
    assert_eq!(sar(3, 0), 32);
    assert_eq!(Bench::new(&[asm::ssai(31)]).steps(1).get(Special::Sar), 31);
}

#[test]
fn bit_counts() {
    let (nsa, nsau) = (rrr(4, 0, 14, 4, 3), rrr(4, 0, 15, 4, 3));
    assert_eq!(result(nsa, 3, 0), 29);
    assert_eq!(result(nsa, 0, 0), 31);
    assert_eq!(result(nsa, u32::MAX, 0), 31);
    assert_eq!(result(nsa, 0x8000_0000, 0), 0);
    assert_eq!(result(nsau, 0, 0), 32);
    assert_eq!(result(nsau, 1, 0), 31);
    assert_eq!(result(nsau, 0x8000_0000, 0), 0);
}

#[test]
fn conditional_moves_leave_the_register_when_the_condition_fails() {
    let kept = 0xDEAD_BEEF;
    let minus = -1i32 as u32;
    for (op2, moves_for) in [
        (8, [0, 0]),
        (9, [1, minus]),
        (10, [minus, 1 << 31]),
        (11, [0, 1]),
    ] {
        for t in [0, 1, minus, 1 << 31] {
            let moved = result(rrr(op2, 3, 3, 4, 5), 7, t) != kept;
            let expected = match op2 {
                8 => t == 0,
                9 => t != 0,
                10 => (t as i32) < 0,
                _ => t as i32 >= 0,
            };
            assert_eq!(moved, expected, "op2 {op2} t {t:#x}");
        }
        assert_eq!(result(rrr(op2, 3, 3, 4, 5), 7, moves_for[0]), 7);
        assert_eq!(result(rrr(op2, 3, 3, 4, 5), 7, moves_for[1]), 7);
    }
}
