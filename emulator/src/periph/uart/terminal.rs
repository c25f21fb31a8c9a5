//! The far end of the wire: what was heard there, and what is still to be typed.

use super::frame::{resample, Format, BREAK};
use crate::time::Time;
use std::collections::VecDeque;

/// Bytes kept for whoever reads them; of more, the oldest are lost.
const HEARD_LEN: usize = 1 << 20;
/// A receiver tolerates about this much baud error over ten bits, in thousandths.
const BAUD_TOLERANCE: u64 = 45;

/// What somebody does at the far end.
#[derive(Clone, Copy, Debug)]
enum Typed {
    Byte(u8),
    Break,
}

/// A terminal: at a speed of its own with 8 data bits and no parity, or following the guest.
#[derive(Clone, Debug)]
pub(super) struct Terminal {
    pub baud: Option<u32>,
    heard: Vec<u8>,
    typed: VecDeque<Typed>,
    /// When the next typed frame has arrived.
    next: Time,
    complaint: Option<String>,
}

impl Terminal {
    pub fn new(baud: Option<u32>) -> Terminal {
        Terminal {
            baud,
            heard: Vec::new(),
            typed: VecDeque::new(),
            next: Time::NEVER,
            complaint: None,
        }
    }

    fn bit_time(&self) -> Option<u64> {
        self.baud
            .map(|baud| 1_000_000_000_000 / u64::from(baud.max(1)))
    }

    /// Hears a frame whose bits took `bit` picoseconds.
    pub fn hear(&mut self, levels: u32, format: Format, bit: u64) {
        let byte = match self.bit_time() {
            None => format.receive(levels).byte,
            Some(own) => {
                if bit.abs_diff(own) * 1000 > own * BAUD_TOLERANCE {
                    self.complain(format!(
                        "UART sends at {} baud, the terminal listens at {}",
                        1_000_000_000_000 / bit.max(1),
                        self.baud.unwrap_or_default()
                    ));
                }
                let sampled = resample(levels, bit, own);
                Format::EIGHT_N_ONE.receive(sampled).byte
            }
        };
        if self.heard.len() == HEARD_LEN {
            self.heard.drain(..HEARD_LEN / 2);
            self.complain("the terminal is not read, output is lost".into());
        }
        self.heard.push(byte);
    }

    pub fn take_heard(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.heard)
    }

    pub fn type_bytes(&mut self, bytes: &[u8]) {
        self.typed
            .extend(bytes.iter().map(|byte| Typed::Byte(*byte)));
    }

    pub fn type_break(&mut self) {
        self.typed.push_back(Typed::Break);
    }

    pub fn backlog(&self) -> usize {
        self.typed.len()
    }

    pub fn next_arrival(&self) -> Time {
        self.next
    }

    /// Starts sending at `now` if there is something to send, to a guest that works like this.
    pub fn start(&mut self, now: Time, format: Format, bit: u64) {
        if self.next == Time::NEVER && !self.typed.is_empty() {
            self.next = now + self.frame_time(format, bit);
        }
    }

    fn frame_time(&self, format: Format, bit: u64) -> Time {
        match self.bit_time() {
            Some(own) => Time(own * u64::from(Format::EIGHT_N_ONE.bits())),
            None => Time(bit * u64::from(format.bits())),
        }
    }

    /// The frame that has arrived by `now`, as the guest samples it, and when it was complete.
    pub fn arrived(&mut self, now: Time, format: Format, bit: u64) -> Option<(u32, Time)> {
        if self.next > now {
            return None;
        }
        let at = self.next;
        let typed = self.typed.pop_front();
        self.next = Time::NEVER;
        self.start(at, format, bit);
        let levels = match (typed?, self.bit_time()) {
            (Typed::Break, _) => BREAK,
            (Typed::Byte(byte), None) => format.send(byte),
            (Typed::Byte(byte), Some(own)) => resample(Format::EIGHT_N_ONE.send(byte), own, bit),
        };
        Some((levels, at))
    }

    /// Says this once, when asked for complaints.
    pub fn complain(&mut self, text: String) {
        self.complaint = Some(text);
    }

    pub fn take_complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }
}
