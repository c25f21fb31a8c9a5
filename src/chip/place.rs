//! A static that is filled once, for what is too large for the stack.

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;

/// Memory for one value that lives as long as the program.
pub struct Place<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    is_taken: Cell<bool>,
}

// SAFETY: there is one core, and `fill` is not for interrupt handlers.
unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    /// An empty place. A static of it is all zero, so that it costs no flash.
    pub const fn new() -> Place<T> {
        Place {
            value: UnsafeCell::new(MaybeUninit::zeroed()),
            is_taken: Cell::new(false),
        }
    }

    /// Fills the place with what `make` returns. Not for interrupt handlers.
    ///
    /// # Panics
    /// At the second call.
    pub fn fill(&'static self, make: impl FnOnce() -> T) -> &'static mut T {
        assert!(!self.is_taken.replace(true), "filled twice");
        // SAFETY: only the first call comes here, so this is the only reference there will ever be.
        unsafe { (*self.value.get()).write(make()) }
    }
}
