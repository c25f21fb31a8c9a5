//! The exception handlers of a random program.

use d1_emulator::cpu::Special;

use super::program::{HANDLERS, HASH};
use super::writer::Writer;
use crate::asm;
use crate::ram::Bench;

/// Vectors, and handlers that record, skip the instruction and go on.
pub fn write_handlers(w: &mut Writer) {
    // Level-1 exceptions and interrupts. a4: the hash's address.
    w.at = HANDLERS;
    let user = w.at;
    let saved = [
        (2, Special::Excsave1),
        (3, Special::Excsave2),
        (4, Special::Excsave3),
    ];
    let save = saved.map(|(register, place)| asm::wsr(register, place as u8));
    let restore = saved.map(|(register, place)| asm::rsr(register, place as u8));
    let skip = [
        asm::l8ui(3, 2, 0),
        asm::addi(2, 2, 3),
        asm::branch(6, 3, 3, 6), // BBCI bit 3: a three-byte instruction
        asm::addi(2, 2, -1),
    ];
    w.all(&save);
    let seen = [
        Special::Epc1,
        Special::Exccause,
        Special::Excvaddr,
        Special::Ps,
        Special::Depc,
        Special::Sar,
        Special::Interrupt,
        Special::Excsave1,
        Special::Excsave2,
        Special::Excsave3,
    ];
    write_record(w, &seen);
    write_register_record(w);
    w.put(asm::rsr(3, Special::Exccause as u8));
    // An interrupt, of software or the timer: clear it and skip nothing.
    w.all(&[asm::branch_constant(1, 3, 4, 18), asm::movi(2, 0x80)]);
    w.put(asm::wsr(2, Special::Intclear as u8));
    w.put(asm::rsr(2, Special::Ccompare0 as u8));
    w.put(asm::wsr(2, Special::Ccompare0 as u8));
    w.put(asm::j(3 + 3 + 12 + 3 + 3));
    w.put(asm::rsr(2, Special::Epc1 as u8));
    w.all(&skip);
    w.put(asm::wsr(2, Special::Epc1 as u8));
    w.put(0); // ILL: a double exception
    w.all(&restore);
    w.put(asm::rfe());

    let double = w.at;
    write_record(
        w,
        &[Special::Depc, Special::Exccause, Special::Epc1, Special::Ps],
    );
    w.put(asm::rsr(2, Special::Depc as u8));
    w.put(asm::addi(2, 2, 3));
    w.put(asm::wsr(2, Special::Depc as u8));
    w.put(asm::rfde());

    let debug = w.at;
    w.all(&save);
    write_record(
        w,
        &[
            Special::Epc2,
            Special::Eps2,
            Special::Debugcause,
            Special::Ps,
        ],
    );
    w.put(asm::rsr(2, Special::Epc2 as u8));
    w.all(&skip);
    w.put(asm::wsr(2, Special::Epc2 as u8));
    w.all(&restore);
    w.put(asm::rfi(2));

    for (offset, handler) in [(0x10, debug), (0x30, user), (0x50, user), (0x70, double)] {
        w.at = Bench::VECTORS + offset;
        w.put(asm::j((handler - w.at) as i32));
    }
}

/// Folds special registers into the hash, and counts. Uses a2, a3; leaves the hash's address in a4.
fn write_record(w: &mut Writer, registers: &[Special]) {
    w.constant(4, HASH);
    w.put(asm::l32i(2, 4, 0));
    for &register in registers {
        w.put(asm::rsr(3, register as u8));
        w.all(&fold(3));
    }
    w.put(asm::s32i(2, 4, 0));
    w.all(&[asm::l32i(2, 4, 4), asm::addi(2, 2, 1), asm::s32i(2, 4, 4)]);
}

/// The same for the address registers that the handler leaves alone: results that the
/// program overwrites before its end count too.
fn write_register_record(w: &mut Writer) {
    w.put(asm::l32i(2, 4, 0));
    for register in [0].into_iter().chain(5..16) {
        w.all(&fold(register));
    }
    w.put(asm::s32i(2, 4, 0));
}

/// a2 = 9 * a2 + `register`.
fn fold(register: u8) -> [u32; 2] {
    const ADDX8_A2_A2_A2: u32 = asm::rrr(11, 0, 2, 2, 2);
    [ADDX8_A2_A2_A2, asm::add(2, 2, register)]
}
