//! Does every computation on the chip and prints the results.
#![cfg_attr(target_arch = "xtensa", no_std, no_main)]

#[cfg(target_arch = "xtensa")]
#[xtensa_lx_rt::entry]
fn main() -> ! {
    use core::fmt::Write;
    use core::mem::MaybeUninit;
    use d1_guests::chip::{opaque, Console};
    use d1_guests::computation::{run, Space};
    static SEED: u64 = 1;
    static mut SPACE: MaybeUninit<Space> = MaybeUninit::uninit();

    // SAFETY: `main` is called once, and nobody else knows it.
    let space = unsafe { &mut *core::ptr::addr_of_mut!(SPACE) };
    run(
        opaque(&SEED),
        space.write(Space::new()),
        &mut |name, digest| {
            let _ = writeln!(Console, "{name}: {digest:016x}");
        },
    );
    let _ = writeln!(Console, "all computed");
    loop {}
}

#[cfg(not(target_arch = "xtensa"))]
fn main() {
    use d1_guests::computation::{run, Space};

    run(1, &mut Space::new(), &mut |name, digest| {
        println!("{name}: {digest:016x}")
    });
}
