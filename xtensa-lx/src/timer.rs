//! The core's cycle counter and its one timer.

// SAFETY: the signatures are those written above each function in leaves.S.
unsafe extern "C" {
    #[cfg(feature = "ccount")]
    safe fn __xtensa_lx_ccount() -> u32;
    #[cfg(feature = "ccompare0")]
    safe fn __xtensa_lx_ccompare0() -> u32;
    #[cfg(feature = "ccompare0")]
    safe fn __xtensa_lx_set_ccompare0(at: u32);
}

/// When timer 0 fires, in cycles of [`get_cycle_count`].
#[cfg(feature = "ccompare0")]
pub fn get_ccompare0() -> u32 {
    __xtensa_lx_ccompare0()
}

/// Fires timer 0 (interrupt 6) when the cycle counter equals `at`; forgets one that is pending.
#[cfg(feature = "ccompare0")]
pub fn set_ccompare0(at: u32) {
    __xtensa_lx_set_ccompare0(at)
}

/// Cycles of the core since some time in the past; wraps.
#[cfg(feature = "ccount")]
pub fn get_cycle_count() -> u32 {
    __xtensa_lx_ccount()
}

/// Spins for at least that many cycles.
#[cfg(feature = "ccount")]
pub fn delay(cycles: u32) {
    let start = get_cycle_count();
    while get_cycle_count().wrapping_sub(start) < cycles {}
}
