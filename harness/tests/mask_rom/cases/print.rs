//! Formatted output and the UART.

use super::{act, few, word};
use crate::bench::{Call, Case, BUFFER, OTHER};
use fastrand::Rng;

pub const CASES: &[Case] = &[
    word("ets_printf", 0x4000_24CC, format),
    few(act("ets_write_char", 0x4000_1DA0, letter)),
    few(act("ets_install_putc1", 0x4000_242C, letter)),
    few(act("UART sink", 0x4000_1DCC, letter)),
    few(act("ets_install_uart_printf", 0x4000_2438, letter)),
    few(act("uartAttach", 0x4000_383C, letter)),
    few(act("ets_install_putc2", 0x4000_248C, letter)),
    few(act("uart_buff_switch", 0x4000_38A4, one_uart)),
    few(act("uart_div_modify", 0x4000_39D8, divisor)),
    few(act("Uart_Init", 0x4000_3A14, one_uart)),
    few(word("uart_tx_one_char", 0x4000_3B30, letter)),
    few(word("uart_rx_one_char", 0x4000_3B8C, buffer)),
];

/// Conversions in a row, each with a value of its kind.
fn format(random: &mut Rng) -> Call {
    let mut text = String::new();
    let mut arguments = vec![BUFFER];
    for _ in 0..random.usize(0..6) {
        let (conversion, value) = match random.u8(0..9) {
            0 => ("%d", random.u32(..)),
            1 => ("%u", random.u32(..)),
            2 => ("%x", random.u32(..)),
            3 => ("%08x", random.u32(..)),
            4 => ("%02x", random.u32(0..300)),
            5 => ("%c", random.u32(32..127)),
            6 => ("%s", OTHER),
            7 => ("%5d", random.u32(0..2000)),
            _ => ("%X", random.u32(..)),
        };
        text.push_str(conversion);
        text.push_str(["", " ", "\n", "%%", "abc"][random.usize(0..5)]);
        arguments.push(value);
    }
    text.push('\0');
    Call::of(&arguments)
        .with(BUFFER, text.into_bytes())
        .with(OTHER, *b"a word\0")
}

fn letter(random: &mut Rng) -> Call {
    Call::of(&[random.u32(1..127)])
}

fn one_uart(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..2)])
}

fn divisor(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..2), random.u32(100..2000)])
}

fn buffer(_: &mut Rng) -> Call {
    Call::of(&[BUFFER]).with(BUFFER, [0; 8])
}
