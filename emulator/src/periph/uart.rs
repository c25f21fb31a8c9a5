//! A UART: 128-byte FIFOs, a shift register that takes its time, interrupts.
//!
//! Registers after hardware facts 5.1. The far end of the wire is part of the
//! model: what is typed arrives at the baud rate, and a listener set to a fixed
//! baud rate sees garbage when the guest's divisor does not match its clock.

use crate::time::Time;
use std::collections::VecDeque;

const FIFO: u32 = 0x00;
const INT_RAW: u32 = 0x04;
const INT_ST: u32 = 0x08;
const INT_ENA: u32 = 0x0C;
const INT_CLR: u32 = 0x10;
const CLKDIV: u32 = 0x14;
const AUTOBAUD: u32 = 0x18;
const STATUS: u32 = 0x1C;
const CONF0: u32 = 0x20;
const CONF1: u32 = 0x24;
const LOWPULSE: u32 = 0x28;
const HIGHPULSE: u32 = 0x2C;
const PULSE_NUM: u32 = 0x30;
const DATE: u32 = 0x78;
const ID: u32 = 0x7C;

const INT_RX_FULL: u32 = 1 << 0;
const INT_TX_EMPTY: u32 = 1 << 1;
const INT_RX_OVERFLOW: u32 = 1 << 4;
const INT_RX_TIMEOUT: u32 = 1 << 8;

const CONF0_LOOPBACK: u32 = 1 << 14;
const CONF0_RX_RESET: u32 = 1 << 17;
const CONF0_TX_RESET: u32 = 1 << 18;
const CONF1_RX_TIMEOUT_ENABLE: u32 = 1 << 31;
/// RXD and TXD at rest are high.
const STATUS_LINES_IDLE: u32 = 1 << 15 | 1 << 31;

const FIFO_DEPTH: usize = 128;
/// The ROM's default, 8 data bits and one stop bit (hardware facts 5.1).
const CONF0_8N1: u32 = 3 << 2 | 1 << 4;
/// A receiver tolerates about this much baud error over ten bits, in thousandths.
const BAUD_TOLERANCE: u64 = 45;

/// One UART and the wire's far end.
#[derive(Clone, Debug)]
pub struct Uart {
    apb_hz: u64,
    clkdiv: u32,
    conf0: u32,
    conf1: u32,
    autobaud: u32,
    edges: u32,
    int_raw: u32,
    int_ena: u32,
    tx: VecDeque<u8>,
    /// The byte on the wire and when its stop bit ends.
    shifting: Option<(u8, Time)>,
    rx: VecDeque<u8>,
    /// When the receive timeout fires, unless another byte arrives first.
    rx_timeout: Time,
    wire: Wire,
}

/// The far end: a terminal.
#[derive(Clone, Debug)]
struct Wire {
    listener_baud: Option<u32>,
    heard: Vec<u8>,
    typed: VecDeque<u8>,
    next_typed: Time,
    complaint: Option<String>,
}

impl Uart {
    /// A UART whose far end listens and types at `listener_baud`, or at whatever the guest sets up.
    pub fn new(listener_baud: Option<u32>, apb_hz: u64) -> Uart {
        Uart {
            apb_hz,
            clkdiv: 694,
            conf0: CONF0_8N1,
            conf1: 0x60 | 0x01 << 8,
            autobaud: 0,
            edges: 0,
            int_raw: 0,
            int_ena: 0,
            tx: VecDeque::new(),
            shifting: None,
            rx: VecDeque::new(),
            rx_timeout: Time::NEVER,
            wire: Wire {
                listener_baud,
                heard: Vec::new(),
                typed: VecDeque::new(),
                next_typed: Time::NEVER,
                complaint: None,
            },
        }
    }

    /// Chip reset: registers and FIFOs are lost, the far end is not.
    pub fn reset(&mut self, apb_hz: u64) {
        let fresh = Uart::new(None, apb_hz);
        let wire = std::mem::replace(&mut self.wire, fresh.wire.clone());
        *self = Uart { wire, ..fresh };
    }

    /// The peripheral clock changed; bytes on the wire keep the pace they started with.
    pub fn set_apb(&mut self, hz: u64) {
        self.apb_hz = hz;
    }

    /// Takes the bytes heard at the far end.
    pub fn take_heard(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.wire.heard)
    }

    /// Types at the far end.
    pub fn type_bytes(&mut self, bytes: &[u8], now: Time) {
        self.wire.typed.extend(bytes);
        if self.wire.next_typed == Time::NEVER && !self.wire.typed.is_empty() {
            self.wire.next_typed = now + self.typed_byte_time();
        }
    }

    /// Bytes typed that have not arrived.
    pub fn typed_backlog(&self) -> usize {
        self.wire.typed.len()
    }

    /// Takes what the far end has to complain about, once.
    pub fn take_complaint(&mut self) -> Option<String> {
        self.wire.complaint.take()
    }

    /// State of the interrupt request.
    pub fn interrupt(&self) -> bool {
        self.int_raw & self.int_ena != 0
    }

    fn baud(&self) -> u64 {
        self.apb_hz / u64::from(self.clkdiv.max(1))
    }

    /// Bits of a frame: start, data, parity, stop (rounded up).
    fn frame_bits(&self) -> u64 {
        let data = u64::from(5 + (self.conf0 >> 2 & 3));
        let parity = u64::from(self.conf0 >> 1 & 1);
        let stop = if self.conf0 >> 4 & 3 > 1 { 2 } else { 1 };
        1 + data + parity + stop
    }

    fn bit_times(&self, bits: u64) -> Time {
        let picoseconds = u128::from(bits) * u128::from(self.clkdiv.max(1)) * 1_000_000_000_000;
        Time((picoseconds / u128::from(self.apb_hz)) as u64)
    }

    fn typed_byte_time(&self) -> Time {
        match self.wire.listener_baud {
            Some(baud) => Time(10 * 1_000_000_000_000 / u64::from(baud.max(1))),
            None => self.bit_times(self.frame_bits()),
        }
    }

    fn matches_listener(&self) -> bool {
        self.wire.listener_baud.is_none_or(|wanted| {
            self.baud().abs_diff(u64::from(wanted)) * 1000 <= u64::from(wanted) * BAUD_TOLERANCE
        })
    }

    fn hear(&mut self, byte: u8) {
        if self.matches_listener() {
            self.wire.heard.push(byte);
            return;
        }
        // What a mismatched receiver samples is not the byte; anything visibly wrong will do.
        self.wire.heard.push(!byte | 0x80);
        let wanted = self.wire.listener_baud.unwrap_or_default();
        self.wire.complaint = Some(format!(
            "UART sends at {} baud, the terminal listens at {wanted}",
            self.baud()
        ));
    }

    fn receive(&mut self, byte: u8, at: Time) {
        if self.autobaud & 1 != 0 {
            let framed = u32::from(byte) << 1 | 1 << 9;
            self.edges = (self.edges + (framed ^ framed >> 1).count_ones()).min(0x3FF);
        }
        if self.rx.len() < FIFO_DEPTH {
            self.rx.push_back(byte);
        } else {
            self.int_raw |= INT_RX_OVERFLOW;
        }
        let threshold = u64::from(self.conf1 >> 24 & 0x7F);
        self.rx_timeout = if self.conf1 & CONF1_RX_TIMEOUT_ENABLE != 0 {
            at + self.bit_times(threshold.max(1) * 8)
        } else {
            Time::NEVER
        };
    }

    /// Raises the interrupts whose cause is a level: FIFO fill against its threshold.
    fn raise_levels(&mut self) {
        let rx_threshold = (self.conf1 & 0x7F) as usize;
        if !self.rx.is_empty() && self.rx.len() >= rx_threshold {
            self.int_raw |= INT_RX_FULL;
        }
        if self.tx.len() <= (self.conf1 >> 8 & 0x7F) as usize {
            self.int_raw |= INT_TX_EMPTY;
        }
    }

    fn start_shifting(&mut self, at: Time) {
        if let Some(byte) = self.tx.pop_front() {
            self.shifting = Some((byte, at + self.bit_times(self.frame_bits())));
        }
    }

    /// When [`Uart::poll`] must next run.
    pub fn next_event(&self) -> Time {
        let sent = self.shifting.map_or(Time::NEVER, |(_, end)| end);
        let timeout = if self.rx.is_empty() {
            Time::NEVER
        } else {
            self.rx_timeout
        };
        sent.min(self.wire.next_typed).min(timeout)
    }

    /// Brings the shift register, the far end and the timeout up to `now`.
    pub fn poll(&mut self, now: Time) {
        while let Some((byte, end)) = self.shifting.filter(|(_, end)| *end <= now) {
            self.shifting = None;
            if self.conf0 & CONF0_LOOPBACK != 0 {
                self.receive(byte, end);
            } else {
                self.hear(byte);
            }
            self.start_shifting(end);
        }
        while self.wire.next_typed <= now {
            let at = self.wire.next_typed;
            match self.wire.typed.pop_front() {
                Some(byte) => self.receive(byte, at),
                None => break,
            }
            self.wire.next_typed = if self.wire.typed.is_empty() {
                Time::NEVER
            } else {
                at + self.typed_byte_time()
            };
        }
        if !self.rx.is_empty() && self.rx_timeout <= now {
            self.int_raw |= INT_RX_TIMEOUT;
            self.rx_timeout = Time::NEVER;
        }
        self.raise_levels();
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
        self.poll(now);
        Some(match offset {
            FIFO => u32::from(self.rx.pop_front().unwrap_or(0)),
            INT_RAW => self.int_raw,
            INT_ST => self.int_raw & self.int_ena,
            INT_ENA => self.int_ena,
            INT_CLR => 0,
            CLKDIV => self.clkdiv,
            AUTOBAUD => self.autobaud,
            STATUS => STATUS_LINES_IDLE | (self.tx.len() as u32) << 16 | self.rx.len() as u32,
            CONF0 => self.conf0,
            CONF1 => self.conf1,
            // The ROM adds 12 to what it measures here (hardware facts 3.3).
            LOWPULSE | HIGHPULSE => {
                let baud = u64::from(self.wire.listener_baud.unwrap_or(115_200));
                (self.apb_hz / baud.max(1)).saturating_sub(12) as u32 & 0xF_FFFF
            }
            PULSE_NUM => self.edges,
            // Their values are not known; software is not known to care.
            DATE | ID => 0,
            _ => return None,
        })
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        self.poll(now);
        match offset {
            FIFO => {
                if self.tx.len() < FIFO_DEPTH {
                    self.tx.push_back(value as u8);
                } else {
                    self.wire.complaint = Some("byte written to a full UART FIFO is lost".into());
                }
                if self.shifting.is_none() {
                    self.start_shifting(now);
                }
            }
            INT_ENA => self.int_ena = value & 0x1FF,
            INT_CLR => self.int_raw &= !value,
            CLKDIV => self.clkdiv = value & 0xF_FFFF,
            AUTOBAUD => {
                self.autobaud = value;
                if value & 1 == 0 {
                    self.edges = 0;
                }
            }
            CONF0 => {
                self.conf0 = value;
                if value & CONF0_RX_RESET != 0 {
                    self.rx.clear();
                }
                if value & CONF0_TX_RESET != 0 {
                    self.tx.clear();
                }
            }
            CONF1 => self.conf1 = value,
            INT_RAW | INT_ST | STATUS | LOWPULSE | HIGHPULSE | PULSE_NUM | DATE | ID => {}
            _ => return None,
        }
        self.raise_levels();
        Some(())
    }
}

#[cfg(test)]
mod tests {
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
}
