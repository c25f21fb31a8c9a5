//! Text: formatting, parsing, and what the language does around them.

use core::fmt::{Debug, Write};

use super::{Computation, Trial};

/// All of them.
pub const ALL: &[Computation] = &[
    ("derived Debug", derived_debug),
    ("addresses", addresses),
    ("UTF-8", utf8),
    ("dyn calls", dyn_calls),
    ("by value", by_value),
    ("copies", copies),
];

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Shape {
    Point,
    Circle { radius: f32 },
    Box([i16; 3]),
    Named(&'static str, Option<u64>),
}

fn shape(trial: &mut Trial) -> Shape {
    match trial.below(4) {
        0 => Shape::Point,
        1 => Shape::Circle {
            radius: trial.below(1000) as f32 / 8.0,
        },
        2 => Shape::Box([trial.bits() as i16, trial.bits() as i16, -1]),
        _ => {
            let number = trial.bits();
            Shape::Named("quoted \"\u{e9}\"\n", (number % 3 != 1).then_some(number))
        }
    }
}

fn derived_debug(trial: &mut Trial) {
    for _ in 0..20 {
        let (a, b) = (shape(trial), shape(trial));
        let _ = write!(trial, "{a:?} {b:#?} {:?} {:>9}|", a.partial_cmp(&b), "x");
    }
}

fn addresses(trial: &mut Trial) {
    use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    for _ in 0..20 {
        let four = Ipv4Addr::from(trial.bits() as u32);
        let six = Ipv6Addr::from(trial.wide());
        let _ = write!(trial, "{four} {six} {four:>20}");
        let mut text = heapless::String::<48>::new();
        let _ = write!(text, "{six}");
        let read = text.parse::<IpAddr>();
        trial.put(&[u8::from(read == Ok(IpAddr::V6(six)))]);
    }
}

fn utf8(trial: &mut Trial) {
    for _ in 0..60 {
        let mut bytes = [0; 24];
        trial.fill(&mut bytes);
        // Half of it likely text.
        bytes[..12].iter_mut().for_each(|byte| *byte &= 0x7F);
        let valid = core::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
        trial.put_u64(valid as u64);
        for letter in core::str::from_utf8(&bytes[..valid.min(24)])
            .unwrap_or("")
            .chars()
        {
            letter
                .to_uppercase()
                .for_each(|upper| trial.put_u64(upper.into()));
        }
        if let Some(letter) = char::from_u32(trial.below(0x1_1000)) {
            let mut buffer = [0; 4];
            trial.put(letter.encode_utf8(&mut buffer).as_bytes());
            letter
                .to_lowercase()
                .for_each(|lower| trial.put_u64(lower.into()));
            trial.put(&[
                u8::from(letter.is_alphanumeric()),
                u8::from(letter.is_whitespace()),
            ]);
        }
    }
}

trait Step: Debug {
    fn step(&mut self, by: u64) -> u64;
}

#[derive(Debug)]
struct Adder(u64);
#[derive(Debug)]
struct Mixer {
    low: u32,
    high: u32,
}

impl Step for Adder {
    fn step(&mut self, by: u64) -> u64 {
        self.0 = self.0.wrapping_add(by);
        self.0
    }
}

impl Step for Mixer {
    fn step(&mut self, by: u64) -> u64 {
        (self.low, self.high) = (self.high ^ by as u32, self.low.rotate_left(by as u32 & 31));
        u64::from(self.low) << 32 | u64::from(self.high)
    }
}

fn dyn_calls(trial: &mut Trial) {
    let (mut adder, mut mixer) = (Adder(1), Mixer { low: 1, high: 2 });
    for _ in 0..100 {
        let by = trial.bits();
        let step: &mut dyn Step = if by % 3 == 1 { &mut adder } else { &mut mixer };
        let result = step.step(by);
        trial.put_u64(result);
        let jump = match by >> 60 {
            0 => 17,
            1 => by as u32 % 5,
            2 => 4,
            3 => by.count_ones(),
            4 | 5 => 99,
            6 => result as u32,
            7 => 1,
            8..=11 => 1 << (by & 31),
            _ => 12,
        };
        trial.put_u64(jump.into());
    }
    let _ = write!(trial, "{adder:?} {mixer:?}");
}

/// More than fits in registers, with padding.
#[derive(Clone, Copy)]
struct Parcel {
    tag: u8,
    long: u64,
    short: u16,
    words: [u32; 5],
}

#[inline(never)]
fn pass(
    a: u8,
    parcel: Parcel,
    b: u64,
    c: i128,
    d: u16,
    e: f64,
    more: (u32, u64),
) -> (Parcel, i128) {
    let mut words = parcel.words;
    words.rotate_left(usize::from(a % 5));
    let tag = parcel.tag.wrapping_add(d as u8);
    let long = parcel.long ^ b ^ more.1;
    let short = parcel.short.wrapping_sub(more.0 as u16);
    let parcel = Parcel {
        tag,
        long,
        short,
        words,
    };
    (parcel, c.wrapping_add(i128::from(e as i64)))
}

fn by_value(trial: &mut Trial) {
    let mut parcel = Parcel {
        tag: 1,
        long: 2,
        short: 3,
        words: [4, 5, 6, 7, 8],
    };
    for _ in 0..40 {
        let (a, b, c) = (trial.bits() as u8, trial.bits(), trial.wide() as i128);
        let d = trial.bits() as u16;
        let (next, sum) = pass(a, parcel, b, c, d, f64::from(d) / 3.0, (b as u32, !b));
        trial.put(&sum.to_le_bytes());
        trial.put(&[next.tag, next.words[0] as u8]);
        trial.put_u64(next.long ^ u64::from(next.short));
        parcel = next;
    }
}

fn copies(trial: &mut Trial) {
    let mut bytes = [0; 257];
    for _ in 0..60 {
        trial.fill(&mut bytes[..16]);
        let (from, to) = (trial.below(100) as usize, trial.below(100) as usize);
        let len = trial.below(150) as usize;
        bytes.copy_within(from..from + len, to);
        bytes[to..].reverse();
        trial.put(&bytes);
    }
    let mut words: [u32; 64] = core::array::from_fn(|_| trial.bits() as u32);
    words.sort_unstable();
    words.iter().for_each(|word| trial.put_u64((*word).into()));
    let place = words.binary_search(&words[17]).unwrap_or(99);
    trial.put_u64(place as u64);
}
