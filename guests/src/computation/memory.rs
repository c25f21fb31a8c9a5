//! Copies, fills and comparisons, which the compiler leaves to `memcpy` and its kin: the runtime's, on the chip.
//!
//! At every alignment of both sides, and lengths from none to some words.

use super::{Computation, Trial};

/// All of them.
pub const ALL: &[Computation] = &[
    ("copies", copies),
    ("copies that overlap", overlapping_copies),
    ("fills", fills),
    ("comparisons", comparisons),
];

/// Bytes that are looked at after each.
const LEN: usize = 64;
/// Rounds of each: four alignments by four, and lengths that differ from round to round.
const ROUNDS: usize = 160;

/// Two places of any alignment, in this order of all, and a length with room behind both.
fn places(trial: &mut Trial, round: usize) -> (usize, usize, usize) {
    let (one, other) = (round % 4, round / 4 % 4);
    let len = trial.below(LEN as u32 - 15) as usize;
    (
        one + 4 * trial.below(3) as usize,
        other + 4 * trial.below(3) as usize,
        len,
    )
}

/// Fills both halves of a piece of the trial's room with random bytes.
#[inline(never)]
fn randomize(trial: &mut Trial) {
    for at in 0..2 * LEN {
        trial.space.text[at] = trial.bits() as u8;
    }
}

#[inline(never)]
fn put_first_half(trial: &mut Trial) {
    for at in 0..LEN {
        let byte = trial.space.text[at];
        trial.put(&[byte]);
    }
}

fn copies(trial: &mut Trial) {
    randomize(trial);
    for round in 0..ROUNDS {
        let (to, from, len) = places(trial, round);
        let (target, source) = trial.space.text.split_at_mut(LEN);
        target[to..to + len].copy_from_slice(&source[from..from + len]);
        put_first_half(trial);
    }
}

fn overlapping_copies(trial: &mut Trial) {
    randomize(trial);
    for round in 0..ROUNDS {
        let (to, from, len) = places(trial, round);
        trial.space.text.copy_within(from..from + len, to);
        put_first_half(trial);
    }
}

fn fills(trial: &mut Trial) {
    randomize(trial);
    for round in 0..ROUNDS {
        let (to, value, len) = places(trial, round);
        trial.space.text[to..to + len].fill(value as u8 ^ 0xA5);
        put_first_half(trial);
    }
}

fn comparisons(trial: &mut Trial) {
    for round in 0..ROUNDS {
        randomize(trial);
        let (one, other, len) = places(trial, round);
        let differs = trial.below(LEN as u32) as usize;
        let (left, right) = trial.space.text.split_at_mut(LEN);
        right[other..other + len].copy_from_slice(&left[one..one + len]);
        right[differs] ^= 1;
        let (left, right) = (&left[one..one + len], &right[other..other + len]);
        let result = [left.cmp(right) as u8, u8::from(left == right)];
        trial.put(&result);
    }
}
