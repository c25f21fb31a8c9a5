//! What is kept over starts, and what becomes of it when power dies or cells wear out.

use super::chip::Chip;
use super::*;
use crate::kept;
use crate::update::FlashStep;
use d1_image::Region;
use nor_model::CutPoint;

const PARAMETERS: [u8; 128] = [0x5A; 128];
const LEN: usize = 628;
/// Where it is kept.
const SECTOR: Region = MAP.rf_calibration();

fn identity(map: FlashMap, chip_len: u32) -> Identity {
    Identity {
        build: 1,
        release: 0,
        slot: Slot::One,
        map,
        chip_len,
    }
}

fn me() -> Identity {
    identity(MAP, 0x10_0000)
}

fn results(seed: u8) -> [u8; LEN] {
    core::array::from_fn(|at| (at as u8).wrapping_mul(seed))
}

fn save(chip: &mut Chip, parameters: &[u8], results: &[u8]) -> bool {
    kept::save(chip, &me(), SECTOR, parameters, results)
}

/// What the next start finds.
fn kept(chip: &mut Chip) -> Option<[u8; LEN]> {
    let mut found = [0xA5; LEN];
    let is_known = kept::load(chip, SECTOR, &PARAMETERS, &mut found);
    assert!(is_known || found == [0; LEN], "nothing is all zeros");
    is_known.then_some(found)
}

#[test]
fn what_was_kept_is_found_at_the_next_start_and_in_its_sector_only() {
    let mut chip = Chip::new();
    assert_eq!(kept(&mut chip), None);
    assert!(save(&mut chip, &PARAMETERS, &results(3)));
    assert_eq!(kept(&mut chip), Some(results(3)));
    // Anew, over the old.
    assert!(save(&mut chip, &PARAMETERS, &results(7)));
    assert_eq!(kept(&mut chip), Some(results(7)));
    let sector = (SECTOR.start.get() / 4096) as usize;
    for (number, count) in chip.erase_counts().iter().enumerate() {
        assert_eq!(*count, if number == sector { 2 } else { 0 });
    }
    assert_eq!(chip.violations(), []);
}

#[test]
fn results_for_other_parameters_are_none() {
    let mut chip = Chip::new();
    save(&mut chip, &[0x5B; 128], &results(3));
    assert_eq!(kept(&mut chip), None);
}

#[test]
fn foreign_bytes_are_none() {
    let start = SECTOR.start.get();
    let mut chip = Chip::new();
    chip.put(start, &[0; 4096]);
    assert_eq!(kept(&mut chip), None);
    for at in [0, 7, 256, 256 + LEN as u32 - 1] {
        save(&mut chip, &PARAMETERS, &results(3));
        let byte = chip.contents()[(start + at) as usize];
        chip.put(start + at, &[byte ^ 0x40]);
        assert_eq!(kept(&mut chip), None, "byte {at}");
    }
}

#[test]
fn a_cut_at_any_operation_leaves_the_new_results_or_none() {
    // An erase, three pages, the header.
    const OPERATIONS: u64 = 5;
    for operation in 1..=OPERATIONS {
        for at in [CutPoint::Before, CutPoint::Inside, CutPoint::After] {
            let mut chip = Chip::new();
            save(&mut chip, &PARAMETERS, &results(3));
            let before = chip.operations();
            chip.cut_power_at(operation, at);
            assert!(!save(&mut chip, &PARAMETERS, &results(7)));
            assert_eq!(chip.operations(), before + operation);
            chip.power_on();
            let found = kept(&mut chip);
            let untouched = operation == 1 && at == CutPoint::Before;
            let is_whole = operation == OPERATIONS && at != CutPoint::Before;
            assert!(
                found.is_none()
                    || untouched && found == Some(results(3))
                    || is_whole && found == Some(results(7)),
                "cut {at:?} at {operation}"
            );
            assert!(save(&mut chip, &PARAMETERS, &results(9)));
            assert_eq!(kept(&mut chip), Some(results(9)));
        }
    }
}

#[test]
fn flash_that_refuses_or_does_not_exist_is_left_alone() {
    for step in [FlashStep::Erase, FlashStep::Program, FlashStep::Read] {
        let mut chip = Chip::new();
        chip.broken = Some(step);
        let is_saved = save(&mut chip, &PARAMETERS, &results(3));
        assert_eq!(is_saved, step == FlashStep::Read);
        assert_eq!(kept(&mut chip), None);
    }
    let mut chip = Chip::new();
    for (map, len) in [(MAP, 0x8_0000), (MAP, 0), (FlashMap::M4, 0x10_0000)] {
        let me = identity(map, len);
        let sector = map.rf_calibration();
        assert!(!kept::save(
            &mut chip,
            &me,
            sector,
            &PARAMETERS,
            &results(3)
        ));
    }
    assert_eq!(chip.operations(), 0);
}
