//! When the firmware itself is broken: say so and restart. It never stands still.
//!
//! On trial, each restart uses up one of the image's starts, and the boot loader goes back to the other image
//! when there is none left.

use core::fmt::{Arguments, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use xtensa_lx_rt::exception::{Context, ExceptionCause};

use super::reset::restart;
use super::uart::Uart0;
use crate::console::Console;

static IS_FAULTY: AtomicBool = AtomicBool::new(false);

/// Prints last words and restarts. A fault within the last words restarts at once.
fn die(last_words: Arguments) -> ! {
    xtensa_lx::interrupt::disable();
    if !IS_FAULTY.load(Ordering::Relaxed) {
        IS_FAULTY.store(true, Ordering::Relaxed);
        let mut console = Console::<_, 16>::new(Uart0::new());
        // The console takes everything.
        let _ = write!(console, "\n{last_words}\nrestarting\n");
        console.flush();
        Uart0::new().drain();
    }
    restart()
}

#[panic_handler]
fn on_panic(info: &PanicInfo) -> ! {
    die(format_args!("{info}"))
}

#[xtensa_lx_rt::exception]
fn on_exception(cause: ExceptionCause, frame: Context) {
    die(format_args!(
        "exception {}: {}\nEPC1 {:#010x} EXCVADDR {:#010x} caller {:#010x} stack {:#010x}",
        cause.0,
        cause.meaning(),
        frame.PC,
        frame.EXCVADDR,
        frame.A0,
        frame.A1
    ))
}
