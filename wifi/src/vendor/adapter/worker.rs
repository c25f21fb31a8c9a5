//! The libraries' one task, as a coroutine: it runs when the main loop lets it, and gives the core back when
//! its queue is empty.
//!
//! So the libraries and everything above them never run at the same time; only interrupts and the NMI are
//! concurrent, and those only put messages into the queue. One exception: while the main loop is busy with work that has
//! nothing to do with the radio, the interrupt that brings a message lets the worker run on it, so that beacons keep
//! their time.

use core::ffi::{c_char, c_void};
use core::ptr::{addr_of, addr_of_mut, null_mut};
use core::sync::atomic::{compiler_fence, AtomicBool, Ordering};

use super::critical::critical;
use super::mail::{Mail, Message};

/// Bytes of the worker's stack. The libraries use some 700; the handshakes of a network with a key, interrupts, and the frames in which narrow loads
/// are emulated, come on top.
pub const STACK_LEN: usize = 4608;
/// Messages the libraries ask a queue for.
const QUEUE_LEN: usize = 75;
/// What the unused stack is full of.
const UNUSED: u32 = 0xD1D1_D1D1;
/// The SDK's number of priorities; the libraries ask for one below.
const PRIORITIES: u32 = 15;
/// What the libraries compare success with, exactly.
const DONE: i32 = 1;
const FAILED: i32 = 0;

/// The library's message that runs its timers.
const RUN_TIMERS: u32 = 16;

#[repr(C, align(16))]
struct Stack([u32; STACK_LEN / 4]);

static mut STACK: Stack = Stack([0; STACK_LEN / 4]);
static mut QUEUE: Mail<QUEUE_LEN> = Mail::new();
/// Where the worker's registers are while it does not run; null before there is one.
static mut WORKER: *mut u32 = null_mut();
/// The same for the main loop.
static mut MAIN: *mut u32 = null_mut();
/// How often the library's timers ran.
static mut TIMER_RUNS: u32 = 0;

/// Whether the main loop is in [`while_busy`].
static IS_BUSY: AtomicBool = AtomicBool::new(false);

// context.S
unsafe extern "C" {
    /// Saves the caller's registers on its stack and the stack pointer in `*save`; goes on where `resume` was
    /// saved.
    fn d1_wifi_switch(save: *mut *mut u32, resume: *mut u32);
    /// Where a new context begins.
    fn d1_wifi_begin();
}

/// Does `work`, which takes long and touches nothing that the worker touches; the worker goes on meanwhile.
pub fn while_busy<T>(work: impl FnOnce() -> T) -> T {
    IS_BUSY.store(true, Ordering::Relaxed);
    compiler_fence(Ordering::SeqCst);
    let result = work();
    compiler_fence(Ordering::SeqCst);
    IS_BUSY.store(false, Ordering::Relaxed);
    result
}

/// For the end of the level-1 handler: runs the worker if the main loop is in [`while_busy`]. It runs with level 1
/// held off, as all of the handler does.
pub fn run_if_busy() {
    if IS_BUSY.load(Ordering::Relaxed) {
        run();
    }
}

/// Runs the worker until its queue is empty.
pub fn run() {
    while is_awaited() {
        // SAFETY: the worker exists when its queue has something, does not run now, since this is the main
        // loop or an interrupt of it, and its saved context is whole.
        unsafe {
            if WORKER.is_null() {
                return;
            }
            d1_wifi_switch(addr_of_mut!(MAIN), WORKER);
        }
    }
}

/// Whether the worker has something to do.
pub fn is_awaited() -> bool {
    __wifi_queue_msg_num(null_mut()) > 0
}

/// How often the library's timers, beacons among them, have run. Wraps.
pub fn timer_runs() -> u32 {
    // SAFETY: written by the worker only, which does not run now.
    unsafe { TIMER_RUNS }
}

/// Bytes of the worker's stack that were ever used.
pub fn stack_used() -> usize {
    let words = addr_of!(STACK).cast::<u32>();
    let len = STACK_LEN / 4;
    // SAFETY: the index stays within the stack.
    let untouched = (0..len).take_while(|&at| unsafe { words.add(at).read_volatile() } == UNUSED);
    STACK_LEN - 4 * untouched.count()
}

/// Makes the worker. Called once, by the library's start.
#[no_mangle]
extern "C" fn __wifi_task_create(
    entry: extern "C" fn(*mut c_void),
    _name: *const c_char,
    stack_len: u32,
    argument: *mut c_void,
    _priority: u32,
) -> *mut c_void {
    // SAFETY: this is the main loop; the worker does not run before it exists.
    unsafe {
        if !WORKER.is_null() || stack_len as usize > STACK_LEN {
            return null_mut();
        }
        for word in &mut (*addr_of_mut!(STACK)).0 {
            *word = UNUSED;
        }
        // As `d1_wifi_switch` leaves it: a0, a12 to a15, a multiple of 16 bytes.
        let context = addr_of_mut!(STACK).cast::<u32>().add(STACK_LEN / 4 - 8);
        context.write(d1_wifi_begin as *const () as u32);
        context.add(1).write(entry as *const () as u32);
        context.add(2).write(argument as u32);
        WORKER = context;
        context.cast()
    }
}

#[no_mangle]
extern "C" fn __wifi_task_get_max_priority() -> u32 {
    PRIORITIES
}

// The scheduler's lock: there are switches nowhere but where the worker waits.

#[no_mangle]
extern "C" fn __wifi_task_suspend_all() {}

#[no_mangle]
extern "C" fn __wifi_task_resume_all() {}

/// The main loop looks at the queue when it wakes, which every interrupt makes it do.
#[no_mangle]
extern "C" fn __wifi_task_yield_from_isr() {}

/// There is one queue: its handle is its address.
#[no_mangle]
extern "C" fn __wifi_queue_create(len: u32, item_len: u32) -> *mut c_void {
    if len as usize > QUEUE_LEN || item_len as usize != size_of::<Message>() {
        return null_mut();
    }
    addr_of_mut!(QUEUE).cast()
}

#[no_mangle]
#[link_section = ".rwtext.wifi.queue_send"]
unsafe extern "C" fn __wifi_queue_send(
    _queue: *mut c_void,
    message: *const Message,
    _ticks: u32,
    _position: u32,
) -> i32 {
    // SAFETY: the library points to a message; nothing else runs that uses the queue.
    if critical(|| unsafe { (*addr_of_mut!(QUEUE)).send(*message) }) {
        DONE
    } else {
        FAILED
    }
}

#[no_mangle]
#[link_section = ".rwtext.wifi.queue_send_from_isr"]
unsafe extern "C" fn __wifi_queue_send_from_isr(
    queue: *mut c_void,
    message: *const Message,
    woken: *mut i32,
) -> i32 {
    // SAFETY: the library's pointers.
    unsafe {
        let result = __wifi_queue_send(queue, message, 0, 1);
        if !woken.is_null() {
            *woken = result;
        }
        result
    }
}

/// The one place where the worker waits, always for as long as it takes: the main loop goes on.
#[no_mangle]
unsafe extern "C" fn __wifi_queue_recv(
    _queue: *mut c_void,
    message: *mut Message,
    _ticks: u32,
) -> i32 {
    loop {
        // SAFETY: nothing else runs that uses the queue.
        let next = critical(|| unsafe { (*addr_of_mut!(QUEUE)).receive() });
        // SAFETY: the library points to room for a message; the main loop's context was saved when it
        // switched to this one.
        unsafe {
            if let Some(next) = next {
                if next[0] == RUN_TIMERS {
                    TIMER_RUNS = TIMER_RUNS.wrapping_add(1);
                }
                *message = next;
                return DONE;
            }
            d1_wifi_switch(addr_of_mut!(WORKER), MAIN);
        }
    }
}

#[no_mangle]
#[link_section = ".rwtext.wifi.queue_msg_num"]
extern "C" fn __wifi_queue_msg_num(_queue: *mut c_void) -> u32 {
    // SAFETY: one aligned word, read in one go.
    unsafe { (*addr_of!(QUEUE)).waiting() as u32 }
}

/// The stack the library asks its task to be given.
#[no_mangle]
#[used]
static _g_esp_wifi_ppt_task_stk_size: usize = STACK_LEN;
