//! Low level access to the ESP8266's Xtensa LX106 core.
//!
//! The API of the registry's `xtensa-lx` 0.7 as far as this core has it, for compilers without `asm!` for
//! Xtensa: every instruction Rust cannot write is a leaf function in `leaves.S`, in instruction RAM.
//! Two things are better than the original: read-modify-write of INTENABLE and [`interrupt::free`] hold off
//! interrupts by level, and [`interrupt::wait`] exists.
#![no_std]
#![allow(clippy::missing_safety_doc)] // `# Safety` stands where there is something to say

pub mod interrupt;
pub mod mutex;
pub mod timer;

// SAFETY: the signatures are those written above each function in leaves.S.
unsafe extern "C" {
    fn __xtensa_lx_set_vecbase(base: *const u32);
    safe fn __xtensa_lx_stack_pointer() -> *const u32;
    fn __xtensa_lx_set_stack_pointer(stack: *mut u32);
    safe fn __xtensa_lx_program_counter() -> *const u32;
    safe fn __xtensa_lx_processor_id() -> u32;
    safe fn __xtensa_lx_external_register(address: u32) -> u32;
    safe fn __xtensa_lx_debug_break();
}

/// Moves the exception vectors to `base`.
///
/// # Safety
/// `base` must be the start of a vector table that stays.
pub unsafe fn set_vecbase(base: *const u32) {
    // SAFETY: the caller's promise.
    unsafe { __xtensa_lx_set_vecbase(base) }
}

/// The stack pointer.
pub fn get_stack_pointer() -> *const u32 {
    __xtensa_lx_stack_pointer()
}

/// Sets the stack pointer.
///
/// # Safety
/// Only for a caller that keeps nothing on its stack and never returns. `stack` is one past the end of
/// the new stack, 16-byte aligned.
#[inline(always)]
pub unsafe fn set_stack_pointer(stack: *mut u32) {
    // SAFETY: the caller's promise.
    unsafe { __xtensa_lx_set_stack_pointer(stack) }
}

/// An address in the caller.
#[inline(always)]
pub fn get_program_counter() -> *const u32 {
    __xtensa_lx_program_counter()
}

/// Number of this core: PRID. The ESP8266's is 0.
pub fn get_processor_id() -> u32 {
    __xtensa_lx_processor_id()
}

/// Debug control register of the on-chip debug module, as external register (Xtensa debug guide, DCRSET).
const DCR_SET: u32 = 0x10_200C;
const DCR_ENABLE: u32 = 1;

/// Whether a debugger holds the on-chip debug module.
pub fn is_debugger_attached() -> bool {
    __xtensa_lx_external_register(DCR_SET) & DCR_ENABLE != 0
}

/// Stops for the debugger; without one, a debug exception.
pub fn debug_break() {
    __xtensa_lx_debug_break()
}
