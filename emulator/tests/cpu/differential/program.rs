//! A random program that ends by dumping all it computed into data memory.
//!
//! Memory: code and literals at CODE, vectors at CODE + 0x10000, data at DATA. a1 stays
//! at a fixed place in data; every other register is fair game. Exceptions are part of
//! the game: the handlers fold cause, address and state into a hash, skip the
//! instruction, and on the way raise a double exception. The items run several times,
//! each time on what the pass before left in registers and memory.

use std::ops::Range;

use d1_emulator::cpu::Special;

use super::handlers::write_handlers;
use super::items::write_item;
use super::random::Random;
use super::writer::{Writer, LITERALS_END};
use crate::asm;
use crate::ram::{Bench, CODE, DATA};

/// Bytes of data memory compared.
pub const STATE_LEN: usize = 0x2000;
/// Where the registers are put at the end; random stores stay below.
pub const DUMP_OFFSET: usize = 0x1800;
/// Where the exception handlers count.
pub const TRAPS: Range<usize> = HASH_OFFSET + 4..HASH_OFFSET + 8;

/// Where they keep the hash of all they saw, and behind it the count.
pub const HASH: u32 = DATA + HASH_OFFSET as u32;

/// How often the items run.
const PASSES: u32 = 4;
/// Where the passes still to come are counted.
const PASSES_LEFT: u32 = HASH + 8;

const HASH_OFFSET: usize = 0x1700;
const LITERALS: u32 = CODE + 0x10;
const BODY: u32 = LITERALS_END;
/// The body stays below this, so that the epilogue still fits before the vectors.
const BODY_END: u32 = Bench::VECTORS - 0x800;
pub const HANDLERS: u32 = Bench::VECTORS + 0x100;
/// A literal base: what lies before it is in the literals.
pub const LITBASE_TOP: u32 = CODE + 0x3000;
/// What a1 points to.
const POINTER: u32 = DATA + 0x100;

/// Special registers without effects of their own: any access is comparable.
pub const PLAIN: [Special; 13] = [
    Special::Sar,
    Special::Epc1,
    Special::Epc2,
    Special::Epc3,
    Special::Eps2,
    Special::Eps3,
    Special::Depc,
    Special::Excsave1,
    Special::Excsave2,
    Special::Excsave3,
    Special::Excvaddr,
    Special::Ddr,
    Special::Icount,
];

/// What the epilogue dumps after a0-a15.
const DUMPED: [Special; 18] = [
    Special::Sar,
    Special::Ps,
    Special::Epc1,
    Special::Epc2,
    Special::Epc3,
    Special::Eps2,
    Special::Eps3,
    Special::Depc,
    Special::Excsave2,
    Special::Excsave3,
    Special::Excvaddr,
    Special::Exccause,
    Special::Debugcause,
    Special::Ddr,
    Special::Interrupt,
    Special::Intenable,
    Special::Vecbase,
    Special::Litbase,
];

/// A complete program.
pub struct Program {
    pub seed: u64,
    pub code: Vec<u8>,
    pub data: Vec<u8>,
    /// Where it asks the simulator to print the data memory: the end, for a core without one.
    pub finish: u32,
    /// Addresses of the last random item.
    pub last_item: Range<u32>,
}

/// What lies at an offset of the data memory.
pub fn name(offset: usize) -> String {
    match offset.checked_sub(DUMP_OFFSET).map(|bytes| bytes / 4) {
        Some(n @ 0..=15) => format!("a{n}"),
        Some(n) if n < 16 + DUMPED.len() => format!("{:?}", DUMPED[n - 16]),
        _ if offset == HASH_OFFSET => "hash of exceptions".into(),
        _ => format!("data + {offset:#x}"),
    }
}

impl Program {
    /// The program of `seed`, with `count` random items: longer ones start like shorter ones.
    pub fn random(seed: u64, count: usize) -> Program {
        let mut random = Random(seed);
        let data = (0..DUMP_OFFSET).map(|_| random.next() as u8).collect();
        let mut w = Writer {
            code: vec![0; (HANDLERS - CODE) as usize + 0x400],
            at: CODE,
            literals: LITERALS,
            pending: Vec::new(),
        };
        w.put(asm::j((BODY - CODE) as i32));
        write_handlers(&mut w);
        w.at = BODY;
        write_prologue(&mut w, &mut random);
        let first = w.at;
        let mut last_item = w.at..w.at;
        for _ in 0..count {
            if w.at >= BODY_END {
                break;
            }
            let start = w.at;
            write_item(&mut w, &mut random);
            last_item = start..w.at;
            w.resolve_branches();
        }
        // Whatever still skips items lands here, at least one instruction ahead.
        w.put(asm::nop());
        while !w.pending.is_empty() {
            w.resolve_branches();
        }
        write_repetition(&mut w, first);
        let finish = write_epilogue(&mut w);
        Program {
            seed,
            code: w.code,
            data,
            finish,
            last_item,
        }
    }
}

/// Registers and state of known values.
fn write_prologue(w: &mut Writer, random: &mut Random) {
    let state = [
        (Special::Vecbase, Bench::VECTORS),
        (Special::Ps, 0x20),
        (Special::Intenable, 0),
        (Special::Litbase, 0),
        (Special::Sar, 0),
    ];
    for (register, value) in state {
        w.constant(2, value);
        w.put(asm::wsr(2, register as u8));
    }
    for register in PLAIN {
        w.constant(2, random.value());
        w.put(asm::wsr(2, register as u8));
    }
    w.put(asm::rsync());
    w.constant(2, PASSES_LEFT);
    w.constant(3, PASSES);
    w.put(asm::s32i(3, 2, 0));
    for register in 0..16 {
        w.constant(register, random.value());
    }
    w.constant(1, POINTER);
}

/// Has the handlers record all registers, then goes back to `first` unless this was the last pass.
fn write_repetition(w: &mut Writer, first: u32) {
    let restore = [
        asm::rsr(0, Special::Excsave2 as u8),
        asm::rsr(2, Special::Excsave3 as u8),
    ];
    w.put(asm::syscall());
    w.put(asm::wsr(0, Special::Excsave2 as u8));
    w.put(asm::wsr(2, Special::Excsave3 as u8));
    w.constant(0, PASSES_LEFT);
    w.all(&[asm::l32i(2, 0, 0), asm::addi(2, 2, -1), asm::s32i(2, 0, 0)]);
    const TO_END: i32 = 3 + 2 * 3 + 3;
    w.put(asm::branch_zero(0, 2, TO_END));
    w.all(&restore);
    w.put(asm::j(first.wrapping_sub(w.at) as i32));
    w.all(&restore);
}

/// Dumps the registers; returns where it then asks the simulator to print and exit.
fn write_epilogue(w: &mut Writer) -> u32 {
    w.put(asm::wsr(0, Special::Excsave1 as u8));
    w.constant(0, DATA + DUMP_OFFSET as u32);
    for n in 1..16 {
        w.put(asm::s32i(n, 0, 4 * u32::from(n)));
    }
    w.put(asm::rsr(1, Special::Excsave1 as u8));
    w.put(asm::s32i(1, 0, 0));
    for (register, offset) in DUMPED.into_iter().zip((64..).step_by(4)) {
        w.put(asm::rsr(1, register as u8));
        w.put(asm::s32i(1, 0, offset));
    }
    let finish = w.at;
    const WRITE: u32 = 4;
    const EXIT: u32 = 1;
    for (register, value) in [(2, WRITE), (3, 1), (4, DATA), (5, STATE_LEN as u32)] {
        w.constant(register, value);
    }
    w.put(asm::simcall());
    w.constant(2, EXIT);
    w.constant(3, 0);
    w.put(asm::simcall());
    finish
}
