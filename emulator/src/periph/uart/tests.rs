//! The UART from both ends of its wire.

use super::*;

const APB_HZ: u64 = 80_000_000;

fn at_80_mhz(baud: u32) -> Uart {
    let mut uart = Uart::new(Some(baud), APB_HZ);
    uart.write(CLKDIV, (APB_HZ / u64::from(baud)) as u32, Time(0));
    uart
}

#[test]
fn a_byte_takes_ten_bit_times() {
    let mut uart = at_80_mhz(115_200);
    uart.write(FIFO, u32::from(b'x'), Time(0));
    let end = uart.next_event();
    assert_eq!(end, Time(694 * 10 * 12_500));
    uart.poll(Time(end.0 - 1));
    assert!(uart.take_heard().is_empty());
    uart.poll(end);
    assert_eq!(uart.take_heard(), b"x");
    assert_eq!(uart.next_event(), Time::NEVER);
}

#[test]
fn the_fifo_count_excludes_the_byte_on_the_wire() {
    let mut uart = at_80_mhz(115_200);
    for _ in 0..3 {
        uart.write(FIFO, 0, Time(0));
    }
    assert_eq!(uart.read(STATUS, Time(0)).unwrap() >> 16 & 0xFF, 2);
}

#[test]
fn a_wrong_divisor_reads_as_garbage_and_is_named() {
    let mut uart = at_80_mhz(74_880);
    // The ROM's divisor was right at 52 MHz; at 80 MHz it sends at 115200.
    uart.write(CLKDIV, 694, Time(0));
    uart.write(FIFO, u32::from(b'x'), Time(0));
    uart.poll(Time::from_micros(1000));
    assert_ne!(uart.take_heard(), b"x");
    let complaint = uart.take_complaint().unwrap();
    assert!(
        complaint.contains("115273") && complaint.contains("74880"),
        "{complaint}"
    );
}

#[test]
fn typed_bytes_arrive_one_by_one_and_interrupt() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF1, 2, Time(0));
    uart.write(INT_ENA, INT_RX_FULL, Time(0));
    uart.type_bytes(b"ab", Time(0));
    uart.poll(Time::from_micros(87));
    assert!(!uart.interrupt(), "one byte is below the threshold");
    uart.poll(Time::from_micros(174));
    assert!(uart.interrupt());
    assert_eq!(
        uart.read(FIFO, Time::from_micros(174)),
        Some(u32::from(b'a'))
    );
    uart.write(INT_CLR, INT_RX_FULL, Time::from_micros(174));
    assert!(!uart.interrupt());
    assert_eq!(
        uart.read(FIFO, Time::from_micros(174)),
        Some(u32::from(b'b'))
    );
}

#[test]
fn receive_timeout_fires_after_silence() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF1, CONF1_RX_TIMEOUT_ENABLE | 2 << 24 | 100, Time(0));
    uart.write(INT_ENA, INT_RX_TIMEOUT, Time(0));
    uart.type_bytes(b"a", Time(0));
    let arrival = uart.next_event();
    uart.poll(arrival);
    assert!(!uart.interrupt());
    let timeout = uart.next_event();
    assert_eq!(timeout - arrival, Time(2 * 8 * 694 * 12_500));
    uart.poll(timeout);
    assert!(uart.interrupt());
}

#[test]
fn a_full_receive_fifo_overflows() {
    let mut uart = at_80_mhz(115_200);
    uart.type_bytes(&[0x55; 129], Time(0));
    uart.poll(Time::from_micros(20_000));
    assert_eq!(
        uart.read(STATUS, Time::from_micros(20_000)).unwrap() & 0xFF,
        128
    );
    assert_ne!(
        uart.read(INT_RAW, Time::from_micros(20_000)).unwrap() & INT_RX_OVERFLOW,
        0
    );
}

#[test]
fn transmit_empty_follows_its_threshold() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF1, 2 << 8, Time(0));
    uart.write(INT_ENA, INT_TX_EMPTY, Time(0));
    for _ in 0..5 {
        uart.write(FIFO, 0x55, Time(0));
    }
    uart.write(INT_CLR, INT_TX_EMPTY, Time(0));
    assert!(!uart.interrupt(), "four bytes wait");
    let frame = 10 * 694 * 12_500;
    uart.poll(Time(frame));
    assert!(!uart.interrupt(), "three bytes wait");
    uart.poll(Time(2 * frame));
    assert!(uart.interrupt(), "two bytes wait");
    uart.write(INT_CLR, INT_TX_EMPTY, Time(2 * frame));
    assert!(uart.interrupt(), "the cause lasts");
}

#[test]
fn the_status_tells_a_frame_on_the_wire_from_a_line_at_rest() {
    let mut uart = at_80_mhz(115_200);
    let mut sending = |now| uart.read(STATUS, now).unwrap() & STATUS_SENDING != 0;
    assert!(!sending(Time(0)));
    uart.write(FIFO, 0x55, Time(0));
    let end = uart.next_event();
    let mut sending = |now| uart.read(STATUS, now).unwrap() & STATUS_SENDING != 0;
    assert!(sending(Time(end.0 - 1)));
    assert!(!sending(end));
}

#[test]
fn loopback_hears_itself_and_the_terminal_hears_nothing() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF0, CONF0_8N1 | CONF0_LOOPBACK, Time(0));
    uart.write(FIFO, 0x42, Time(0));
    uart.type_bytes(b"x", Time(0));
    let later = Time::from_micros(1_000);
    assert_eq!(uart.read(STATUS, later).unwrap() & 0xFF, 1);
    assert_eq!(uart.read(FIFO, later), Some(0x42));
    assert!(uart.take_heard().is_empty());
}

#[test]
fn in_loopback_the_modem_outputs_are_the_inputs() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF0, CONF0_8N1 | CONF0_LOOPBACK, Time(0));
    uart.write(INT_CLR, 0x1FF, Time(0));
    let outputs = CONF0_RTS | CONF0_DTR;
    uart.write(CONF0, CONF0_8N1 | CONF0_LOOPBACK | outputs, Time(0));
    assert_eq!(
        uart.read(INT_RAW, Time(0)).unwrap() & (INT_CTS | INT_DSR),
        INT_CTS | INT_DSR
    );
    assert_eq!(
        uart.read(STATUS, Time(0)).unwrap() & (STATUS_CTS | STATUS_DSR),
        0
    );
}

#[test]
fn with_flow_control_bytes_wait_for_cts() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF0, CONF0_8N1 | CONF0_TX_FLOW, Time(0));
    let busy = Modem {
        cts: true,
        dsr: false,
    };
    uart.set_modem_pins(busy, Time(0));
    uart.write(FIFO, u32::from(b'x'), Time(0));
    uart.poll(Time::from_micros(1_000));
    assert!(uart.take_heard().is_empty());
    uart.set_modem_pins(Modem::default(), Time::from_micros(1_000));
    uart.poll(Time::from_micros(2_000));
    assert_eq!(uart.take_heard(), b"x");
    assert_ne!(
        uart.read(INT_RAW, Time::from_micros(2_000)).unwrap() & INT_CTS,
        0
    );
}

#[test]
fn receive_flow_control_raises_rts_at_its_threshold() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF1, CONF1_RX_FLOW | 2 << 16 | 0x60, Time(0));
    uart.type_bytes(b"ab", Time(0));
    assert_eq!(
        uart.read(STATUS, Time::from_micros(90)).unwrap() & STATUS_RTS,
        0
    );
    assert_ne!(
        uart.read(STATUS, Time::from_micros(180)).unwrap() & STATUS_RTS,
        0
    );
}

#[test]
fn a_break_is_received_as_a_zero_with_errors() {
    let mut uart = at_80_mhz(115_200);
    uart.type_break(Time(0));
    let later = Time::from_micros(100);
    let raised = uart.read(INT_RAW, later).unwrap();
    assert_eq!(raised & (INT_BREAK | INT_FRAME), INT_BREAK | INT_FRAME);
    assert_eq!(uart.read(FIFO, later), Some(0));
}

#[test]
fn a_break_is_sent_after_the_bytes_before_it() {
    let mut uart = at_80_mhz(115_200);
    uart.write(FIFO, u32::from(b'x'), Time(0));
    uart.write(CONF0, CONF0_8N1 | CONF0_BREAK, Time(0));
    uart.write(FIFO, u32::from(b'y'), Time(0));
    uart.poll(Time::from_micros(1_000));
    assert_eq!(uart.take_heard(), b"xy\0");
}

#[test]
fn parity_where_the_terminal_sends_none_is_an_error_half_of_the_time() {
    for (byte, odd, error) in [
        (0x01, false, false),
        (0x03, false, true),
        (0x03, true, false),
    ] {
        let mut uart = at_80_mhz(115_200);
        uart.write(CONF0, CONF0_8N1 | 2 | u32::from(odd), Time(0));
        uart.type_bytes(&[byte], Time(0));
        let raised = uart.read(INT_RAW, Time::from_micros(100)).unwrap();
        assert_eq!(raised & INT_PARITY != 0, error, "{byte:#x}");
    }
}

#[test]
fn typing_at_the_wrong_speed_is_garbage_with_framing_errors() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CLKDIV, 694 / 2, Time(0));
    uart.type_bytes(b"\0", Time(0));
    let raised = uart.read(INT_RAW, Time::from_micros(100)).unwrap();
    assert_ne!(raised & INT_FRAME, 0, "the stop bit falls into the data");
    uart.type_bytes(b"a", Time::from_micros(100));
    uart.read(FIFO, Time::from_micros(200));
    assert_ne!(
        uart.read(FIFO, Time::from_micros(200)),
        Some(u32::from(b'a'))
    );
}

#[test]
fn an_inverted_line_reads_as_garbage() {
    let mut uart = at_80_mhz(115_200);
    uart.write(CONF0, CONF0_8N1 | CONF0_TXD_INVERTED, Time(0));
    uart.write(FIFO, u32::from(b'x'), Time(0));
    uart.poll(Time::from_micros(1_000));
    assert_ne!(uart.take_heard(), b"x");
}

#[test]
fn autobaud_measures_the_shortest_pulses_of_the_terminal() {
    let mut uart = at_80_mhz(115_200);
    uart.write(AUTOBAUD, 0x801, Time(0));
    uart.type_bytes(&[0x00, 0x55, 0x55, 0x55], Time(0));
    let after_one = Time::from_micros(90);
    assert_eq!(uart.read(PULSE_NUM, after_one), Some(2));
    assert_eq!(uart.read(LOWPULSE, after_one), Some(9 * 694 - 12));
    assert_eq!(uart.read(HIGHPULSE, after_one), Some(LONGEST_PULSE));
    let later = Time::from_micros(1_000);
    assert_eq!(uart.read(PULSE_NUM, later), Some(32));
    let bit = (uart.read(LOWPULSE, later).unwrap() + uart.read(HIGHPULSE, later).unwrap()) / 2;
    assert_eq!(bit + 12, 694, "the divisor the ROM computes");
    uart.write(AUTOBAUD, 0, later);
    assert_eq!(uart.read(PULSE_NUM, later), Some(0));
}

#[test]
fn a_flood_nobody_reads_costs_bounded_memory() {
    let mut uart = Uart::new(None, APB_HZ);
    uart.write(CLKDIV, 1, Time(0));
    for tick in 0..11_000u64 {
        let now = Time::from_micros(20 * tick);
        for _ in 0..FIFO_DEPTH {
            uart.write(FIFO, 0x55, now);
        }
    }
    assert!(uart.take_complaint().unwrap().contains("lost"));
    assert!(uart.take_heard().len() <= 1 << 20);
}
