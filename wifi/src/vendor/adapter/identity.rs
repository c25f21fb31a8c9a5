//! Addresses and random numbers.

use core::ffi::c_void;

use crate::efuse;

/// The MAC's random word.
const RANDOM: *const u32 = 0x3FF2_0E44 as *const u32;
/// Kinds of address: the station's; any other is the access point's.
const STATION: i32 = 0;

/// The address of an interface, from the efuses.
#[no_mangle]
unsafe extern "C" fn esp_read_mac(address: *mut [u8; 6], kind: i32) -> i32 {
    let found = match kind {
        STATION => efuse::station_address(efuse::read),
        _ => efuse::access_point_address(efuse::read),
    };
    // SAFETY: the library points to room for an address.
    unsafe { *address = found.0 };
    0
}

#[no_mangle]
extern "C" fn esp_random() -> u32 {
    // SAFETY: reading gives noise and has no effect.
    unsafe { RANDOM.read_volatile() }
}

#[no_mangle]
unsafe extern "C" fn os_get_random(bytes: *mut u8, len: usize) -> i32 {
    for at in 0..len {
        // SAFETY: the library points to as much room as it says.
        unsafe { bytes.add(at).write(esp_random() as u8) };
    }
    0
}

/// Rate policy of stations; an access point begins with low rates.
#[no_mangle]
#[link_section = ".rwtext.wifi.try_rate_from_high"]
extern "C" fn esp_wifi_try_rate_from_high() -> bool {
    false
}

/// Only with station-to-station protocols that are not linked.
#[no_mangle]
extern "C" fn esp_now_deinit() -> *mut c_void {
    core::ptr::null_mut()
}
