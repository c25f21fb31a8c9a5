//! Sleep and what ends it, on whole boards.

use super::guest::Program;
use super::*;
use crate::board::pins::Pin;

const RTC_ALARM: u32 = 0x6000_0704;
const RTC_TRANSITION: u32 = 0x6000_0708;
const RTC_WAKE: u32 = 0x6000_0718;
const RTC_POWER_DOWN: u32 = 0x6000_0740;
const MARK: u32 = 0x6000_1200;
const SPI0_CMD: u32 = 0x6000_0200;
const POWER_DOWN_FLASH: u32 = 1 << 21;
/// Of the RTC's counter, 200 ms after power-on.
const ALARM: u32 = 30_000;

/// Sleeps deeply as Espressif's system_deep_sleep does: flash powered down first.
fn deep_sleeper() -> Vec<u8> {
    let mut program = Program::default();
    program
        .poke(MARK, 0x7E57)
        .poke(0x3FFE_9000, 0x7E57)
        .poke(SPI0_CMD, POWER_DOWN_FLASH)
        .until_clear(SPI0_CMD, POWER_DOWN_FLASH, "flash")
        .poke(RTC_POWER_DOWN, u32::MAX)
        .poke(RTC_ALARM, ALARM)
        .poke(RTC_WAKE, 8)
        .poke(RTC_TRANSITION, 1 << 20)
        .stop();
    program.image()
}

#[test]
fn a_deep_sleep_ends_in_a_reset_with_cause_5_when_d0_is_wired() {
    let config = Config {
        d0_to_reset: true,
        ..Config::default()
    };
    let mut machine = board_with(config, &deep_sleeper());
    let before = console_after(&mut machine, 199);
    assert_eq!(before.matches("rst cause").count(), 1, "{before}");
    assert_ne!(load(&mut machine, 0x3FFE_9000), 0x7E57, "RAM had no power");
    assert_eq!(load(&mut machine, MARK), 0x7E57, "the RTC had");
    let after = console_after(&mut machine, 40);
    assert!(
        after.contains("rst cause:5, boot mode:(3,6)\r\n\r\nload"),
        "{after}"
    );
    assert_eq!(load(&mut machine, RTC_WAKE) >> 8, 8, "the alarm");
    assert_eq!(machine.flash().violations(), []);
}

#[test]
fn without_the_wire_the_chip_sleeps_until_the_button_is_pressed() {
    let mut machine = board(&deep_sleeper());
    console_after(&mut machine, 199);
    let deadline = Time::from_micros(1_000_000);
    assert!(matches!(machine.run_until(deadline), Stop::Hung { .. }));
    assert!(machine.log().iter().any(|line| line.contains("D0")));
    machine.press_reset();
    assert!(console_after(&mut machine, 20).contains("rst cause:2"));
}

#[test]
fn nothing_bites_in_a_deep_sleep() {
    let mut program = Program::default();
    program
        .arm_watchdog()
        .poke(RTC_POWER_DOWN, u32::MAX)
        .poke(RTC_TRANSITION, 1 << 20)
        .stop();
    let text = console_after(&mut board(&program.image()), 1_000);
    assert_eq!(text.matches("rst cause").count(), 1, "{text}");
}

fn light_sleeper(wake: u32) -> Machine {
    let mut program = Program::default();
    program
        .poke(0x6000_033C, 1 << 10 | 4 << 7) // GPIO5 wakes when low
        .poke(RTC_ALARM, ALARM)
        .poke(RTC_WAKE, wake)
        .poke(RTC_TRANSITION, 1 << 20)
        .poke(MARK, 0xA3A3)
        .stop();
    board(&program.image())
}

#[test]
fn a_light_sleep_goes_on_after_its_alarm() {
    let mut machine = light_sleeper(8);
    console_after(&mut machine, 199);
    assert_ne!(load(&mut machine, MARK), 0xA3A3);
    console_after(&mut machine, 2);
    assert_eq!(load(&mut machine, MARK), 0xA3A3);
    assert_eq!(load(&mut machine, 0x6000_0728) & 3, 1);
}

#[test]
fn a_pin_ends_a_light_sleep() {
    let mut machine = light_sleeper(4);
    console_after(&mut machine, 500);
    assert_ne!(load(&mut machine, MARK), 0xA3A3);
    machine.drive_pin(Pin::D1, Some(false));
    console_after(&mut machine, 1);
    assert_eq!(load(&mut machine, MARK), 0xA3A3);
    assert_eq!(load(&mut machine, RTC_WAKE) >> 8, 4);
}

#[test]
fn a_sleep_nothing_can_end_is_named() {
    let mut machine = light_sleeper(0);
    let deadline = Time::from_micros(1_000_000);
    assert!(matches!(machine.run_until(deadline), Stop::Hung { .. }));
    assert!(machine.log().iter().any(|line| line.contains("sleeps")));
}
