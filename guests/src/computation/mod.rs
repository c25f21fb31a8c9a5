//! Computations with pseudo-random inputs, each boiled down to one number.
//!
//! A number is a digest of every intermediate result, so one wrong bit anywhere shows.

mod float;
mod format;
mod integer;
mod library;
mod memory;
mod trial;

pub use trial::{Space, Trial};

/// A computation: its name, and what it does to a trial.
pub type Computation = (&'static str, fn(&mut Trial));

/// All of them, group by group.
pub const GROUPS: [&[Computation]; 5] = [
    integer::ALL,
    float::ALL,
    format::ALL,
    library::ALL,
    memory::ALL,
];

/// Does every computation and hands its name and result to `tell`.
///
/// The chip's `seed` comes from where the compiler cannot see it, so that there is something left to compute.
pub fn run(seed: u64, space: &mut Space, tell: &mut dyn FnMut(&str, u64)) {
    for (name, compute) in GROUPS.into_iter().flatten() {
        let mut trial = Trial::new(seed, space);
        compute(&mut trial);
        tell(name, trial.digest());
    }
}
