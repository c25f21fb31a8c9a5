//! Power, reset and sameness.

use super::guest::Program;
use super::*;
use nor_model::CutPoint;

const SPI_ERASE_SECTOR: u32 = 0x4000_4A00;
const SPI_WRITE: u32 = 0x4000_4A4C;

/// Erases a sector and programs RAM noise, the random word and a constant into it.
fn scribbler() -> Vec<u8> {
    let mut program = Program::default();
    program
        .set(8, 0x3FF2_0E44)
        .load(9, 8, 0)
        .set(8, 0x3FFE_8000)
        .store(9, 8, 0);
    program
        .call(SPI_ERASE_SECTOR, &[0x20])
        .call(SPI_WRITE, &[0x2_0000, 0x3FFE_8000, 64])
        .stop();
    program.image()
}

#[test]
fn the_same_seed_gives_the_same_run_to_the_cycle() {
    let run = |seed| {
        let mut machine = board_with(
            Config {
                seed,
                ..Config::default()
            },
            &scribbler(),
        );
        let text = console_after(&mut machine, 300);
        (text, machine.cycles(), machine.flash().digest())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(
        run(1).2,
        run(2).2,
        "the seed reaches RAM and the random word"
    );
}

#[test]
fn how_the_run_is_sliced_changes_nothing() {
    let mut whole = board(&scribbler());
    whole.run_until(Time::from_micros(150_000));
    let mut sliced = board(&scribbler());
    let mut text = Vec::new();
    for step in 1..=1500 {
        sliced.run_until(Time::from_micros(100 * step));
        text.extend(sliced.console());
    }
    assert_eq!(text, whole.console());
    assert_eq!(sliced.flash().digest(), whole.flash().digest());
}

#[test]
fn a_power_cut_stops_the_board_until_power_comes_back() {
    let mut machine = board(&scribbler());
    machine.flash_mut().cut_power_at(1, CutPoint::Before);
    let deadline = Time::from_micros(300_000);
    assert_eq!(machine.run_until(deadline), Stop::PowerCut);
    let dark_since = machine.now();
    assert_eq!(machine.run_until(deadline), Stop::PowerCut);
    assert_eq!(machine.now(), dark_since);
    machine.console();
    machine.power_cycle();
    assert!(console_after(&mut machine, 300).contains("rst cause:1"));
    let mut bytes = [0xFF; 4];
    machine.flash().peek(0x2_0000, &mut bytes);
    assert_ne!(bytes, [0xFF; 4], "the second life finished the job");
}

#[test]
fn the_reset_button_keeps_rtc_memory_and_the_power_switch_does_not() {
    let mut machine = board(&[]);
    console_after(&mut machine, 100);
    let user = 0x6000_1200;
    machine
        .bus
        .store(user, crate::bus::Width::Word, 0xCAFE)
        .unwrap();
    machine.press_reset();
    assert!(console_after(&mut machine, 100).contains("rst cause:2"));
    assert_eq!(machine.bus.load(user, crate::bus::Width::Word), Ok(0xCAFE));
    machine.power_cycle();
    assert!(console_after(&mut machine, 100).contains("rst cause:1"));
    assert_ne!(machine.bus.load(user, crate::bus::Width::Word), Ok(0xCAFE));
}

#[test]
fn exceptions_and_flash_misuse_are_in_the_log_once() {
    let mut program = Program::default();
    // Programming without write enable, then a load from nowhere.
    program
        .poke(0x6000_0204, 4 << 24 | 0x2_0000)
        .poke(0x6000_0200, 1 << 25);
    program.set(8, 0x3000_0000).load(9, 8, 0).stop();
    let mut machine = board(&program.image());
    console_after(&mut machine, 100);
    let log = machine.log();
    let lines = |what: &str| log.iter().filter(|line| line.contains(what)).count();
    assert_eq!(lines("command 0x02 without write enable"), 1, "{log:?}");
    assert_eq!(
        lines("load prohibited (excvaddr 0x30000000, a0 0x40001100)"),
        1,
        "{log:?}"
    );
    assert_eq!(machine.log(), [] as [String; 0]);
}

#[test]
fn a_core_timer_interrupt_is_taken_inside_a_rom_routine_on_time() {
    let mut program = Program::default();
    program.jump("main");
    let handler = program.here();
    // Interrupt 6: note CCOUNT, move the alarm out of the way.
    program.op(0x03_EA90).set(8, 0x6000_1200).store(9, 8, 0); // rsr.ccount a9
    program.op(0x13_F090).op(0x80); // wsr.ccompare0 a9
    program.label("main");
    program
        .call(0x4000_0F88, &[6, handler, 0])
        .call(0x4000_0FA8, &[1 << 6]);
    program.op(0x03_EA90).set(8, 100_000).op(0x80_8890); // rsr.ccount a9; add a8, a8, a9
    program.op(0x13_F080).set(9, 0x6000_1204).store(8, 9, 0); // wsr.ccompare0 a8
    program.call(0x4000_2ECC, &[65_000]).stop();
    let mut machine = board(&program.image());
    console_after(&mut machine, 200);
    let mut word = |address| load(&mut machine, address);
    let late = word(0x6000_1200).wrapping_sub(word(0x6000_1204));
    assert!(late < 1000, "{late} cycles late");
}

#[test]
fn straps_count_when_the_reset_pin_is_let_go() {
    let mut machine = board(&[]);
    console_after(&mut machine, 100);
    machine.set_strap(Strap::Uart);
    machine.hold_reset(true);
    assert_eq!(console_after(&mut machine, 100), "");
    machine.hold_reset(false);
    machine.set_strap(Strap::Flash);
    let text = console_after(&mut machine, 100);
    assert!(text.contains("rst cause:2, boot mode:(1,6)"), "{text}");
    machine.press_reset();
    let text = console_after(&mut machine, 100);
    assert!(text.contains("rst cause:2, boot mode:(3,6)"), "{text}");
}
