//! Chains of DMA descriptors. The mask ROM has such a function; with ours nothing of the radio needs the ROM.

/// What the hardware reads.
#[repr(C)]
struct Descriptor {
    /// Size in bits 0 to 11, length in 12 to 23, start of a frame 29, end 30, owned by the hardware 31.
    word: u32,
    buffer: *mut u8,
    next: *mut Descriptor,
}

const HARDWARE: u32 = 1 << 31;
const FIELD: u32 = 0xFFF;
const LENGTH_SHIFT: u32 = 12;

/// Divides `buffers` into pieces of `piece_len` bytes, each with a descriptor that the hardware owns, in a chain. A
/// piece is all in use, or empty if `is_full` is 0. Returns how many there are: one at least.
///
/// # Safety
/// There is room for that many descriptors.
#[no_mangle]
unsafe extern "C" fn lldesc_build_chain(
    descriptors: *mut Descriptor,
    _descriptors_len: u32,
    buffers: *mut u8,
    buffers_len: u32,
    piece_len: u32,
    is_full: u32,
    first: *mut *mut Descriptor,
    last: *mut *mut Descriptor,
) -> u32 {
    let count = (buffers_len / piece_len).max(1);
    let length = if is_full == 0 { 0 } else { piece_len & FIELD };
    for number in 0..count as usize {
        // SAFETY: the caller's promise.
        unsafe {
            let descriptor = descriptors.add(number);
            let next = if number + 1 < count as usize {
                descriptor.add(1)
            } else {
                core::ptr::null_mut()
            };
            descriptor.write(Descriptor {
                word: HARDWARE | length << LENGTH_SHIFT | piece_len & FIELD,
                buffer: buffers.add(number * piece_len as usize),
                next,
            });
        }
    }
    // SAFETY: as above, and the caller wants to know both.
    unsafe {
        *first = descriptors;
        *last = descriptors.add(count as usize - 1);
    }
    buffers_len / piece_len
}
