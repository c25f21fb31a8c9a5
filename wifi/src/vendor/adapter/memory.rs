//! The heap's memory, and the names by which the libraries ask for it.

use core::ffi::{c_char, c_void};
use core::ptr::addr_of_mut;

use super::critical::locked;
use super::heap::Heap;

/// Bytes of the heap. The libraries take 13 KB at the start and 15 KB at most; they drop received frames
/// when less than 6 KB are free; what is left holds received frames until the network stack has them.
pub const HEAP_LEN: usize = 26 * 1024;

#[repr(C, align(16))]
struct Memory([u8; HEAP_LEN]);

// In .bss rather than .noinit, which would cost the image nothing either, because zero is easier to debug.
static mut MEMORY: Memory = Memory([0; HEAP_LEN]);
static mut HEAP: Heap = Heap::new();

/// Figures of the heap, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// All of it.
    pub len: usize,
    /// Free now.
    pub free: usize,
    /// The least that was ever free.
    pub least_free: usize,
}

/// Gives the heap its memory. Before anything else of the adapter; once.
///
/// # Safety
/// Called once.
pub unsafe fn start() {
    // SAFETY: nothing else names that memory, and there is one call.
    unsafe { (*addr_of_mut!(HEAP)).adopt(addr_of_mut!(MEMORY).cast(), HEAP_LEN) };
}

/// What the heap says about itself.
pub fn usage() -> Usage {
    locked(|| {
        // SAFETY: nothing else runs that uses the heap.
        let heap = unsafe { &*addr_of_mut!(HEAP) };
        Usage {
            len: HEAP_LEN,
            free: heap.free_bytes(),
            least_free: heap.least_free_bytes(),
        }
    })
}

/// Every kind of memory a caller may ask for is data RAM here, which can do everything.
#[no_mangle]
#[link_section = ".rwtext.wifi.malloc"]
pub extern "C" fn _heap_caps_malloc(
    len: usize,
    _capabilities: u32,
    _file: *const c_char,
    _line: usize,
) -> *mut c_void {
    // SAFETY: nothing else runs that uses the heap.
    locked(|| unsafe { (*addr_of_mut!(HEAP)).allocate(len) }).cast()
}

/// The same, filled with zeros.
#[no_mangle]
#[link_section = ".rwtext.wifi.zalloc"]
pub extern "C" fn _heap_caps_zalloc(
    len: usize,
    capabilities: u32,
    file: *const c_char,
    line: usize,
) -> *mut c_void {
    let pointer = _heap_caps_malloc(len, capabilities, file, line);
    if !pointer.is_null() {
        // SAFETY: just handed out, and as long.
        unsafe { pointer.cast::<u8>().write_bytes(0, len) };
    }
    pointer
}

/// Takes memory back; null is accepted.
///
/// # Safety
/// `pointer` is null or from this heap.
#[no_mangle]
#[link_section = ".rwtext.wifi.free"]
pub unsafe extern "C" fn _heap_caps_free(pointer: *mut c_void, _file: *const c_char, _line: usize) {
    // SAFETY: the caller's promise, and nothing else runs that uses the heap.
    locked(|| unsafe { (*addr_of_mut!(HEAP)).release(pointer.cast()) });
}

/// Below 6144 the libraries drop received frames.
#[no_mangle]
#[link_section = ".rwtext.wifi.free_heap"]
pub extern "C" fn esp_get_free_heap_size() -> u32 {
    // SAFETY: one aligned word, read in one go.
    unsafe { (*addr_of_mut!(HEAP)).free_bytes() as u32 }
}

/// The same: all of the heap is data RAM. The sniffer's NMI asks.
#[no_mangle]
#[link_section = ".rwtext.wifi.free_dram"]
pub extern "C" fn heap_caps_get_dram_free_size() -> u32 {
    esp_get_free_heap_size()
}
