//! How fast the core is, for those who ask.

use super::asm;
use super::ram::{Bench, DATA};
use d1_emulator::cpu::Exit;
use std::time::Instant;

#[test]
#[ignore = "a measurement: cargo test --release -p d1-emulator --test cpu speed -- --ignored --nocapture"]
fn instructions_per_second_of_a_small_loop() {
    // A copy-and-mix loop: 10 instructions, one of them a taken branch.
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
    let finish = super::ram::CODE + distance as u32 + 3;
    let rounds = 20_000_000u32;

    let mut bench = Bench::new(&program).with(&[(2, DATA), (8, rounds)]);
    bench.cpu.add_breakpoint(finish);
    let start = Instant::now();
    assert_eq!(bench.run(u64::MAX / 2), Exit::Breakpoint(finish));
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(bench.ar(9), rounds);
    println!(
        "{:.0} million instructions per second",
        f64::from(rounds) * 10.0 / seconds / 1e6
    );
}
