//! Comes to grief in the way that is typed, or by a load from nowhere if none is.
#![cfg_attr(target_arch = "xtensa", no_std, no_main)]

#[cfg(target_arch = "xtensa")]
#[xtensa_lx_rt::entry]
fn main() -> ! {
    use core::fmt::Write;
    use d1_guests::chip::Console;

    let _ = writeln!(Console, "how?");
    loop {
        outer(Console.read(200_000).unwrap_or(b'l'));
    }
}

/// One call above the culprit.
#[cfg(target_arch = "xtensa")]
#[inline(never)]
fn outer(way: u8) {
    use core::fmt::Write;

    let number = culprit(way, 0x10);
    let _ = writeln!(d1_guests::chip::Console, "survived: {number}");
}

/// Does what it should not.
#[cfg(target_arch = "xtensa")]
#[inline(never)]
fn culprit(way: u8, nowhere: usize) -> u32 {
    use core::mem;
    use d1_guests::chip::opaque;

    let nowhere = opaque(&nowhere);
    match way {
        // SAFETY: none: what becomes of this is the question.
        b'l' => unsafe { (nowhere as *const u32).read_volatile() },
        // SAFETY: none, as above.
        b'j' => unsafe { mem::transmute::<usize, extern "C" fn() -> u32>(nowhere)() },
        b'p' => panic!("asked to"),
        _ => 0,
    }
}

#[cfg(not(target_arch = "xtensa"))]
fn main() {
    eprintln!("this is for the chip: `cargo xtask test` builds and runs it");
}
