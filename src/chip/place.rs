//! RAM: statics that are handed out once, for what is too large for the stack; and what is left.

use core::cell::{Cell, UnsafeCell};

/// A value that lives as long as the program, in a place of its own.
pub struct Place<T> {
    value: UnsafeCell<T>,
    is_taken: Cell<bool>,
}

// SAFETY: there is one core, and `take` is not for interrupt handlers.
unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    /// A place with a value in it. All-zero and uninitialised values cost no flash.
    pub const fn new(value: T) -> Place<T> {
        Place {
            value: UnsafeCell::new(value),
            is_taken: Cell::new(false),
        }
    }

    /// Hands out the value. Not for interrupt handlers.
    ///
    /// # Panics
    /// At the second call.
    pub fn take(&'static self) -> &'static mut T {
        assert!(!self.is_taken.replace(true), "taken twice");
        // SAFETY: only the first call comes here, so this is the only reference there will ever be.
        unsafe { &mut *self.value.get() }
    }
}

/// Bytes between the end of what is in a place of its own and the stack, here and now.
#[inline(never)]
pub fn free() -> u32 {
    extern "C" {
        static _stack_limit: u8;
    }
    let here = 0_u8;
    (core::ptr::addr_of!(here) as u32).saturating_sub(core::ptr::addr_of!(_stack_limit) as u32)
}
