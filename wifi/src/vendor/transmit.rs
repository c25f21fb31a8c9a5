//! Frames on their way out. They are sent from where smoltcp wrote them.

use core::ffi::c_void;
use core::ptr::{addr_of_mut, null, null_mut};

use super::libraries::{ieee80211_output_pbuf, Operation};

/// The access point's interface.
const INTERFACE: i32 = 1;
/// Frames under way at a time.
const COUNT: usize = 3;
/// Bytes before the Ethernet frame for what the libraries put there (they use 18).
const HEADROOM: usize = 40;
/// The longest Ethernet frame, header included.
pub const MAX_ETHERNET_LEN: usize = 1514;
/// What an operation's result is compared with.
const SENT: i32 = 1;

/// One frame.
#[repr(C, align(4))]
struct Buffer {
    bytes: [u8; HEADROOM + MAX_ETHERNET_LEN + 2],
    operation: Operation,
    is_under_way: bool,
}

impl Buffer {
    const NEW: Buffer = Buffer {
        bytes: [0; HEADROOM + MAX_ETHERNET_LEN + 2],
        operation: Operation {
            interface: 0,
            frame: null(),
            len: 0,
            callback: None,
            argument: null_mut(),
            result: 0,
        },
        is_under_way: false,
    };
}

/// What became of frames. Wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Sent, and acknowledged where that was due.
    pub sent: u32,
    /// Given up, or not even taken.
    pub failures: u32,
}

static mut BUFFERS: [Buffer; COUNT] = [Buffer::NEW; COUNT];
static mut COUNTERS: Counters = Counters {
    sent: 0,
    failures: 0,
};

/// Whether there is room for a frame.
pub fn is_vacant() -> bool {
    vacant().is_some()
}

/// What became of frames so far.
pub fn counters() -> Counters {
    // SAFETY: the worker, which counts too, does not run now.
    unsafe { COUNTERS }
}

/// A buffer that is not under way. Main loop only.
fn vacant() -> Option<&'static mut Buffer> {
    // SAFETY: the libraries hold pointers only to buffers under way; `on_done` runs on the worker, which does
    // not run now.
    let buffers = unsafe { &mut *addr_of_mut!(BUFFERS) };
    buffers.iter_mut().find(|buffer| !buffer.is_under_way)
}

/// Lets `f` write an Ethernet frame of `len` bytes, and sends it.
///
/// # Panics
/// When there is no room, or `len` is more than [`MAX_ETHERNET_LEN`].
pub fn send<T>(len: usize, f: impl FnOnce(&mut [u8]) -> T) -> T {
    let buffer = vacant().expect("a token is only made when there is room");
    let frame = &mut buffer.bytes[HEADROOM..HEADROOM + len];
    let result = f(frame);
    let operation = &mut buffer.operation;
    operation.frame = frame.as_ptr().cast();
    operation.len = len;
    operation.interface = INTERFACE;
    operation.callback = Some(on_done);
    operation.argument = addr_of_mut!(buffer.is_under_way).cast::<c_void>();
    operation.result = 0;
    buffer.is_under_way = true;
    // SAFETY: the operation and its buffer are static, and stay untouched until `on_done`.
    if unsafe { ieee80211_output_pbuf(operation) } != 0 {
        buffer.is_under_way = false;
        count(false);
    }
    result
}

fn count(is_sent: bool) {
    // SAFETY: main loop and worker never run at the same time.
    let counters = unsafe { &mut *addr_of_mut!(COUNTERS) };
    let counter = if is_sent {
        &mut counters.sent
    } else {
        &mut counters.failures
    };
    *counter = counter.wrapping_add(1);
}

/// On the worker: a frame is done with.
extern "C" fn on_done(operation: *mut Operation) -> i32 {
    // SAFETY: the operation is that of one of the buffers, whose flag `send` put into the argument.
    let result = unsafe {
        (*operation).argument.cast::<bool>().write(false);
        (*operation).result
    };
    count(result == SENT);
    0
}
