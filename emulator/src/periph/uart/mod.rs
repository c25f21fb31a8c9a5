//! A UART: 128-byte FIFOs, a shift register that takes its time, interrupts.
//!
//! Registers after hardware facts 5.1 and the comments of Espressif's uart_struct.h. The far end
//! of the wire is part of the model: what is typed arrives at the terminal's baud rate, and each
//! end samples what the other sends with its own bit time, so that a wrong divisor or format
//! reads as the garbage, parity and framing errors it is.

mod frame;
mod terminal;

use crate::time::Time;
use frame::{pulses, Format, BREAK};
use std::collections::VecDeque;
use terminal::Terminal;

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
const INT_PARITY: u32 = 1 << 2;
const INT_FRAME: u32 = 1 << 3;
const INT_RX_OVERFLOW: u32 = 1 << 4;
const INT_DSR: u32 = 1 << 5;
const INT_CTS: u32 = 1 << 6;
const INT_BREAK: u32 = 1 << 7;
const INT_RX_TIMEOUT: u32 = 1 << 8;

const CONF0_RTS: u32 = 1 << 6;
const CONF0_DTR: u32 = 1 << 7;
const CONF0_BREAK: u32 = 1 << 8;
const CONF0_LOOPBACK: u32 = 1 << 14;
const CONF0_TX_FLOW: u32 = 1 << 15;
const CONF0_RX_RESET: u32 = 1 << 17;
const CONF0_TX_RESET: u32 = 1 << 18;
const CONF0_RXD_INVERTED: u32 = 1 << 19;
const CONF0_TXD_INVERTED: u32 = 1 << 22;
const CONF1_RX_FLOW: u32 = 1 << 23;
const CONF1_RX_TIMEOUT_ENABLE: u32 = 1 << 31;
/// RXD is shown at rest, high.
const STATUS_RXD: u32 = 1 << 15;
/// Called the level of TXD, but low at rest: esptool's newest stub waits for that, long after
/// the last stop bit.
const STATUS_SENDING: u32 = 1 << 31;
const STATUS_DSR: u32 = 1 << 13;
const STATUS_CTS: u32 = 1 << 14;
const STATUS_DTR: u32 = 1 << 29;
const STATUS_RTS: u32 = 1 << 30;

const FIFO_DEPTH: usize = 128;
/// The ROM's default, 8 data bits and one stop bit (hardware facts 5.1).
const CONF0_8N1: u32 = 3 << 2 | 1 << 4;
/// Where pulse widths start from: 20 bits.
const LONGEST_PULSE: u32 = 0xF_FFFF;
/// The ROM adds this to what it measures (hardware facts 3.3).
const PULSE_OFFSET: u32 = 12;
/// What esptool starts with: the speed of a line that has none of its own.
const USUAL_BAUD: u32 = 115_200;

/// Levels of the modem inputs; low is "ready".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modem {
    /// CTS is high.
    pub cts: bool,
    /// DSR is high.
    pub dsr: bool,
}

/// What the baud rate detector has seen since it was switched on.
#[derive(Clone, Debug)]
struct Pulses {
    edges: u32,
    low: u32,
    high: u32,
}

impl Default for Pulses {
    fn default() -> Pulses {
        Pulses {
            edges: 0,
            low: LONGEST_PULSE,
            high: LONGEST_PULSE,
        }
    }
}

/// One UART and the wire's far end.
#[derive(Clone, Debug)]
pub struct Uart {
    apb_hz: u64,
    clkdiv: u32,
    conf0: u32,
    conf1: u32,
    autobaud: u32,
    pulses: Pulses,
    int_raw: u32,
    int_ena: u32,
    tx: VecDeque<u8>,
    /// The frame on the wire and when its stop bit ends.
    shifting: Option<(u32, Time)>,
    break_wanted: bool,
    rx: VecDeque<u8>,
    /// When the receive timeout fires, unless another byte arrives first.
    rx_timeout: Time,
    /// The modem input pins, and what the UART last saw there.
    pins: Modem,
    modem: Modem,
    terminal: Terminal,
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
            pulses: Pulses::default(),
            int_raw: 0,
            int_ena: 0,
            tx: VecDeque::new(),
            shifting: None,
            break_wanted: false,
            rx: VecDeque::new(),
            rx_timeout: Time::NEVER,
            pins: Modem::default(),
            modem: Modem::default(),
            terminal: Terminal::new(listener_baud),
        }
    }

    /// Chip reset: registers and FIFOs are lost, the far end is not.
    pub fn reset(&mut self, apb_hz: u64) {
        let fresh = Uart::new(None, apb_hz);
        let terminal = std::mem::replace(&mut self.terminal, fresh.terminal.clone());
        *self = Uart { terminal, ..fresh };
    }

    /// The peripheral clock changed; bytes on the wire keep the pace they started with.
    pub fn set_apb(&mut self, hz: u64) {
        self.apb_hz = hz;
    }

    /// Takes the bytes heard at the far end.
    pub fn take_heard(&mut self) -> Vec<u8> {
        self.terminal.take_heard()
    }

    /// Types at the far end.
    pub fn type_bytes(&mut self, bytes: &[u8], now: Time) {
        self.terminal.type_bytes(bytes);
        self.terminal.start(now, self.format(), self.bit_time());
    }

    /// Holds the line low at the far end for a frame, after what was typed.
    pub fn type_break(&mut self, now: Time) {
        self.terminal.type_break();
        self.terminal.start(now, self.format(), self.bit_time());
    }

    /// Bytes typed that have not arrived.
    pub fn typed_backlog(&self) -> usize {
        self.terminal.backlog()
    }

    /// Takes what the far end has to complain about, once.
    pub fn take_complaint(&mut self) -> Option<String> {
        self.terminal.take_complaint()
    }

    /// The levels at the modem input pins.
    pub fn set_modem_pins(&mut self, pins: Modem, now: Time) {
        self.pins = pins;
        self.sense_modem(now);
    }

    /// State of the interrupt request.
    pub fn interrupt(&self) -> bool {
        self.int_raw & self.int_ena != 0
    }

    fn format(&self) -> Format {
        Format::of(self.conf0)
    }

    fn bit_times(&self, bits: u64) -> Time {
        let picoseconds = u128::from(bits) * u128::from(self.clkdiv.max(1)) * 1_000_000_000_000;
        Time((picoseconds / u128::from(self.apb_hz)) as u64)
    }

    fn bit_time(&self) -> u64 {
        self.bit_times(1).0
    }

    fn has(&self, bit: u32) -> bool {
        self.conf0 & bit != 0
    }

    /// The level of the RTS output: low while "send" is wanted.
    fn rts(&self) -> bool {
        if self.conf1 & CONF1_RX_FLOW != 0 {
            self.rx.len() >= (self.conf1 >> 16 & 0x7F) as usize
        } else {
            !self.has(CONF0_RTS)
        }
    }

    /// Notices changes of the modem inputs; in loopback they are the outputs.
    fn sense_modem(&mut self, now: Time) {
        let seen = if self.has(CONF0_LOOPBACK) {
            Modem {
                cts: self.rts(),
                dsr: !self.has(CONF0_DTR),
            }
        } else {
            self.pins
        };
        let was = std::mem::replace(&mut self.modem, seen);
        if was.cts != seen.cts {
            self.int_raw |= INT_CTS;
        }
        if was.dsr != seen.dsr {
            self.int_raw |= INT_DSR;
        }
        self.start_shifting(now);
    }

    /// A frame whose levels the receiver sampled, complete at `at`.
    fn receive(&mut self, levels: u32, at: Time) {
        let levels = if self.has(CONF0_RXD_INVERTED) {
            !levels
        } else {
            levels
        };
        let heard = self.format().receive(levels);
        for (error, interrupt) in [
            (heard.parity_error, INT_PARITY),
            (heard.frame_error, INT_FRAME),
            (heard.is_break, INT_BREAK),
        ] {
            if error {
                self.int_raw |= interrupt;
            }
        }
        if self.has(CONF0_RX_RESET) {
            return;
        }
        if self.rx.len() < FIFO_DEPTH {
            self.rx.push_back(heard.byte);
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

    /// Measures a frame on the wire, in APB clocks as the terminal's speed makes them.
    fn measure(&mut self, levels: u32) {
        if self.autobaud & 1 == 0 {
            return;
        }
        let baud = self.terminal.baud.unwrap_or(USUAL_BAUD).max(1);
        let clocks = (self.apb_hz / u64::from(baud)) as u32;
        let (edges, low, high) = pulses(levels);
        let seen = &mut self.pulses;
        seen.edges = (seen.edges + edges).min(0x3FF);
        let shorter = |old: u32, bits: Option<u32>| {
            let width = bits.map(|bits| bits.saturating_mul(clocks).saturating_sub(PULSE_OFFSET));
            width.map_or(old, |width| old.min(width))
        };
        seen.low = shorter(seen.low, low);
        seen.high = shorter(seen.high, high);
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

    /// Puts the next byte on the wire if the wire is free and the far end ready; a break waits
    /// for all bytes.
    fn start_shifting(&mut self, at: Time) {
        if self.shifting.is_some() || self.has(CONF0_TX_FLOW) && self.modem.cts {
            return;
        }
        let levels = match self.tx.pop_front() {
            Some(byte) => self.format().send(byte),
            None if std::mem::take(&mut self.break_wanted) => BREAK,
            None => return,
        };
        let levels = if self.has(CONF0_TXD_INVERTED) {
            !levels
        } else {
            levels
        };
        let end = at + self.bit_times(u64::from(self.format().bits()));
        self.shifting = Some((levels, end));
    }

    /// When [`Uart::poll`] must next run.
    pub fn next_event(&self) -> Time {
        let sent = self.shifting.map_or(Time::NEVER, |(_, end)| end);
        let timeout = if self.rx.is_empty() {
            Time::NEVER
        } else {
            self.rx_timeout
        };
        sent.min(self.terminal.next_arrival()).min(timeout)
    }

    /// Brings the shift register, the far end and the timeout up to `now`.
    pub fn poll(&mut self, now: Time) {
        while let Some((levels, end)) = self.shifting.filter(|(_, end)| *end <= now) {
            self.shifting = None;
            if self.has(CONF0_LOOPBACK) {
                self.receive(levels, end);
            } else {
                let (format, bit) = (self.format(), self.bit_time());
                self.terminal.hear(levels, format, bit);
            }
            self.start_shifting(end);
        }
        loop {
            let (format, bit) = (self.format(), self.bit_time());
            let Some((levels, at)) = self.terminal.arrived(now, format, bit) else {
                break;
            };
            self.measure(levels);
            if !self.has(CONF0_LOOPBACK) {
                self.receive(levels, at);
            }
        }
        if !self.rx.is_empty() && self.rx_timeout <= now {
            self.int_raw |= INT_RX_TIMEOUT;
            self.rx_timeout = Time::NEVER;
        }
        self.raise_levels();
    }

    fn status(&self) -> u32 {
        [
            (self.shifting.is_some(), STATUS_SENDING),
            (self.modem.dsr, STATUS_DSR),
            (self.modem.cts, STATUS_CTS),
            (!self.has(CONF0_DTR), STATUS_DTR),
            (self.rts(), STATUS_RTS),
        ]
        .into_iter()
        .filter_map(|(high, bit)| high.then_some(bit))
        .fold(
            STATUS_RXD | (self.tx.len() as u32) << 16 | self.rx.len() as u32,
            |status, bit| status | bit,
        )
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
            STATUS => self.status(),
            CONF0 => self.conf0,
            CONF1 => self.conf1,
            LOWPULSE => self.pulses.low,
            HIGHPULSE => self.pulses.high,
            PULSE_NUM => self.pulses.edges,
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
                if self.has(CONF0_TX_RESET) {
                    // The FIFO is held empty.
                } else if self.tx.len() < FIFO_DEPTH {
                    self.tx.push_back(value as u8);
                } else {
                    self.terminal
                        .complain("byte written to a full UART FIFO is lost".into());
                }
                self.start_shifting(now);
            }
            INT_ENA => self.int_ena = value & 0x1FF,
            INT_CLR => self.int_raw &= !value,
            CLKDIV => self.clkdiv = value & 0xF_FFFF,
            AUTOBAUD => {
                if value & 1 == 0 || self.autobaud & 1 == 0 {
                    self.pulses = Pulses::default();
                }
                self.autobaud = value;
            }
            CONF0 => {
                self.break_wanted |= value & !self.conf0 & CONF0_BREAK != 0;
                self.conf0 = value;
                if value & CONF0_RX_RESET != 0 {
                    self.rx.clear();
                }
                if value & CONF0_TX_RESET != 0 {
                    self.tx.clear();
                }
                self.sense_modem(now);
            }
            CONF1 => {
                self.conf1 = value;
                self.sense_modem(now);
            }
            INT_RAW | INT_ST | STATUS | LOWPULSE | HIGHPULSE | PULSE_NUM | DATE | ID => {}
            _ => return None,
        }
        self.raise_levels();
        Some(())
    }
}

#[cfg(test)]
mod tests;
