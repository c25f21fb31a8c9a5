//! When the firmware itself is broken: say so and restart. It never stands still.
//!
//! On trial, each restart uses up one of the image's starts, and the boot loader goes back to the other image
//! when there is none left.

use core::fmt::{Arguments, Write};
use core::panic::PanicInfo;
use core::ptr::addr_of;
use core::sync::atomic::{AtomicBool, Ordering};

use xtensa_lx_rt::exception::{Context, ExceptionCause};

use super::reset::restart;
use super::uart::Uart0;
use crate::backtrace::return_addresses;
use crate::console::Console;

// Marks of the linker script `link.x`.
extern "C" {
    static _stack_start: u32;
    static _text_start: u32;
    static _text_end: u32;
    static _rwtext_start: u32;
    static _rwtext_end: u32;
}

static IS_FAULTY: AtomicBool = AtomicBool::new(false);

/// Prints last words and who called, by the stack from address `stack` on, and restarts. A fault within the last
/// words restarts at once.
fn die(last_words: Arguments, stack: u32) -> ! {
    xtensa_lx::interrupt::disable();
    if !IS_FAULTY.load(Ordering::Relaxed) {
        IS_FAULTY.store(true, Ordering::Relaxed);
        let mut console = Console::<_, 16>::new(Uart0::new());
        // The console takes everything.
        let _ = write!(console, "\n{last_words}\ncalled from");
        for address in return_addresses(stack_words(stack), code_word) {
            let _ = write!(console, " {address:#010x}");
        }
        let _ = write!(console, "\nrestarting\n");
        console.flush();
        Uart0::new().drain();
    }
    restart()
}

/// The words of the stack from `start` on.
fn stack_words(start: u32) -> impl Iterator<Item = u32> {
    let words = (start & !3..addr_of!(_stack_start) as u32).step_by(4);
    // SAFETY: an aligned word of the stack.
    words.map(|address| unsafe { (address as *const u32).read_volatile() })
}

/// The aligned word of code at `address`, if there is code.
fn code_word(address: u32) -> Option<u32> {
    let regions = [
        addr_of!(_text_start) as u32..addr_of!(_text_end) as u32,
        addr_of!(_rwtext_start) as u32..addr_of!(_rwtext_end) as u32,
    ];
    let is_code = regions.iter().any(|region| region.contains(&address));
    // SAFETY: code can be read by aligned words.
    is_code.then(|| unsafe { (address as *const u32).read_volatile() })
}

#[panic_handler]
fn on_panic(info: &PanicInfo) -> ! {
    let here = 0_u32;
    die(
        format_args!("panic: {}", info.message()),
        addr_of!(here) as u32,
    )
}

#[xtensa_lx_rt::exception]
fn on_exception(cause: ExceptionCause, frame: Context) {
    die(
        format_args!(
            "exception {}: {}\nEPC1 {:#010x} EXCVADDR {:#010x} caller {:#010x} stack {:#010x}",
            cause.0,
            cause.meaning(),
            frame.PC,
            frame.EXCVADDR,
            frame.A0,
            frame.A1
        ),
        frame.A1,
    )
}
