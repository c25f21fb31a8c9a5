//! The built-in mask ROM against the chip's own, routine by routine.
//!
//! Both make the same call from the same memory, on two boards; answer, memory,
//! registers, console and flash must be the same afterwards. `D1_ROM` names the dump
//! (docs/vendor-images.md); nothing of it is in this repository, nor is anything
//! it answered.

mod bench;
mod boots;
mod cases;

use bench::{differences, Pair};
use cases::CASES;
use d1_emulator::rom;
use d1_harness::mask_rom;
use fastrand::Rng;

/// Seed of the generated arguments; `D1_SEED` chooses another.
fn seed() -> u64 {
    let seed = std::env::var("D1_SEED").ok();
    seed.map_or(8266, |text| text.parse().expect("D1_SEED is a number"))
}

#[test]
fn routines_do_what_the_chips_own_do() {
    let Some(dump) = mask_rom() else { return };
    let only = std::env::var("D1_ROUTINE").ok();
    let seed = seed();
    println!("seed {seed}");
    let mut pair = Pair::new(dump.clone());
    let mut failed = Vec::new();
    let mut calls = 0;
    for case in CASES.iter().copied().flatten() {
        if only
            .as_deref()
            .is_some_and(|name| !case.name.starts_with(name))
        {
            continue;
        }
        let mut random = Rng::with_seed(seed);
        for round in 0..case.rounds {
            let call = (case.call)(&mut random);
            let effects = pair.call(case.entry, case.answer, &call);
            calls += 1;
            let found = differences(effects);
            if !found.is_empty() {
                let found = found.join("\n    ");
                let arguments = &call.arguments;
                failed.push(format!(
                    "{} ({:#010x}), call {round} with {arguments:x?}:\n    {found}",
                    case.name, case.entry
                ));
                // They are of two minds now.
                pair = Pair::new(dump.clone());
                break;
            }
        }
    }
    let modelled = (0x4000_0000..0x4001_0000).filter(|&entry| rom::is_modelled(entry));
    let (compared, alone): (Vec<u32>, Vec<u32>) = modelled.partition(|entry| {
        CASES
            .iter()
            .copied()
            .flatten()
            .any(|case| case.entry == *entry)
    });
    println!(
        "{} routines are modelled, {} of them compared with the dump in {calls} calls; not compared: {alone:x?}",
        compared.len() + alone.len(),
        compared.len(),
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
