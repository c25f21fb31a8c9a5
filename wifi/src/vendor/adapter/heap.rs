//! The libraries' heap: first fit, neighbours merged, every byte accounted for.
//!
//! All of it is inlined into its callers in `memory.rs`, which lie in instruction RAM: the NMI may allocate
//! while the flash cache is off.

use core::mem::size_of;
use core::ptr::null_mut;

/// What every block, free or not, begins with.
#[repr(C)]
struct Block {
    /// Bytes, this header included.
    len: usize,
    /// Free: the next free block by address. In use: the block itself, to tell it from anything else.
    next: *mut Block,
}

const HEADER: usize = size_of::<Block>();
/// Blocks begin at multiples of this, and so does what is handed out.
const ALIGNMENT: usize = HEADER;
/// Not worth splitting off.
const LEAST: usize = 2 * HEADER;

/// A heap over memory that is its own.
pub struct Heap {
    first: *mut Block,
    free: usize,
    least_free: usize,
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

impl Heap {
    /// A heap without memory.
    pub const fn new() -> Heap {
        Heap {
            first: null_mut(),
            free: 0,
            least_free: 0,
        }
    }

    /// Gives the heap its memory.
    ///
    /// # Safety
    /// `start`, a multiple of 16, is the first of `len` bytes that are nobody else's for as long as the heap or
    /// anything it handed out is used. Called once.
    pub unsafe fn adopt(&mut self, start: *mut u8, len: usize) {
        let len = len / ALIGNMENT * ALIGNMENT;
        let block = start.cast::<Block>();
        // SAFETY: the caller's promise.
        unsafe {
            *block = Block {
                len,
                next: null_mut(),
            }
        };
        self.first = block;
        self.free = len;
        self.least_free = len;
    }

    /// Bytes that are free, headers included.
    #[inline(always)]
    pub fn free_bytes(&self) -> usize {
        self.free
    }

    /// The least [`Heap::free_bytes`] has been.
    #[inline(always)]
    pub fn least_free_bytes(&self) -> usize {
        self.least_free
    }

    /// Hands out at least `len` bytes, or null.
    #[inline(always)]
    pub fn allocate(&mut self, len: usize) -> *mut u8 {
        if len > self.free {
            return null_mut();
        }
        let wanted = (len + HEADER).next_multiple_of(ALIGNMENT);
        let mut link: *mut *mut Block = &mut self.first;
        // SAFETY: free blocks are the heap's own, linked by address and ended by null; nothing else writes
        // to them.
        unsafe {
            while !(*link).is_null() && (**link).len < wanted {
                link = &mut (**link).next;
            }
            let block = *link;
            if block.is_null() {
                return null_mut();
            }
            let rest = (*block).len - wanted;
            if rest >= LEAST {
                let split = block.byte_add(wanted);
                *split = Block {
                    len: rest,
                    next: (*block).next,
                };
                (*block).len = wanted;
                *link = split;
            } else {
                *link = (*block).next;
            }
            (*block).next = block;
            self.free -= (*block).len;
            if self.free < self.least_free {
                self.least_free = self.free;
            }
            block.add(1).cast()
        }
    }

    /// Takes back what [`Heap::allocate`] handed out; nothing else, and null, are left alone and refused.
    ///
    /// # Safety
    /// `pointer` is null or points to memory that can be read, with a header's length before it.
    #[inline(always)]
    pub unsafe fn release(&mut self, pointer: *mut u8) -> bool {
        if pointer.is_null() {
            return false;
        }
        // SAFETY: the caller's promise for the header; the list is as in `allocate`.
        unsafe {
            let block = pointer.cast::<Block>().sub(1);
            if (*block).next != block {
                return false;
            }
            self.free += (*block).len;
            let mut before: *mut Block = null_mut();
            let mut after = self.first;
            while !after.is_null() && after < block {
                before = after;
                after = (*after).next;
            }
            (*block).next = after;
            if !after.is_null() && block.byte_add((*block).len) == after {
                (*block).len += (*after).len;
                (*block).next = (*after).next;
            }
            if before.is_null() {
                self.first = block;
            } else if before.byte_add((*before).len) == block {
                (*before).len += (*block).len;
                (*before).next = (*block).next;
                // A second release of the same pointer is told by this.
                (*block).next = null_mut();
            } else {
                (*before).next = block;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const LEN: usize = 8192;

    #[repr(align(16))]
    struct Memory([u8; LEN]);

    fn heap(memory: &mut Memory) -> Heap {
        let mut heap = Heap::new();
        // SAFETY: the memory outlives the heap in every test, and nothing else uses it.
        unsafe { heap.adopt(memory.0.as_mut_ptr(), LEN) };
        heap
    }

    #[test]
    fn what_is_not_there_is_not_handed_out() {
        let mut memory = Memory([0; LEN]);
        let mut heap = heap(&mut memory);
        assert!(heap.allocate(LEN).is_null());
        assert!(heap.allocate(usize::MAX).is_null());
        assert_eq!(heap.free_bytes(), LEN);
        let all = heap.allocate(LEN - HEADER);
        assert!(!all.is_null());
        assert!(heap.allocate(0).is_null());
        assert_eq!(heap.least_free_bytes(), 0);
    }

    #[test]
    fn a_second_release_is_refused() {
        let mut memory = Memory([0; LEN]);
        let mut heap = heap(&mut memory);
        let (first, second) = (heap.allocate(100), heap.allocate(100));
        // SAFETY: both come from this heap.
        unsafe {
            assert!(heap.release(first));
            assert!(heap.release(second));
            assert!(!heap.release(second));
            assert!(!heap.release(first));
            assert!(!heap.release(null_mut()));
        }
        assert_eq!(heap.free_bytes(), LEN);
    }

    proptest! {
        /// Blocks never overlap and are aligned, and when all are back the heap is one piece again.
        #[test]
        fn blocks_are_apart_and_everything_comes_back(
            steps in prop::collection::vec((0..900usize, any::<prop::sample::Index>(), any::<bool>()), 1..80),
        ) {
            let mut memory = Memory([0; LEN]);
            let mut heap = heap(&mut memory);
            let mut held: Vec<(*mut u8, usize, u8)> = Vec::new();
            for (number, (len, index, allocate)) in steps.into_iter().enumerate() {
                if allocate || held.is_empty() {
                    let pointer = heap.allocate(len);
                    if pointer.is_null() {
                        continue;
                    }
                    prop_assert_eq!(pointer as usize % ALIGNMENT, 0);
                    // SAFETY: just handed out, `len` bytes long.
                    unsafe { pointer.write_bytes(number as u8, len) };
                    held.push((pointer, len, number as u8));
                } else {
                    let (pointer, len, mark) = held.swap_remove(index.index(held.len()));
                    // SAFETY: handed out above and not released yet.
                    let (bytes, is_taken) = unsafe {
                        let bytes = core::slice::from_raw_parts(pointer, len).to_vec();
                        (bytes, heap.release(pointer))
                    };
                    prop_assert!(bytes.iter().all(|byte| *byte == mark));
                    prop_assert!(is_taken);
                }
            }
            for (pointer, ..) in held {
                // SAFETY: as above.
                let is_taken = unsafe { heap.release(pointer) };
                prop_assert!(is_taken);
            }
            prop_assert_eq!(heap.free_bytes(), LEN);
            prop_assert!(!heap.allocate(LEN - HEADER).is_null());
        }
    }
}
