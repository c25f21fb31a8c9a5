//! Interrupts: lines, latches, masks, the NMI, WAITI and the timer.

use super::asm;
use super::ram::{Bench, CODE};
use d1_emulator::bus::Bus;
use d1_emulator::cpu::{Exit, Special};

const USER: u32 = Bench::VECTORS + 0x50;
const NMI: u32 = Bench::VECTORS + 0x20;

/// A core in an endless loop at CODE, with all interrupts enabled.
fn looping() -> Bench {
    let mut bench = Bench::new(&[asm::j(0)]);
    for vector in [USER, NMI] {
        bench.ram.place(vector, &asm::bytes(&[asm::j(0)]));
    }
    bench.set(Special::Intenable, 0x7FFF);
    bench
}

#[test]
fn a_level_line_interrupts_while_it_is_asserted() {
    let mut bench = looping();
    bench.cpu.set_level_lines(0xFFFF_FFFF);
    assert_eq!(
        bench.get(Special::Interrupt),
        0x3F,
        "only lines 0-5 are level lines"
    );
    bench.run(100);
    assert_eq!(bench.cpu.pc(), USER);
    assert_eq!(
        (bench.get(Special::Exccause), bench.get(Special::Epc1)),
        (4, CODE)
    );
    assert_eq!(bench.get(Special::Ps), 0x30);
    bench.set(Special::Intclear, 0x3F);
    assert_eq!(
        bench.get(Special::Interrupt),
        0x3F,
        "INTCLEAR does not reach a line"
    );
    bench.cpu.set_level_lines(0);
    assert_eq!(bench.get(Special::Interrupt), 0);
}

#[test]
fn an_edge_is_remembered_until_intclear() {
    let mut bench = looping();
    bench.cpu.latch_edge(0xFFFF_FFFF);
    assert_eq!(bench.get(Special::Interrupt), 0x3F00);
    bench.run(100);
    assert_eq!(bench.cpu.pc(), USER);
    bench.set(Special::Intclear, 0x0200);
    assert_eq!(bench.get(Special::Interrupt), 0x3D00);
}

#[test]
fn interrupts_are_not_logged_as_exceptions() {
    let mut bench = looping();
    bench.cpu.latch_edge(0x100);
    bench.run(100);
    assert_eq!(bench.cpu.exceptions().count(), 0);
}

#[test]
fn intset_raises_the_software_interrupt_only() {
    let (intset, interrupt) = (Special::Interrupt as u8, Special::Interrupt as u8);
    let mut bench =
        Bench::new(&[asm::wsr(3, intset), asm::rsr(4, interrupt)]).with(&[(3, u32::MAX)]);
    bench.step();
    assert_eq!(bench.step(), Exit::Deadline);
    assert_eq!(bench.ar(4), 0x80);
    bench.set(Special::Intclear, 0x80);
    assert_eq!(bench.get(Special::Interrupt), 0);
}

#[test]
fn masked_interrupts_wait() {
    // PS.INTLEVEL 1, PS.EXCM, INTENABLE: each alone keeps level 1 out.
    for (ps, intenable) in [(0x21, 0x7FFF), (0x30, 0x7FFF), (0x20, 0)] {
        let mut bench = looping();
        bench.set(Special::Ps, ps);
        bench.set(Special::Intenable, intenable);
        bench.cpu.set_level_lines(1);
        bench.run(100);
        assert_eq!(bench.cpu.pc(), CODE, "PS {ps:#x} INTENABLE {intenable:#x}");
    }
}

#[test]
fn unmasking_lets_a_pending_interrupt_in_before_the_next_instruction() {
    let unmask = [
        asm::rsil(4, 0),
        asm::wsr(3, Special::Ps as u8),
        asm::xsr(3, Special::Ps as u8),
        asm::rfe(),
        asm::rfi(3),
    ];
    for instruction in unmask {
        let next = CODE + 3;
        let mut bench = Bench::new(&[instruction, asm::j(0)]).with(&[(3, 0x20)]);
        let masked = if instruction == asm::rfe() {
            0x30
        } else {
            0x2F
        };
        bench.set(Special::Ps, masked);
        bench.set(Special::Epc1, next);
        bench.set(Special::Epc3, next);
        bench.set(Special::Eps3, 0x20);
        bench.set(Special::Intenable, 1);
        bench.cpu.set_level_lines(1);
        bench.ram.place(USER, &asm::bytes(&[asm::j(0)]));
        bench.run(100);
        assert_eq!(bench.cpu.pc(), USER, "{instruction:#x}");
        assert_eq!(bench.get(Special::Epc1), next);
    }
}

#[test]
fn enabling_lets_a_pending_interrupt_in() {
    let mut bench = Bench::new(&[asm::wsr(3, Special::Intenable as u8), asm::j(0)]).with(&[(3, 1)]);
    bench.cpu.set_level_lines(1);
    bench.ram.place(USER, &asm::bytes(&[asm::j(0)]));
    bench.run(100);
    assert_eq!((bench.cpu.pc(), bench.get(Special::Epc1)), (USER, CODE + 3));
}

#[test]
fn the_nmi_gets_in_whatever_the_masks_say() {
    let mut bench = looping();
    bench.set(Special::Ps, 0x3F);
    bench.set(Special::Intenable, 0);
    bench.cpu.set_nmi(true);
    bench.run(100);
    assert_eq!(bench.cpu.pc(), NMI);
    assert_eq!(
        (bench.get(Special::Epc3), bench.get(Special::Eps3)),
        (CODE, 0x3F)
    );
    assert_eq!(bench.get(Special::Ps), 0x33);
    assert_eq!(bench.get(Special::Interrupt), 0, "entering cleared it");
}

#[test]
fn the_nmi_interrupts_once_per_edge() {
    let mut bench = looping();
    bench.cpu.set_nmi(true);
    bench.run(100);
    bench.cpu.set_pc(CODE);
    bench.cpu.set_nmi(true);
    bench.run(100);
    assert_eq!(bench.cpu.pc(), CODE, "still asserted: no new edge");
    bench.cpu.set_nmi(false);
    bench.cpu.set_nmi(true);
    bench.run(100);
    assert_eq!(bench.cpu.pc(), NMI);
}

#[test]
fn the_nmi_comes_before_level_1() {
    let mut bench = looping();
    bench.cpu.set_level_lines(1);
    bench.cpu.set_nmi(true);
    bench.run(100);
    assert_eq!((bench.cpu.pc(), bench.get(Special::Epc3)), (NMI, CODE));
    assert_eq!(bench.get(Special::Eps3), 0x20);
}

#[test]
fn waiti_waits_for_an_interrupt_that_may_enter() {
    let mut bench = Bench::new(&[asm::waiti(0), asm::movi(3, 1)]);
    bench.set(Special::Ps, 0x2F);
    bench.set(Special::Intenable, 1);
    assert_eq!(bench.run(1000), Exit::Waiting);
    assert!(bench.cpu.is_waiting());
    assert_eq!(bench.get(Special::Ps), 0x20);
    bench.cpu.latch_edge(0x100);
    assert_eq!(bench.run(1000), Exit::Waiting, "not enabled");
    bench.cpu.set_level_lines(1);
    bench.step();
    assert_eq!((bench.cpu.pc(), bench.get(Special::Epc1)), (USER, CODE + 3));
    assert!(!bench.cpu.is_waiting());
}

#[test]
fn waiti_at_a_high_level_wakes_for_the_nmi_only() {
    let mut bench = Bench::new(&[asm::waiti(15)]);
    bench.set(Special::Intenable, 1);
    bench.cpu.set_level_lines(1);
    // WAITI itself raised the level before the line could get in on the way.
    bench.set(Special::Ps, 0x2F);
    assert_eq!(bench.run(1000), Exit::Waiting);
    bench.cpu.set_nmi(true);
    bench.step();
    assert_eq!(bench.cpu.pc(), NMI);
}

#[test]
fn waiting_ends_at_the_deadline() {
    let mut bench = Bench::new(&[asm::waiti(0)]);
    assert_eq!(bench.run(10), Exit::Waiting);
    bench.ram.advance(10);
    let now = bench.ram.cycles();
    assert_eq!(bench.cpu.run(&mut bench.ram, now), Exit::Deadline);
}

#[test]
fn ccompare_interrupts_at_its_cycle() {
    let mut bench = looping();
    bench.set(Special::Ccount, 100);
    bench.set(Special::Ccompare0, 400);
    let due = bench.cpu.next_timer_cycle(bench.ram.cycles());
    assert_eq!(due, bench.ram.cycles() + 300);
    bench.run(290);
    assert_eq!((bench.cpu.pc(), bench.get(Special::Interrupt)), (CODE, 0));
    bench.run(30);
    assert_eq!(
        (bench.cpu.pc(), bench.get(Special::Interrupt)),
        (USER, 0x40)
    );
    bench.set(Special::Intclear, 0x40);
    assert_eq!(bench.get(Special::Interrupt), 0x40);
    bench.set(Special::Ccompare0, 0);
    assert_eq!(
        bench.get(Special::Interrupt),
        0,
        "only writing CCOMPARE0 clears it"
    );
}

#[test]
fn ccompare_wakes_waiti() {
    let mut bench = Bench::new(&[asm::waiti(0)]);
    bench.set(Special::Intenable, 0x40);
    bench.set(Special::Ccompare0, 5000);
    assert_eq!(bench.run(10_000), Exit::Waiting);
    let skip = bench.cpu.next_timer_cycle(bench.ram.cycles()) - bench.ram.cycles();
    bench.ram.advance(skip);
    bench.step();
    assert_eq!(bench.cpu.pc(), USER);
}

#[test]
fn ccompare_equal_to_ccount_means_a_full_round() {
    let mut bench = looping();
    bench.set(Special::Ccount, 77);
    bench.set(Special::Ccompare0, 77);
    assert_eq!(bench.cpu.next_timer_cycle(0), 1 << 32);
}

#[test]
fn ccompare_matches_again_after_every_round() {
    let mut bench = looping();
    bench.set(Special::Ps, 0x2F);
    bench.set(Special::Ccompare0, 10);
    bench.ram.advance((3 << 32) + 11);
    bench.step();
    assert_eq!(bench.get(Special::Interrupt), 0x40);
    assert_eq!(
        bench.cpu.next_timer_cycle(bench.ram.cycles()),
        (4 << 32) + 10
    );
}
