//! Any bytes at every door: the twins of `cargo fuzz`, and what it has found so far.

#[path = "../../fuzz/src/lib.rs"]
#[allow(missing_docs)]
mod any;

use std::path::Path;

use proptest::prelude::*;

/// Seeds of `fuzz/corpus`, and the images if they are built.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let files = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn every_seed_of_the_corpus_passes() {
    for (name, check) in any::ALL {
        let seeds = corpus(name);
        assert!(!seeds.is_empty(), "no seeds for {name}");
        for seed in seeds {
            check(&seed);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_pass(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (_, check) in any::ALL {
            check(&bytes);
        }
    }

    #[test]
    fn damaged_seeds_pass(
        which: prop::sample::Index,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut: prop::sample::Index,
    ) {
        for (name, check) in any::ALL {
            let mut seeds = corpus(name);
            let mut seed = seeds.swap_remove(which.index(seeds.len()));
            for (at, byte) in &damage {
                if !seed.is_empty() {
                    let at = at.index(seed.len());
                    seed[at] = *byte;
                }
            }
            check(&seed);
            check(&seed[..cut.index(seed.len() + 1)]);
        }
    }
}
