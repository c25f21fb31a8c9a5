//! Access rules, the flash window and the cache, seen by a guest.

use super::guest::{Program, ENTRY};
use super::*;

const CACHE_ENABLE: u32 = 0x4000_4678;
const CACHE_DISABLE: u32 = 0x4000_47F0;
const WINDOW: u32 = 0x4020_0000;
/// RTC user memory: where the programs leave their findings.
const RESULT: u32 = 0x6000_1200;

fn result(machine: &mut Machine) -> u32 {
    load(machine, RESULT)
}

/// Runs a program of which the last thing seen is a fault; its cause and address.
fn fault_of(program: &mut Program) -> (u32, u32, Vec<String>) {
    let mut machine = board(&program.stop().image());
    let text = console_after(&mut machine, 300);
    let cause = text
        .split("Fatal exception (")
        .nth(1)
        .and_then(|rest| rest.split(')').next());
    let address = text.split("excvaddr=0x").nth(1).map(|rest| &rest[..8]);
    let cause = cause
        .unwrap_or_else(|| panic!("no fault: {text}"))
        .parse()
        .unwrap();
    (
        cause,
        u32::from_str_radix(address.unwrap(), 16).unwrap(),
        machine.log(),
    )
}

#[test]
fn narrow_loads_from_word_only_memory_fault() {
    for address in [ENTRY, 0x4000_1001, WINDOW + 2] {
        let mut program = Program::default();
        program
            .call(CACHE_ENABLE, &[0, 0, 0])
            .set(8, address)
            .load_byte(9, 8, 0);
        let (cause, at, _) = fault_of(&mut program);
        assert_eq!((cause, at), (3, address));
    }
}

#[test]
fn stores_to_rom_and_the_flash_window_fault() {
    for address in [0x4000_1000, WINDOW] {
        let mut program = Program::default();
        program.call(CACHE_ENABLE, &[0, 0, 0]).poke(address, 0);
        let (cause, at, _) = fault_of(&mut program);
        assert_eq!((cause, at), (3, address));
    }
}

#[test]
fn holes_and_the_prohibited_region_fault_and_are_named() {
    for (address, place) in [
        (0x0000_0100, "prohibited region"),
        (0x3000_0000, "nothing is there"),
    ] {
        let mut program = Program::default();
        program.poke(address, 1);
        let (cause, at, log) = fault_of(&mut program);
        assert_eq!((cause, at), (29, address));
        assert!(log.iter().any(|line| line.contains(place)), "{log:?}");
    }
}

#[test]
fn the_window_shows_the_selected_megabyte() {
    for (half, pair, megabyte) in [(0, 0, 0), (1, 0, 1), (0, 1, 2), (1, 1, 3)] {
        let mut program = Program::default();
        program.call(CACHE_ENABLE, &[half, pair, 0]);
        program.copy(WINDOW + 0x1_0000, RESULT).stop();
        let mut machine = board(&program.image());
        for number in 0..4u32 {
            let mark = (0xA0 + number).to_le_bytes();
            machine.flash_mut().poke(number << 20 | 0x1_0000, &mark);
        }
        console_after(&mut machine, 300);
        assert_eq!(result(&mut machine), 0xA0 + megabyte);
    }
}

#[test]
fn a_fetch_with_the_cache_disabled_faults_and_is_named() {
    let mut program = Program::default();
    program
        .call(CACHE_ENABLE, &[0, 0, 0])
        .call(CACHE_DISABLE, &[])
        .call(WINDOW + 0x1_0000, &[]);
    let mut machine = board(&program.image());
    let text = console_after(&mut machine, 300);
    let log = machine.log();
    assert!(
        log.iter()
            .any(|line| line.contains("0x40210000") && line.contains("cache is disabled")),
        "{log:?}"
    );
    // Cause 20 has no handler in the ROM's table: the chip hangs without a word.
    assert!(!text.contains("Fatal"), "{text}");
    assert!(
        log.iter().any(|line| line.contains("exception 20")),
        "{log:?}"
    );
}

#[test]
fn instruction_ram_used_as_cache_is_no_memory() {
    let mut program = Program::default();
    program
        .poke(0x4010_C000, 0x1234_5678)
        .call(CACHE_ENABLE, &[0, 0, 0]);
    program.set(8, 0x4010_C000).load(9, 8, 0);
    let (cause, at, log) = fault_of(&mut program);
    assert_eq!((cause, at), (28, 0x4010_C000));
    assert!(
        log.iter().any(|line| line.contains("flash cache now")),
        "{log:?}"
    );
}

#[test]
fn what_was_in_the_cache_banks_is_lost() {
    let mut program = Program::default();
    program
        .poke(0x4010_C000, 0x1234_5678)
        .call(CACHE_ENABLE, &[0, 0, 0]);
    program.call(CACHE_DISABLE, &[]).poke(0x3FF0_0024, 0);
    program.copy(0x4010_C000, RESULT).stop();
    let mut machine = board(&program.image());
    console_after(&mut machine, 300);
    assert_ne!(result(&mut machine), 0x1234_5678);
    assert_eq!(machine.log(), [] as [String; 0], "it is memory again");
}

#[test]
fn the_second_cache_bank_stays_memory_with_a_small_cache() {
    let mut program = Program::default();
    program
        .poke(0x4010_8000, 0x1234_5678)
        .call(CACHE_ENABLE, &[0, 0, 0]);
    program.copy(0x4010_8000, RESULT).stop();
    let mut machine = board(&program.image());
    console_after(&mut machine, 300);
    assert_eq!(result(&mut machine), 0x1234_5678);
}

#[test]
fn code_that_rewrites_itself_runs_the_new_instructions() {
    // movi a9, 1 at `patched` becomes movi a9, 2 after having run once.
    let mut program = Program::default();
    program.set(7, 0).jump("patched");
    while program.here() % 4 != 0 {
        program.op(0x0020F0); // nop
    }
    program
        .label("patched")
        .op(0x01_A092)
        .op(0x0020F0)
        .op(0x0020F0)
        .op(0x0020F0); // movi a9, 1; nops
    let patched = program.here() - 12;
    program
        .set(8, RESULT)
        .store(9, 8, 0)
        .set(8, patched)
        .set(10, 0xF002_A092)
        .store(10, 8, 0)
        .jump("patched");
    let mut machine = board(&program.image());
    console_after(&mut machine, 300);
    assert_eq!(result(&mut machine), 2);
}

#[test]
fn reading_the_window_while_the_chip_erases_faults_and_is_named() {
    let mut program = Program::default();
    program.call(CACHE_ENABLE, &[0, 0, 0]);
    program
        .poke(0x6000_0200, 1 << 30)
        .until_clear(0x6000_0200, 1 << 30, "wren");
    program.poke(0x6000_0204, 0x2_0000);
    program
        .poke(0x6000_0200, 1 << 24)
        .until_clear(0x6000_0200, 1 << 24, "erase");
    program.set(8, WINDOW).load(9, 8, 0);
    let (cause, at, log) = fault_of(&mut program);
    assert_eq!((cause, at), (28, WINDOW));
    assert!(
        log.iter()
            .any(|line| line.contains("busy erasing or programming")),
        "{log:?}"
    );
    assert!(
        log.iter()
            .any(|line| line.contains("0x01000000 while the flash cache is enabled")),
        "{log:?}"
    );
}

#[test]
fn the_rom_word_esptool_looks_for_is_there_and_others_are_named() {
    let mut program = Program::default();
    program
        .set(8, 0x4000_1000)
        .load(9, 8, 0)
        .set(8, RESULT)
        .store(9, 8, 0);
    program.set(8, 0x4000_2000).load(9, 8, 0).stop();
    let mut machine = board(&program.image());
    console_after(&mut machine, 300);
    assert_eq!(result(&mut machine), 0xFFF0_C101);
    assert!(machine
        .log()
        .iter()
        .any(|line| line.contains("0x40002000") && line.contains("not modelled")));
}
