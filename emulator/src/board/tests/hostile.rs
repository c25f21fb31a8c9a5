//! Firmware that goes wrong in every way: the board goes on, ends on time, and the log says what happened.

use super::guest::Program;
use super::*;

const CACHE_ENABLE: u32 = 0x4000_4678;
const ERASE_CHIP: u32 = 0x4000_4984;
const UNLOCK: u32 = 0x4000_4878;

/// Runs for that long; everything the log says.
fn log_after(program: &mut Program, milliseconds: u64) -> String {
    let mut machine = board(&program.stop().image());
    let deadline = Time::from_micros(1_000 * milliseconds);
    machine.run_until(deadline);
    assert!(machine.now() >= deadline, "the board did not go on");
    machine.log().join("\n")
}

#[track_caller]
fn says(log: &str, wanted: &str) {
    assert!(log.contains(wanted), "{wanted:?} is not in:\n{log}");
}

#[test]
fn a_jump_into_nothing_names_the_place() {
    for address in [0x0000_0000, 0x2000_0000, 0x4030_0000, 0x7000_0000] {
        let log = log_after(Program::default().call(address, &[]), 100);
        says(&log, &format!("instruction fetch from {address:#010x}"));
    }
}

#[test]
fn data_that_is_executed_faults_where_it_is() {
    let log = log_after(
        Program::default()
            .poke(0x3FFE_8000, 0x0000_0080)
            .call(0x3FFE_8000, &[]),
        100,
    );
    says(&log, "instruction fetch from 0x3ffe8000");
    says(&log, "exception at 0x3ffe8000");
}

#[test]
fn a_jump_to_no_routine_of_the_mask_rom_is_named() {
    let log = log_after(Program::default().call(0x4000_1234, &[]), 100);
    says(&log, "0x40001234");
}

#[test]
fn firmware_that_erases_itself_falls_into_blank_flash() {
    let mut program = Program::default();
    program
        .call(UNLOCK, &[])
        .call(ERASE_CHIP, &[])
        .call(CACHE_ENABLE, &[0, 0, 0])
        .call(0x4020_1000, &[]);
    let mut machine = board(&program.stop().image());
    machine.run_until(Time::from_micros(12_000_000));
    assert!(machine.flash().contents().iter().all(|byte| *byte == 0xFF));
    says(&machine.log().join("\n"), "exception at 0x40201000");
    // Nothing to boot any more: the mask ROM says so.
    machine.press_reset();
    assert!(console_after(&mut machine, 100).contains("ets_main.c"));
}

#[test]
fn running_from_flash_while_it_is_erased_is_named() {
    let mut program = Program::default();
    program
        .call(UNLOCK, &[])
        .call(CACHE_ENABLE, &[0, 0, 0])
        .poke(0x6000_0200, 1 << 30)
        .until_clear(0x6000_0200, u32::MAX, "enable")
        .poke(0x6000_0204, 0x2_0000)
        .poke(0x6000_0200, 1 << 24)
        .until_clear(0x6000_0200, u32::MAX, "erase")
        .call(0x4020_1000, &[]);
    says(&log_after(&mut program, 100), "busy erasing or programming");
}

#[test]
fn a_flood_on_the_uart_is_named_and_costs_nothing() {
    let mut program = Program::default();
    program
        .poke(0x6000_0014, 1)
        .set(8, 0x6000_0000)
        .set(9, 0x55);
    program.label("again");
    for _ in 0..64 {
        program.store(9, 8, 0);
    }
    program.jump("again");
    let mut machine = board_with(
        Config {
            console_baud: None,
            ..Config::default()
        },
        &program.image(),
    );
    machine.run_until(Time::from_micros(400_000));
    assert!(machine.console().len() <= 1 << 20);
    says(&machine.log().join("\n"), "lost");
}
