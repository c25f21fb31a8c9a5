//! What the loader says on UART0, which the mask ROM set up (74880 baud with a 26 MHz crystal).

use core::ffi::CStr;

use d1_image::verify::Fault;
use d1_image::{FlashMap, Slot};

use crate::rom::print;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// Who is speaking, and how flash is divided.
pub fn banner(map: FlashMap) {
    let (version, map) = (VERSION.as_ptr() as u32, map.c_name().as_ptr() as u32);
    // SAFETY: two C strings are asked for and given.
    unsafe { print(c"\nd1-ota boot %s, %s map\n", version, map) }
}

/// The image in a slot is good.
pub fn good(slot: Slot, build: u32) {
    // SAFETY: two numbers are asked for and given.
    unsafe { print(c"user%d: ok, build %d\n", slot.number().into(), build) }
}

/// The image in a slot is bad.
///
/// The address is left to [`starting`], so that it stands for the slot that runs.
pub fn bad(slot: Slot, fault: Fault) {
    // SAFETY: a number and a C string are asked for and given.
    unsafe {
        print(
            c"user%d: bad: %s\n",
            slot.number().into(),
            fault.c_name().as_ptr() as u32,
        )
    }
}

/// The image in a slot is good, but never said so itself.
pub fn never_confirmed(slot: Slot) {
    // SAFETY: a number is asked for and given.
    unsafe { print(c"user%d: never confirmed\n", slot.number().into(), 0) }
}

/// The slot that is being started.
pub fn starting(slot: Slot, offset: u32) {
    // SAFETY: two numbers are asked for and given.
    unsafe { print(c"user%d @ 0x%x\n", slot.number().into(), offset) }
}

/// Something went wrong.
pub fn complain(text: &CStr) {
    // SAFETY: one C string is asked for and given.
    unsafe { print(c"%s\n", text.as_ptr() as u32, 0) }
}
