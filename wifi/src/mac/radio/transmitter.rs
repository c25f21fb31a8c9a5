//! The transmitter: three queues before one hardware slot, retries, and the way out when the hardware stays
//! silent.
//!
//! One frame is on the air or on its way at a time. The hardware sends it once and reports; what was not
//! acknowledged is sent again from here, after a longer back-off (docs/wifi-mac-registers.md, section 5). The
//! slot's registers are written in the order given there.

use super::super::access_point::{Delivery, Gate, Key, Outbox, Pace, Queue};
use super::super::frame::{beacon, ccmp, header, Rate};
use super::super::MacAddress;
use super::dma::{Control, Place};
use super::events::TransmitResult;
use super::registers::{
    RANDOM, TRANSMIT_ACKNOWLEDGED, TRANSMIT_ALWAYS, TRANSMIT_BACKOFF, TRANSMIT_BACKOFF_SHIFT,
    TRANSMIT_DESCRIPTOR, TRANSMIT_DESCRIPTOR_MASK, TRANSMIT_DURATION, TRANSMIT_DURATION_SHIFT,
    TRANSMIT_FORMAT, TRANSMIT_HOLD, TRANSMIT_HOLD_SET, TRANSMIT_KEY_ACCESS_POINT,
    TRANSMIT_KEY_SHIFT, TRANSMIT_LIFETIME, TRANSMIT_LIFETIME_SHIFT, TRANSMIT_RATE_SHIFT,
    TRANSMIT_START,
};
use super::resources::{DATA_COUNT, DATA_LEN, MANAGEMENT_COUNT, MANAGEMENT_LEN};
use super::transmit_queue::{Front, TransmitQueue};
use super::{key_table, modify, Events, Registers, FRAME_CHECK_LEN};

/// How often a frame is sent again that nobody acknowledged.
const MAX_RETRIES: u8 = 7;
/// How long the hardware may wait for the medium, in units of 1024 microseconds.
const LIFETIME: u32 = 128;
/// When we stop waiting for its report, in microseconds: well after that.
const SILENCE_TIMEOUT: u64 = 200_000;
/// How long transmission is held before a frame is withdrawn, in microseconds (section 5).
const HOLD_TIME: u64 = 34;
/// Contention windows, in slots: it doubles with each attempt, from 16 to 1024 (10.22.2.2).
const SMALLEST_WINDOW: u32 = 16;
const LARGEST_WINDOW: u32 = 1024;
/// Frames that may be held back for stations that sleep, and for how many beacons: two seconds.
const MOST_HELD: usize = 2;
const LONGEST_HELD: u8 = 20;
/// Places in the data queue that forwarded frames leave free for our own.
const RESERVED_FOR_OURS: usize = 1;

/// What happened to frames so far. Each counter wraps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransmitCounters {
    /// Frames sent, and acknowledged where that was due.
    pub sent: u32,
    /// Second and later attempts.
    pub retries: u32,
    /// Frames given up.
    pub failures: u32,
}

/// A frame that is off our hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// The queue it came from.
    pub queue: Queue,
    /// Who was to acknowledge it.
    pub receiver: Option<MacAddress>,
    /// Attempts after the first.
    pub retries: u8,
    /// Whether it was sent, and acknowledged where that was due.
    pub sent: bool,
}

/// A frame in the hardware's hands.
#[derive(Debug, Clone, Copy)]
struct Flight {
    queue: Queue,
    retries: u8,
    /// When it was handed over, or since when it is being withdrawn.
    since: u64,
    withdrawn: bool,
}

/// The transmitter.
pub struct Transmitter<R: Registers> {
    registers: R,
    beacon: TransmitQueue<MANAGEMENT_LEN, 1>,
    management: TransmitQueue<MANAGEMENT_LEN, MANAGEMENT_COUNT>,
    data: TransmitQueue<DATA_LEN, DATA_COUNT>,
    flight: Option<Flight>,
    counters: TransmitCounters,
}

impl<R: Registers> Transmitter<R> {
    /// A transmitter with empty queues in this memory.
    pub(super) fn new(
        registers: R,
        beacon: &'static [Place<MANAGEMENT_LEN>; 1],
        management: &'static [Place<MANAGEMENT_LEN>; MANAGEMENT_COUNT],
        data: &'static [Place<DATA_LEN>; DATA_COUNT],
    ) -> Self {
        Transmitter {
            registers,
            beacon: TransmitQueue::new(beacon),
            management: TransmitQueue::new(management),
            data: TransmitQueue::new(data),
            flight: None,
            counters: TransmitCounters::default(),
        }
    }

    /// What happened so far.
    pub fn counters(&self) -> TransmitCounters {
        self.counters
    }

    /// When [`Transmitter::poll`] has something to do even without an event, in microseconds.
    pub fn next_deadline(&self) -> Option<u64> {
        self.flight.map(|flight| flight.since + flight.patience())
    }

    /// The buffer for our next data frame, if there is room for one.
    pub fn vacant(&mut self) -> Option<&mut [u8; DATA_LEN]> {
        self.data.vacant()
    }

    /// Queues the first `len` bytes of the [`Transmitter::vacant`] buffer, unless too many frames are held back by
    /// the `gate` already.
    pub fn commit(&mut self, len: usize, delivery: Delivery, gate: &impl Gate) {
        self.data.commit(len, delivery);
        let held = |receiver: &MacAddress| !gate.may_send(*receiver);
        let is_one = self.data.receivers().last().is_some_and(|it| held(&it));
        if is_one && self.data.receivers().filter(held).count() > MOST_HELD {
            self.data.take_back();
            self.count_failure();
        }
    }

    /// A beacon goes out: gives frames up that the `gate` has held back for too long.
    pub fn age(&mut self, gate: &impl Gate) {
        let on_air = self.flight.is_some_and(|it| it.queue == Queue::Data);
        let receives = |receiver| gate.may_send(receiver);
        for _ in 0..self.data.age(on_air.into(), LONGEST_HELD, receives) {
            self.count_failure();
        }
    }

    /// Counts a frame that could not even be queued.
    pub fn count_failure(&mut self) {
        self.counters.failures = self.counters.failures.wrapping_add(1);
    }

    /// Looks how the frame in the hardware's hands is doing, and sends it again if it must. Says when one is
    /// off our hands.
    pub fn poll(&mut self, events: &Events, now: u64) -> Option<Finished> {
        let flight = self.flight?;
        if let Some(result) = events.transmit_result() {
            if flight.withdrawn {
                self.release_hold();
            }
            return self.land(flight, result, now);
        }
        if now.saturating_sub(flight.since) < flight.patience() {
            return None;
        }
        if flight.withdrawn {
            self.withdraw();
            self.release_hold();
            return Some(self.finish(flight.queue, false));
        }
        modify(&self.registers, TRANSMIT_HOLD, 0, TRANSMIT_HOLD_SET);
        self.flight = Some(Flight {
            since: now,
            withdrawn: true,
            ..flight
        });
        None
    }

    /// Takes the frame out of the hardware's hands, whatever became of it.
    pub fn abandon(&mut self) -> Option<Finished> {
        let flight = self.flight?;
        self.withdraw();
        self.release_hold();
        Some(self.finish(flight.queue, false))
    }

    /// Hands the next frame to the hardware if it has none: of data, the next one that the `gate` lets pass.
    /// `timestamp` goes into frames that carry one.
    pub fn feed(&mut self, now: u64, timestamp: u64, gate: &mut impl Gate) {
        if self.flight.is_some() {
            return;
        }
        let queue = if self.beacon.front().is_some() {
            Queue::Beacon
        } else if self.management.front().is_some() {
            Queue::Management
        } else if self.data.promote(|receiver| gate.may_send(receiver)) {
            Queue::Data
        } else {
            return;
        };
        let registers = self.registers.clone();
        let follows = queue == Queue::Data && self.more_follow(gate);
        let Some(front) = self.front(queue) else {
            return;
        };
        if follows {
            header::set_more_data(front.frame);
        }
        if front.delivery.timestamped {
            beacon::set_timestamp(front.frame, timestamp);
        }
        send(&registers, &front, 0);
        self.flight = Some(Flight {
            queue,
            retries: 0,
            since: now,
            withdrawn: false,
        });
    }

    /// Whether the frame in front of the data queue has to say that more are waiting for its receiver.
    fn more_follow(&mut self, gate: &mut impl Gate) -> bool {
        let mut receivers = self.data.receivers();
        let Some(receiver) = receivers.next() else {
            return false;
        };
        let is_group = receiver.is_multicast();
        let more = receivers.any(|it| it == receiver || is_group && it.is_multicast());
        gate.sends(receiver, more)
    }

    /// The hardware reported on the frame it had.
    fn land(&mut self, flight: Flight, result: TransmitResult, now: u64) -> Option<Finished> {
        let registers = self.registers.clone();
        let mut front = self.front(flight.queue)?;
        let again = result == TransmitResult::Unanswered
            && front.delivery.acknowledged
            && flight.retries < MAX_RETRIES
            && !flight.withdrawn;
        if !again {
            return Some(self.finish(flight.queue, result == TransmitResult::Sent));
        }
        let retries = flight.retries + 1;
        header::set_retry(front.frame);
        let rate = Pace::attempt(front.delivery.rate, retries);
        front.delivery.rate = rate;
        header::set_duration(front.frame, rate.acknowledgement_duration());
        send(&registers, &front, retries);
        self.counters.retries = self.counters.retries.wrapping_add(1);
        self.flight = Some(Flight {
            retries,
            since: now,
            ..flight
        });
        None
    }

    /// Drops the frame in front of `queue`, which the hardware no longer has.
    fn finish(&mut self, queue: Queue, sent: bool) -> Finished {
        let retries = self.flight.take().map_or(0, |flight| flight.retries);
        let receiver = self
            .front(queue)
            .filter(|front| front.delivery.acknowledged)
            .map(|front| header::receiver(front.frame));
        match queue {
            Queue::Beacon => self.beacon.pop(),
            Queue::Management => self.management.pop(),
            Queue::Data => self.data.pop(),
        }
        if sent {
            self.counters.sent = self.counters.sent.wrapping_add(1);
        } else {
            self.count_failure();
        }
        Finished {
            queue,
            receiver,
            retries,
            sent,
        }
    }

    fn front(&mut self, queue: Queue) -> Option<Front<'_>> {
        match queue {
            Queue::Beacon => self.beacon.front(),
            Queue::Management => self.management.front(),
            Queue::Data => self.data.front(),
        }
    }

    fn withdraw(&self) {
        modify(&self.registers, TRANSMIT_DESCRIPTOR, TRANSMIT_START, 0);
    }

    fn release_hold(&self) {
        modify(&self.registers, TRANSMIT_HOLD, TRANSMIT_HOLD_SET, 0);
    }
}

impl Flight {
    fn patience(&self) -> u64 {
        if self.withdrawn {
            HOLD_TIME
        } else {
            SILENCE_TIMEOUT
        }
    }
}

impl<R: Registers> Outbox for Transmitter<R> {
    fn push(
        &mut self,
        queue: Queue,
        delivery: Delivery,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> bool {
        let (vacant, max_len): (Option<&mut [u8]>, usize) = match queue {
            Queue::Beacon => (self.beacon.vacant().map(|b| &mut b[..]), MANAGEMENT_LEN),
            Queue::Management => (self.management.vacant().map(|b| &mut b[..]), MANAGEMENT_LEN),
            Queue::Data if self.data.vacancies() <= RESERVED_FOR_OURS => (None, DATA_LEN),
            Queue::Data => (self.data.vacant().map(|b| &mut b[..]), DATA_LEN),
        };
        let room = len + trailer_len(delivery);
        let Some(buffer) = vacant.filter(|_| room <= max_len) else {
            self.count_failure();
            return false;
        };
        fill(&mut buffer[..len]);
        match queue {
            Queue::Beacon => self.beacon.commit(len, delivery),
            Queue::Management => self.management.commit(len, delivery),
            Queue::Data => self.data.commit(len, delivery),
        }
        true
    }

    fn has_data_for(&self, station: MacAddress) -> bool {
        self.data.receivers().any(|receiver| receiver == station)
    }

    fn has_group_data(&self) -> bool {
        self.data.receivers().any(|it| it.is_multicast())
    }

    fn set_key(&mut self, entry: u8, key: Option<Key<'_>>) {
        match key {
            Some(key) => key_table::set(&self.registers, entry, &key),
            None => key_table::clear(&self.registers, entry),
        }
    }

    fn random(&mut self) -> u32 {
        self.registers.read(RANDOM)
    }
}

/// The bytes the hardware appends to a frame, for which the slot's length and the descriptor leave room.
fn trailer_len(delivery: Delivery) -> usize {
    let code_len = if delivery.key.is_some() {
        ccmp::CODE_LEN
    } else {
        0
    };
    code_len + FRAME_CHECK_LEN
}

/// Writes the slot's registers and starts it.
fn send<R: Registers>(registers: &R, front: &Front<'_>, retries: u8) {
    let len = front.frame.len() + trailer_len(front.delivery);
    let buffer = registers.bus_address(front.buffer);
    front.descriptor.set(Control::to_transmit(len), buffer);
    let address = front.descriptor.bus_address(registers) & TRANSMIT_DESCRIPTOR_MASK;
    let answer = if front.delivery.acknowledged {
        TRANSMIT_ACKNOWLEDGED
    } else {
        0
    };
    let descriptor = address | TRANSMIT_ALWAYS | answer;
    let duration = u32::from(header::duration(front.frame));
    let key = front.delivery.key.map_or(0, |entry| {
        u32::from(entry) << TRANSMIT_KEY_SHIFT | TRANSMIT_KEY_ACCESS_POINT
    });
    let format = len as u32 | rate_code(front.delivery.rate) << TRANSMIT_RATE_SHIFT | key;
    let window = (SMALLEST_WINDOW << retries).min(LARGEST_WINDOW);
    let backoff = registers.read(RANDOM) & (window - 1);

    registers.write(TRANSMIT_LIFETIME, LIFETIME << TRANSMIT_LIFETIME_SHIFT);
    registers.write(TRANSMIT_DESCRIPTOR, descriptor);
    registers.write(TRANSMIT_DURATION, duration << TRANSMIT_DURATION_SHIFT);
    registers.write(TRANSMIT_FORMAT, format);
    registers.write(TRANSMIT_BACKOFF, backoff << TRANSMIT_BACKOFF_SHIFT);
    registers.write(TRANSMIT_DESCRIPTOR, descriptor | TRANSMIT_START);
}

/// The hardware's code for a rate (section 6).
fn rate_code(rate: Rate) -> u32 {
    match rate {
        Rate::Mbps1 => 0x0,
        Rate::Mbps2 => 0x1,
        Rate::Mbps5 => 0x2,
        Rate::Mbps11 => 0x3,
    }
}
