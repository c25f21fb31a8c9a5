//! A random program that ends by dumping all it computed into data memory.
//!
//! Memory: code and literals at CODE, vectors at CODE + 0x10000, data at DATA. a1 stays
//! at a fixed place in data; every other register is fair game. Exceptions are part of
//! the game: the handlers fold cause, address and state into a hash, skip the
//! instruction, and on the way raise a double exception.

use std::ops::Range;

use d1_emulator::cpu::decode::decode;
use d1_emulator::cpu::instruction::{Load, Op};
use d1_emulator::cpu::Special;

use crate::asm;
use crate::ram::{Bench, CODE, DATA};

/// Bytes of data memory compared.
pub const STATE_LEN: usize = 0x2000;
/// Where the registers are put at the end; random stores stay below.
pub const DUMP_OFFSET: usize = 0x1800;
/// Where the exception handlers count.
pub const TRAPS: Range<usize> = HASH_OFFSET + 4..HASH_OFFSET + 8;

const HASH_OFFSET: usize = 0x1700;
const LITERALS: u32 = CODE + 0x10;
const BODY: u32 = CODE + 0x4000;
/// The body stays below this, so that the epilogue still fits before the vectors.
const BODY_END: u32 = Bench::VECTORS - 0x800;
const HANDLERS: u32 = Bench::VECTORS + 0x100;
/// What a1 points to.
const POINTER: u32 = DATA + 0x100;

/// Special registers without effects of their own: any access is comparable.
const PLAIN: [Special; 13] = [
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

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
    fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }
    /// A register that may be written: all but a1.
    fn register(&mut self) -> u8 {
        match self.below(15) as u8 {
            0 => 0,
            n => n + 1,
        }
    }
    /// A value, half of the time one from the edges.
    fn value(&mut self) -> u32 {
        const EDGES: [u32; 8] = [0, 1, u32::MAX, 1 << 31, i32::MAX as u32, 0xFFFF, 0x8000, 32];
        if self.below(2) == 0 {
            EDGES[self.below(8) as usize]
        } else {
            self.next() as u32
        }
    }
}

/// Code being written.
struct Writer {
    code: Vec<u8>,
    at: u32,
    literals: u32,
    /// Branches whose target is so many items ahead.
    pending: Vec<(u32, u32, u32)>,
}

impl Writer {
    fn put(&mut self, word: u32) {
        let len = asm::len(word);
        self.bytes(self.at, &word.to_le_bytes()[..len]);
        self.at += len as u32;
    }
    fn all(&mut self, words: &[u32]) {
        words.iter().for_each(|&word| self.put(word));
    }
    fn bytes(&mut self, address: u32, bytes: &[u8]) {
        let start = (address - CODE) as usize;
        self.code[start..start + bytes.len()].copy_from_slice(bytes);
    }
    /// L32R of a new literal.
    fn constant(&mut self, register: u8, value: u32) {
        self.bytes(self.literals, &value.to_le_bytes());
        let distance = self.literals.wrapping_sub((self.at + 3) & !3);
        self.literals += 4;
        assert!(self.literals < BODY);
        self.put(asm::l32r(register, distance as i32));
    }
    /// A branch over the next `items`.
    fn skip(&mut self, branch: u32, items: u32) {
        self.pending.push((self.at, branch, items));
        self.put(branch);
    }
    /// To be called after every item.
    fn resolve_branches(&mut self) {
        for (at, branch, items) in std::mem::take(&mut self.pending) {
            // The item of the branch itself counts.
            if items > 0 {
                self.pending.push((at, branch, items - 1));
                continue;
            }
            let word = with_distance(branch, self.at - at);
            self.bytes(at, &word.to_le_bytes()[..asm::len(word)]);
        }
    }
}

/// `branch` with another distance.
fn with_distance(branch: u32, distance: u32) -> u32 {
    let imm = distance - 4;
    match (branch & 0xF, branch >> 4 & 3) {
        (0xC, _) => branch & 0x0FCF | (imm & 0xF) << 12 | (imm >> 4) << 4,
        (6, 1) => branch & 0xFFF | imm << 12,
        _ => branch & 0xFFFF | imm << 16,
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
    for register in 0..16 {
        w.constant(register, random.value());
    }
    w.constant(1, POINTER);
}

/// One random item: an instruction, or a few that belong together.
fn write_item(w: &mut Writer, random: &mut Random) {
    match random.below(100) {
        0..=39 => w.put(alu(random)),
        40..=51 => w.put(memory(random)),
        52..=55 => write_computed_access(w, random),
        56..=71 => {
            let branch = branch(random);
            let items = if asm::len(branch) == 2 {
                1
            } else {
                1 + random.below(3)
            };
            w.skip(branch, items);
        }
        72..=74 => w.constant(random.register(), random.value()),
        75..=79 => w.put(special(random)),
        80..=82 => write_call(w, random),
        83..=85 => write_loop(w, random),
        86..=89 => w.put(exception(random)),
        90..=91 => write_return(w, random),
        92..=93 => write_litbase(w, random),
        94..=95 => write_state(w, random),
        96..=97 => write_software_interrupt(w, random),
        _ => w.put(asm::rrr(
            0,
            0,
            2,
            0,
            [0, 1, 2, 3, 8, 12, 13, 15][random.below(8) as usize],
        )),
    }
}

/// A random encoding, from `candidate`, that decodes to what `wanted` accepts.
fn find(
    random: &mut Random,
    candidate: impl Fn(&mut Random) -> u32,
    wanted: impl Fn(Op, u8) -> bool,
) -> u32 {
    loop {
        let word = candidate(random);
        let word = if asm::len(word) == 2 {
            word & 0xFFFF
        } else {
            word
        };
        let i = decode(word);
        if wanted(i.op, i.d) {
            return word;
        }
    }
}

/// Random bits with one of these in the opcode field.
fn any_of<const N: usize>(op0: [u32; N]) -> impl Fn(&mut Random) -> u32 {
    move |random| random.next() as u32 & 0xFF_FFF0 | op0[random.below(N as u32) as usize]
}

/// The register format, with the fields that instructions of few operands need made likely.
fn register_format(random: &mut Random) -> u32 {
    let mut word = random.next() as u32 & 0xF0_FFF0;
    word |= [0, 0, 1, 1, 2, 3, 4, 5][random.below(8) as usize] << 16;
    match random.below(8) {
        0 | 1 => word &= !0xF0, // t = 0
        2 => word &= !0xE00,    // s = 0 or 1
        _ => {}
    }
    if random.below(6) == 0 {
        word = word & !0xF0_0000 | 4 << 20; // ST1: shift amounts, NSA
    }
    word
}

fn alu(random: &mut Random) -> u32 {
    let wanted = |op, d| matches!(op, Op::Alu(_)) && d != 1;
    if random.below(2) == 0 {
        find(random, register_format, wanted)
    } else {
        find(random, any_of([2, 0xA, 0xB, 0xC, 0xD]), wanted)
    }
}

/// A load or store relative to a1.
fn memory(random: &mut Random) -> u32 {
    let word = find(random, any_of([2, 2, 2, 8, 9]), |op, d| match op {
        Op::Load(op) => op != Load::L32r && d != 1,
        Op::Store(_) => true,
        _ => false,
    });
    word & !0xF00 | 0x100
}

/// A load or store at a random, perhaps unaligned address near a1.
fn write_computed_access(w: &mut Writer, random: &mut Random) {
    let base = random.register();
    w.put(asm::extui(
        base,
        random.below(16) as u8,
        random.below(23) as u8,
        10,
    ));
    w.put(asm::add(base, base, 1));
    w.put(memory(random) & !0xF00 | u32::from(base) << 8);
}

fn branch(random: &mut Random) -> u32 {
    find(random, any_of([6, 7, 7, 0xC]), |op, _| {
        matches!(op, Op::Branch(_))
    })
}

fn special(random: &mut Random) -> u32 {
    let number = PLAIN[random.below(PLAIN.len() as u32) as usize] as u8;
    let register = random.register();
    match random.below(3) {
        0 => asm::rsr(register, number),
        1 => asm::wsr(register, number),
        _ => asm::xsr(register, number),
    }
}

/// A call and a return, with a jump over the routine.
fn write_call(w: &mut Writer, random: &mut Random) {
    // [call] [j end] [padding] [routine, aligned] [end]
    let start = w.at;
    let indirect = random.below(2) == 0;
    let register = random.register();
    let call_len = if indirect { 6 } else { 3 };
    let routine = (start + call_len + 3 + 3) & !3;
    let back = if random.below(2) == 0 {
        asm::ret()
    } else {
        asm::ret_n()
    };
    let end = routine + asm::len(back) as u32;
    if indirect {
        w.constant(register, routine);
        w.put(asm::callx0(register));
    } else {
        w.put(asm::call0((routine - (start & !3)) as i32));
    }
    w.put(asm::j((end - w.at) as i32));
    w.at = routine;
    w.put(back);
}

/// A short loop that counts down.
fn write_loop(w: &mut Writer, random: &mut Random) {
    let counter = random.register();
    w.put(asm::movi_n(counter, 1 + random.below(6) as i32));
    let start = w.at;
    for _ in 0..1 + random.below(3) {
        w.put(find(random, register_format, |op, d| {
            matches!(op, Op::Alu(_)) && d != 1 && d != counter
        }));
    }
    w.put(asm::addi_n(counter, counter, -1));
    w.put(asm::branch_zero(
        1,
        counter,
        start.wrapping_sub(w.at) as i32,
    ));
}

fn exception(random: &mut Random) -> u32 {
    let (s, t) = (random.below(16) as u8, random.below(16) as u8);
    match random.below(6) {
        0 => asm::syscall(),
        1 => 0,      // ILL
        2 => 0xF06D, // ILL.N
        3 => asm::break_(s, t),
        4 => asm::break_n(s),
        _ => asm::rsil(random.register(), s),
    }
}

/// RFE, RFDE or RFI to the end of the item.
fn write_return(w: &mut Writer, random: &mut Random) {
    let (instruction, pc) = match random.below(4) {
        0 => (asm::rfe(), Special::Epc1),
        1 => (asm::rfde(), Special::Depc),
        2 => (asm::rfi(2), Special::Epc2),
        _ => (asm::rfi(3), Special::Epc3),
    };
    let (a, b) = (random.register(), random.register());
    w.constant(a, 0x20 | random.below(16));
    w.put(asm::wsr(a, Special::Eps2 as u8));
    w.put(asm::wsr(a, Special::Eps3 as u8));
    let target = w.at + 3 + 3 + 3 + 3;
    w.constant(b, target);
    w.put(asm::wsr(b, pc as u8));
    w.put(asm::isync());
    w.put(instruction);
}

/// A literal through LITBASE.
fn write_litbase(w: &mut Writer, random: &mut Random) {
    let (a, b) = (random.register(), random.register());
    w.constant(a, (CODE + 0x3000) | 1 | random.below(0x800) << 1);
    w.put(asm::wsr(a, Special::Litbase as u8));
    w.put(asm::isync());
    w.put(asm::l32r(b, -4 * (1 + random.below(0x800)) as i32));
    w.put(asm::movi_n(a, 0));
    w.put(asm::wsr(a, Special::Litbase as u8));
    w.put(asm::isync());
}

/// User or kernel mode, at some level.
fn write_state(w: &mut Writer, random: &mut Random) {
    let a = random.register();
    w.constant(a, random.below(2) << 5 | random.below(4));
    w.put(asm::wsr(a, Special::Ps as u8));
    w.put(asm::rsync());
}

/// The software interrupt, enabled or not, at whatever level is current.
fn write_software_interrupt(w: &mut Writer, random: &mut Random) {
    let a = random.register();
    w.constant(a, [0, 0x80][random.below(2) as usize]);
    w.put(asm::wsr(a, Special::Intenable as u8));
    w.constant(a, u32::MAX);
    w.put(asm::wsr(a, Special::Interrupt as u8));
    w.put(asm::rsync());
    w.put(asm::rsr(a, Special::Interrupt as u8));
}

/// Vectors, and handlers that record, skip the instruction and go on.
fn write_handlers(w: &mut Writer) {
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
    ];
    write_record(w, &seen);
    w.put(asm::rsr(3, Special::Exccause as u8));
    // An interrupt: clear it and skip nothing.
    w.all(&[asm::branch_constant(1, 3, 4, 12), asm::movi(2, 0x80)]);
    w.put(asm::wsr(2, Special::Intclear as u8));
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

/// Folds registers into the hash, and counts. Uses a2, a3; leaves the hash's address in a4.
fn write_record(w: &mut Writer, registers: &[Special]) {
    w.constant(4, DATA + HASH_OFFSET as u32);
    w.put(asm::l32i(2, 4, 0));
    for &register in registers {
        w.put(asm::rrr(11, 0, 2, 2, 2)); // ADDX8: times nine
        w.put(asm::rsr(3, register as u8));
        w.put(asm::add(2, 2, 3));
    }
    w.put(asm::s32i(2, 4, 0));
    w.all(&[asm::l32i(2, 4, 4), asm::addi(2, 2, 1), asm::s32i(2, 4, 4)]);
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
