//! Debug exceptions and the host's breakpoints.

use super::asm;
use super::ram::{Bench, CODE, DATA};
use d1_emulator::cpu::{Accesses, Exit, Special, Watchpoint};

const DEBUG: u32 = Bench::VECTORS + 0x10;

/// Asserts that the debug exception was taken for the instruction at `pc`.
fn assert_debugged(bench: &Bench, pc: u32, cause_bit: u32) {
    assert_eq!(bench.cpu.pc(), DEBUG);
    assert_eq!(
        (bench.get(Special::Epc2), bench.get(Special::Eps2)),
        (pc, 0x20)
    );
    assert_eq!(bench.get(Special::Ps), 0x32);
    assert_eq!(bench.get(Special::Debugcause), 1 << cause_bit);
}

#[test]
fn break_goes_to_the_debug_vector() {
    assert_debugged(&Bench::new(&[asm::break_(1, 15)]).steps(1), CODE, 3);
    assert_debugged(&Bench::new(&[asm::break_n(1)]).steps(1), CODE, 4);
}

#[test]
fn break_does_nothing_at_or_above_its_level() {
    for instruction in [asm::break_(1, 1), asm::break_n(1)] {
        let mut bench = Bench::new(&[instruction]);
        bench.set(Special::Ps, 0x22);
        let bench = bench.steps(1);
        assert_eq!(bench.cpu.pc(), CODE + asm::len(instruction) as u32);
        assert_eq!(bench.get(Special::Debugcause), 0);
    }
}

#[test]
fn ibreak_stops_before_its_instruction() {
    let mut bench = Bench::new(&[asm::addi(3, 3, 1), asm::addi(3, 3, 1), asm::j(-6)]).steps(4);
    bench.set(Special::Ibreaka0, CODE + 3);
    bench.set(Special::Ibreakenable, 1);
    bench.run(3);
    assert_debugged(&bench, CODE + 3, 1);
    assert_eq!(bench.ar(3), 3);
}

#[test]
fn dbreak_stops_before_a_matching_access() {
    let program = [asm::l8ui(3, 2, 4), asm::s8i(3, 2, 4), asm::s32i(3, 2, 4)];
    let mut bench = Bench::new(&program).with(&[(2, DATA), (3, 0xFF)]);
    bench.set(Special::Dbreaka0, DATA + 6);
    bench.set(Special::Dbreakc0, 1 << 31 | 0x3F);
    let bench = bench.steps(3);
    assert_debugged(&bench, CODE + 6, 2);
    assert_eq!(bench.ram.data[4..8], [0, 0, 0, 0]);
}

#[test]
fn icount_stops_after_its_number_of_instructions() {
    let mut bench = Bench::new(&[asm::addi(3, 3, 1), asm::j(-3)]);
    bench.set(Special::Icount, -5i32 as u32);
    bench.set(Special::Icountlevel, 1);
    let bench = bench.steps(5);
    assert_debugged(&bench, CODE, 0);
    assert_eq!(bench.ar(3), 2);
    assert_eq!(bench.get(Special::Icount), u32::MAX);
}

#[test]
fn a_host_breakpoint_stops_once_per_visit() {
    let mut bench = Bench::new(&[asm::addi(3, 3, 1), asm::j(-3)]).steps(4);
    bench.cpu.add_breakpoint(CODE + 3);
    for visit in 3..6 {
        assert_eq!(bench.run(1000), Exit::Breakpoint(CODE + 3));
        assert_eq!(bench.ar(3), visit);
    }
    bench.cpu.remove_breakpoint(CODE + 3);
    assert_eq!(bench.run(1000), Exit::Deadline);
}

#[test]
fn a_deadline_before_a_breakpoint_does_not_lose_it() {
    let mut bench = Bench::new(&[asm::addi(3, 3, 1), asm::j(-3)]);
    bench.cpu.add_breakpoint(CODE + 3);
    assert_eq!(bench.step(), Exit::Deadline);
    assert_eq!(bench.run(1000), Exit::Breakpoint(CODE + 3));
}

/// Runs a store of the word at DATA with `watchpoint`; whether that stopped the core before it.
fn store_meets(watchpoint: Watchpoint) -> bool {
    let mut bench = Bench::new(&[asm::s32i(3, 2, 0), asm::addi(3, 3, 1), asm::j(-3)])
        .with(&[(2, DATA), (3, 7)]);
    bench.cpu.add_watchpoint(watchpoint);
    let exit = bench.run(1000);
    if exit != Exit::Watchpoint {
        assert_eq!(bench.cpu.take_met_watchpoint(), None);
        return false;
    }
    assert_eq!(bench.cpu.take_met_watchpoint(), Some(watchpoint));
    assert_eq!((bench.cpu.pc(), bench.ram.data[0]), (CODE, 0));
    assert_eq!(bench.run(1000), Exit::Deadline, "it goes on");
    assert_eq!(bench.ram.data[0], 7);
    true
}

#[test]
fn a_host_watchpoint_is_met_by_any_byte_of_an_access() {
    for (offset, len, met) in [
        (0, 4, true),
        (0, 1, true),
        (3, 1, true),
        (4, 4, false),
        (-1, 1, false),
        (-2, 3, true),
        (-8, 64, true),
        (-8, 8, false),
    ] {
        let watchpoint = Watchpoint {
            address: DATA.wrapping_add_signed(offset),
            len,
            accesses: Accesses::Stores,
        };
        assert_eq!(store_meets(watchpoint), met, "{watchpoint:x?}");
    }
}

#[test]
fn a_host_watchpoint_is_for_its_kind_of_access() {
    for (accesses, met) in [
        (Accesses::Loads, false),
        (Accesses::Stores, true),
        (Accesses::All, true),
    ] {
        let watchpoint = Watchpoint {
            address: DATA,
            len: 4,
            accesses,
        };
        assert_eq!(store_meets(watchpoint), met, "{accesses:?}");
    }
}

#[test]
fn a_host_watchpoint_set_later_sees_code_that_ran_before() {
    let program = [asm::l8ui(4, 2, 1), asm::addi(3, 3, 1), asm::j(-6)];
    let mut bench = Bench::new(&program).with(&[(2, DATA)]);
    assert_eq!(bench.run(1000), Exit::Deadline);
    let watchpoint = Watchpoint {
        address: DATA,
        len: 2,
        accesses: Accesses::Loads,
    };
    bench.cpu.add_watchpoint(watchpoint);
    for _ in 0..3 {
        assert_eq!(bench.run(1000), Exit::Watchpoint);
        assert!(bench.cpu.take_met_watchpoint().is_some());
        assert_eq!(bench.cpu.pc(), CODE);
    }
    bench.cpu.remove_watchpoint(watchpoint);
    assert_eq!(bench.run(1000), Exit::Deadline);
}
