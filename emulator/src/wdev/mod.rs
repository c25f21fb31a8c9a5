//! The Wi-Fi MAC's registers, 0x3FF20000..0x3FF21FFF, between guest memory and the air.
//!
//! Source: docs/wifi-mac-registers.md. Owns what the registers do; knows 802.11 only as
//! far as this MAC does: addresses, ACKs, airtime. Words the hardware merely keeps are kept; words
//! that do not exist are reported once and kept as well.

mod descriptor;
mod filter;
mod rate;
mod receiver;
mod registers;
mod timer;
mod transmitter;

use std::collections::HashMap;

use crate::air::medium::{Frame, Radio, Request};
use crate::air::rate::Rate;
use crate::air::Air;
use crate::bus::journal::Journal;
use crate::bus::{Dma, Peripheral};
use crate::periph::rng::Rng;
use crate::time::Time;
use filter::{AddressSlot, Filter};
use receiver::{Lost, Receiver};
use registers::{self as reg, event};
use timer::Timer;
use transmitter::{Defect, Outcome, SlotWords, Transmitter, SLOT_COUNT, START};

/// How strong stations hear the device, dBm.
const SIGNAL: i8 = -45;

/// The MAC and what its antenna is in.
pub struct Wdev {
    mac: Mac,
    air: Air,
}

/// The MAC alone.
struct Mac {
    words: HashMap<u32, u32>,
    events: u32,
    receiver: Receiver,
    transmitter: Transmitter,
    timers: [Timer; 2],
    rng: Rng,
    journal: Journal,
}

impl Wdev {
    /// A MAC after power-on, in `air`. Its random word depends on `seed`.
    pub fn new(air: Air, seed: u64) -> Wdev {
        Wdev {
            mac: Mac::new(seed),
            air,
        }
    }

    /// The air around the antenna.
    pub fn air(&mut self) -> &mut Air {
        &mut self.air
    }

    /// State after a reset of the chip: registers are lost, the air is not, and what is on it goes on.
    pub fn reset(&mut self) {
        let fresh = Mac {
            rng: self.mac.rng.clone(),
            journal: core::mem::take(&mut self.mac.journal),
            ..Mac::new(0)
        };
        self.mac = fresh;
    }

    /// Whether the MAC asks for an interrupt (level).
    pub fn interrupt_asserted(&self) -> bool {
        self.mac.events & self.mac.word(reg::EVENT_ENABLE) != 0
    }

    /// What the guest got wrong.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.mac.journal
    }
}

impl Peripheral for Wdev {
    fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
        self.mac.read(offset, now)
    }

    fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        self.mac.write(offset, value, now)
    }

    fn next_event(&self) -> Time {
        let air = self.air.next_event(self.mac.request());
        air.min(self.mac.next_event())
    }

    fn poll(&mut self, now: Time, memory: &mut dyn Dma) {
        let mac = &mut self.mac;
        self.air.advance(now, &mut Antenna { mac, memory });
        self.mac.poll(now);
    }
}

impl Mac {
    fn new(seed: u64) -> Mac {
        Mac {
            words: HashMap::new(),
            events: 0,
            receiver: Receiver::default(),
            transmitter: Transmitter::default(),
            timers: [Timer::default(); 2],
            rng: Rng::new(seed),
            journal: Journal::default(),
        }
    }

    fn word(&self, offset: u32) -> u32 {
        self.words.get(&offset).copied().unwrap_or(0)
    }

    fn count(&mut self, counter: u32) {
        let word = self.words.entry(counter).or_default();
        *word = word.wrapping_add(1);
    }

    fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
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
            reg::EVENT_STATUS => Some(self.events & self.word(reg::EVENT_ENABLE)),
            reg::RX_STATE | reg::TX_STATE => Some(0),
            reg::COUNTER_0 => counter(&self.timers[0], false),
            reg::COUNTER_0_HIGH => counter(&self.timers[0], true),
            reg::COUNTER_1 => counter(&self.timers[1], false),
            reg::COUNTER_1_HIGH => counter(&self.timers[1], true),
            _ => match slot_of(offset, reg::SLOT_CONTROL) {
                Some(slot) => Some(self.word(offset) & !START | self.transmitter.start_bits(slot)),
                None if reg::exists(offset) => Some(self.word(offset)),
                None => self.words.get(&offset).copied(),
            },
        }
    }

    fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        let before = self.words.insert(offset, value).unwrap_or(0);
        match offset {
            reg::EVENT_CLEAR => {
                self.events &= !value;
                self.show_result();
            }
            reg::RX_BASE => {
                self.receiver.set_base(value);
                self.words.insert(reg::RX_NEXT, value);
            }
            reg::COUNTER_1_CONTROL => {
                let load = 0xc400_0000;
                if value & load == load && before & load != load {
                    let value = self.pair(reg::COUNTER_1_LOAD);
                    self.timers[1].load(value, now);
                }
            }
            reg::TIMER_0 | reg::TIMER_1 => {
                let compare = self.pair(offset + 4);
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
        if control & START == START && self.word(reg::TX_ENABLE) & 1 == 0 {
            self.journal.once("wifi transmitter off", 0, || {
                "Wi-Fi MAC: frame started while the transmitter is off (0x3ff20c94 bit 0)".into()
            });
        }
    }

    fn timer(&mut self, control: u32) -> &mut Timer {
        &mut self.timers[usize::from(control == reg::TIMER_1)]
    }

    /// Two neighbouring words, low first.
    fn pair(&self, low: u32) -> u64 {
        u64::from(self.word(low)) | u64::from(self.word(low + 4)) << 32
    }

    fn slot_words(&self, slot: usize) -> SlotWords {
        let below = slot as u32 * reg::SLOT_STRIDE;
        SlotWords {
            backoff: self.word(reg::SLOT_BACKOFF - below),
            control: self.word(reg::SLOT_CONTROL - below),
            format: self.word(reg::SLOT_FORMAT - below),
            lifetime: self.word(reg::SLOT_LIFETIME - below),
        }
    }

    fn filter(&self) -> Filter {
        let slot = |base: u32, interface: u32| {
            let at = base + 8 * interface;
            AddressSlot {
                low: self.word(at),
                high: self.word(at + 4),
                mask_low: self.word(at + 0x10),
                mask_high: self.word(at + 0x14),
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
                self.words.insert(reg::TX_STATUS, status);
                self.events |= event::SENT;
            }
        }
    }

    fn end(&mut self, slot: usize, outcome: Outcome) {
        self.transmitter.end(slot, outcome);
        self.show_result();
    }

    /// When a waiting frame of this slot gets too old.
    fn expiry(&self, slot: usize, since: Time) -> Time {
        since + self.slot_words(slot).lifetime()
    }

    fn next_event(&self) -> Time {
        let timers = self.timers[0].next_event().min(self.timers[1].next_event());
        let waiting = self.transmitter.waiting();
        waiting.fold(timers, |next, (slot, since)| {
            next.min(self.expiry(slot, since))
        })
    }

    fn poll(&mut self, now: Time) {
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
            *self.words.entry(reg::TX_EXPIRED).or_default() |= 1 << (16 + slot);
            self.events |= event::EXPIRED;
        }
    }

    fn request(&self) -> Option<Request> {
        let held = self.word(reg::TX_HOLD) & START == START;
        if held || self.word(reg::TX_ENABLE) & 1 == 0 {
            return None;
        }
        let (slot, ready) = self.transmitter.next()?;
        Some(Request {
            ready,
            backoff: self.slot_words(slot).backoff(),
        })
    }

    fn report_loss(&mut self, lost: Lost) {
        match lost {
            Lost::NoBuffer => self.count(reg::COUNT_NO_BUFFER),
            Lost::BadDescriptor(at) => self.journal.once("wifi rx descriptor", at, || {
                format!("Wi-Fi MAC: no usable receive descriptor at {at:#010x}")
            }),
            Lost::BadBuffer(at) => self.journal.once("wifi rx buffer", at, || {
                format!("Wi-Fi MAC: receive descriptor {at:#010x} has its buffer outside data RAM")
            }),
        }
    }

    fn report_dispute(&mut self, disputed: Option<u32>) {
        if let Some(at) = disputed {
            self.journal.once("wifi rx link", 0, || {
                format!(
                    "Wi-Fi MAC: `next` of the last filled receive descriptor {at:#010x} was changed; \
                     whether silicon has read it by then is unknown"
                )
            });
        }
    }

    fn report_defect(&mut self, slot: usize, defect: Defect) {
        let text = match defect {
            Defect::BadDescriptor(at) => format!("no usable descriptor at {at:#010x}"),
            Defect::BadBuffer(at) => {
                format!("descriptor {at:#010x} has its buffer outside data RAM")
            }
            Defect::Length(length) => format!("its descriptors do not hold {length} bytes"),
            Defect::Rate(code) => format!("rate code {code} without bit 24 (802.11n), or no rate"),
        };
        self.journal.once("wifi tx", slot as u32, || {
            format!("Wi-Fi MAC: transmit slot {slot}: {text}")
        });
    }
}

/// The slot whose register of this kind is at `offset`.
fn slot_of(offset: u32, of_slot_0: u32) -> Option<usize> {
    let below = of_slot_0.checked_sub(offset)?;
    let slot = (below / reg::SLOT_STRIDE) as usize;
    (below % reg::SLOT_STRIDE == 0 && slot < SLOT_COUNT).then_some(slot)
}

/// The MAC with its access to guest memory: what the air sees of the device.
struct Antenna<'a> {
    mac: &'a mut Mac,
    memory: &'a mut dyn Dma,
}

impl Radio for Antenna<'_> {
    fn request(&self) -> Option<Request> {
        self.mac.request()
    }

    fn start(&mut self, _at: Time) -> Option<Frame> {
        let (slot, _) = self.mac.transmitter.next()?;
        let words = self.mac.slot_words(slot);
        if words.wants_encryption() {
            self.mac.journal.once("wifi encryption", 0, || {
                "Wi-Fi MAC: encryption is not modelled; frames go out in clear".into()
            });
        }
        match words.frame(SIGNAL, &*self.memory) {
            Ok(frame) => {
                self.mac.transmitter.start(slot, frame.expects_ack);
                Some(frame)
            }
            Err(defect) => {
                self.mac.report_defect(slot, defect);
                self.mac.transmitter.withdraw(slot);
                self.mac.end(slot, Outcome::Error);
                None
            }
        }
    }

    fn sent(&mut self, acknowledged: bool, _at: Time) {
        if let Some((slot, outcome)) = self.mac.transmitter.sent(acknowledged) {
            // A frame here is acknowledged at the sender's own strength: clear.
            self.mac.words.insert(reg::ACK_SIGNAL, 1 << 24 | 60 << 16);
            self.mac.end(slot, outcome);
        }
    }

    fn receive(&mut self, frame: &Frame, at: Time) -> Option<Rate> {
        let mac = &mut *self.mac;
        if mac.word(reg::RX_ENABLE) & 1 << 31 == 0 {
            return None;
        }
        mac.count(reg::COUNT_FRAMES);
        let found = mac.filter().check(&frame.bytes);
        let promiscuous = mac.word(reg::RX_FILTER) & 7 == 0;
        if !(found.address[0] || found.address[1] || promiscuous) {
            mac.count(reg::COUNT_FOR_OTHERS);
            return None;
        }
        match mac.receiver.store(frame, found, self.memory) {
            Ok(stored) => {
                mac.report_dispute(stored.disputed);
                mac.words.insert(reg::RX_LAST, stored.last);
                mac.words.insert(reg::RX_NEXT, stored.next);
                mac.words.insert(reg::RX_TIME, at.as_micros() as u32);
                mac.count(reg::COUNT_DATA);
                mac.events |= event::RECEIVED;
                found.unicast.then(|| mac.answer(frame.rate))
            }
            Err(lost) => {
                mac.report_loss(lost);
                None
            }
        }
    }

    fn receive_damaged(&mut self, _at: Time) {
        if self.mac.word(reg::RX_ENABLE) & 1 << 31 != 0 {
            self.mac.count(reg::COUNT_BAD_FCS);
        }
    }
}

impl Mac {
    /// The rate of an ACK, from the table software set up; a table nobody wrote means 1 Mbit/s.
    fn answer(&self, received: Rate) -> Rate {
        let code = rate::to_code(received);
        let table = self.word(reg::ACK_RATES + 4 * (code / 8));
        rate::from_code(table >> (4 * (code % 8)) & 0xf).unwrap_or(Rate::MBIT_1)
    }
}
