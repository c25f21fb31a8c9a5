//! Pins from inside and outside the chip.

use super::*;

const T: Time = Time(0);
/// MTDI's register, GPIO12, and its GPIO function.
const MUX_GPIO12: (u32, u32) = (0x04, 3 << 4);

fn board() -> Gpio {
    Gpio::new(3)
}

fn input(gpio: &Gpio) -> u32 {
    gpio.read(IN).unwrap() & PINS
}

#[test]
fn the_straps_are_read_from_the_input_register() {
    assert_eq!(board().read(IN).unwrap() >> 16 & 7, 3);
    assert_eq!(board().read(IN).unwrap() >> 29, 6);
    assert_eq!(Gpio::new(1).read(IN).unwrap() & 1, 0, "GPIO0 is held low");
}

#[test]
fn at_rest_the_boards_resistors_decide() {
    assert_eq!(
        input(&board()) & (1 << 0 | 1 << 2 | 1 << 15),
        1 << 0 | 1 << 2
    );
}

#[test]
fn set_and_clear_registers_change_their_bits_only() {
    let mut gpio = board();
    gpio.write(OUT, 0b1100, T);
    gpio.write(OUT_SET, 0b0011, T);
    gpio.write(OUT_CLEAR, 0b0110, T);
    assert_eq!(gpio.read(OUT), Some(0b1001));
    gpio.write(ENABLE, 0b1100, T);
    gpio.write(ENABLE_SET, 0b0011, T);
    gpio.write(ENABLE_CLEAR, 0b0110, T);
    assert_eq!(gpio.read(ENABLE), Some(0b1001));
    assert_eq!(gpio.read(OUT_SET), Some(0), "write only");
}

#[test]
fn an_output_shows_at_its_pad_once_enabled_and_selected() {
    let mut gpio = board();
    gpio.write(OUT_SET, 1 << 12, T);
    gpio.write(ENABLE_SET, 1 << 12, T);
    assert_eq!(input(&gpio) >> 12 & 1, 0, "the pad serves JTAG");
    gpio.write_mux(MUX_GPIO12.0, MUX_GPIO12.1, T);
    assert_eq!(input(&gpio) >> 12 & 1, 1);
    gpio.write(ENABLE_CLEAR, 1 << 12, T);
    assert_eq!(input(&gpio) >> 12 & 1, 0);
}

#[test]
fn the_chips_own_pull_up_holds_a_free_pin_high() {
    let mut gpio = board();
    gpio.write_mux(MUX_GPIO12.0, MUX_GPIO12.1 | 1 << 7, T);
    assert_eq!(input(&gpio) >> 12 & 1, 1);
    gpio.write_mux(0x10, 3 << 4 | 1 << 7, T);
    assert_eq!(
        input(&gpio) >> 15,
        0,
        "the board's resistor on GPIO15 is stronger"
    );
}

#[test]
fn an_open_drain_output_only_pulls_down() {
    let mut gpio = board();
    gpio.write(PIN0 + 4 * 4, PIN_OPEN_DRAIN, T);
    gpio.write(ENABLE_SET, 1 << 4, T);
    assert_eq!(input(&gpio) >> 4 & 1, 0);
    gpio.write(OUT_SET, 1 << 4, T);
    assert_eq!(input(&gpio) >> 4 & 1, 1, "let go, it is pulled up");
    gpio.drive(4, Some(false), T);
    assert_eq!(input(&gpio) >> 4 & 1, 0, "somebody else pulls");
}

#[test]
fn an_edge_interrupt_latches_its_edges() {
    for (kind, falling, rising) in [
        (0, false, false),
        (1, false, true),
        (2, true, false),
        (3, true, true),
    ] {
        let mut gpio = board();
        gpio.write(PIN0 + 4 * 5, kind << 7, T);
        gpio.drive(5, Some(false), T);
        assert_eq!(gpio.interrupt(), falling, "type {kind}");
        gpio.write(STATUS_CLEAR, 1 << 5, T);
        assert!(!gpio.interrupt());
        gpio.drive(5, Some(true), T);
        assert_eq!(gpio.interrupt(), rising, "type {kind}");
    }
}

#[test]
fn a_level_interrupt_comes_back_while_its_level_lasts() {
    for (kind, level) in [(4, false), (5, true)] {
        let mut gpio = board();
        gpio.drive(5, Some(!level), T);
        gpio.write(PIN0 + 4 * 5, kind << 7, T);
        assert!(!gpio.interrupt());
        gpio.drive(5, Some(level), T);
        gpio.write(STATUS_CLEAR, 1 << 5, T);
        assert!(gpio.interrupt(), "type {kind}");
        gpio.drive(5, Some(!level), T);
        gpio.write(STATUS_CLEAR, 1 << 5, T);
        assert!(!gpio.interrupt(), "type {kind}");
    }
}

#[test]
fn the_chips_own_outputs_interrupt_too() {
    let mut gpio = board();
    gpio.write_mux(MUX_GPIO12.0, MUX_GPIO12.1, T);
    gpio.write(ENABLE_SET, 1 << 12, T);
    gpio.write(PIN0 + 4 * 12, 1 << 7, T);
    assert!(!gpio.interrupt());
    gpio.write(OUT_SET, 1 << 12, T);
    assert_eq!(gpio.read(STATUS), Some(1 << 12));
}

#[test]
fn the_led_lights_while_gpio2_is_driven_low() {
    let mut gpio = board();
    assert!(!gpio.led());
    gpio.write(ENABLE_SET, 1 << 2, Time(5));
    gpio.write(OUT_SET, 1 << 2, Time(7));
    gpio.write(OUT_CLEAR, 1 << 12, Time(8));
    let changes = [(5, true), (7, false)].map(|(at, lit)| LedChange { at: Time(at), lit });
    assert_eq!(gpio.take_led_changes(), changes);
    gpio.write(OUT_CLEAR, 1 << 2, Time(9));
    gpio.write_mux(0x38, 2 << 4, Time(10));
    assert!(!gpio.led(), "the pad serves UART1, high at rest");
    gpio.reset(3, Time(11));
    assert_eq!(gpio.take_led_changes().len(), 2);
}

#[test]
fn an_led_dimmed_for_hours_costs_bounded_memory() {
    let mut gpio = board();
    gpio.write(ENABLE_SET, 1 << 2, T);
    for _ in 0..10_000 {
        gpio.write(OUT_SET, 1 << 2, T);
        gpio.write(OUT_CLEAR, 1 << 2, T);
    }
    assert_eq!(gpio.take_led_changes().len(), LED_CHANGES_KEPT);
}

#[test]
fn a_pin_wakes_by_level_when_told_to() {
    let mut gpio = board();
    gpio.write(PIN0 + 4 * 4, 4 << 7, T);
    gpio.drive(4, Some(false), T);
    assert!(!gpio.wakes());
    gpio.write(PIN0 + 4 * 4, PIN_WAKE | 4 << 7, T);
    assert!(gpio.wakes());
    gpio.drive(4, Some(true), T);
    assert!(!gpio.wakes());
}

#[test]
fn modem_inputs_are_function_four_of_their_pins() {
    let mut gpio = board();
    gpio.drive(13, Some(true), T);
    assert_eq!(gpio.modem_pins(), Modem::default());
    gpio.write_mux(0x08, 1 << 8, T);
    assert!(gpio.modem_pins().cts);
}
