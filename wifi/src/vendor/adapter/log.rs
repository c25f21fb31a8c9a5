//! What the libraries have to say: a ring of text for the console.
//!
//! C's variadic functions arrive by way of `log.S`, which lays their arguments out in a row. The NMI's lines
//! (errors on the way to a panic) are dropped but for a mark: their text is in flash, and printing takes time.

use core::ffi::c_char;
use core::ptr::{addr_of, addr_of_mut};

use super::critical::critical;
use super::format::{self, Arguments};
use crate::vendor::libraries::NMIIrqIsOn;

const LEN: usize = 384;

struct Ring {
    text: [u8; LEN],
    first: usize,
    waiting: usize,
}

static mut RING: Ring = Ring {
    text: [0; LEN],
    first: 0,
    waiting: 0,
};

/// Takes the next byte of text.
pub fn take() -> Option<u8> {
    critical(|| {
        // SAFETY: nothing else runs that uses the ring.
        let ring = unsafe { &mut *addr_of_mut!(RING) };
        if ring.waiting == 0 {
            return None;
        }
        let byte = ring.text[ring.first];
        ring.first = (ring.first + 1) % LEN;
        ring.waiting -= 1;
        Some(byte)
    })
}

/// Appends a byte; a full ring loses it.
fn put(byte: u8) {
    critical(|| {
        // SAFETY: as in `take`.
        let ring = unsafe { &mut *addr_of_mut!(RING) };
        if ring.waiting < LEN {
            ring.text[(ring.first + ring.waiting) % LEN] = byte;
            ring.waiting += 1;
        }
    });
}

/// Words in a row.
struct Words(*const u32);

impl Arguments for Words {
    fn word(&mut self) -> u32 {
        // SAFETY: `log.S` has put the registers before the stack, and the format string says how many
        // arguments its caller passed.
        unsafe {
            let word = *self.0;
            self.0 = self.0.add(1);
            word
        }
    }

    fn byte(&mut self, address: u32) -> u8 {
        // SAFETY: the caller passed a string where its format says so.
        unsafe { *(address as *const u8) }
    }
}

unsafe fn print(format: *const c_char, arguments: *const u32, out: &mut impl FnMut(u8)) {
    let mut format = format.cast::<u8>();
    let next = || {
        // SAFETY: a C string up to its end.
        let byte = unsafe { *format };
        format = format.wrapping_add(1);
        (byte != 0).then_some(byte)
    };
    format::write(next, &mut Words(arguments), out);
}

/// `printf(format, ...)` and `ets_printf`: `words` are all arguments in a row.
#[no_mangle]
#[link_section = ".rwtext.wifi.printf"]
unsafe extern "C" fn d1_wifi_printf(words: *const u32) -> i32 {
    // SAFETY: a byte of the library.
    if unsafe { addr_of!(NMIIrqIsOn).read_volatile() } != 0 {
        return 0;
    }
    // SAFETY: the first argument is the format.
    unsafe { d1_wifi_print(*words as *const c_char, words.add(1)) };
    0
}

/// What of it is in flash. Named, so that the check of the NMI's code knows where to stop.
#[no_mangle]
#[inline(never)]
unsafe extern "C" fn d1_wifi_print(format: *const c_char, arguments: *const u32) {
    // SAFETY: the caller's.
    unsafe { print(format, arguments, &mut put) };
}

/// `sprintf(to, format, ...)`.
#[no_mangle]
unsafe extern "C" fn d1_wifi_sprintf(words: *const u32) -> i32 {
    // SAFETY: the first argument is where to write, with room for the result.
    unsafe {
        let to = *words as *mut u8;
        let mut len = 0;
        print(*words.add(1) as *const c_char, words.add(2), &mut |byte| {
            to.add(len).write(byte);
            len += 1;
        });
        to.add(len).write(0);
        len as i32
    }
}

/// `esp_log_write(level, tag, format, ...)`.
#[no_mangle]
#[link_section = ".rwtext.wifi.log_write"]
unsafe extern "C" fn d1_wifi_log_write(words: *const u32) -> i32 {
    // SAFETY: the third argument is the format.
    unsafe { d1_wifi_printf(words.add(2)) }
}
