//! What the libraries have to say, kept until the main loop prints it.
//!
//! C's variadic functions arrive by way of `log.S`, which lays their arguments out in a row. The NMI's lines
//! (errors on the way to a panic) are only counted: their text is in flash, and printing takes time.

use core::ffi::c_char;
use core::fmt::{self, Write};
use core::ptr::{addr_of, addr_of_mut};

use super::critical::critical;
use super::format::{self, Arguments};
use super::lines::{Allowance, Lines};
use crate::vendor::libraries::NMIIrqIsOn;

/// Bytes of lines that wait: a start's worth.
const LEN: usize = 512;

static mut LINES: Lines<LEN> = Lines::new();
/// Calls from the NMI. Never taken back: a debugger, or a test, finds them here.
#[used]
static mut NMI_LINES: u32 = 0;
static mut ALLOWANCE: Allowance = Allowance::new();

/// Uses the lines; nobody else does meanwhile.
#[inline(always)]
fn lines<T>(f: impl FnOnce(&mut Lines<LEN>) -> T) -> T {
    // SAFETY: level 1 is held off, and the NMI does not come here.
    critical(|| f(unsafe { &mut *addr_of_mut!(LINES) }))
}

/// Prints the next line that waits, if there is one, behind `radio: `. Too many within a short time are counted
/// instead. For the main loop, which gives `now` in microseconds.
///
/// # Errors
/// Those of `out`.
pub fn print_line(now: u64, out: &mut dyn Write) -> fmt::Result {
    // SAFETY: nobody else uses it.
    let allowance = unsafe { &mut *addr_of_mut!(ALLOWANCE) };
    while lines(|lines| lines.has_line()) {
        if allowance.use_one(now) {
            let left_out = lines(Lines::take_left_out);
            if left_out > 0 {
                writeln!(out, "radio: {left_out} lines left out")?;
            }
            out.write_str("radio: ")?;
            while let Some(byte) = lines(Lines::take) {
                out.write_char(byte.into())?;
            }
            return out.write_char('\n');
        }
        lines(|lines| {
            while lines.take().is_some() {}
            lines.leave_out();
        });
    }
    Ok(())
}

/// Whether [`print_line`] has something to print.
pub fn has_line() -> bool {
    lines(|lines| lines.has_line())
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
        // SAFETY: the NMI is the only one that writes it.
        unsafe { NMI_LINES += 1 };
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
    unsafe {
        print(format, arguments, &mut |byte| {
            lines(|lines| lines.put(byte))
        })
    };
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
