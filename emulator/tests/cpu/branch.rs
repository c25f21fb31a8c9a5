//! Branches, jumps and calls.

use super::asm;
use super::ram::{Bench, CODE};
use d1_emulator::bus::Bus;
use d1_emulator::cpu::cycles;

/// Whether `instruction`, a branch to +20, is taken with `s` in a4 and `t` in a5.
fn taken(instruction: u32, s: u32, t: u32) -> bool {
    let bench = Bench::new(&[instruction]).with(&[(4, s), (5, t)]).steps(1);
    let next = CODE + asm::len(instruction) as u32;
    let pc = bench.cpu.pc();
    assert!(pc == next || pc == CODE + 20, "{pc:#x}");
    assert_eq!(
        bench.ram.cycles(),
        if pc == next {
            cycles::BASE
        } else {
            cycles::TRANSFER
        }
    );
    pc != next
}

const MINUS: u32 = u32::MAX;

#[test]
fn register_comparisons() {
    let is = |r, s, t| taken(asm::branch(r, 4, 5, 20), s, t);
    assert!(is(1, 7, 7) && !is(1, 7, 8)); // BEQ
    assert!(!is(9, 7, 7) && is(9, 7, 8)); // BNE
    assert!(is(2, MINUS, 0) && !is(2, 0, MINUS) && !is(2, 3, 3)); // BLT
    assert!(!is(10, MINUS, 0) && is(10, 0, MINUS) && is(10, 3, 3)); // BGE
    assert!(!is(3, MINUS, 0) && is(3, 0, MINUS) && !is(3, 3, 3)); // BLTU
    assert!(is(11, MINUS, 0) && !is(11, 0, MINUS) && is(11, 3, 3)); // BGEU
}

#[test]
fn mask_tests() {
    let is = |r, s, t| taken(asm::branch(r, 4, 5, 20), s, t);
    assert!(is(8, 0b0110, 0b0100) && !is(8, 0b0110, 0b1001)); // BANY
    assert!(!is(0, 0b0110, 0b0100) && is(0, 0b0110, 0b1001)); // BNONE
    assert!(is(4, 0b0110, 0b0110) && !is(4, 0b0110, 0b1100)); // BALL
    assert!(!is(12, 0b0110, 0b0110) && is(12, 0b0110, 0b1100)); // BNALL
}

#[test]
fn bit_tests_count_from_the_least_significant_bit() {
    let is = |r, s, t| taken(asm::branch(r, 4, 5, 20), s, t);
    assert!(is(13, 1 << 9, 9) && is(13, 1 << 9, 32 + 9) && !is(13, 1 << 9, 8)); // BBS
    assert!(!is(5, 1 << 9, 9) && is(5, 1 << 9, 8)); // BBC
    let bit = |r, bit: u8, s| taken(asm::branch(r | bit >> 4, 4, bit & 15, 20), s, 0);
    assert!(bit(14, 31, 1 << 31) && !bit(14, 15, 1 << 31)); // BBSI
    assert!(!bit(6, 31, 1 << 31) && bit(6, 15, 1 << 31)); // BBCI
}

#[test]
fn constant_comparisons() {
    let signed = |m, code, s| taken(asm::branch_constant(m, 4, code, 20), s, 0);
    assert!(signed(0, 0, MINUS) && signed(0, 15, 256) && !signed(0, 9, 9) && signed(0, 9, 10)); // BEQI
    assert!(!signed(1, 0, MINUS) && signed(1, 9, 9)); // BNEI
    assert!(signed(2, 0, -2i32 as u32) && !signed(2, 0, MINUS) && signed(2, 1, MINUS)); // BLTI
    assert!(signed(3, 0, MINUS) && signed(3, 12, 32) && !signed(3, 12, 31)); // BGEI
    let unsigned = |m, code, s| taken(asm::branch_constant_unsigned(m, 4, code, 20), s, 0);
    assert!(unsigned(2, 0, 32767) && !unsigned(2, 0, 32768) && unsigned(2, 1, 65535)); // BLTUI
    assert!(unsigned(3, 2, 2) && unsigned(3, 2, MINUS) && !unsigned(3, 2, 1)); // BGEUI
}

#[test]
fn zero_comparisons() {
    let is = |m, s| taken(asm::branch_zero(m, 4, 20), s, 0);
    assert!(is(0, 0) && !is(0, 1)); // BEQZ
    assert!(!is(1, 0) && is(1, 1)); // BNEZ
    assert!(is(2, MINUS) && !is(2, 0)); // BLTZ
    assert!(!is(3, MINUS) && is(3, 0)); // BGEZ
    assert!(taken(asm::beqz_n(4, 20), 0, 0) && !taken(asm::beqz_n(4, 20), 1, 0));
    assert!(!taken(asm::bnez_n(4, 20), 0, 0) && taken(asm::bnez_n(4, 20), 1, 0));
}

#[test]
fn branches_and_jumps_reach_backwards() {
    let at_end = |instruction| {
        let mut bench = Bench::new(&[]);
        bench.ram.place(CODE + 0x8000, &asm::bytes(&[instruction]));
        bench.cpu.set_pc(CODE + 0x8000);
        bench.steps(1).cpu.pc()
    };
    assert_eq!(at_end(asm::branch(1, 4, 4, -124)), CODE + 0x8000 - 124);
    assert_eq!(at_end(asm::branch_zero(0, 4, -2044)), CODE + 0x8000 - 2044);
    assert_eq!(at_end(asm::j(-0x7FFF)), CODE + 1);
}

#[test]
fn calls_leave_the_return_address_in_a0() {
    // At an odd address: CALL0 counts from the word that holds it.
    let mut bench = Bench::new(&[asm::nop(), asm::call0(0x100)]);
    bench.ram.place(CODE + 0x100, &asm::bytes(&[asm::ret()]));
    bench.step();
    bench.step();
    assert_eq!((bench.cpu.pc(), bench.ar(0)), (CODE + 0x100, CODE + 6));
    bench.step();
    assert_eq!(bench.cpu.pc(), CODE + 6);
}

#[test]
fn indirect_call_through_a0_reads_it_before_writing() {
    let bench = Bench::new(&[asm::callx0(0)])
        .with(&[(0, CODE + 0x40)])
        .steps(1);
    assert_eq!((bench.cpu.pc(), bench.ar(0)), (CODE + 0x40, CODE + 3));
    let bench = Bench::new(&[asm::jx(7)]).with(&[(7, CODE + 0x41)]).steps(1);
    assert_eq!((bench.cpu.pc(), bench.ar(0)), (CODE + 0x41, 0));
    let bench = Bench::new(&[asm::ret_n()])
        .with(&[(0, CODE + 0x42)])
        .steps(1);
    assert_eq!(bench.cpu.pc(), CODE + 0x42);
}
