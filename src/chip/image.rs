//! What the linker and the boot loader say about this image.

use core::ptr::addr_of;

use d1_image::handoff::{self, Handoff};
use d1_image::manifest::{self, Manifest};
use d1_image::{FlashMap, Slot};
use d1_wifi::{efuse, MacAddress};

use crate::identity::{Identity, BOARD, PROJECT};

// Absolute symbols from build.rs: their address is the value, there is nothing behind it.
extern "C" {
    static _d1_slot: u8;
    static _d1_build_number: u8;
    static _d1_release: u8;
    static _d1_flash_size: u8;
}

/// Room for the manifest at the start of irom, and what only the source knows of it. Whoever converts the ELF
/// file fills in the rest.
#[used]
#[link_section = ".irom.first"]
static MANIFEST: [u8; manifest::LEN] = Manifest {
    project: PROJECT,
    board: BOARD,
    ..Manifest::new(0)
}
.emit();

/// The value of such a symbol, as a word of memory that the linker fills in.
///
/// Without the detour LLVM computes with the address as with any constant, and its Xtensa backend fails
/// ("cannot select TargetConstantPool") as soon as that is narrowed or compared.
struct Value(*const u8);

// SAFETY: the pointer is a number; nobody follows it.
unsafe impl Sync for Value {}

static SLOT: Value = Value(addr_of!(_d1_slot));
static BUILD_NUMBER: Value = Value(addr_of!(_d1_build_number));
static RELEASE: Value = Value(addr_of!(_d1_release));
static FLASH_SIZE: Value = Value(addr_of!(_d1_flash_size));

impl Value {
    fn get(&self) -> u32 {
        // SAFETY: an ordinary field of an ordinary static.
        unsafe { addr_of!(self.0).read_volatile() as u32 }
    }
}

/// The boot loader's words, if it is ours that started this image.
pub fn handoff() -> Option<Handoff> {
    let mut words = [0; 4];
    for (index, word) in words.iter_mut().enumerate() {
        // SAFETY: RTC user memory is readable by words, and the handoff lies within it.
        *word = unsafe { (handoff::ADDRESS as *const u32).add(index).read_volatile() };
    }
    Handoff::parse(words)
}

/// The chip's station address, from the efuses.
pub fn station_address() -> MacAddress {
    efuse::station_address(efuse::read)
}

/// Writes the boot loader's words anew: what it has to know if this firmware is the last one that it started.
pub fn leave_note(note: Handoff) {
    for (index, word) in note.emit().into_iter().enumerate() {
        // SAFETY: RTC user memory takes words, and the handoff lies within it.
        unsafe {
            (handoff::ADDRESS as *mut u32)
                .add(index)
                .write_volatile(word)
        };
    }
}

/// Who this image is, on a chip of `chip_len` bytes of flash.
///
/// The loader's word about the slot counts more than the linker's: with the 4M map one ELF file fits both.
///
/// # Panics
/// If the image was linked for a slot or a flash map that does not exist, which build.rs excludes.
pub fn identity(handoff: Option<Handoff>, chip_len: u32) -> Identity {
    let map = flash_map();
    let linked = Slot::from_number(SLOT.get() as u8).expect("linked for a slot");
    Identity {
        build: BUILD_NUMBER.get(),
        release: RELEASE.get(),
        slot: handoff.map_or(linked, |handoff| handoff.slot),
        map,
        chip_len,
    }
}

/// The flash map this image was linked for.
///
/// # Panics
/// As [`identity`].
pub fn flash_map() -> FlashMap {
    FlashMap::from_flash_len(FLASH_SIZE.get()).expect("linked for a flash map")
}
