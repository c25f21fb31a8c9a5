//! Special registers: reset values, masks, access rights, CCOUNT.

use super::asm;
use super::ram::{Bench, CODE};
use d1_emulator::bus::Bus;
use d1_emulator::cpu::special::Access;
use d1_emulator::cpu::{Cpu, Special};

#[test]
fn reset_values() {
    let cpu = Cpu::new();
    assert_eq!(cpu.pc(), 0x4000_0080);
    let expected = [
        (Special::Ps, 0x1F),
        (Special::Vecbase, 0x4000_0000),
        (Special::Litbase, 0),
        (Special::Intenable, 0),
        (Special::Ibreakenable, 0),
        (Special::Icountlevel, 0),
        (Special::Prid, 0),
        (Special::Configid0, 0xC28C_DAFA),
        (Special::Configid1, 0x1082_B6F6),
    ];
    for (register, value) in expected {
        assert_eq!(cpu.special(register, 0), value, "{register:?}");
    }
}

#[test]
fn reset_forgets_what_the_program_did() {
    let mut bench = Bench::new(&[asm::syscall()]).steps(1);
    bench.set(Special::Interrupt, 0x80);
    bench.cpu.latch_edge(0x100);
    bench.cpu.set_level_lines(1);
    bench.cpu.reset(CODE);
    assert_eq!(bench.cpu.pc(), CODE);
    assert_eq!(bench.get(Special::Ps), 0x1F);
    assert_eq!(
        bench.get(Special::Interrupt),
        1,
        "lines outlive a reset, latches do not"
    );
    assert_eq!(bench.cpu.exceptions().count(), 0);
}

#[test]
fn every_register_has_exactly_its_instructions() {
    for number in 0..=255 {
        for (access, instruction) in [
            (Access::Read, asm::rsr(3, number)),
            (Access::Write, asm::wsr(3, number)),
            (Access::Exchange, asm::xsr(3, number)),
        ] {
            let exists = Special::from_number(number).is_some_and(|r| r.allows(access));
            let mut bench = Bench::new(&[instruction]).with(&[(3, 0x20)]);
            bench.step();
            let illegal = bench.cpu.exceptions().count() == 1;
            assert_eq!(illegal, !exists, "{access:?} {number}");
        }
    }
}

#[test]
fn plain_registers_keep_all_bits_and_others_what_they_have() {
    use Special::*;
    let all = u32::MAX;
    let plain = [
        Ddr, Ibreaka0, Dbreaka0, Epc1, Epc2, Epc3, Depc, Eps2, Eps3, Excsave1, Excsave2, Excsave3,
        Vecbase, Icount, Excvaddr, Ccompare0,
    ];
    let masked = [
        (Sar, 0x3F),
        (Litbase, 0xFFFF_F001),
        (Ibreakenable, 1),
        (Dbreakc0, 0xC000_003F),
        (Intenable, 0x7FFF),
        (Ps, 0x3F),
        (Exccause, 0x3F),
        (Icountlevel, 0xF),
        (Debugcause, 0),
    ];
    let expected = plain
        .into_iter()
        .map(|register| (register, all))
        .chain(masked);
    for (register, kept) in expected {
        let number = register as u8;
        let mut bench = Bench::new(&[asm::wsr(3, number), asm::rsr(4, number)]).with(&[(3, all)]);
        bench.set(Ps, 0x22); // debug events stay out
        assert_eq!(bench.steps(2).ar(4), kept, "{register:?}");
    }
}

#[test]
fn exchange_swaps() {
    let number = Special::Excsave1 as u8;
    let mut bench = Bench::new(&[asm::xsr(3, number)]).with(&[(3, 1)]);
    bench.set(Special::Excsave1, 2);
    let bench = bench.steps(1);
    assert_eq!((bench.ar(3), bench.get(Special::Excsave1)), (2, 1));
}

#[test]
fn ccount_counts_cycles_from_what_was_written() {
    let number = Special::Ccount as u8;
    let program = [
        asm::rsr(3, number),
        asm::nop(),
        asm::rsr(4, number),
        asm::wsr(5, number),
    ];
    let mut bench = Bench::new(&program).with(&[(5, 1000)]).steps(4);
    assert_eq!(bench.ar(4) - bench.ar(3), 2);
    assert_eq!(
        bench.get(Special::Ccount),
        1001,
        "the write itself took a cycle"
    );
    bench.ram.advance(1 << 32);
    assert_eq!(bench.get(Special::Ccount), 1001, "it wraps");
}

#[test]
fn region_attributes_are_remembered() {
    let (witlb, wdtlb) = (asm::rrr(5, 0, 6, 4, 3), asm::rrr(5, 0, 14, 4, 3));
    let (ritlb1, rdtlb1) = (asm::rrr(5, 0, 7, 4, 5), asm::rrr(5, 0, 15, 4, 6));
    let bench = Bench::new(&[witlb, ritlb1, rdtlb1, wdtlb, rdtlb1])
        .with(&[(3, 0x4000_000F), (4, 0x4000_0000)])
        .steps(3);
    assert_eq!((bench.ar(5), bench.ar(6)), (0x4000_000F, 0x4000_0002));
    assert_eq!(bench.steps(2).ar(6), 0x4000_000F);
}

#[test]
fn external_registers_read_zero() {
    let (rer, wer) = (asm::rrr(4, 0, 6, 4, 3), asm::rrr(4, 0, 7, 4, 3));
    let bench = Bench::new(&[wer, rer]).with(&[(3, 7)]).steps(2);
    assert_eq!((bench.ar(3), bench.cpu.exceptions().count()), (0, 0));
}

#[test]
fn a_snapshot_goes_its_own_way() {
    let mut bench = Bench::new(&[asm::addi(3, 3, 1), asm::addi(3, 3, 1)]).steps(1);
    let snapshot = bench.cpu.clone();
    bench.step();
    assert_eq!(
        (bench.ar(3), snapshot.ar(3), snapshot.pc()),
        (2, 1, CODE + 3)
    );
    bench.cpu = snapshot;
    assert_eq!(bench.steps(1).ar(3), 2);
}
