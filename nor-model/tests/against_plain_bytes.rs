//! Random operations leave the chip as the plainest possible model says.

use nor_model::{Chip, CutPoint, Erase, Nor, Pace};
use proptest::prelude::*;

const LEN: u32 = 0x8_0000;

#[derive(Clone, Debug)]
enum Operation {
    Program(u32, Vec<u8>),
    Erase(Erase, u32),
}

fn operation() -> impl Strategy<Value = Operation> {
    // A few sectors, so that operations meet.
    let address = 0..0x1_8000u32;
    let unit = prop_oneof![
        Just(Erase::Sector),
        Just(Erase::HalfBlock),
        Just(Erase::Block)
    ];
    prop_oneof![
        4 => (address.clone(), prop::collection::vec(any::<u8>(), 1..300))
            .prop_map(|(at, data)| Operation::Program(at, data)),
        1 => (unit, address).prop_map(|(unit, at)| Operation::Erase(unit, at)),
    ]
}

fn run(nor: &mut Nor, operation: &Operation) {
    nor.write_enable(0);
    match operation {
        Operation::Program(at, data) => nor.page_program(*at, data, 0),
        Operation::Erase(unit, at) => nor.erase(*unit, *at, 0),
    }
}

/// The same on plain bytes; returns the range it touched.
fn apply(bytes: &mut [u8], operation: &Operation) -> std::ops::Range<usize> {
    match operation {
        Operation::Program(at, data) => {
            let (page, offset) = (*at as usize / 256 * 256, *at as usize % 256);
            let skipped = data.len().saturating_sub(256);
            for (index, value) in data.iter().enumerate().skip(skipped) {
                bytes[page + (offset + index) % 256] &= value;
            }
            page..page + 256
        }
        Operation::Erase(unit, at) => {
            let len = match unit {
                Erase::Sector => 0x1000,
                Erase::HalfBlock => 0x8000,
                Erase::Block => 0x1_0000,
                Erase::Chip => LEN as usize,
            };
            let start = *at as usize / len * len;
            bytes[start..start + len].fill(0xFF);
            start..start + len
        }
    }
}

fn chip() -> Nor {
    let mut nor = Nor::erased(Chip::with_len(LEN).unwrap());
    nor.set_pace(Pace::Instant);
    nor
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn contents_match_after_any_operations(operations in prop::collection::vec(operation(), 1..20)) {
        let (mut nor, mut bytes) = (chip(), vec![0xFF; LEN as usize]);
        for operation in &operations {
            run(&mut nor, operation);
            apply(&mut bytes, operation);
        }
        prop_assert!(nor.contents() == bytes);
        prop_assert_eq!(nor.operations(), operations.len() as u64);
    }

    #[test]
    fn a_cut_harms_only_what_the_operation_touched(
        operations in prop::collection::vec(operation(), 1..12),
        seed: u64,
        pick: prop::sample::Index,
    ) {
        let cut = pick.index(operations.len());
        let (mut nor, mut bytes) = (chip(), vec![0xFF; LEN as usize]);
        nor.set_seed(seed);
        nor.cut_power_at(cut as u64 + 1, CutPoint::Inside);
        let mut touched = 0..0;
        for (index, operation) in operations.iter().enumerate() {
            run(&mut nor, operation);
            if index <= cut {
                touched = apply(&mut bytes, operation);
            }
        }
        prop_assert!(nor.power_lost());
        nor.power_on();
        let mut found = vec![0; LEN as usize];
        nor.read(0, &mut found, 0);
        prop_assert!(found[..touched.start] == bytes[..touched.start]);
        prop_assert!(found[touched.end..] == bytes[touched.end..]);
    }
}
