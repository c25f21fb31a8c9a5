//! Keys and ciphers: an open network has none, and its libraries ask for none.

use core::ffi::c_void;
use core::ptr::null_mut;

/// Only for a passphrase. Fails.
#[no_mangle]
extern "C" fn pbkdf2_sha1() -> i32 {
    -1
}

/// Only for protected management frames. There is no result.
#[no_mangle]
extern "C" fn ccmp_encrypt() -> *mut c_void {
    null_mut()
}

/// Only for protected management frames. There is no result.
#[no_mangle]
extern "C" fn ccmp_decrypt() -> *mut c_void {
    null_mut()
}

/// Only for protected management frames. Fails.
#[no_mangle]
extern "C" fn omac1_aes_128() -> i32 {
    -1
}

/// Means stations only, which this is not.
#[no_mangle]
#[used]
static _g_esp_wifi_connect_open_router_when_pwd_is_set: bool = false;
