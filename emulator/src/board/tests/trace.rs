//! The trace: what it shows, and that it changes nothing.

use super::guest::{Program, ENTRY};
use super::*;
use crate::board::trace::Step;

const RTC: u32 = 0x6000_1200;

fn traced(program: &mut Program) -> (Machine, Vec<Step>) {
    let mut machine = board(&program.stop().image());
    let mut steps = Vec::new();
    machine.trace_until(Time::from_micros(100_000), &mut |step| {
        steps.push(step.clone());
    });
    (machine, steps)
}

/// The lines of the steps from `pc` on, without their cycles.
fn lines_from(steps: &[Step], pc: u32, count: usize) -> Vec<String> {
    let rest = steps.iter().skip_while(|step| step.pc != pc).take(count);
    let lines = rest.map(|step| step.to_string());
    lines
        .map(|line| line.trim_start().split_once(' ').unwrap().1.to_string())
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn trace_shows_changed_registers_and_accesses_to_the_chips_registers() {
    let mut program = Program::default();
    program.poke(RTC, 0x1234).load(10, 8, 0);
    let (_, steps) = traced(&mut program);
    let lines = lines_from(&steps, ENTRY, 4);
    assert!(lines[0].ends_with(" a8=60001200"), "{lines:?}");
    assert!(lines[1].ends_with(" a9=00001234"), "{lines:?}");
    assert_eq!(
        lines[2..],
        [
            "40100106 s32i a9, a8, 0 [60001200] <- 00001234",
            "40100109 l32i a10, a8, 0 a10=00001234 [60001200] -> 00001234",
        ]
    );
}

#[test]
fn trace_shows_an_exception_in_the_place_of_the_instructions_work() {
    let mut program = Program::default();
    program.set(8, 0x10).load(10, 8, 0);
    let (_, steps) = traced(&mut program);
    let lines = lines_from(&steps, ENTRY + 3, 1);
    let expected = "40100103 l32i a10, a8, 0 -> vector 40000050, cause 28";
    let kernel = expected.replace("40000050", "40000030");
    assert!(lines[0] == expected || lines[0] == kernel, "{lines:?}");
}

#[test]
fn traced_run_is_the_run_without_a_trace() {
    const UART0_FIFO: u32 = 0x6000_0000;
    let program = || {
        let mut program = Program::default();
        program.poke(UART0_FIFO, u32::from(b'!'));
        program
    };
    let (mut traced, steps) = traced(&mut program());
    assert!(steps.len() > 100);
    let mut plain = board(&program().stop().image());
    plain.run_until(Time::from_micros(100_000));
    assert_eq!(plain.cycles(), traced.cycles());
    assert_eq!(plain.cpu().pc(), traced.cpu().pc());
    assert_eq!(plain.console(), traced.console());
}
