//! Which routines are compared, and with what arguments.

mod memory;
mod number;
mod phy;
mod print;
mod spi;
mod system;

use crate::bench::{Answer, Call, Case};
use fastrand::Rng;

/// All of them, by subject.
pub const CASES: [&[Case]; 6] = [
    memory::CASES,
    number::CASES,
    phy::CASES,
    print::CASES,
    spi::CASES,
    system::CASES,
];

/// A case that answers with a word.
const fn word(name: &'static str, entry: u32, call: fn(&mut Rng) -> Call) -> Case {
    Case {
        name,
        entry,
        answer: Answer::Word,
        rounds: 20,
        call,
    }
}

/// A case that answers nothing.
const fn act(name: &'static str, entry: u32, call: fn(&mut Rng) -> Call) -> Case {
    Case {
        answer: Answer::Nothing,
        ..word(name, entry, call)
    }
}

/// A case that answers with 64 bits.
const fn wide(name: &'static str, entry: u32, call: fn(&mut Rng) -> Call) -> Case {
    Case {
        answer: Answer::Wide,
        ..word(name, entry, call)
    }
}

/// A case worth a few calls only, because they take long.
const fn few(case: Case) -> Case {
    Case { rounds: 6, ..case }
}
