//! What the compiler calls to copy, fill and compare memory: `memcpy`, `memmove`, `memset`, `memcmp` and `bcmp`.
//!
//! In place of compiler_builtins' weak ones, which read bytes where they are left with bytes, and compare by bytes
//! alone. These read aligned words only, so that flash and instruction RAM, which know no other access, can be
//! copied from and compared without an exception per byte. A word that is read holds at least one byte that was
//! asked for, so nothing is read where there is no memory. What is written is written by words, and by bytes at
//! the edges.
//!
//! They lie in instruction RAM, for code that runs while flash is busy. None may be made a call of itself, which
//! compilers do with loops that look like copies: `harness/tests/linked_elf.rs` looks.

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes of a word.
const WORD: usize = 4;

/// Reads an aligned word as one, whatever is looked at of it; the compiler may make bytes of a plain read.
///
/// # Safety
/// There is memory at `from`, which is aligned.
#[inline(always)]
unsafe fn word(from: *const u32) -> u32 {
    // SAFETY: an aligned word of memory, the caller says. Nothing is written through the pointer.
    unsafe { AtomicU32::from_ptr(from.cast_mut()) }.load(Ordering::Relaxed)
}

/// Reads a byte by way of its word.
///
/// # Safety
/// There is memory at `from`.
#[inline(always)]
unsafe fn byte(from: *const u8) -> u8 {
    let offset = from as usize % WORD;
    // SAFETY: memory has whole words.
    let word = unsafe { word(from.wrapping_sub(offset).cast()) };
    (word >> (8 * offset)) as u8
}

/// Copies from the first byte to the last: right also where `to` lies below `from` and they overlap.
///
/// # Safety
/// As for `memcpy`, but for that.
#[inline(always)]
unsafe fn copy_up(mut to: *mut u8, mut from: *const u8, count: usize) {
    let end = to.wrapping_add(count);
    let mut stop = to.wrapping_add(count.min((to as usize).wrapping_neg() % WORD));
    loop {
        while to != stop {
            // SAFETY: bytes of what is to be copied.
            unsafe { *to = byte(from) };
            to = to.wrapping_add(1);
            from = from.wrapping_add(1);
        }
        if to == end {
            return;
        }
        stop = end;
        let words_end = end.wrapping_sub(end as usize % WORD);
        if to == words_end {
            continue;
        }
        // SAFETY: words of what is to be copied; `to` is aligned.
        unsafe {
            match from as usize % WORD {
                0 => copy_words(to.cast(), words_end.cast(), from.cast()),
                offset => join_words(to.cast(), words_end.cast(), from, offset),
            }
        }
        from = from.wrapping_add(words_end as usize - to as usize);
        to = words_end;
    }
}

/// The last place up to `end` that a loop comes to from `to` on in steps of two words.
#[inline(always)]
fn pairs_end(to: *mut u32, end: *mut u32) -> *mut u32 {
    end.wrapping_byte_sub((end as usize - to as usize) % (2 * WORD))
}

/// Copies words, two at a time.
///
/// # Safety
/// As for `memcpy`.
#[inline(always)]
unsafe fn copy_words(mut to: *mut u32, end: *mut u32, mut from: *const u32) {
    let pairs_end = pairs_end(to, end);
    // SAFETY: the caller's word.
    unsafe {
        while to != pairs_end {
            *to = word(from);
            *to.wrapping_add(1) = word(from.wrapping_add(1));
            to = to.wrapping_add(2);
            from = from.wrapping_add(2);
        }
        if to != end {
            *to = word(from);
        }
    }
}

/// Puts words together, two at a time, each from two that are aligned: the first one holds the byte at `from` at
/// `offset`, which is not 0.
///
/// # Safety
/// As for `memcpy`; a word or more.
#[inline(always)]
unsafe fn join_words(mut to: *mut u32, end: *mut u32, from: *const u8, offset: usize) {
    let pairs_end = pairs_end(to, end);
    let mut next = from.wrapping_sub(offset).cast::<u32>();
    let down = 8 * offset as u32;
    // What the compiler knows to be a rotation of 64 bits, it makes longer.
    let up = black_box(u32::BITS - down);
    let join = |low: u32, high: u32| low.wrapping_shr(down) | high.wrapping_shl(up);
    // SAFETY: the caller's word. Each word that is read has a byte of the source.
    unsafe {
        let mut low = word(next);
        while to != pairs_end {
            let middle = word(next.wrapping_add(1));
            *to = join(low, middle);
            low = word(next.wrapping_add(2));
            *to.wrapping_add(1) = join(middle, low);
            to = to.wrapping_add(2);
            next = next.wrapping_add(2);
        }
        if to != end {
            *to = join(low, word(next.wrapping_add(1)));
        }
    }
}

/// Copies from the last byte to the first: right where `to` lies above `from` and they overlap. By bytes: it is rare.
///
/// # Safety
/// As for `memmove`.
#[inline(always)]
unsafe fn copy_down(to: *mut u8, from: *const u8, mut count: usize) {
    while count != 0 {
        count -= 1;
        // SAFETY: bytes of what is to be copied.
        unsafe { *to.wrapping_add(count) = byte(from.wrapping_add(count)) };
    }
}

/// Whether a copy has to begin with the last byte.
#[inline(always)]
fn is_downward(to: *const u8, from: *const u8, count: usize) -> bool {
    (to as usize).wrapping_sub(from as usize) < count
}

/// Fills with a byte.
///
/// # Safety
/// As for `memset`.
#[inline(always)]
unsafe fn fill(mut to: *mut u8, value: u8, count: usize) {
    let end = to.wrapping_add(count);
    let mut stop = to.wrapping_add(count.min((to as usize).wrapping_neg() % WORD));
    loop {
        while to != stop {
            // SAFETY: a byte of what is to be filled.
            unsafe { *to = value };
            to = to.wrapping_add(1);
        }
        if to == end {
            return;
        }
        stop = end;
        let words_end = end.wrapping_sub(end as usize % WORD);
        while to != words_end {
            // SAFETY: a word of what is to be filled, aligned.
            unsafe { *to.cast::<u32>() = u32::from(value) * 0x0101_0101 };
            to = to.wrapping_add(WORD);
        }
    }
}

/// The difference of the first two bytes that differ, or none.
///
/// # Safety
/// As for `memcmp`.
#[inline(always)]
unsafe fn compare(mut one: *const u8, mut other: *const u8, count: usize) -> i32 {
    let end = one.wrapping_add(count);
    while one != end {
        let is_aligned = (one as usize | other as usize) % WORD == 0;
        let is_word = is_aligned && end as usize - one as usize >= WORD;
        // SAFETY: words, and bytes, of what is to be compared.
        let step = unsafe {
            if is_word && word(one.cast()) == word(other.cast()) {
                WORD
            } else {
                match i32::from(byte(one)) - i32::from(byte(other)) {
                    0 => 1,
                    difference => return difference,
                }
            }
        };
        one = one.wrapping_add(step);
        other = other.wrapping_add(step);
    }
    0
}

/// Defines the symbols.
#[cfg(target_arch = "xtensa")]
mod symbols {
    #[no_mangle]
    #[link_section = ".rwtext.memcpy"]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
        // SAFETY: the caller's word.
        unsafe { super::copy_up(to, from, count) };
        to
    }

    #[no_mangle]
    #[link_section = ".rwtext.memmove"]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
        if super::is_downward(to, from, count) {
            // SAFETY: the caller's word.
            unsafe { super::copy_down(to, from, count) };
            to
        } else {
            // SAFETY: the caller's word; copying up is right here.
            unsafe { memcpy(to, from, count) }
        }
    }

    #[no_mangle]
    #[link_section = ".rwtext.memset"]
    unsafe extern "C" fn memset(to: *mut u8, value: i32, count: usize) -> *mut u8 {
        // SAFETY: the caller's word.
        unsafe { super::fill(to, value as u8, count) };
        to
    }

    #[no_mangle]
    #[link_section = ".rwtext.memcmp"]
    unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
        // SAFETY: the caller's word.
        unsafe { super::compare(one, other, count) }
    }

    #[no_mangle]
    #[link_section = ".rwtext.bcmp"]
    unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
        // SAFETY: the caller's word.
        unsafe { memcmp(one, other, count) }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const LEN: usize = 96;

    /// Memory of whole words, as the chip's is: what reads beside what it was asked for stays in it.
    fn memory(bytes: &[u8]) -> Vec<u32> {
        let words = bytes.chunks_exact(WORD);
        words
            .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")))
            .collect()
    }

    fn bytes(memory: &[u32]) -> Vec<u8> {
        memory.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn block() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(any::<u8>(), LEN)
    }

    /// Two offsets and a length with room behind both.
    fn places() -> impl Strategy<Value = (usize, usize, usize)> {
        (0..LEN, 0..LEN).prop_flat_map(|(to, from)| (Just(to), Just(from), 0..=LEN - to.max(from)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn copies_are_those_of_the_standard_library(source in block(), old in block(), (to, from, count) in places()) {
            let (words, mut target) = (memory(&source), memory(&old));
            // SAFETY: both places are within.
            unsafe {
                let to = target.as_mut_ptr().cast::<u8>().add(to);
                copy_up(to, words.as_ptr().cast::<u8>().add(from), count);
            }
            let mut expected = old;
            expected[to..to + count].copy_from_slice(&source[from..from + count]);
            prop_assert_eq!(bytes(&target), expected);
        }

        #[test]
        fn copies_may_overlap(old in block(), (to, from, count) in places()) {
            let mut words = memory(&old);
            let start = words.as_mut_ptr().cast::<u8>();
            // SAFETY: both places are within.
            unsafe {
                let (to, from) = (start.add(to), start.add(from));
                match is_downward(to, from, count) {
                    true => copy_down(to, from, count),
                    false => copy_up(to, from, count),
                }
            }
            let mut expected = old;
            expected.copy_within(from..from + count, to);
            prop_assert_eq!(bytes(&words), expected);
        }

        #[test]
        fn fills_are_those_of_the_standard_library(old in block(), value in any::<u8>(), (to, _, count) in places()) {
            let mut words = memory(&old);
            // SAFETY: the place is within.
            unsafe { fill(words.as_mut_ptr().cast::<u8>().add(to), value, count) };
            let mut expected = old;
            expected[to..to + count].fill(value);
            prop_assert_eq!(bytes(&words), expected);
        }

        #[test]
        fn comparisons_are_those_of_the_standard_library(
            one in block(), (a, b, count) in places(), differs in proptest::option::of((0..LEN, any::<u8>())),
        ) {
            // Equal but for one byte perhaps, which may lie beside what is compared.
            let mut other = one.clone();
            other.copy_within(a..a + count, b);
            if let Some((at, value)) = differs {
                other[at] = value;
            }
            let (left, right) = (memory(&one), memory(&other));
            // SAFETY: both places are within.
            let difference = unsafe {
                compare(left.as_ptr().cast::<u8>().add(a), right.as_ptr().cast::<u8>().add(b), count)
            };
            let expected = one[a..a + count].cmp(&other[b..b + count]);
            prop_assert_eq!(difference.cmp(&0), expected);
        }
    }
}
