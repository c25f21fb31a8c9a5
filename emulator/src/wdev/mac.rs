//! What each register does when the guest reads or writes it, and what comes with time.

use super::filter::{AddressSlot, Filter};
use super::key_table::{self, Fault};
use super::rate;
use super::receiver::{Lost, Receiver};
use super::registers::{self as reg, event};
use super::timer::Timer;
use super::transmitter::{Defect, Outcome, SlotWords, Transmitter, SLOT_COUNT, START};
use super::words::Words;
use crate::air::medium::Request;
use crate::air::rate::Rate;
use crate::bus::journal::Journal;
use crate::periph::rng::Rng;
use crate::time::Time;

/// The MAC alone.
pub struct Mac {
    pub words: Words,
    pub events: u32,
    pub receiver: Receiver,
    pub transmitter: Transmitter,
    sent: key_table::Sent,
    timers: [Timer; 2],
    rng: Rng,
    pub journal: Journal,
}

impl Mac {
    /// A MAC after power-on. Its random word depends on `seed`.
    pub fn new(seed: u64) -> Mac {
        Mac {
            words: Words::new(),
            events: 0,
            receiver: Receiver::default(),
            transmitter: Transmitter::default(),
            sent: key_table::Sent::default(),
            timers: [Timer::default(); 2],
            rng: Rng::new(seed),
            journal: Journal::default(),
        }
    }

    /// State after a reset of the chip. Noise and reports go on.
    pub fn reset(&mut self) {
        *self = Mac {
            rng: self.rng.clone(),
            journal: core::mem::take(&mut self.journal),
            sent: core::mem::take(&mut self.sent),
            ..Mac::new(0)
        };
    }

    /// Events that ask for an interrupt.
    pub fn enabled_events(&self) -> u32 {
        self.events & self.words.get(reg::EVENT_ENABLE)
    }

    /// The guest reads the word at `offset`; `None` when there is none.
    pub fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
        let counter = |timer: &Timer, high: bool| {
            let count = timer.count(now);
            Some(if high {
                (count >> 32) as u32
            } else {
                count as u32
            })
        };
        match offset {
            reg::MICROSECONDS => Some(now.as_micros() as u32),
            reg::RANDOM => Some(self.rng.next_u32()),
            reg::EVENT_RAW => Some(self.events),
            reg::EVENT_STATUS => Some(self.enabled_events()),
            reg::RX_STATE | reg::TX_STATE => Some(0),
            reg::COUNTER_0 => counter(&self.timers[0], false),
            reg::COUNTER_0_HIGH => counter(&self.timers[0], true),
            reg::COUNTER_1 => counter(&self.timers[1], false),
            reg::COUNTER_1_HIGH => counter(&self.timers[1], true),
            _ => match slot_of(offset, reg::SLOT_CONTROL) {
                Some(slot) => {
                    Some(self.words.get(offset) & !START | self.transmitter.start_bits(slot))
                }
                None => self.words.load(offset),
            },
        }
    }

    /// The guest writes the word at `offset`; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        let before = self.words.set(offset, value);
        match offset {
            reg::EVENT_CLEAR => {
                self.events &= !value;
                self.show_result();
            }
            // A receiver that runs, and has somewhere to go on, goes on there.
            reg::RX_BASE
                if self.words.get(reg::RX_ENABLE) & 1 << 31 == 0
                    || self.words.get(reg::RX_NEXT) == 0 =>
            {
                self.receiver.set_base(value);
                self.words.set(reg::RX_NEXT, value);
            }
            reg::COUNTER_1_CONTROL => {
                let load = 0xc400_0000;
                if value & load == load && before & load != load {
                    let value = self.words.pair(reg::COUNTER_1_LOAD);
                    self.timers[1].load(value, now);
                }
            }
            reg::TIMER_0 | reg::TIMER_1 => {
                let compare = self.words.pair(offset + 4);
                self.timer(offset).set(compare, value & 1 << 31 != 0);
            }
            _ => {
                if let Some(slot) = slot_of(offset, reg::SLOT_CONTROL) {
                    if !self.transmitter.control(slot, value, now) {
                        self.journal.once("wifi slot busy", slot as u32, || {
                            format!("Wi-Fi MAC: transmit slot {slot} started while it is on air")
                        });
                    }
                    self.check_enabled(value);
                }
            }
        }
        reg::exists(offset).then_some(())
    }

    fn check_enabled(&mut self, control: u32) {
        if control & START == START && self.words.get(reg::TX_ENABLE) & 1 == 0 {
            self.journal.once("wifi transmitter off", 0, || {
                "Wi-Fi MAC: frame started while the transmitter is off (0x3ff20c94 bit 0)".into()
            });
        }
    }

    fn timer(&mut self, control: u32) -> &mut Timer {
        &mut self.timers[usize::from(control == reg::TIMER_1)]
    }

    /// The registers of one transmit slot.
    pub fn slot_words(&self, slot: usize) -> SlotWords {
        let below = slot as u32 * reg::SLOT_STRIDE;
        SlotWords {
            backoff: self.words.get(reg::SLOT_BACKOFF - below),
            control: self.words.get(reg::SLOT_CONTROL - below),
            format: self.words.get(reg::SLOT_FORMAT - below),
            lifetime: self.words.get(reg::SLOT_LIFETIME - below),
        }
    }

    /// The address filter as it is set now.
    pub fn filter(&self) -> Filter {
        let slot = |base: u32, interface: u32| {
            let at = base + 8 * interface;
            AddressSlot {
                low: self.words.get(at),
                high: self.words.get(at + 4),
                mask_low: self.words.get(at + 0x10),
                mask_high: self.words.get(at + 0x14),
            }
        };
        Filter {
            addresses: [slot(reg::MAC, 0), slot(reg::MAC, 1)],
            bssids: [slot(reg::BSSID, 0), slot(reg::BSSID, 1)],
        }
    }

    /// Shows the next transmission's result once software has cleared the last one.
    fn show_result(&mut self) {
        if self.events & event::SENT == 0 {
            if let Some(status) = self.transmitter.take_status() {
                self.words.set(reg::TX_STATUS, status);
                self.events |= event::SENT;
            }
        }
    }

    /// A transmission has ended: software is told, now or after the one before.
    pub fn end(&mut self, slot: usize, outcome: Outcome) {
        self.transmitter.end(slot, outcome);
        self.show_result();
    }

    /// When a waiting frame of this slot gets too old.
    fn expiry(&self, slot: usize, since: Time) -> Time {
        since + self.slot_words(slot).lifetime()
    }

    /// When [`Mac::poll`] must run.
    pub fn next_event(&self) -> Time {
        let timers = self.timers[0].next_event().min(self.timers[1].next_event());
        let waiting = self.transmitter.waiting();
        waiting.fold(timers, |next, (slot, since)| {
            next.min(self.expiry(slot, since))
        })
    }

    /// Timers and lifetimes that are due.
    pub fn poll(&mut self, now: Time) {
        for (timer, event) in self.timers.iter_mut().zip([event::TIMER_0, event::TIMER_1]) {
            if timer.take(now) {
                self.events |= event;
            }
        }
        let expired: Vec<usize> = self
            .transmitter
            .waiting()
            .filter(|(slot, since)| self.expiry(*slot, *since) <= now)
            .map(|(slot, _)| slot)
            .collect();
        for slot in expired {
            self.transmitter.expire(slot);
            let all = self.words.get(reg::TX_EXPIRED) | 1 << (16 + slot);
            self.words.set(reg::TX_EXPIRED, all);
            self.events |= event::EXPIRED;
        }
    }

    /// What the transmitter wants to send.
    pub fn request(&self) -> Option<Request> {
        let held = self.words.get(reg::TX_HOLD) & START == START;
        if held || self.words.get(reg::TX_ENABLE) & 1 == 0 {
            return None;
        }
        let (slot, ready) = self.transmitter.next()?;
        Some(Request {
            ready,
            backoff: self.slot_words(slot).backoff(),
        })
    }

    /// Encrypts a frame on its way out, if it is to be, and reports what is wrong with that.
    pub fn seal(&mut self, entry: u32, frame: Vec<u8>) -> Vec<u8> {
        match key_table::seal(&self.words, entry, frame, &mut self.sent) {
            Ok(frame) => frame,
            Err((fault, frame)) => {
                let text = match fault {
                    Fault::NoKey(entry) => {
                        format!(
                            "a protected frame goes out in the clear: no CCMP key in entry {entry}"
                        )
                    }
                    Fault::NoHeader => {
                        "a protected frame without CCMP's header, or room for its code".into()
                    }
                    Fault::NumberReused(number) => {
                        format!("packet number {number} was used before under the same key")
                    }
                };
                self.journal
                    .once("wifi key", entry, || format!("Wi-Fi MAC: {text}"));
                frame
            }
        }
    }

    /// Counts or reports a frame that was not stored.
    pub fn report_loss(&mut self, lost: Lost) {
        match lost {
            Lost::NoBuffer => self.words.count(reg::COUNT_NO_BUFFER),
            Lost::BadDescriptor(at) => self.journal.once("wifi rx descriptor", at, || {
                format!("Wi-Fi MAC: no usable receive descriptor at {at:#010x}")
            }),
            Lost::BadBuffer(at) => self.journal.once("wifi rx buffer", at, || {
                format!("Wi-Fi MAC: receive descriptor {at:#010x} has its buffer outside data RAM")
            }),
        }
    }

    /// Reports a link that silicon may have followed before it was changed.
    pub fn report_dispute(&mut self, disputed: Option<u32>) {
        if let Some(at) = disputed {
            self.journal.once("wifi rx link", 0, || {
                format!(
                    "Wi-Fi MAC: `next` of the last filled receive descriptor {at:#010x} was changed; \
                     whether silicon has read it by then is unknown"
                )
            });
        }
    }

    /// Reports a slot that cannot be sent.
    pub fn report_defect(&mut self, slot: usize, defect: Defect) {
        let text = match defect {
            Defect::BadDescriptor(at) => format!("no usable descriptor at {at:#010x}"),
            Defect::BadBuffer(at) => {
                format!("descriptor {at:#010x} has its buffer outside data RAM")
            }
            Defect::Length(length) => format!("its descriptors do not hold {length} bytes"),
            Defect::Rate(code) => format!("rate code {code} with bit 24 (802.11n), or no rate"),
        };
        self.journal.once("wifi tx", slot as u32, || {
            format!("Wi-Fi MAC: transmit slot {slot}: {text}")
        });
    }

    /// The rate of an ACK, from the table software set up; a table nobody wrote means 1 Mbit/s.
    pub fn answer(&self, received: Rate) -> Rate {
        let code = rate::to_code(received);
        let table = self.words.get(reg::ACK_RATES + 4 * (code / 8));
        rate::from_code(table >> (4 * (code % 8)) & 0xf).unwrap_or(Rate::MBIT_1)
    }
}

/// The slot whose register of this kind is at `offset`.
fn slot_of(offset: u32, of_slot_0: u32) -> Option<usize> {
    let below = of_slot_0.checked_sub(offset)?;
    let slot = (below / reg::SLOT_STRIDE) as usize;
    (below % reg::SLOT_STRIDE == 0 && slot < SLOT_COUNT).then_some(slot)
}
