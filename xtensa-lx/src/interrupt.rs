//! Interrupts: which are enabled, which are pending, and how to keep them out.
//!
//! All maskable interrupts of this core are of level 1. The NMI obeys nothing here.

pub use bare_metal::CriticalSection;

// SAFETY: the signatures are those written above each function in leaves.S.
unsafe extern "C" {
    safe fn __xtensa_lx_intenable() -> u32;
    safe fn __xtensa_lx_change_intenable(keep: u32, add: u32) -> u32;
    safe fn __xtensa_lx_pending() -> u32;
    safe fn __xtensa_lx_raise(mask: u32);
    safe fn __xtensa_lx_clear(mask: u32);
    safe fn __xtensa_lx_ps() -> u32;
    safe fn __xtensa_lx_hold() -> u32;
    fn __xtensa_lx_release(ps: u32);
    fn __xtensa_lx_wait();
}

/// An enum of a device's interrupts.
///
/// # Safety
/// Every variant has a number of its own that never changes.
pub unsafe trait InterruptNumber: Copy {
    /// The interrupt's number.
    fn number(self) -> u16;
}

/// Disables every interrupt; returns the mask of those that were enabled.
pub fn disable() -> u32 {
    __xtensa_lx_change_intenable(0, 0)
}

/// Enables every interrupt; returns the mask of those that were enabled.
///
/// # Safety
/// There must be a handler, and no section of code that relies on their absence.
pub unsafe fn enable() -> u32 {
    __xtensa_lx_change_intenable(0, !0)
}

/// Enables exactly the interrupts of `mask`; returns the mask of those that were enabled.
///
/// # Safety
/// As for [`enable`].
pub unsafe fn set_mask(mask: u32) -> u32 {
    __xtensa_lx_change_intenable(0, mask)
}

/// Disables the interrupts of `mask`; returns the mask of those that were enabled.
pub fn disable_mask(mask: u32) -> u32 {
    __xtensa_lx_change_intenable(!mask, 0)
}

/// Enables the interrupts of `mask` too; returns the mask of those that were enabled.
///
/// # Safety
/// As for [`enable`].
pub unsafe fn enable_mask(mask: u32) -> u32 {
    __xtensa_lx_change_intenable(!0, mask)
}

/// The mask of enabled interrupts.
pub fn get_mask() -> u32 {
    __xtensa_lx_intenable()
}

/// The mask of pending interrupts, enabled or not.
pub fn get() -> u32 {
    __xtensa_lx_pending()
}

/// Raises software interrupts.
///
/// # Safety
/// Sound; `unsafe` as in the original.
#[inline(always)]
pub unsafe fn set(mask: u32) {
    __xtensa_lx_raise(mask)
}

/// Forgets pending software and edge-triggered interrupts.
///
/// # Safety
/// Sound; `unsafe` as in the original.
pub unsafe fn clear(mask: u32) {
    __xtensa_lx_clear(mask)
}

/// The interrupt level the processor runs at: PS.INTLEVEL.
pub fn get_level() -> u32 {
    __xtensa_lx_ps() & 0xF
}

/// Holds every interrupt off until [`release`]; returns what that wants to know.
#[inline(always)]
pub fn hold() -> u32 {
    __xtensa_lx_hold()
}

/// Undoes [`hold`].
///
/// # Safety
/// `before` is what the matching `hold` returned.
#[inline(always)]
pub unsafe fn release(before: u32) {
    // SAFETY: the caller's promise.
    unsafe { __xtensa_lx_release(before) }
}

/// Runs `f` with interrupts held off. Nests.
#[inline]
pub fn free<F, R>(f: F) -> R
where
    F: FnOnce(&CriticalSection) -> R,
{
    let before = __xtensa_lx_hold();
    // SAFETY: interrupts are held off until `release`, and there is one core.
    let result = f(&unsafe { CriticalSection::new() });
    // SAFETY: puts back what `hold` found.
    unsafe { __xtensa_lx_release(before) };
    result
}

/// Sleeps until an interrupt has come and its handler has run, whether interrupts were held off or not.
///
/// The processor lets interrupts in and falls asleep in one step. So whoever looks for work first and sleeps
/// if there is none does both with interrupts held off, or an interrupt between the two is slept through:
///
/// ```ignore
/// interrupt::free(|_| if !work_to_do() { unsafe { interrupt::wait() } });
/// ```
///
/// # Safety
/// Handlers run meanwhile: inside a critical section, nothing it protects may be borrowed.
#[inline]
pub unsafe fn wait() {
    // SAFETY: the caller's promise.
    unsafe { __xtensa_lx_wait() }
}
