//! Random programs, here and in QEMU's lx106: both must end in the same state.
//!
//! `D1_CPU_PROGRAMS` is the number of programs, `D1_CPU_SEED` the seed of the first. The seed
//! of a program that differs is printed with the instruction at fault.

mod handlers;
mod items;
mod program;
pub mod qemu;
pub mod random;
mod writer;

use std::ops::Range;

use super::judge::setting;
use super::ram::{Bench, CODE, DATA};
use d1_emulator::bus::{Bus, Width};
use d1_emulator::cpu::decode::decode;
use d1_emulator::cpu::exception::vector;
use d1_emulator::cpu::Exit;
use program::{Program, DUMP_OFFSET, STATE_LEN};

/// Random items in one program, if there is room for so many.
const ITEM_COUNT: usize = 5000;
/// Programs that make up at least so many executed instructions.
const PROGRAM_COUNT: u64 = 48;
const INSTRUCTION_COUNT: u64 = 4_000_000;

#[test]
fn millions_of_random_instructions_end_as_in_qemu() {
    if !qemu::is_installed() {
        return;
    }
    let (first, count) = (
        setting("D1_CPU_SEED", 1),
        setting("D1_CPU_PROGRAMS", PROGRAM_COUNT),
    );
    let mut executed = 0;
    for seed in first..first + count {
        let program = Program::random(seed, ITEM_COUNT);
        let (ours, theirs) = (run_here(&program), qemu::run(&program));
        if ours != theirs {
            panic!("seed {seed}: {}", explain(seed, &ours, &theirs));
        }
        executed += step_here(&program, &ours);
    }
    println!("{executed} instructions in {count} programs from seed {first} on, as in QEMU");
    assert!(executed >= INSTRUCTION_COUNT * count / PROGRAM_COUNT);
}

#[test]
fn a_random_program_reaches_what_it_is_meant_to_test() {
    // Otherwise agreement with QEMU would say little.
    let program = Program::random(1, ITEM_COUNT);
    let initial = program.data.clone();
    let state = run_here(&program);
    let changed = (0..DUMP_OFFSET).filter(|&i| state[i] != initial[i]).count();
    assert!(changed > 250, "{changed} bytes stored");
    let trapped = u32::from_le_bytes(state[program::TRAPS].try_into().unwrap());
    assert!(trapped > 500, "{trapped} exceptions");
}

/// The data memory after running `program` on the core under test.
fn run_here(program: &Program) -> Vec<u8> {
    let mut bench = loaded(program);
    loop {
        match bench.run(10_000_000) {
            Exit::Waiting => skip_wait(&mut bench),
            Exit::Breakpoint(pc) if pc == program.finish => break,
            exit => panic!("seed {}: {exit:?}", program.seed),
        }
    }
    bench.ram.data[..STATE_LEN].to_vec()
}

/// The same one instruction at a time, which must come to the same `end`. Returns how many were executed:
/// those that raised an exception instead are not.
fn step_here(program: &Program, end: &[u8]) -> u64 {
    const VECTOR_OFFSETS: [u32; 4] = [vector::DEBUG, vector::KERNEL, vector::USER, vector::DOUBLE];
    let mut bench = loaded(program);
    let mut executed = 0;
    loop {
        match bench.step() {
            Exit::Breakpoint(_) => break,
            Exit::Waiting => skip_wait(&mut bench),
            _ if VECTOR_OFFSETS.contains(&bench.cpu.pc().wrapping_sub(Bench::VECTORS)) => {}
            _ => executed += 1,
        }
    }
    let seed = program.seed;
    assert!(bench.ram.data[..STATE_LEN] == *end, "seed {seed} in steps");
    executed
}

fn loaded(program: &Program) -> Bench {
    let mut bench = Bench::new(&[]);
    bench.ram.place(CODE, &program.code);
    for (word, address) in program.data.chunks_exact(4).zip((DATA..).step_by(4)) {
        let value = u32::from_le_bytes(word.try_into().unwrap());
        bench.ram.store(address, Width::Word, value).unwrap();
    }
    bench.cpu.reset(CODE);
    bench.cpu.add_breakpoint(program.finish);
    bench
}

/// Time passes until the timer wakes the core.
fn skip_wait(bench: &mut Bench) {
    let now = bench.ram.cycles();
    bench.ram.advance(bench.cpu.next_timer_cycle(now) - now);
}

/// Where the states differ, and the shortest prefix of the program that shows it.
fn explain(seed: u64, ours: &[u8], theirs: &[u8]) -> String {
    if theirs.len() != ours.len() {
        return format!("QEMU gave {} bytes instead of {}", theirs.len(), ours.len());
    }
    let differs = |count| {
        let program = Program::random(seed, count);
        run_here(&program) != qemu::run(&program)
    };
    // Smallest count that differs, if longer programs keep the difference.
    let (mut same, mut different) = (0, ITEM_COUNT);
    while different - same > 1 {
        let middle = (same + different) / 2;
        if differs(middle) {
            different = middle;
        } else {
            same = middle;
        }
    }
    let program = Program::random(seed, different);
    let (ours, theirs) = (run_here(&program), qemu::run(&program));
    let words = (0..ours.len().min(theirs.len()) / 4).filter_map(|i| {
        let word = |state: &[u8]| u32::from_le_bytes(state[4 * i..4 * i + 4].try_into().unwrap());
        let (our, their) = (word(&ours), word(&theirs));
        (our != their).then(|| format!("{}: {our:#010x}, QEMU {their:#010x}", program::name(4 * i)))
    });
    format!(
        "item {different} is the first to differ\n{}\n{}",
        disassemble(&program, program.last_item.clone()),
        words.collect::<Vec<_>>().join("\n")
    )
}

/// The instructions in a range of addresses.
fn disassemble(program: &Program, range: Range<u32>) -> String {
    let (mut at, mut text) = (range.start, String::new());
    while at < range.end {
        let bytes = &program.code[(at - CODE) as usize..][..4];
        let i = decode(u32::from_le_bytes(bytes.try_into().unwrap()));
        text += &format!("{at:#010x}: {i}\n");
        at += u32::from(i.len);
    }
    text
}
