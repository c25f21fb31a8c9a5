//! Boot loader of d1-ota: verify, decide, load, jump.
//!
//! The mask ROM loads it from flash sector 0 to the last 8 KB of instruction RAM. It reads the boot record,
//! verifies the chosen image byte for byte (and the other one, if that is bad), puts a fall-back on record,
//! leaves the firmware a note in RTC memory, loads the image and never comes back. It knows no network and no
//! interrupts; what there is to decide is decided in `d1_image`, where it is tested.
#![no_std]
#![no_main]

mod console;
mod flash;
mod registers;
mod rom;

use core::mem;

use d1_image::decision::{decide, Append, Decision, ImageStatus, Why};
use d1_image::handoff::Handoff;
use d1_image::header::{FlashClock, Inner, InnerView};
use d1_image::record::{Reason, Scan};
use d1_image::source::Source;
use d1_image::verify::{verify, Fault, Verified};
use d1_image::{FlashMap, FlashOffset, Slot};

use flash::Flash;
use registers::stop;

/// Called by the mask ROM on its stack, cache off and interrupts masked.
#[no_mangle]
#[link_section = ".text.start"]
extern "C" fn start() -> ! {
    let mut whole = Flash::from(FlashOffset::new(0));
    let mut bytes = [0; Inner::LEN];
    let _ = whole.read(0, &mut bytes);
    let header = InnerView::new_unchecked(&bytes);
    let Some(map) = FlashMap::from_code(header.map_code()) else {
        console::complain(Fault::WrongMap.c_name());
        stop()
    };
    if header.clock_code() == FlashClock::Mhz40 as u8 {
        registers::speed_flash_up();
    }
    console::banner(map);

    let mut scan = Scan::behind(registers::lost_trial());
    // An unreadable record is an empty one: the images are still verified.
    let _ = scan.read(&mut whole, map);
    let newest = scan.newest();
    let mut found = [None; 2];
    let mut images = [ImageStatus::Unknown; 2];
    loop {
        match decide(newest.as_ref(), images) {
            Decision::Verify(slot) => {
                (images[slot.index()], found[slot.index()]) = look(map, slot);
            }
            Decision::Boot { slot, why, append } => {
                if let Why::FellBack(Reason::NotConfirmed) = why {
                    console::never_confirmed(slot.other());
                }
                if let Some(append) = append {
                    put_on_record(map, &scan, slot, append);
                }
                if let Some(image) = found[slot.index()] {
                    run(map, slot, why, &image);
                }
                stop()
            }
            Decision::Nothing => {
                console::complain(
                    c"nothing to start; reset with GPIO0 low and flash user1.bin to 0x1000",
                );
                stop()
            }
        }
    }
}

/// Verifies the image in a slot and says what came of it.
#[inline(never)] // two hundred bytes smaller than inlined into the loop
fn look(map: FlashMap, slot: Slot) -> (ImageStatus, Option<Verified>) {
    match verify(&mut Flash::from(map.slot(slot).start), map, slot) {
        Ok(image) => {
            console::good(slot, image.build);
            (ImageStatus::Good { build: image.build }, Some(image))
        }
        Err(fault) => {
            console::bad(slot, fault);
            (ImageStatus::Bad(fault), None)
        }
    }
}

/// Appends to the boot record. If flash will not have it, the next boot comes to the same decision.
fn put_on_record(map: FlashMap, scan: &Scan, slot: Slot, append: Append) {
    let entry = scan.entry(append.kind, slot, append.from_build, append.to_build);
    if flash::append(&scan.plan(map), &entry).is_err() {
        console::complain(c"boot record not written");
    }
}

/// Loads a verified image and jumps into it.
fn run(map: FlashMap, slot: Slot, why: Why, image: &Verified) {
    let mut flash = Flash::from(map.slot(slot).start);
    console::starting(slot, map.slot(slot).start.get());
    if why == Why::Trial {
        // An image that hangs uses up its attempts like one that crashes.
        registers::arm_watchdog();
    }
    registers::leave_note(&Handoff {
        slot,
        why,
        build: image.build,
    });

    let mut segments = image.segments();
    while let Ok(Some(segment)) = segments.next(&mut flash) {
        let header = segment.header;
        // SAFETY: verified: whole words within the RAM that is an image's own, which neither this loader nor
        // the mask ROM's data and stack touch.
        if unsafe { flash.load(segment.data_offset, header.address, header.len) }.is_err() {
            return;
        }
    }
    // SAFETY: the entry is inside of a segment that was just loaded to instruction RAM.
    let enter: extern "C" fn() -> ! = unsafe { mem::transmute(image.entry as usize) };
    enter()
}

/// Makes a loader that could panic fail to link: nobody defines what this calls.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    extern "C" {
        fn the_boot_loader_must_not_be_able_to_panic() -> !;
    }
    // SAFETY: never linked.
    unsafe { the_boot_loader_must_not_be_able_to_panic() }
}
