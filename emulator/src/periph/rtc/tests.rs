//! What the RTC remembers, counts and sleeps through.

use super::*;

const T: Time = Time(0);

fn rtc() -> Rtc {
    Rtc::powered_up(&mut Rng::new(7), T)
}

#[test]
fn rtc_ram_survives_a_reset_and_powers_up_with_noise() {
    let mut rtc = rtc();
    rtc.write_ram(0x200, 0x1234_5678);
    rtc.set_cause(ResetCause::Watchdog);
    assert_eq!(rtc.read_ram(0x200), Some(0x1234_5678));
    assert_eq!(rtc.read(STATE1, T).unwrap() & 0xF, 4);
    let other = Rtc::powered_up(&mut Rng::new(8), T);
    assert_ne!(Rtc::powered_up(&mut Rng::new(7), T).ram, other.ram);
}

#[test]
fn the_guest_can_ask_for_a_chip_reset_once() {
    let mut rtc = rtc();
    rtc.write(CTRL, CTRL_CHIP_RESET, T);
    assert!(rtc.take_chip_reset());
    assert!(!rtc.take_chip_reset());
}

#[test]
fn the_counter_starts_with_the_power() {
    let rtc = Rtc::powered_up(&mut Rng::new(7), Time::from_micros(5_000));
    assert_eq!(rtc.read(COUNTER, Time::from_micros(5_000)), Some(0));
    assert_eq!(rtc.read(COUNTER, Time::from_micros(15_000)), Some(1_500));
}

#[test]
fn a_light_sleep_lasts_until_the_counter_is_at_the_alarm() {
    let mut rtc = rtc();
    let now = Time::from_micros(10_000);
    rtc.write(ALARM, rtc.read(COUNTER, now).unwrap() + 1_000, now);
    rtc.write(STATE2, 8, now);
    rtc.write(TRANSITION, TRANSITION_START, now);
    let sleep = rtc.take_sleep().unwrap();
    assert!(!sleep.deep && !sleep.pins_wake);
    let alarm = sleep.alarm.unwrap();
    assert_eq!(rtc.read(COUNTER, alarm), Some(2_500));
    assert_eq!(rtc.read(COUNTER, Time(alarm.0 - 1)), Some(2_499));
    assert_eq!(rtc.take_sleep(), None);
    rtc.woken_by(Wake::Alarm);
    assert_eq!(rtc.read(INT_STATUS, alarm).unwrap() & 3, INT_WOKE);
    assert_eq!(rtc.read(STATE2, alarm), Some(8 << 8 | 8));
    rtc.write(INT_CLEAR, u32::MAX, alarm);
    assert_eq!(rtc.read(INT_STATUS, alarm), Some(0));
}

#[test]
fn an_alarm_that_has_just_passed_ends_the_sleep_at_once() {
    let mut rtc = rtc();
    let now = Time::from_micros(10_000);
    rtc.write(ALARM, rtc.read(COUNTER, now).unwrap() - 2, now);
    rtc.write(STATE2, 8, now);
    rtc.write(TRANSITION, TRANSITION_START, now);
    assert!(rtc.take_sleep().unwrap().alarm.unwrap() <= now);
    // One that is more than half a turn behind is ahead: 2^31 ticks of 150 kHz are about four hours.
    rtc.write(
        ALARM,
        rtc.read(COUNTER, now).unwrap().wrapping_sub(1 << 31) - 2,
        now,
    );
    rtc.write(TRANSITION, TRANSITION_START, now);
    let alarm = rtc.take_sleep().unwrap().alarm.unwrap();
    assert!(alarm > Time::from_micros(14_300_000_000));
}

#[test]
fn a_deep_sleep_takes_the_power_from_everything() {
    let mut rtc = rtc();
    rtc.write(POWER_DOWN, u32::MAX, T);
    rtc.write(STATE2, 4, T);
    rtc.write(TRANSITION, TRANSITION_START, T);
    let expected = Sleep {
        deep: true,
        alarm: None,
        pins_wake: true,
    };
    assert_eq!(rtc.take_sleep(), Some(expected));
}

#[test]
fn gpio16_is_a_pin_of_its_own() {
    let mut rtc = rtc();
    rtc.write(GPIO16_OUT, 1, T);
    assert_eq!(rtc.read(GPIO16_IN, T), Some(0), "not enabled");
    rtc.write(GPIO16_ENABLE, 1, T);
    assert_eq!(rtc.read(GPIO16_IN, T), Some(1));
    rtc.drive_gpio16(Some(false));
    assert_eq!(rtc.read(GPIO16_IN, T), Some(0));
}
