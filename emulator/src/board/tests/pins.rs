//! The header's pins and the LED, between the guest and the outside.

use super::guest::Program;
use super::*;
use crate::board::pins::Pin;
use crate::cpu::special::Special;

const GPIO: u32 = 0x6000_0300;
const IN: u32 = GPIO + 0x18;

#[test]
fn every_pin_can_be_read_and_driven_from_both_sides() {
    let mut machine = at_rest();
    for pin in Pin::ALL {
        let (input, bit) = match pin {
            Pin::D0 => (0x6000_078C, 0),
            _ => (IN, pin.gpio()),
        };
        for level in [true, false, true] {
            machine.drive_pin(pin, Some(level));
            assert_eq!(
                load(&mut machine, input) >> bit & 1,
                u32::from(level),
                "{pin:?}"
            );
        }
        machine.drive_pin(pin, None);
    }
    // Function GPIO: 3 in bits 5:4 of the multiplexer for D5 to D8, 0 for the rest; the ROM leaves
    // GPIO2 as UART0's second output.
    store(&mut machine, 0x6000_0838, 0);
    for mux in [0x04, 0x08, 0x0C, 0x10] {
        store(&mut machine, 0x6000_0800 + mux, 3 << 4);
    }
    for pin in Pin::ALL {
        let (out, enable) = match pin {
            Pin::D0 => (0x6000_0768, 0x6000_0774),
            _ => (GPIO, GPIO + 0x0C),
        };
        let bit = if pin == Pin::D0 { 1 } else { 1 << pin.gpio() };
        store(&mut machine, enable, bit);
        for level in [true, false] {
            store(&mut machine, out, if level { bit } else { 0 });
            assert_eq!(machine.pin(pin), level, "{pin:?}");
        }
    }
}

#[test]
fn the_boards_led_tells_when_it_was_switched() {
    let mut machine = at_rest();
    assert!(!machine.led());
    store(&mut machine, 0x6000_0838, 0); // GPIO2: the ROM leaves it as UART0's second output
    store(&mut machine, GPIO + 0x10, 1 << 2);
    let at = machine.now();
    assert!(machine.led());
    assert_eq!(machine.take_led_changes(), [LedChange { at, lit: true }]);
    machine.press_reset();
    assert!(!machine.led(), "a reset lets go of the pin");
}

#[test]
fn a_pin_interrupts_the_guest() {
    let mut program = Program::default();
    program.jump("main");
    let handler = program.here();
    program
        .poke(0x6000_1200, 0x7E57)
        .poke(GPIO + 0x24, 1 << 4)
        .op(0x80);
    program.label("main");
    program
        .call(0x4000_0F88, &[4, handler, 0])
        .call(0x4000_0FA8, &[1 << 4])
        .poke(GPIO + 0x38, 2 << 7) // GPIO4 falling
        .stop();
    let mut machine = board(&program.image());
    console_after(&mut machine, 60);
    assert_ne!(load(&mut machine, 0x6000_1200), 0x7E57);
    machine.drive_pin(Pin::D2, Some(false));
    console_after(&mut machine, 1);
    assert_eq!(load(&mut machine, 0x6000_1200), 0x7E57);
}

#[test]
fn frc1_interrupts_as_nmi_when_routed_there() {
    for (route, is_nmi) in [(0, false), (9 << 1 | 1, true), (14, false)] {
        let mut machine = at_rest();
        store(&mut machine, 0x3FF0_0000, route);
        store(&mut machine, 0x3FF0_0004, 2);
        store(&mut machine, 0x6000_0600, 100);
        store(&mut machine, 0x6000_0608, 1 << 7);
        console_after(&mut machine, 1);
        let epc3 = machine.cpu.special(Special::Epc3, 0);
        assert_eq!(epc3 != 0, is_nmi, "route {route:#x}");
    }
}
