//! The libraries' two level-1 interrupts: one the NMI raises to get its messages delivered, and their timer.

use core::ffi::c_void;
use core::ptr::{addr_of, addr_of_mut, null_mut};

use xtensa_lx::interrupt;

use crate::vendor::libraries::MacIsrSigPostDefHdl;

/// Software interrupt: the NMI has messages for the worker.
const MESSAGES: u32 = 1 << 7;
/// FRC2, the libraries' timer.
const TIMER: u32 = 10;
/// What `PendSV` is asked for, always.
const REQUEST_MESSAGES: u32 = 2;

type Handler = extern "C" fn(*mut c_void);

static mut TIMER_HANDLER: Option<Handler> = None;
static mut TIMER_ARGUMENT: *mut c_void = null_mut();

/// Which interrupts [`on_interrupt`] serves.
pub const SERVED: u32 = MESSAGES | 1 << TIMER;

/// Lets the messages' interrupt in. Its handler must call [`on_interrupt`].
pub fn start() {
    // SAFETY: the program's level-1 handler serves it.
    unsafe { interrupt::enable_mask(MESSAGES) };
}

/// Serves those of the `pending` interrupts that are the libraries'. To be called by the level-1 handler.
pub fn on_interrupt(pending: u32) {
    // SAFETY: both remember an edge, which is now being served.
    unsafe { interrupt::clear(pending & SERVED) };
    if pending & MESSAGES != 0 {
        // SAFETY: a library function for this very interrupt.
        unsafe { MacIsrSigPostDefHdl() };
    }
    if pending & 1 << TIMER != 0 {
        // SAFETY: written once, before the interrupt was let in.
        if let Some(handler) = unsafe { *addr_of!(TIMER_HANDLER) } {
            // SAFETY: as above.
            handler(unsafe { *addr_of!(TIMER_ARGUMENT) });
        }
    }
}

#[no_mangle]
extern "C" fn _xt_isr_attach(number: i32, handler: Option<Handler>, argument: *mut c_void) {
    if number as u32 == TIMER {
        // SAFETY: the interrupt is let in after this.
        unsafe {
            *addr_of_mut!(TIMER_HANDLER) = handler;
            *addr_of_mut!(TIMER_ARGUMENT) = argument;
        }
    }
}

#[no_mangle]
extern "C" fn _xt_isr_unmask(mask: u32) -> u32 {
    // SAFETY: only what `on_interrupt` serves.
    unsafe { interrupt::enable_mask(mask & SERVED) }
}

#[no_mangle]
extern "C" fn _xt_isr_mask(mask: u32) -> u32 {
    interrupt::disable_mask(mask)
}

/// Asks for the messages' interrupt, from the NMI too.
#[no_mangle]
#[link_section = ".rwtext.wifi.pend_sv"]
extern "C" fn PendSV(request: u32) {
    if request == REQUEST_MESSAGES {
        // SAFETY: a software interrupt with a handler.
        unsafe { interrupt::set(MESSAGES) };
    }
}
