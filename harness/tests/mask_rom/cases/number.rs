//! Integers and soft floats.

use super::{act, wide, word};
use crate::bench::{Call, Case};
use fastrand::Rng;

pub const CASES: &[Case] = &[
    word("roundup2", 0x4000_31B4, power),
    word("multofup", 0x4000_31C0, divisor),
    wide("__muldi3", 0x4000_0650, quads),
    wide("__umulsidi3", 0x4000_DCF0, words),
    wide("__divdi3", 0x4000_CE60, quads),
    wide("__udivdi3", 0x4000_D310, quads),
    wide("__umoddi3", 0x4000_D770, quads),
    word("__divsi3", 0x4000_DC88, divisor),
    word("__udivsi3", 0x4000_E21C, divisor),
    word("__umodsi3", 0x4000_E268, divisor),
    word("__addsf3", 0x4000_C180, singles),
    word("__subsf3", 0x4000_C268, singles),
    word("__mulsf3", 0x4000_C3DC, singles),
    word("__fixunssfsi", 0x4000_C4C4, singles),
    wide("__adddf3", 0x4000_C538, doubles),
    wide("__subdf3", 0x4000_C688, doubles),
    wide("__muldf3", 0x4000_C8F0, doubles),
    wide("__divdf3", 0x4000_CB94, doubles),
    word("__fixdfsi", 0x4000_CCB8, doubles),
    word("__fixunsdfsi", 0x4000_CD00, doubles),
    word("__truncdfsf2", 0x4000_CD5C, doubles),
    wide("__extendsfdf2", 0x4000_CDFC, singles),
    word("__floatunsisf", 0x4000_E2A4, words),
    word("__floatsisf", 0x4000_E2AC, words),
    wide("__floatunsidf", 0x4000_E2E8, words),
    wide("__floatsidf", 0x4000_E2F0, words),
    act("srand", 0x4000_05F0, words),
    word("rand", 0x4000_0600, words),
];

/// Any word, small and extreme ones often.
fn any(random: &mut Rng) -> u32 {
    match random.u8(0..5) {
        0 => random.u32(0..20),
        1 => u32::MAX - random.u32(0..20),
        2 => 1 << random.u32(0..32),
        _ => random.u32(..),
    }
}

fn words(random: &mut Rng) -> Call {
    Call::of(&[any(random), any(random)])
}

fn divisor(random: &mut Rng) -> Call {
    Call::of(&[any(random), any(random).max(1)])
}

fn power(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..0x1000_0000), 1 << random.u32(0..20)])
}

fn quads(random: &mut Rng) -> Call {
    let high = match random.bool() {
        true => 0,
        false => any(random),
    };
    Call::of(&[any(random), any(random), any(random).max(1), high])
}

/// Floats of every kind but NaN, whose bits nobody promises.
fn single(random: &mut Rng) -> u32 {
    loop {
        let value = match random.u8(0..6) {
            0 => (random.i32(-1000..1000) as f32).to_bits(),
            1 => (random.f32() * 100.0).to_bits(),
            2 => [0, 0x8000_0000, 0x7F80_0000, 0xFF80_0000, 1, 0x007F_FFFF][random.usize(0..6)],
            _ => random.u32(..),
        };
        if !f32::from_bits(value).is_nan() {
            return value;
        }
    }
}

fn double(random: &mut Rng) -> [u32; 2] {
    loop {
        let value = match random.u8(0..6) {
            0 => f64::from(random.i32(..)).to_bits(),
            1 => (random.f64() * 1e6 - 5e5).to_bits(),
            2 => f64::from(f32::from_bits(single(random))).to_bits(),
            3 => [0, 1 << 63, 0x7FF0 << 48, 0xFFF0 << 48, 1][random.usize(0..5)],
            _ => random.u64(..),
        };
        if !f64::from_bits(value).is_nan() {
            return [value as u32, (value >> 32) as u32];
        }
    }
}

fn singles(random: &mut Rng) -> Call {
    Call::of(&[single(random), single(random)])
}

fn doubles(random: &mut Rng) -> Call {
    Call::of(&[double(random), double(random)].concat())
}
