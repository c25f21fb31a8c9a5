//! Keys and ciphers: the libraries ask for none that matter. The hardware has the cipher, the authenticator the keys.

use core::ffi::c_void;
use core::ptr::null_mut;

/// For a passphrase: a key that the libraries keep and never look at. Says that all went well and makes none.
#[no_mangle]
extern "C" fn pbkdf2_sha1() -> i32 {
    0
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
