//! From the guest's transmit slots onto the air (docs/wifi-mac-registers.md, section 5).

use std::collections::VecDeque;

use super::descriptor::Descriptor;
use super::rate;
use crate::air::medium::Frame;
use crate::bus::Dma;
use crate::time::Time;

/// Transmit slots.
pub const SLOT_COUNT: usize = 8;
/// Both start bits of a slot.
pub const START: u32 = 0xc000_0000;
/// Bit 31: waits for the air.
const WAITING: u32 = 0x8000_0000;
/// DMA reaches 256 KB from here.
const DMA_BASE: u32 = 0x3ffc_0000;
/// Shortest frame there is, FCS included: an ACK.
const FRAME_LEN_MIN: usize = 14;
/// More descriptors than this for one frame are a loop.
const CHAIN_LEN_MAX: usize = 64;
const FCS_LEN: usize = 4;

/// Results in bits 28..31 of the status register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Sent, and acknowledged if that was asked for.
    Sent = 0,
    /// The frame could not be read or makes no sense.
    Error = 4,
    /// No ACK.
    NoAck = 5,
}

/// Why a slot's frame cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// No usable descriptor at this address.
    BadDescriptor(u32),
    /// This descriptor's buffer is not in data RAM.
    BadBuffer(u32),
    /// The slot says this many bytes, which is too few, or more than its descriptors have.
    Length(usize),
    /// 802.11n, which is not modelled, or a code that is no rate.
    Rate(u32),
}

/// The registers of one slot.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlotWords {
    /// Back-off.
    pub backoff: u32,
    /// Descriptor, flags, start bits.
    pub control: u32,
    /// Length, rate, key.
    pub format: u32,
    /// Lifetime.
    pub lifetime: u32,
}

impl SlotWords {
    /// Slots to wait.
    pub fn backoff(&self) -> u32 {
        self.backoff >> 12 & 0x3ff
    }

    /// How long the frame may wait.
    pub fn lifetime(&self) -> Time {
        Time::from_micros(u64::from(self.lifetime >> 12 & 0xfff) * 1024)
    }

    /// The entry of the key table to encrypt with.
    pub fn key(&self) -> u32 {
        self.format >> 16 & 0x7f
    }

    /// The frame, read from the guest's memory.
    pub fn frame(&self, signal: i8, memory: &dyn Dma) -> Result<Frame, Defect> {
        let length = (self.format & 0xfff) as usize;
        let code = self.format >> 12 & 0xf;
        let legacy = self.format & 1 << 24 == 0;
        let rate = rate::from_code(code)
            .filter(|_| legacy)
            .ok_or(Defect::Rate(code))?;
        if length < FRAME_LEN_MIN {
            return Err(Defect::Length(length));
        }
        let mut bytes = gather(DMA_BASE | self.control & 0x3ffff, length, memory)?;
        bytes.truncate(length - FCS_LEN);
        Ok(Frame {
            bytes,
            rate,
            expects_ack: self.control >> 24 & 3 != 0,
            signal,
        })
    }
}

/// Reads `length` bytes along a chain of descriptors.
fn gather(first: u32, length: usize, memory: &dyn Dma) -> Result<Vec<u8>, Defect> {
    let mut bytes = Vec::new();
    let mut next = first;
    for _ in 0..CHAIN_LEN_MAX {
        let descriptor = Descriptor::load(next, memory).ok_or(Defect::BadDescriptor(next))?;
        let at = bytes.len();
        bytes.resize(at + descriptor.length(), 0);
        if !memory.read(descriptor.buffer, &mut bytes[at..]) {
            return Err(Defect::BadBuffer(next));
        }
        if bytes.len() >= length {
            return Ok(bytes);
        }
        if descriptor.is_end() || descriptor.next == 0 {
            break;
        }
        next = descriptor.next;
    }
    Err(Defect::Length(length))
}

/// Which slots wait, since when, and what ended without software knowing yet.
#[derive(Clone, Debug, Default)]
pub struct Transmitter {
    /// When each slot was started.
    waiting: [Option<Time>; SLOT_COUNT],
    /// Got too old, and software has not withdrawn it yet: its start bits still read 1.
    expired: [bool; SLOT_COUNT],
    on_air: Option<(usize, bool)>,
    /// Results software has not been told.
    ended: VecDeque<(usize, Outcome)>,
}

impl Transmitter {
    /// Software wrote a slot's control word. Returns false for a start while it is on the air.
    pub fn control(&mut self, slot: usize, control: u32, now: Time) -> bool {
        let Some(waiting) = self.waiting.get_mut(slot) else {
            return false;
        };
        self.expired[slot] = false;
        if control & START != START {
            *waiting = None;
            return true;
        }
        if self.on_air.is_some_and(|(busy, _)| busy == slot) {
            return false;
        }
        waiting.get_or_insert(now);
        true
    }

    /// The slot whose turn it is, and when it was started. The lowest number is voice: first.
    pub fn next(&self) -> Option<(usize, Time)> {
        let mut waiting = self.waiting.iter().enumerate();
        waiting.find_map(|(slot, since)| Some((slot, (*since)?)))
    }

    /// All slots that wait, and since when.
    pub fn waiting(&self) -> impl Iterator<Item = (usize, Time)> + '_ {
        let waiting = self.waiting.iter().enumerate();
        waiting.filter_map(|(slot, since)| Some((slot, (*since)?)))
    }

    /// A slot's frame goes on the air.
    pub fn start(&mut self, slot: usize, expects_ack: bool) {
        self.waiting[slot] = None;
        self.on_air = Some((slot, expects_ack));
    }

    /// A slot's frame will not be sent.
    pub fn withdraw(&mut self, slot: usize) {
        self.waiting[slot] = None;
    }

    /// A slot's frame got too old to be sent.
    pub fn expire(&mut self, slot: usize) {
        self.waiting[slot] = None;
        self.expired[slot] = true;
    }

    /// What is on the air has ended. Returns the slot and what became of it.
    pub fn sent(&mut self, acknowledged: bool) -> Option<(usize, Outcome)> {
        let (slot, expects_ack) = self.on_air.take()?;
        let outcome = if acknowledged || !expects_ack {
            Outcome::Sent
        } else {
            Outcome::NoAck
        };
        Some((slot, outcome))
    }

    /// Keeps a result for software.
    pub fn end(&mut self, slot: usize, outcome: Outcome) {
        self.ended.push_back((slot, outcome));
    }

    /// The next result as the status register shows it.
    pub fn take_status(&mut self) -> Option<u32> {
        let (slot, outcome) = self.ended.pop_front()?;
        Some((slot as u32) << 8 | (outcome as u32) << 28)
    }

    /// The start bits as software reads them.
    pub fn start_bits(&self, slot: usize) -> u32 {
        match (self.waiting[slot], self.on_air) {
            (Some(_), _) => START,
            (None, _) if self.expired[slot] => START,
            (None, Some((busy, _))) if busy == slot => START & !WAITING,
            _ => 0,
        }
    }
}
