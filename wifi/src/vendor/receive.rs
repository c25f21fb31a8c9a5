//! Frames that came in and wait for smoltcp, where the libraries put them.

use core::ffi::c_void;
use core::ptr::{addr_of_mut, null};

use heapless::Deque;

use super::adapter::events;
use super::adapter::memory::_heap_caps_free;
use super::libraries::esp_wifi_internal_free_rx_buffer;

/// Frames that wait at most. More than the hardware's buffers hold at their longest.
pub const MOST: usize = 8;

/// A received Ethernet frame. Goes back to the libraries when dropped.
pub struct Received {
    start: *mut u8,
    len: u16,
    /// The hardware buffer it is in; null for a copy on the heap.
    buffer: *mut c_void,
}

impl Received {
    /// The frame.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the libraries handed the frame over, and it is not released before this is dropped.
        unsafe { core::slice::from_raw_parts(self.start, self.len.into()) }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        // SAFETY: handed over by the libraries and released once, in the way that its kind demands.
        unsafe {
            if self.buffer.is_null() {
                _heap_caps_free(self.start.cast(), null(), 0);
            } else {
                esp_wifi_internal_free_rx_buffer(self.buffer);
            }
        }
    }
}

struct Waiting {
    frames: Deque<Received, MOST>,
    received: u32,
    dropped: u32,
}

static mut WAITING: Waiting = Waiting {
    frames: Deque::new(),
    received: 0,
    dropped: 0,
};

fn waiting() -> &'static mut Waiting {
    // SAFETY: main loop and worker, the only ones to come here, never run at the same time, and nobody keeps
    // the reference across a switch between them.
    unsafe { &mut *addr_of_mut!(WAITING) }
}

/// Whether a frame waits.
pub fn is_waiting() -> bool {
    !waiting().frames.is_empty()
}

/// The oldest frame.
pub fn take() -> Option<Received> {
    waiting().frames.pop_front()
}

/// Frames received and frames dropped for want of room. Both wrap.
pub fn counters() -> (u32, u32) {
    (waiting().received, waiting().dropped)
}

/// On the worker: a frame came in. It is taken whatever happens.
pub extern "C" fn on_receive(start: *mut u8, len: u16, buffer: *mut c_void) -> i32 {
    let waiting = waiting();
    waiting.received = waiting.received.wrapping_add(1);
    let frame = Received { start, len, buffer };
    if let Some(sender) = frame.bytes().get(6..).and_then(<[u8]>::first_chunk) {
        events::spoke(*sender);
    }
    // One that finds no room is released by being dropped.
    if waiting.frames.push_back(frame).is_err() {
        waiting.dropped = waiting.dropped.wrapping_add(1);
    }
    0
}
