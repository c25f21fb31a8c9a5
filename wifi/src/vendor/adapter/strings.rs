//! The string functions that the compiler's runtime does not bring along.

use core::ffi::c_char;

/// Bytes before the first zero, at most `most`.
#[no_mangle]
unsafe extern "C" fn strnlen(text: *const c_char, most: usize) -> usize {
    let mut len = 0;
    // SAFETY: the caller's string, up to its end.
    while len < most && unsafe { *text.add(len) } != 0 {
        len += 1;
    }
    len
}

/// Compares at most `most` bytes of two strings.
#[no_mangle]
unsafe extern "C" fn strncmp(one: *const c_char, other: *const c_char, most: usize) -> i32 {
    for at in 0..most {
        // SAFETY: both strings up to the end of the shorter.
        let (one, other) = unsafe { (*one.add(at) as u8, *other.add(at) as u8) };
        if one != other || one == 0 {
            return i32::from(one) - i32::from(other);
        }
    }
    0
}

/// Copies a string and fills up with zeros.
#[no_mangle]
unsafe extern "C" fn strncpy(to: *mut c_char, from: *const c_char, len: usize) -> *mut c_char {
    // SAFETY: the caller's string and its room of `len` bytes.
    unsafe {
        let used = strnlen(from, len);
        to.copy_from_nonoverlapping(from, used);
        to.add(used).write_bytes(0, len - used);
    }
    to
}
