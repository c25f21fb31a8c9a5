//! The random items a program is made of: an instruction, or a few that belong together.

use d1_emulator::cpu::decode::decode;
use d1_emulator::cpu::instruction::{Alu, Load, Op, System};
use d1_emulator::cpu::Special;

use super::program::{LITBASE_TOP, PLAIN};
use super::random::Random;
use super::writer::Writer;
use crate::asm;

/// One random item: an instruction, or a few that belong together.
pub fn write_item(w: &mut Writer, random: &mut Random) {
    match random.below(100) {
        0..=29 => w.put(alu(random)),
        30..=37 => write_edge_case(w, random),
        38..=39 => write_left_shift(w, random),
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
        96 => write_software_interrupt(w, random),
        97 => write_timer_interrupt(w, random),
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
    if random.below(4) > 0 {
        find(random, register_format, is_free_alu)
    } else {
        find(random, any_of([2, 0xA, 0xB, 0xC, 0xD]), is_free_alu)
    }
}

/// An operation on a register with a value from the edges.
fn write_edge_case(w: &mut Writer, random: &mut Random) {
    let register = random.register();
    w.constant(register, random.value());
    let uses = |op, d| is_free_alu(op, d) && !matches!(op, Op::Alu(Alu::Movi | Alu::Ssai));
    let word = find(random, register_format, uses);
    let place = if random.below(2) == 0 { 8 } else { 4 };
    let with_edge = word & !(0xF << place) | u32::from(register) << place;
    // Where the fields select the operation, another may have come out.
    let i = decode(with_edge);
    w.put(if uses(i.op, i.d) { with_edge } else { word });
}

/// Whether an instruction may stand anywhere. SSL and SSA8B may not: they can leave 32 in
/// SAR, for which QEMU 7.2 translates a following SRL or SRA to a 32-bit host shift.
fn is_free_alu(op: Op, d: u8) -> bool {
    matches!(op, Op::Alu(alu) if !matches!(alu, Alu::Ssl | Alu::Ssa8b)) && d != 1
}

/// SSL or SSA8B, a shift that it is meant for, and a harmless SAR.
fn write_left_shift(w: &mut Writer, random: &mut Random) {
    let prepares = |op, _| matches!(op, Op::Alu(Alu::Ssl | Alu::Ssa8b));
    w.put(find(random, register_format, prepares));
    let shifts = |op, d| matches!(op, Op::Alu(Alu::Sll | Alu::Src)) && d != 1;
    w.put(find(random, register_format, shifts));
    w.put(asm::ssai(random.below(32) as u8));
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
            is_free_alu(op, d) && d != counter
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
    match random.below(8) {
        0..=1 => find(
            random,
            any_of([0, 0, 2, 3, 4, 5, 6, 13, 14, 15]),
            |op, _| op == Op::System(System::Unknown),
        ),
        2 => asm::syscall(),
        3 => 0,      // ILL
        4 => 0xF06D, // ILL.N
        5 => asm::break_(s, t),
        6 => asm::break_n(s),
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
    w.constant(a, LITBASE_TOP | 1 | random.below(0x800) << 1);
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

/// The timer's interrupt, polled for and then let in, or waited for.
///
/// CCOUNT counts otherwise in QEMU: how long it takes may show nowhere.
fn write_timer_interrupt(w: &mut Writer, random: &mut Random) {
    const SOON: i32 = 40;
    let a = random.register();
    w.put(asm::rsil(a, 1));
    w.constant(a, 0x40);
    w.put(asm::wsr(a, Special::Intenable as u8));
    w.constant(a, random.value());
    w.put(asm::wsr(a, Special::Ccount as u8));
    w.put(asm::rsr(a, Special::Ccount as u8));
    w.put(asm::addi(a, a, SOON));
    w.put(asm::wsr(a, Special::Ccompare0 as u8));
    w.put(asm::movi_n(a, 0));
    if random.below(2) == 0 {
        w.put(asm::waiti(0));
    } else {
        w.put(asm::rsr(a, Special::Interrupt as u8));
        const BBCI: u8 = 6;
        w.put(asm::branch(BBCI, a, 6, -3));
        w.put(asm::rsil(a, 0));
    }
    w.put(asm::rsr(a, Special::Interrupt as u8));
}
