//! Exceptions: vectors, saved state, returns.

use super::asm;
use super::ram::{Bench, CODE, ROM};
use d1_emulator::cpu::{Cause, Exit, Special};

#[test]
fn user_mode_goes_to_the_user_vector() {
    let bench = Bench::new(&[asm::nop_n(), asm::syscall()]).steps(2);
    assert_eq!(bench.cpu.pc(), Bench::VECTORS + 0x50);
    assert_eq!(bench.get(Special::Exccause), 1);
    assert_eq!(bench.get(Special::Epc1), CODE + 2);
    assert_eq!(bench.get(Special::Ps), 0x30);
}

#[test]
fn kernel_mode_goes_to_the_kernel_vector() {
    let mut bench = Bench::new(&[asm::syscall()]);
    bench.set(Special::Ps, 0x05);
    let bench = bench.steps(1);
    assert_eq!(bench.cpu.pc(), Bench::VECTORS + 0x30);
    assert_eq!(bench.get(Special::Ps), 0x15);
}

#[test]
fn exception_mode_goes_to_the_double_vector() {
    let mut bench = Bench::new(&[asm::syscall()]);
    bench.set(Special::Ps, 0x30);
    bench.set(Special::Epc1, 0x1111);
    let bench = bench.steps(1);
    assert_eq!(bench.cpu.pc(), Bench::VECTORS + 0x70);
    assert_eq!(
        (bench.get(Special::Depc), bench.get(Special::Epc1)),
        (CODE, 0x1111)
    );
    assert_eq!(bench.get(Special::Ps), 0x30);
    assert!(bench.cpu.exceptions().last().unwrap().double);
}

#[test]
fn opcodes_that_do_not_exist_are_illegal() {
    // ILL, ILL.N, SIMCALL, RFDO, RFI 1, L32E, LOOP, QUOU, MOVSP, CALL4, ENTRY, LSI, op0 14 and 15.
    let illegal = [
        0,
        0xF06D,
        asm::simcall(),
        0xF1_E000,
        asm::rfi(1),
        0x09_0000,
        0x00_8076,
        0xC2_0000,
        0x00_1000,
        0x15,
        0x36,
        0x03,
        0x0E,
        0x0F,
    ];
    for instruction in illegal {
        let mut bench = Bench::new(&[instruction]);
        bench.set(Special::Excvaddr, 0x1234);
        let bench = bench.steps(1);
        assert_eq!(bench.cpu.pc(), Bench::VECTORS + 0x50, "{instruction:#x}");
        assert_eq!(bench.get(Special::Exccause), 0);
        assert_eq!(bench.get(Special::Epc1), CODE);
        assert_eq!(bench.get(Special::Excvaddr), 0x1234, "left alone");
    }
}

#[test]
fn fetching_from_nowhere_is_cause_20() {
    let bench = Bench::new(&[asm::jx(2)]).with(&[(2, 0x10)]).steps(2);
    assert_eq!(bench.cpu.pc(), Bench::VECTORS + 0x50);
    assert_eq!(
        (bench.get(Special::Exccause), bench.get(Special::Excvaddr)),
        (20, 0x10)
    );
    assert_eq!(bench.get(Special::Epc1), 0x10);
}

#[test]
fn an_instruction_that_runs_off_memory_is_cause_20() {
    let mut bench = Bench::new(&[]);
    let end = CODE + 0x2_0000;
    bench.ram.place(end - 2, &[0x20, 0x00]);
    bench.cpu.set_pc(end - 2);
    let bench = bench.steps(1);
    assert_eq!(
        (bench.get(Special::Exccause), bench.get(Special::Excvaddr)),
        (20, end)
    );
    assert_eq!(bench.get(Special::Epc1), end - 2);
}

#[test]
fn vectors_in_nowhere_still_let_time_pass() {
    let mut bench = Bench::new(&[asm::syscall()]);
    bench.set(Special::Vecbase, 0);
    assert_eq!(bench.run(1000), Exit::Deadline);
    assert_eq!(bench.get(Special::Depc), 0x70);
}

#[test]
fn rfe_returns_and_leaves_exception_mode() {
    let mut bench = Bench::new(&[asm::rfe()]);
    bench.set(Special::Ps, 0x30);
    bench.set(Special::Epc1, CODE + 9);
    let bench = bench.steps(1);
    assert_eq!((bench.cpu.pc(), bench.get(Special::Ps)), (CODE + 9, 0x20));
}

#[test]
fn rfde_returns_and_stays_in_exception_mode() {
    let mut bench = Bench::new(&[asm::rfde()]);
    bench.set(Special::Ps, 0x30);
    bench.set(Special::Depc, CODE + 9);
    let bench = bench.steps(1);
    assert_eq!((bench.cpu.pc(), bench.get(Special::Ps)), (CODE + 9, 0x30));
}

#[test]
fn rfi_restores_the_level_it_names() {
    for (level, epc, eps) in [
        (2, Special::Epc2, Special::Eps2),
        (3, Special::Epc3, Special::Eps3),
    ] {
        let mut bench = Bench::new(&[asm::rfi(level)]);
        bench.set(epc, CODE + 0x20);
        bench.set(eps, 0xFFFF_FF2A);
        let bench = bench.steps(1);
        assert_eq!(
            (bench.cpu.pc(), bench.get(Special::Ps)),
            (CODE + 0x20, 0x2A)
        );
    }
}

#[test]
fn the_log_keeps_the_last_sixteen_exceptions() {
    let mut bench = Bench::new(&[asm::syscall()]);
    bench
        .ram
        .place(Bench::VECTORS + 0x50, &asm::bytes(&[asm::rfe()]));
    bench.step();
    let first = *bench.cpu.exceptions().next().unwrap();
    assert_eq!(
        (first.pc, first.cause, first.cycle, first.double),
        (CODE, Cause::Syscall, 0, false)
    );
    for _ in 0..20 {
        bench.step();
        bench.step();
    }
    assert_eq!(bench.cpu.exceptions().count(), 16);
    assert!(bench.cpu.exceptions().next().unwrap().cycle > 0);
}

#[test]
fn entering_the_rom_hands_over_to_the_board() {
    let mut bench = Bench::new(&[asm::callx0(2)]).with(&[(2, ROM + 0x24CC)]);
    assert_eq!(bench.run(1000), Exit::Rom(ROM + 0x24CC));
    assert_eq!(
        bench.run(1000),
        Exit::Rom(ROM + 0x24CC),
        "until the board moves pc"
    );
    let back = bench.ar(0);
    assert_eq!(back, CODE + 3);
    bench.cpu.set_pc(back);
    bench.step();
    assert_eq!(bench.cpu.exceptions().last().unwrap().pc, back);
}

#[test]
fn vectors_in_the_rom_hand_over_too() {
    let mut bench = Bench::new(&[asm::syscall()]);
    bench.set(Special::Vecbase, ROM);
    assert_eq!(bench.run(1000), Exit::Rom(ROM + 0x50));
    assert_eq!(bench.get(Special::Exccause), 1);
}
