//! Formatted output and the UART.

use super::{act, few, word};
use crate::bench::{Call, Case, BUFFER, OTHER};
use fastrand::Rng;

pub const CASES: &[Case] = &[
    word("ets_printf", 0x4000_24CC, format),
    word("ets_printf, 64 bits", 0x4000_24CC, wide_format),
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

/// Conversions in a row, each with a value of its kind, known to the ROM or not.
fn format(random: &mut Rng) -> Call {
    const NUMBERS: [&str; 14] = [
        "%d", "%u", "%x", "%X", "%08x", "%02x", "%5d", "%-6u", "%05d", "%D", "%U", "%.4u", "%p",
        "%lx",
    ];
    let mut text = String::new();
    let mut arguments = vec![BUFFER];
    for _ in 0..random.usize(0..6) {
        let (conversion, value) = match random.u8(0..8) {
            0 => ("%c", random.u32(32..127)),
            1 => (["%s", "%8s", "%-8s", "%2s"][random.usize(0..4)], OTHER),
            2 => {
                // These take no value.
                text.push_str(["%i", "%5k", "%q"][random.usize(0..3)]);
                continue;
            }
            3 => ("%s", 0),
            4 => (NUMBERS[random.usize(0..14)], random.u32(0..2000)),
            _ => (NUMBERS[random.usize(0..14)], random.u32(..)),
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

/// 64 bits start at an even register.
fn wide_format(random: &mut Rng) -> Call {
    let text = ["%lld|\0", "%llu|\0", "%llx|\0", "%20lld|\0"][random.usize(0..4)];
    let number = random.u64(..) >> random.u32(0..64);
    Call::of(&[BUFFER, 0, number as u32, (number >> 32) as u32]).with(BUFFER, text)
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
