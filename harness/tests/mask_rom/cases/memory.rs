//! Copying, filling, comparing, strings.

use super::{act, word};
use crate::bench::{Call, Case, BUFFER, OTHER};
use fastrand::Rng;

pub const CASES: &[Case] = &[
    word("ets_memset", 0x4000_18A4, fill),
    word("memset", 0x4000_E190, fill),
    word("ets_memcpy", 0x4000_18B4, copy),
    word("memcpy", 0x4000_DF48, copy),
    word("ets_memmove", 0x4000_18C4, overlap),
    word("memmove", 0x4000_E04C, overlap),
    word("ets_memcmp", 0x4000_18D4, compare),
    word("memcmp", 0x4000_DEA8, compare),
    act("ets_bzero", 0x4000_2AE8, zero),
    act("bzero", 0x4000_DE84, zero),
    word("ets_strcpy", 0x4000_2A88, strings),
    word("strcpy", 0x4000_BEC8, strings),
    word("ets_strncpy", 0x4000_2A98, strings),
    word("strncpy", 0x4000_C0A0, strings),
    word("ets_strcmp", 0x4000_2AA8, similar),
    word("strcmp", 0x4000_BDC8, similar),
    word("ets_strncmp", 0x4000_2AB8, similar),
    word("strncmp", 0x4000_BFA8, similar),
    word("ets_strlen", 0x4000_2AC8, strings),
    word("strlen", 0x4000_BF4C, strings),
    word("ets_strstr", 0x4000_2AD8, search),
    word("strstr", 0x4000_E1E0, search),
    act("MD5Init", 0x4000_9818, digest),
    act("MD5Update", 0x4000_9834, digest),
    act("MD5Final", 0x4000_9900, final_digest),
];

fn bytes(random: &mut Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.u8(..)).collect()
}

/// A string, its end included.
fn string(random: &mut Rng, longest: usize) -> Vec<u8> {
    let length = random.usize(0..=longest);
    let mut text: Vec<u8> = (0..length).map(|_| random.u8(1..)).collect();
    text.push(0);
    text
}

fn fill(random: &mut Rng) -> Call {
    let target = BUFFER + random.u32(0..16);
    Call::of(&[target, random.u32(..), random.u32(0..100)]).with(BUFFER, bytes(random, 128))
}

fn zero(random: &mut Rng) -> Call {
    let target = BUFFER + random.u32(0..16);
    Call::of(&[target, random.u32(0..100)]).with(BUFFER, bytes(random, 128))
}

fn copy(random: &mut Rng) -> Call {
    let (target, source) = (BUFFER + random.u32(0..8), OTHER + random.u32(0..8));
    Call::of(&[target, source, random.u32(0..100)])
        .with(BUFFER, bytes(random, 128))
        .with(OTHER, bytes(random, 128))
}

fn overlap(random: &mut Rng) -> Call {
    let (target, source) = (BUFFER + random.u32(0..24), BUFFER + random.u32(0..24));
    Call::of(&[target, source, random.u32(0..100)]).with(BUFFER, bytes(random, 128))
}

fn compare(random: &mut Rng) -> Call {
    let mut there = bytes(random, 64);
    let (a, b) = (random.u32(0..4), random.u32(0..4));
    let here = [vec![0; a as usize], there.clone()].concat();
    if random.bool() {
        let at = random.usize(..there.len());
        there[at] = random.u8(..);
    }
    let there = [vec![0; b as usize], there].concat();
    Call::of(&[BUFFER + a, OTHER + b, random.u32(0..64)])
        .with(BUFFER, here)
        .with(OTHER, there)
}

fn strings(random: &mut Rng) -> Call {
    let (target, source) = (random.u32(0..8), random.u32(0..8));
    let copied = string(random, 40);
    // The first argument is a string too, for those that only read one.
    Call::of(&[BUFFER + target, OTHER + source, random.u32(0..60)])
        .with(BUFFER, bytes(random, 128))
        .with(BUFFER + target, string(random, 60))
        .with(OTHER + source, copied)
}

fn similar(random: &mut Rng) -> Call {
    let one = string(random, 40);
    let mut other = one.clone();
    match random.u8(0..4) {
        0 => other = string(random, 40),
        1 => {
            let at = random.usize(..other.len());
            other[at] = random.u8(..);
            other.push(0);
        }
        _ => {}
    }
    let (a, b) = (BUFFER + random.u32(0..4), OTHER + random.u32(0..4));
    Call::of(&[a, b, random.u32(0..50)])
        .with(a, one)
        .with(b, other)
}

fn search(random: &mut Rng) -> Call {
    let letters = |random: &mut Rng, longest: usize| {
        let length = random.usize(0..=longest);
        let mut text: Vec<u8> = (0..length).map(|_| random.u8(b'a'..=b'b')).collect();
        text.push(0);
        text
    };
    let (text, wanted) = (letters(random, 30), letters(random, 4));
    Call::of(&[BUFFER, OTHER])
        .with(BUFFER, text)
        .with(OTHER, wanted)
}

/// A context in any state, and data.
fn digest(random: &mut Rng) -> Call {
    const CONTEXT: u32 = BUFFER;
    let mut context = bytes(random, 88);
    // A number of bits that is one of bytes.
    context[16] &= 0xF8;
    context[18..24].fill(0);
    let data = OTHER + random.u32(0..4);
    Call::of(&[CONTEXT, data, random.u32(0..200)])
        .with(CONTEXT, context)
        .with(OTHER, bytes(random, 256))
}

fn final_digest(random: &mut Rng) -> Call {
    let call = digest(random);
    Call {
        arguments: vec![OTHER + random.u32(0..4), call.arguments[0]],
        ..call
    }
}
