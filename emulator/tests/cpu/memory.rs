//! Loads, stores, and the exceptions of refused accesses.

use super::asm;
use super::ram::{Bench, CODE, DATA, REGISTER, WORDS};
use d1_emulator::bus::{Bus, Width};
use d1_emulator::cpu::{Exit, Special};

#[test]
fn loads_extend_as_named() {
    let program = [
        asm::l8ui(3, 2, 1),
        asm::l16ui(4, 2, 2),
        asm::l16si(5, 2, 2),
        asm::l32i(6, 2, 4),
        asm::l32i_n(7, 2, 4),
    ];
    let mut bench = Bench::new(&program).with(&[(2, DATA)]);
    bench.ram.data[..8].copy_from_slice(&[0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87]);
    let bench = bench.steps(5);
    assert_eq!((bench.ar(3), bench.ar(4)), (0x81, 0x8382));
    assert_eq!(
        (bench.ar(5), bench.ar(6), bench.ar(7)),
        (0xFFFF_8382, 0x8786_8584, 0x8786_8584)
    );
}

#[test]
fn stores_write_their_width_only() {
    let program = [
        asm::s8i(3, 2, 1),
        asm::s16i(3, 2, 6),
        asm::s32i(3, 2, 8),
        asm::s32i_n(3, 2, 12),
    ];
    let bench = Bench::new(&program)
        .with(&[(2, DATA), (3, 0x1122_3344)])
        .steps(4);
    let expected = [
        0, 0x44, 0, 0, 0, 0, 0x44, 0x33, 0x44, 0x33, 0x22, 0x11, 0x44, 0x33, 0x22, 0x11,
    ];
    assert_eq!(bench.ram.data[..16], expected);
}

#[test]
fn offsets_are_scaled_and_unsigned() {
    let bench = Bench::new(&[
        asm::s8i(3, 2, 255),
        asm::s16i(3, 2, 510),
        asm::s32i(3, 2, 1020),
    ])
    .with(&[(2, DATA), (3, 0xA5A5_A5A5)])
    .steps(3);
    assert_eq!(
        bench.ram.data.iter().filter(|&&byte| byte == 0xA5).count(),
        7
    );
    assert_eq!(
        (
            bench.ram.data[255],
            bench.ram.data[510],
            bench.ram.data[1020]
        ),
        (0xA5, 0xA5, 0xA5)
    );
}

#[test]
fn literals_lie_before_the_instruction() {
    let mut bench = Bench::new(&[0x78, 0x56]);
    bench.ram.place(CODE, &0x1234_5678u32.to_le_bytes());
    for offset in [4, 5, 6, 7] {
        let at = CODE + offset;
        let distance = CODE.wrapping_sub(at.wrapping_add(3) & !3) as i32;
        bench.ram.place(at, &asm::bytes(&[asm::l32r(3, distance)]));
        bench.cpu.set_pc(at);
        bench.cpu.set_ar(3, 0);
        bench.step();
        assert_eq!(bench.ar(3), 0x1234_5678, "at +{offset}");
    }
}

#[test]
fn literals_lie_before_litbase_when_it_is_enabled() {
    let mut bench = Bench::new(&[asm::l32r(3, -8)]);
    bench
        .ram
        .store(DATA + 0x1000 - 8, Width::Word, 0xCAFE_F00D)
        .unwrap();
    bench.set(Special::Litbase, DATA + 0x1000 + 0xFFF);
    assert_eq!(
        bench.get(Special::Litbase),
        DATA + 0x1001,
        "only bits 31:12 and 0 exist"
    );
    assert_eq!(bench.steps(1).ar(3), 0xCAFE_F00D);
}

/// EXCCAUSE, EXCVADDR and EPC1 after one instruction that must fault.
fn fault(instruction: u32, address: u32) -> (u32, u32) {
    let bench = Bench::new(&[instruction])
        .with(&[(2, address), (3, 0x5555_5555)])
        .steps(1);
    assert_eq!(bench.cpu.pc(), Bench::VECTORS + 0x50);
    assert_eq!(bench.get(Special::Epc1), CODE);
    assert_eq!(bench.get(Special::Ps), 0x30);
    assert_eq!(bench.ar(3), 0x5555_5555, "a faulting load writes nothing");
    (bench.get(Special::Exccause), bench.get(Special::Excvaddr))
}

#[test]
fn unaligned_accesses_are_cause_9() {
    let loads = [
        asm::l16ui(3, 2, 0),
        asm::l16si(3, 2, 0),
        asm::l32i(3, 2, 0),
        asm::l32i_n(3, 2, 0),
    ];
    let stores = [asm::s16i(3, 2, 0), asm::s32i(3, 2, 0), asm::s32i_n(3, 2, 0)];
    for instruction in loads.into_iter().chain(stores) {
        assert_eq!(fault(instruction, DATA + 1), (9, DATA + 1));
    }
    assert_eq!(fault(asm::l32i(3, 2, 4), DATA + 2), (9, DATA + 6));
    // Alignment is checked before the bus is asked.
    assert_eq!(fault(asm::l32i(3, 2, 0), 1), (9, 1));
}

#[test]
fn narrow_accesses_to_word_memory_are_cause_3() {
    let address = WORDS + 0x13;
    for instruction in [asm::l8ui(3, 2, 0), asm::s8i(3, 2, 0)] {
        assert_eq!(fault(instruction, address), (3, address));
    }
    for instruction in [asm::l16ui(3, 2, 0), asm::l16si(3, 2, 0), asm::s16i(3, 2, 0)] {
        assert_eq!(fault(instruction, address & !1), (3, address & !1));
    }
    let bench = Bench::new(&[asm::s32i(3, 2, 0), asm::l32i(4, 2, 0)]).with(&[(2, WORDS), (3, 9)]);
    assert_eq!(bench.steps(2).ar(4), 9);
}

#[test]
fn prohibited_accesses_are_causes_28_and_29() {
    assert_eq!(fault(asm::l32i(3, 2, 4), 0), (28, 4));
    assert_eq!(fault(asm::l8ui(3, 2, 0), 0x1FFF_FFFF), (28, 0x1FFF_FFFF));
    assert_eq!(fault(asm::s32i(3, 2, 0), 0), (29, 0));
}

#[test]
fn stores_to_code_take_effect_at_once() {
    // The loop body's MOVI is executed, replaced, executed again.
    let body = [asm::movi(3, 1), asm::s32i(5, 2, 0), asm::j(-6)];
    let patched = u32::from_le_bytes([
        asm::movi(3, 2).to_le_bytes()[0],
        asm::movi(3, 2).to_le_bytes()[1],
        asm::movi(3, 2).to_le_bytes()[2],
        asm::s32i(5, 2, 0).to_le_bytes()[0],
    ]);
    let bench = Bench::new(&body).with(&[(2, CODE), (5, patched)]);
    let bench = bench.steps(1);
    assert_eq!(bench.ar(3), 1);
    assert_eq!(bench.steps(3).ar(3), 2);
}

#[test]
fn a_register_access_that_matters_returns_to_the_board() {
    let mut bench = Bench::new(&[asm::s32i(3, 2, 0), asm::movi(3, 1)]).with(&[(2, REGISTER)]);
    assert_eq!(bench.run(1000), Exit::Attention);
    assert_eq!(bench.cpu.pc(), CODE + 3, "after the access");
    bench.ram.attention = false;
    bench.step();
    assert_eq!(bench.ar(3), 1);
}
