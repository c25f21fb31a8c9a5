//! Time, clocks, and what there is none of: sleep and a watchdog of the libraries' own.

use core::ptr::addr_of_mut;

use super::critical::critical;

/// The MAC's microsecond counter.
const MICROSECONDS: *const u32 = 0x3FF2_0C00 as *const u32;
/// DPORT: bit 0 doubles the core's clock of 80 MHz.
const CORE_CLOCK: *const u32 = 0x3FF0_0014 as *const u32;
const CORE_MHZ: u32 = 80;

/// Core cycles in a microsecond: the libraries' delays count with it.
#[no_mangle]
static mut g_esp_ticks_per_us: u32 = CORE_MHZ;

static mut LAST: u32 = 0;
static mut WRAPS: u32 = 0;

/// Microseconds since the chip started. Right as long as somebody asks once within the counter's 71 minutes,
/// which the libraries do twenty times a second.
#[no_mangle]
pub extern "C" fn esp_timer_get_time() -> i64 {
    critical(|| {
        // SAFETY: nothing else runs that uses the two words; reading the counter has no effect.
        unsafe {
            let now = MICROSECONDS.read_volatile();
            if now < LAST {
                WRAPS += 1;
            }
            LAST = now;
            i64::from(WRAPS) << 32 | i64::from(now)
        }
    })
}

/// Milliseconds, for log lines.
#[no_mangle]
extern "C" fn esp_log_early_timestamp() -> u32 {
    // SAFETY: reading has no effect.
    unsafe { MICROSECONDS.read_volatile() / 1000 }
}

/// Called around a change of the core's clock.
#[no_mangle]
extern "C" fn os_update_cpu_frequency(_mhz: u32) {
    // SAFETY: a register, read; one aligned word, written in one go.
    unsafe {
        let is_doubled = CORE_CLOCK.read_volatile() & 1 != 0;
        addr_of_mut!(g_esp_ticks_per_us).write_volatile(CORE_MHZ << u32::from(is_doubled));
    }
}

/// The same.
#[no_mangle]
extern "C" fn ets_update_cpu_frequency(mhz: u32) {
    os_update_cpu_frequency(mhz);
}

// An access point never sleeps.

#[no_mangle]
extern "C" fn esp_sleep_lock() {}

#[no_mangle]
extern "C" fn esp_sleep_unlock() {}

// The main loop feeds the watchdog, whose period is far longer than a change of mode.

#[no_mangle]
extern "C" fn pp_soft_wdt_stop() {}

#[no_mangle]
extern "C" fn pp_soft_wdt_restart() {}
