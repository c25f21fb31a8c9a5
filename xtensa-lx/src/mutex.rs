//! A mutex for one core: whoever holds it holds off interrupts.

use core::cell::UnsafeCell;

pub use mutex_trait::{self, Mutex};

/// Data that is reached with interrupts held off only.
#[derive(Default)]
pub struct CriticalSectionMutex<T> {
    data: UnsafeCell<T>,
}

impl<T> CriticalSectionMutex<T> {
    /// Wraps `data`.
    pub const fn new(data: T) -> Self {
        CriticalSectionMutex {
            data: UnsafeCell::new(data),
        }
    }
}

impl<T> Mutex for &'_ CriticalSectionMutex<T> {
    type Data = T;

    /// Locking what is locked already, from inside `f`, is not guarded against, as in the original: `f`
    /// must not.
    fn lock<R>(&mut self, f: impl FnOnce(&mut Self::Data) -> R) -> R {
        // SAFETY: there is one core and interrupts are held off, so nobody else is in here; the NMI has no
        // business with such a mutex.
        crate::interrupt::free(|_| f(unsafe { &mut *self.data.get() }))
    }
}

// SAFETY: access is exclusive, as said in `lock`; the data may move to the context that takes it (`Send`).
unsafe impl<T: Send> Sync for CriticalSectionMutex<T> {}
