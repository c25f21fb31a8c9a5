//! A queue of frames, each in a buffer from which it is sent.

use super::super::access_point::Delivery;
use super::super::frame::header;
use super::super::MacAddress;
use super::dma::{Descriptor, Place};

/// Frames in the order they are sent. The one in front stays there while it is on the air.
pub struct TransmitQueue<const LEN: usize, const COUNT: usize> {
    places: &'static [Place<LEN>; COUNT],
    /// Places in the order of their frames: first those that wait, then the vacant ones.
    order: [u8; COUNT],
    waiting: [Waiting; COUNT],
    count: usize,
}

/// What is known of the frame in a place.
#[derive(Clone, Copy)]
struct Waiting {
    len: u16,
    /// Beacons that went by while it was held back.
    age: u8,
    delivery: Delivery,
}

/// The frame in front.
pub struct Front<'a> {
    /// Its descriptor.
    pub descriptor: &'static Descriptor,
    /// Where the DMA engine finds its first byte.
    pub buffer: *const u8,
    /// Its bytes, without frame check sequence.
    pub frame: &'a mut [u8],
    /// How it is to be sent.
    pub delivery: Delivery,
}

impl<const LEN: usize, const COUNT: usize> TransmitQueue<LEN, COUNT> {
    /// An empty queue.
    pub fn new(places: &'static [Place<LEN>; COUNT]) -> Self {
        TransmitQueue {
            places,
            order: core::array::from_fn(|place| place as u8),
            waiting: [Waiting {
                len: 0,
                age: 0,
                delivery: Delivery::GROUP,
            }; COUNT],
            count: 0,
        }
    }

    /// Frames there is still room for.
    pub fn vacancies(&self) -> usize {
        COUNT - self.count
    }

    /// The buffer for the next frame, whatever is in it; nothing when the queue is full.
    pub fn vacant(&mut self) -> Option<&mut [u8; LEN]> {
        if self.count == COUNT {
            return None;
        }
        let place = &self.places[self.place(self.count)];
        // SAFETY: the slice borrows the queue, so it is the only one; a place that is not waiting is not the
        // hardware's, which only reads these anyway.
        Some(unsafe { place.buffer.bytes() })
    }

    /// Queues the first `len` bytes of the [`TransmitQueue::vacant`] buffer. There must be one.
    pub fn commit(&mut self, len: usize, delivery: Delivery) {
        debug_assert!(len <= LEN && self.count < COUNT);
        let len = len.min(LEN) as u16;
        let place = self.place(self.count);
        self.waiting[place] = Waiting {
            len,
            age: 0,
            delivery,
        };
        self.count = (self.count + 1).min(COUNT);
    }

    /// The frame in front. It is not to be changed while the hardware has it.
    pub fn front(&mut self) -> Option<Front<'_>> {
        if self.count == 0 {
            return None;
        }
        let front = self.place(0);
        let place = &self.places[front];
        let Waiting { len, delivery, .. } = self.waiting[front];
        // SAFETY: the slice borrows the queue, so it is the only one. The hardware may have the buffer, but only
        // reads it: whoever writes then sends nonsense and harms no memory.
        let bytes = unsafe { place.buffer.bytes() };
        Some(Front {
            descriptor: &place.descriptor,
            buffer: bytes.as_ptr(),
            frame: &mut bytes[..usize::from(len)],
            delivery,
        })
    }

    /// Removes the frame in front.
    pub fn pop(&mut self) {
        self.remove(0);
    }

    /// Removes the frame that was queued last.
    pub fn take_back(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// The receivers of the frames that wait, in order.
    pub fn receivers(&self) -> impl Iterator<Item = MacAddress> + '_ {
        (0..self.count).map(|at| self.receiver(at))
    }

    /// Brings the first frame to the front whose receiver is one that `may` be sent to; `false` when there is none.
    /// Not while the hardware has the one in front.
    pub fn promote(&mut self, may: impl FnMut(MacAddress) -> bool) -> bool {
        let Some(first) = self.receivers().position(may) else {
            return false;
        };
        self.order[..=first].rotate_right(1);
        true
    }

    /// A beacon went by: frames behind the first `kept` that `may` not be sent grow older, and those that are
    /// `oldest` are removed. Says how many.
    pub fn age(&mut self, kept: usize, oldest: u8, may: impl Fn(MacAddress) -> bool) -> usize {
        let before = self.count;
        let mut at = kept;
        while at < self.count {
            let is_held = !may(self.receiver(at));
            let place = self.place(at);
            let age = &mut self.waiting[place].age;
            *age = if is_held { *age + 1 } else { 0 };
            match *age >= oldest {
                true => self.remove(at),
                false => at += 1,
            }
        }
        before - self.count
    }

    fn remove(&mut self, at: usize) {
        if at < self.count {
            self.order[at..self.count].rotate_left(1);
            self.count -= 1;
        }
    }

    fn receiver(&self, at: usize) -> MacAddress {
        let place = &self.places[self.place(at)];
        // SAFETY: nobody writes to a frame that waits, but `front`, which borrows the queue for that.
        header::receiver(unsafe { place.buffer.bytes() })
    }

    fn place(&self, at: usize) -> usize {
        self.order[at].into()
    }
}
