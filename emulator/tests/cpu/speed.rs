//! How fast the core is, for those who ask, and how much faster QEMU's translator.

use super::asm;
use super::differential::qemu;
use super::ram::{Bench, CODE, DATA};
use d1_emulator::cpu::Exit;
use std::time::Instant;

/// Instructions of one round of the loop.
const LOOP_LEN: u32 = 10;

/// A copy-and-mix loop, one of whose instructions is a taken branch: a2 points to data, a8 counts rounds
/// down and a9 up.
fn copy_and_mix() -> Vec<u32> {
    let body = [
        asm::l32i(3, 2, 0),
        asm::add_n(4, 4, 3),
        asm::xor(5, 5, 4),
        asm::extui(6, 5, 3, 8),
        asm::slli(6, 6, 4),
        asm::or(7, 6, 4),
        asm::s32i_n(7, 2, 4),
        asm::addi(9, 9, 1),
        asm::addi_n(8, 8, -1),
    ];
    let distance = asm::bytes(&body).len() as i32;
    let mut program = body.to_vec();
    program.push(asm::branch_zero(1, 8, -distance));
    program
}

/// Seconds in the core under test.
fn seconds_here(rounds: u32) -> f64 {
    let program = copy_and_mix();
    let finish = CODE + asm::bytes(&program).len() as u32;
    let mut bench = Bench::new(&program).with(&[(2, DATA), (8, rounds)]);
    bench.cpu.add_breakpoint(finish);
    let start = Instant::now();
    assert_eq!(bench.run(u64::MAX / 2), Exit::Breakpoint(finish));
    assert_eq!(bench.ar(9), rounds);
    start.elapsed().as_secs_f64()
}

/// Seconds in QEMU, its start included.
fn seconds_in_qemu(rounds: u32) -> f64 {
    // Literals, then a2 = data, a8 = rounds, the loop, and the simulator's exit.
    const EXIT: i32 = 1;
    let mut code = asm::bytes(&[asm::j(12)]);
    code.push(0);
    code.extend(DATA.to_le_bytes());
    code.extend(rounds.to_le_bytes());
    // Distances of L32R count from the instruction's address, rounded up: 12, and 16 for the one at 15.
    code.extend(asm::bytes(&[asm::l32r(2, 4 - 12), asm::l32r(8, 8 - 16)]));
    code.extend(asm::bytes(&copy_and_mix()));
    code.extend(asm::bytes(&[
        asm::movi(2, EXIT),
        asm::movi(3, 0),
        asm::simcall(),
    ]));
    let start = Instant::now();
    qemu::run_segments("speed", &[(CODE, &code), (DATA, &[0; 64])], &[]);
    start.elapsed().as_secs_f64()
}

#[test]
#[ignore = "a measurement: cargo test --release -p d1-emulator --test cpu speed -- --ignored --nocapture"]
fn instructions_per_second_here_and_in_qemu() {
    let rounds = 20_000_000;
    let instructions = f64::from(rounds) * f64::from(LOOP_LEN);
    let ours = instructions / seconds_here(rounds);
    println!("{:.0} million instructions per second", ours / 1e6);
    if qemu::is_installed() {
        let theirs = instructions / (seconds_in_qemu(rounds) - seconds_in_qemu(1));
        println!(
            "QEMU: {:.0} million, {:.1} times as many",
            theirs / 1e6,
            theirs / ours
        );
    }
}
