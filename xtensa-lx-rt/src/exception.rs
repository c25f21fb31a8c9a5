//! Exceptions: their causes, the interrupted state, and who hears of them.
//!
//! `#[exception]` makes a function `fn(ExceptionCause, Context)` the handler of every exception, double
//! exceptions included; if it returns, the interrupted code goes on where the frame it was *given* says,
//! changes to it have no effect. Whatever nobody handles ends there too: an interrupt enabled without a
//! handler, `break` without a debugger, an NMI. A program without `#[exception]` stands still, so that
//! its watchdog resets it.

use core::fmt;

/// The processor's state when it was interrupted: registers by their names in the Xtensa ISA.
///
/// `vectors.S` writes it and relies on the order.
#[repr(C)]
#[derive(Debug, Default, Clone)]
#[allow(non_snake_case)]
pub struct Context {
    /// Where it was interrupted: EPC1, EPC2, EPC3 or DEPC.
    pub PC: u32,
    /// Processor status then.
    pub PS: u32,
    /// Return address.
    pub A0: u32,
    /// Stack pointer.
    pub A1: u32,
    /// First argument or result.
    pub A2: u32,
    /// General register.
    pub A3: u32,
    /// General register.
    pub A4: u32,
    /// General register.
    pub A5: u32,
    /// General register.
    pub A6: u32,
    /// General register.
    pub A7: u32,
    /// General register.
    pub A8: u32,
    /// General register.
    pub A9: u32,
    /// General register.
    pub A10: u32,
    /// General register.
    pub A11: u32,
    /// General register.
    pub A12: u32,
    /// General register.
    pub A13: u32,
    /// General register.
    pub A14: u32,
    /// General register.
    pub A15: u32,
    /// Shift amount.
    pub SAR: u32,
    /// Cause of the latest exception.
    pub EXCCAUSE: u32,
    /// Address the latest exception was about, for those that are.
    pub EXCVADDR: u32,
}

/// Why there was an exception: the value of EXCCAUSE.
///
/// Not an enum, because the processor decides which values there are.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ExceptionCause(pub u32);

/// Declares the causes by name, number and meaning.
macro_rules! causes {
    ($($number:literal $name:ident $meaning:literal)*) => {
        #[allow(non_upper_case_globals)]
        impl ExceptionCause {
            $(#[doc = $meaning] pub const $name: ExceptionCause = ExceptionCause($number);)*

            /// What it means, in plain words.
            pub const fn meaning(self) -> &'static str {
                match self.0 {
                    $($number => $meaning,)*
                    _ => "unknown cause",
                }
            }
        }
    };
}

// Those the ESP8266 can raise. Source: Xtensa ISA reference manual, table 4-64; LX106 configuration.
causes! {
    0 Illegal "illegal instruction"
    1 Syscall "system call"
    2 InstrError "instruction fetch error"
    3 LoadStoreError "load or store error: narrow access to IRAM, ROM or flash"
    4 LevelOneInterrupt "level 1 interrupt without a handler"
    6 DivideByZero "integer division by zero"
    8 Privileged "privileged instruction"
    9 Unaligned "unaligned load or store"
    20 InstrProhibited "instruction fetch prohibited"
    28 LoadProhibited "load prohibited"
    29 StoreProhibited "store prohibited"
    255 None "debug exception or NMI without a handler"
}

impl fmt::Debug for ExceptionCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.meaning())
    }
}

#[cfg(target_arch = "xtensa")]
mod unhandled {
    //! What `link.x` puts in the place of handlers the program does not have.

    use super::{Context, ExceptionCause};

    extern "C" {
        fn __exception(cause: ExceptionCause, frame: Context);
    }

    /// The place of `#[exception]`.
    #[no_mangle]
    #[link_section = ".rwtext.default_exception"]
    extern "C" fn __default_exception(_cause: ExceptionCause, _frame: Context) {
        loop {
            core::hint::spin_loop()
        }
    }

    /// The place of the interrupts of every level.
    #[no_mangle]
    #[link_section = ".rwtext.default_interrupt"]
    extern "C" fn __default_interrupt(level: u32, frame: Context) {
        let cause = match level {
            1 => ExceptionCause::LevelOneInterrupt,
            _ => ExceptionCause::None,
        };
        // SAFETY: `link.x` guarantees that the symbol is such a function.
        unsafe { __exception(cause, frame) }
    }
}
