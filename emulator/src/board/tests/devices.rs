//! Devices driven by a guest through the bus, with interrupts and resets.

use super::guest::{Program, BASE};
use super::*;

const ISR_ATTACH: u32 = 0x4000_0F88;
const ISR_UNMASK: u32 = 0x4000_0FA8;
const TX_CHAR: u32 = 0x4000_3B30;
const RX_CHAR: u32 = 0x4000_3B8C;
const DELAY: u32 = 0x4000_2ECC;
const SPI_READ: u32 = 0x4000_4B1C;
const SPI_WRITE: u32 = 0x4000_4A4C;
const SPI_ERASE_SECTOR: u32 = 0x4000_4A00;
const SOFTWARE_RESET: u32 = 0x4000_264C;
const DRAM: u32 = 0x3FFE_8000;

/// WAITI 0, again and again.
fn idle(program: &mut Program) -> &mut Program {
    program.label("idle").op(0x00_7000).jump("idle")
}

#[test]
fn flash_is_erased_and_programmed_through_spi0_and_takes_its_time() {
    let mut program = Program::default();
    program.poke(DRAM, 0x1122_3344).poke(DRAM + 4, 0x5566_7788);
    program
        .call(SPI_ERASE_SECTOR, &[0x20])
        .call(SPI_WRITE, &[0x2_00FC, DRAM, 8]);
    program.call(SPI_READ, &[0x2_00FC, DRAM + 16, 8]);
    program.poke(0x6000_1200, 1).stop();
    let mut machine = board(&program.image());
    machine.flash_mut().poke(0x2_0000, &[0; 16]);
    let mut milliseconds = 0;
    while load(&mut machine, 0x6000_1200) != 1 {
        console_after(&mut machine, 1);
        milliseconds += 1;
        assert!(milliseconds < 1000);
    }
    let mut bytes = [0; 8];
    machine.flash().peek(0x2_00FC, &mut bytes);
    assert_eq!(
        bytes,
        [0x44, 0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55],
        "split at the page boundary"
    );
    machine.flash().peek(0x2_0000, &mut bytes);
    assert_eq!(bytes, [0xFF; 8]);
    assert_eq!(load(&mut machine, DRAM + 20), 0x5566_7788);
    // The banner takes about 22 ms, a typical sector erase 45 ms.
    assert!((60..90).contains(&milliseconds), "{milliseconds} ms");
    assert_eq!(machine.flash().violations(), []);
}

#[test]
fn an_echo_by_interrupt_goes_through_the_roms_tables() {
    // Interrupt 5: read one character to the stack, send it, clear the request, return.
    let mut program = Program::default();
    program.jump("main");
    let handler = program.here();
    program.op(0xF0_C112).store(0, 1, 0); // addi a1, a1, -16; save a0
    program.op(0x04_C122); // addi a2, a1, 4
    program.set(8, RX_CHAR).op(0x08C0); // callx0 a8
    program.load_byte(2, 1, 4);
    program.set(8, TX_CHAR).op(0x08C0);
    program.poke(0x6000_0010, 0x1FF);
    program.load(0, 1, 0).op(0x10_C112).op(0x80); // restore a0; addi a1, a1, 16; ret
    program.label("main");
    program
        .call(ISR_ATTACH, &[5, handler, 0])
        .call(ISR_UNMASK, &[1 << 5]);
    program
        .poke(0x6000_0024, 1)
        .poke(0x6000_0010, 0x1FF)
        .poke(0x6000_000C, 1);
    idle(&mut program);
    let mut machine = board(&program.image());
    console_after(&mut machine, 100);
    machine.type_console(b"hello");
    assert_eq!(console_after(&mut machine, 10), "hello");
}

#[test]
fn a_timer_interrupt_ends_a_wait() {
    for (number, edge_bit, registers) in [
        (9, 2, [(0x6000_0600, 520_000u32), (0x6000_0608, 1 << 7)]),
        (10, 4, [(0x6000_0630, 520_000), (0x6000_0628, 1 << 7)]),
    ] {
        let mut program = Program::default();
        program
            .mark_at_interrupt(number, 0x6000_1200)
            .poke(0x3FF0_0004, edge_bit);
        for (register, value) in registers {
            program.poke(register, value);
        }
        idle(&mut program);
        let mut machine = board(&program.image());
        // 520000 ticks at 52 MHz are 10 ms, after about 42 ms of banner and of the ROM's two
        // writes to the flash chip's status.
        console_after(&mut machine, 45);
        assert_ne!(
            load(&mut machine, 0x6000_1200),
            0x7E57,
            "interrupt {number}"
        );
        console_after(&mut machine, 15);
        assert_eq!(
            load(&mut machine, 0x6000_1200),
            0x7E57,
            "interrupt {number}"
        );
    }
}

#[test]
fn interrupts_are_taken_inside_a_blocking_rom_routine() {
    let mut program = Program::default();
    program
        .mark_at_interrupt(10, 0x6000_1200)
        .poke(0x3FF0_0004, 4)
        .poke(0x6000_0630, 520_000)
        .poke(0x6000_0628, 1 << 7);
    // The ROM counts 80 cycles a microsecond; at 52 MHz that is 100 ms.
    program
        .call(DELAY, &[65_000])
        .call(TX_CHAR, &[u32::from(b'!')])
        .stop();
    let mut machine = board(&program.image());
    let text = console_after(&mut machine, 80);
    assert!(!text.contains('!'));
    assert_eq!(load(&mut machine, 0x6000_1200), 0x7E57);
    assert_eq!(console_after(&mut machine, 60), "!");
}

#[test]
fn a_rom_routine_that_only_works_cannot_keep_a_reset_out() {
    let mut program = Program::default();
    program.arm_watchdog();
    // memset over all of data RAM, again and again.
    program
        .label("again")
        .call(0x4000_18A4, &[DRAM, 0, 0x1_4000])
        .jump("again");
    let mut machine = board(&program.image());
    let mut text = String::new();
    for slice in 1..=20 {
        let deadline = Time::from_micros(5_000 * slice);
        assert_eq!(machine.run_until(deadline), Stop::Deadline);
        assert!(
            machine.now() < deadline + Time::from_micros(10),
            "ran past its deadline"
        );
        text += &String::from_utf8_lossy(&machine.console());
    }
    assert!(text.contains("rst cause:4"), "{text}");
}

#[test]
fn an_unfed_watchdog_resets_with_cause_4() {
    let mut program = Program::default();
    program.poke(0x6000_1204, 0xCAFE);
    program.arm_watchdog().stop();
    let mut machine = board(&program.image());
    let text = console_after(&mut machine, 120);
    assert!(
        text.contains("rst cause:4, boot mode:(3,6)\r\n\r\nwdt reset\r\nload"),
        "{text}"
    );
    assert_eq!(
        load(&mut machine, 0x6000_1204),
        0xCAFE,
        "RTC memory survives"
    );
}

#[test]
fn a_software_reset_has_cause_3() {
    let mut program = Program::default();
    program.call(SOFTWARE_RESET, &[]).stop();
    let text = console_after(&mut board(&program.image()), 100);
    assert!(
        text.contains("rst cause:3, boot mode:(3,6)\r\n\r\nload"),
        "{text}"
    );
}

#[test]
fn a_jump_to_the_reset_vector_repeats_the_old_cause() {
    let mut program = Program::default();
    program.call(DELAY, &[1000]).call(0x4000_0080, &[]);
    let mut machine = board(&program.image());
    let text = console_after(&mut machine, 100);
    assert!(
        text.matches("rst cause:1, boot mode:(3,6)\r\n\r\nload")
            .count()
            > 1,
        "{text}"
    );
}

#[test]
fn the_pll_speeds_the_chip_up_and_the_divisor_must_follow() {
    let set_pll = |program: &mut Program| {
        program
            .poke(0x6000_0D10, 0x0188_0167)
            .poke(0x6000_0D10, 0x0191_0267);
    };
    let mut right = Program::default();
    right.call(DELAY, &[1000]);
    set_pll(&mut right);
    right
        .poke(0x6000_0014, 80_000_000 / 74_880)
        .call(TX_CHAR, &[u32::from(b'+')])
        .stop();
    let mut machine = board(&right.image());
    assert!(console_after(&mut machine, 100).ends_with('+'));
    let (time, cycles) = (machine.now(), machine.cycles());
    console_after(&mut machine, 10);
    assert_eq!(
        (machine.cycles() - cycles) / (machine.now() - time).as_micros(),
        80
    );

    let mut wrong = Program::default();
    wrong.call(DELAY, &[1000]);
    set_pll(&mut wrong);
    wrong.call(TX_CHAR, &[u32::from(b'+')]).stop();
    let mut machine = board(&wrong.image());
    assert!(!console_after(&mut machine, 100).ends_with('+'));
    assert!(machine.log().iter().any(|line| line.contains("baud")));
}

#[test]
fn an_unknown_register_is_reported_once_with_its_place_and_reads_zero() {
    let mut program = Program::default();
    program.set(2, 0x1234);
    program
        .set(8, 0x6000_0B04)
        .label("again")
        .load(2, 8, 0)
        .set(9, DRAM)
        .store(2, 9, 0)
        .jump("again");
    let mut machine = board(&program.image());
    console_after(&mut machine, 100);
    let log = machine.log();
    assert_eq!(
        log.iter()
            .filter(|line| line.contains("0x60000b04"))
            .count(),
        1,
        "{log:?}"
    );
    assert!(log[0].contains("pc now 0x401001"), "{log:?}");
    assert_eq!(load(&mut machine, DRAM), 0);
}

#[test]
fn the_core_sees_the_mac_address_in_the_efuses() {
    let config = Config {
        mac: [2, 0x11, 0x22, 0x33, 0x44, 0x55],
        ..Config::default()
    };
    let mut machine = board_with(config, &Program::default().stop().image());
    assert_eq!(load(&mut machine, 0x3FF0_0050) >> 24, 0x55);
    assert_eq!(load(&mut machine, 0x3FF0_0054) & 0xFFFF, 0x3344);
    assert_eq!(load(&mut machine, 0x3FF0_005C) & 0xFF_FFFF, 0x02_1122);
    assert_eq!(BASE, 0x4010_0000);
}
