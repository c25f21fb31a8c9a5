//! A queue of frames, each in a buffer from which it is sent.

use super::super::access_point::Delivery;
use super::dma::{Descriptor, Place};

/// Frames in the order they are sent. The one in front stays there while it is on the air.
pub struct TransmitQueue<const LEN: usize, const COUNT: usize> {
    places: &'static [Place<LEN>; COUNT],
    waiting: [Waiting; COUNT],
    front: usize,
    count: usize,
}

#[derive(Clone, Copy)]
struct Waiting {
    len: u16,
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
            waiting: [Waiting {
                len: 0,
                delivery: Delivery::GROUP,
            }; COUNT],
            front: 0,
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
        let place = &self.places[self.back()];
        // SAFETY: the slice borrows the queue, so it is the only one; a place that is not waiting is not the
        // hardware's, which only reads these anyway.
        Some(unsafe { place.buffer.bytes() })
    }

    /// Queues the first `len` bytes of the [`TransmitQueue::vacant`] buffer. There must be one.
    pub fn commit(&mut self, len: usize, delivery: Delivery) {
        debug_assert!(len <= LEN && self.count < COUNT);
        let len = len.min(LEN) as u16;
        self.waiting[self.back()] = Waiting { len, delivery };
        self.count = (self.count + 1).min(COUNT);
    }

    /// The frame in front. It is not to be changed while the hardware has it.
    pub fn front(&mut self) -> Option<Front<'_>> {
        if self.count == 0 {
            return None;
        }
        let place = &self.places[self.front];
        let Waiting { len, delivery } = self.waiting[self.front];
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
        if self.count > 0 {
            self.front = (self.front + 1) % COUNT;
            self.count -= 1;
        }
    }

    fn back(&self) -> usize {
        (self.front + self.count) % COUNT
    }
}
