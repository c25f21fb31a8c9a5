//! The receive ring: buffers lent to the hardware, and taken back with a frame in them.
//!
//! The hardware follows a list of descriptors, which is kept going by appending what was released
//! (docs/wifi-mac-registers.md, section 2). Whether it reads a descriptor's `next` when that one is full or
//! when the frame after it arrives is unknown. So the descriptor used last is not touched before a later one
//! is full: if it is released before, it is parked. And where the list had run out, the hardware is told anew
//! where to go on.
//!
//! Which descriptors are in the list, and in which order, is remembered here and never read back from memory:
//! a corrupted descriptor costs its frame and is written anew when it is appended.

use heapless::Deque;

use super::super::frame::header;
use super::dma::{Control, Place};
use super::registers::{
    RECEIVED, RECEIVER, RECEIVER_ENABLED, RECEIVE_AGGREGATE_BASE, RECEIVE_BASE, RECEIVE_CONTROL,
    RECEIVE_CONTROL_CLEARED, RECEIVE_LAST, RECEIVE_MEMORY_END, RECEIVE_MEMORY_START, RECEIVE_START,
    RECEIVE_UNBUFFERED,
};
use super::resources::{RECEIVE_COUNT, RECEIVE_LEN};
use super::{modify, Registers, FRAME_CHECK_LEN};

/// How many frames may be kept from the hardware at a time. Of the two that remain one may be parked; the
/// other keeps its list from running empty.
pub const MAX_TAKEN: usize = RECEIVE_COUNT - 2;

/// Beacon intervals without a frame of anybody's after which the receiver is turned off and on: two seconds.
pub const DEAF: u8 = 20;

/// A frame in a buffer that is ours until it is released.
#[derive(Debug)]
#[must_use = "a frame that is not released is lost to the ring"]
pub struct Taken {
    index: u8,
    len: u16,
}

/// What the ring has for us.
#[derive(Debug)]
pub enum Reception {
    /// A frame.
    Frame(Taken),
    /// Something that was one: damaged, oversized, or lost as the ring had to be started anew.
    Lost,
}

/// The receive ring.
pub struct ReceiveRing<R: Registers> {
    registers: R,
    places: &'static [Place<RECEIVE_LEN>; RECEIVE_COUNT],
    /// The list as the hardware sees it: in front what it fills first.
    list: Deque<u8, RECEIVE_COUNT>,
    /// The descriptor that left the list last: the hardware may still want its `next`.
    used: Option<u8>,
    /// That descriptor, when it was released already.
    parked: Option<u8>,
    /// What [`RECEIVE_LAST`] held when everything up to it was taken.
    taken: u32,
    /// [`RECEIVE_LAST`] made no sense at the last look.
    out_of_step: bool,
    /// [`RECEIVE_UNBUFFERED`] at the last [`ReceiveRing::watch`], and whether anything left the list since.
    unbuffered: u32,
    moved: bool,
    /// [`RECEIVED`] at the last [`ReceiveRing::watch`], and for how many of those it has not changed.
    received: u32,
    deaf: u8,
}

impl<R: Registers> ReceiveRing<R> {
    /// Prepares the ring. The receiver must be off.
    pub fn new(registers: R, places: &'static [Place<RECEIVE_LEN>; RECEIVE_COUNT]) -> Self {
        let mut list = Deque::new();
        for index in 0..RECEIVE_COUNT as u8 {
            // There is room for all.
            let _ = list.push_back(index);
        }
        let start = registers.bus_address(core::ptr::from_ref(places).cast());
        let end = start + core::mem::size_of_val(places) as u32;
        modify(&registers, RECEIVE_CONTROL, RECEIVE_CONTROL_CLEARED, 0);
        registers.write(RECEIVE_AGGREGATE_BASE, 0);
        registers.write(RECEIVE_START, 0);
        registers.write(RECEIVE_MEMORY_START, start);
        registers.write(RECEIVE_MEMORY_END, end);
        let mut ring = ReceiveRing {
            registers,
            places,
            list,
            used: None,
            parked: None,
            taken: 0,
            out_of_step: false,
            unbuffered: 0,
            moved: false,
            received: 0,
            deaf: 0,
        };
        ring.begin();
        ring
    }

    /// Gives up what is in the ring and starts it anew, receiver on. Frames already taken stay ours.
    pub fn restart(&mut self) {
        self.switch(false);
        self.used = None;
        if let Some(parked) = self.parked.take() {
            let _ = self.list.push_back(parked);
        }
        self.begin();
        self.switch(true);
    }

    /// Chains all that is in the list and makes the hardware start at its front.
    fn begin(&mut self) {
        self.out_of_step = false;
        self.unbuffered = self.registers.read(RECEIVE_UNBUFFERED);
        self.taken = self.registers.read(RECEIVE_LAST);
        let mut previous: Option<u8> = None;
        for &index in &self.list {
            self.prepare(index);
            if let Some(previous) = previous {
                let next = self.descriptor_address(index);
                self.place(previous).descriptor.link(next);
            }
            previous = Some(index);
        }
        let front = self.list.front().map_or(0, |&i| self.descriptor_address(i));
        self.registers.write(RECEIVE_BASE, front);
    }

    /// The next frame that arrived, if any.
    ///
    /// Goes by what the hardware says it finished last and by the end-of-frame bit, not by the owner bit, which it
    /// seems to leave alone (section 2).
    pub fn take(&mut self) -> Option<Reception> {
        let last = self.registers.read(RECEIVE_LAST);
        let position = |wanted| {
            self.list
                .iter()
                .position(|&index| self.descriptor_address(index) == wanted)
        };
        let end = position(last).and_then(|reach| {
            self.list
                .iter()
                .take(reach + 1)
                .position(|&index| self.control(index).ends_frame())
        });
        let Some(end) = end else {
            return if last == self.taken {
                self.out_of_step = false;
                None
            } else {
                self.doubt()
            };
        };
        self.out_of_step = false;
        if end == 0 {
            let index = self.leave_list()?;
            return Some(match self.frame_len(index) {
                Some(len) => Reception::Frame(Taken { index, len }),
                None => {
                    self.give_back(index);
                    Reception::Lost
                }
            });
        }
        // A frame over several buffers is longer than any we accept.
        for _ in 0..=end {
            let index = self.leave_list()?;
            self.give_back(index);
        }
        Some(Reception::Lost)
    }

    /// The hardware says it finished a frame where there is none. Once may be a matter of the instant we
    /// looked; twice in a row, the hardware and we have lost each other.
    fn doubt(&mut self) -> Option<Reception> {
        if !self.out_of_step {
            self.out_of_step = true;
            return None;
        }
        self.restart();
        Some(Reception::Lost)
    }

    /// Restarts a ring that stands still: since the last call the hardware found no buffer for a frame, and
    /// yet filled none of those it has. And one that has heard nothing at all for `DEAF` calls: there may be nobody,
    /// or the receiver hangs, against which the vendor's driver does the same. To be called with each beacon, after
    /// everything was taken.
    pub fn watch(&mut self) {
        let unbuffered = self.registers.read(RECEIVE_UNBUFFERED);
        let received = self.registers.read(RECEIVED);
        self.deaf = match received == self.received {
            true => self.deaf + 1,
            false => 0,
        };
        self.received = received;
        if unbuffered != self.unbuffered && !self.moved || self.deaf == DEAF {
            self.deaf = 0;
            self.restart();
        }
        self.unbuffered = unbuffered;
        self.moved = false;
    }

    /// The bytes of a taken frame: 802.11 header and body, without receive header and frame check sequence. Of one
    /// that was decrypted, the code at its end is not what was sent, but left over.
    pub fn frame(&mut self, taken: &Taken) -> &mut [u8] {
        // SAFETY: a `Taken` is made for a buffer that has left the list, there is only one for each, and it
        // ends with `release`; the slice borrows the ring, so there is only one of them at a time.
        let bytes = unsafe { self.place(taken.index).buffer.bytes() };
        &mut bytes[ReceiveHeader::LEN..][..usize::from(taken.len)]
    }

    /// Gives a frame's buffer back to the hardware.
    pub fn release(&mut self, taken: Taken) {
        self.give_back(taken.index);
    }

    /// Takes the front of the list, which the hardware has filled: so it is past the one before.
    fn leave_list(&mut self) -> Option<u8> {
        let index = self.list.pop_front()?;
        self.used = Some(index);
        self.moved = true;
        self.taken = self.descriptor_address(index);
        if let Some(parked) = self.parked.take() {
            self.append(parked);
        }
        Some(index)
    }

    fn give_back(&mut self, index: u8) {
        if self.used == Some(index) {
            self.parked = Some(index);
        } else {
            self.append(index);
        }
    }

    fn append(&mut self, index: u8) {
        self.prepare(index);
        let address = self.descriptor_address(index);
        let tail = self.list.back().copied();
        let _ = self.list.push_back(index);
        if let Some(tail) = tail {
            self.place(tail).descriptor.link(address);
        }
        if tail.is_none_or(|tail| self.control(tail).ends_frame()) {
            self.go_on_at(index);
        }
    }

    /// The list had run out, maybe before the hardware could read the link to `index`: tells it where to go
    /// on, unless it is there already.
    fn go_on_at(&self, index: u8) {
        self.switch(false);
        if !self.control(index).ends_frame() {
            let address = self.descriptor_address(index);
            self.registers.write(RECEIVE_BASE, address);
        }
        self.switch(true);
    }

    fn switch(&self, on: bool) {
        let set = if on { RECEIVER_ENABLED } else { 0 };
        modify(&self.registers, RECEIVER, RECEIVER_ENABLED, set);
    }

    fn prepare(&self, index: u8) {
        let place = self.place(index);
        let buffer = place.buffer.bus_address(&self.registers);
        let control = Control::to_receive(RECEIVE_LEN);
        place.descriptor.set(control, buffer);
    }

    /// The length of the frame in a buffer that has left the list, without frame check sequence; nothing when
    /// it is damaged.
    fn frame_len(&self, index: u8) -> Option<u16> {
        // SAFETY: the buffer has left the list, and no `Taken` was made for it yet.
        let bytes = unsafe { self.place(index).buffer.bytes() };
        let header = ReceiveHeader::read(bytes);
        // What the other good end states mean is not known: that a code was right is not taken from them.
        let is_sure = header.end_state == ReceiveHeader::GOOD[0];
        let len = header.frame_len()?;
        if !is_sure && header::is_protected(&bytes[ReceiveHeader::LEN..]) {
            return None;
        }
        // The frame check sequence is counted and not in the buffer. What the descriptor says of its length is not
        // known well enough to go by it (section 2).
        let len = len.checked_sub(FRAME_CHECK_LEN)?;
        (ReceiveHeader::LEN + len <= RECEIVE_LEN).then_some(len as u16)
    }

    fn place(&self, index: u8) -> &'static Place<RECEIVE_LEN> {
        &self.places[usize::from(index)]
    }

    fn control(&self, index: u8) -> Control {
        self.place(index).descriptor.control()
    }

    fn descriptor_address(&self, index: u8) -> u32 {
        self.place(index).descriptor.bus_address(&self.registers)
    }
}

/// What the hardware writes before each frame (section 2, receive header): as much of it as matters.
struct ReceiveHeader {
    first: u32,
    end_state: u8,
}

impl ReceiveHeader {
    const LEN: usize = 12;
    const FORMAT_MASK: u32 = 0x3 << 14;
    const LENGTH_SHIFT: u32 = 16;
    const LENGTH_MASK: u32 = 0xFFF;
    /// End states that mean a good frame: 0, and two more that the vendor's driver accepts.
    const GOOD: [u8; 3] = [0x00, 0x32, 0xF5];

    fn read(bytes: &[u8; RECEIVE_LEN]) -> ReceiveHeader {
        ReceiveHeader {
            first: u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            end_state: bytes[8],
        }
    }

    /// The frame's length with its frame check sequence; nothing when it arrived damaged or is not 802.11b/g.
    fn frame_len(&self) -> Option<usize> {
        let legacy = self.first & Self::FORMAT_MASK == 0;
        let good = Self::GOOD.contains(&self.end_state);
        let len = self.first >> Self::LENGTH_SHIFT & Self::LENGTH_MASK;
        (legacy && good).then_some(len as usize)
    }
}
