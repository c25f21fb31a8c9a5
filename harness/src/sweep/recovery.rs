//! What a device does after a cut, and whether that is as it has to be.

use std::sync::Mutex;

use d1_image::verify::verify;
use d1_image::{FlashMap, Slot};
use nor_model::Nor;

use super::cut::{Cut, Expectation};
use super::scenario::Scenario;
use crate::{Bench, Wait};

/// How far a recovery is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Until a firmware says hello.
    Boot,
    /// Until that firmware has served its page and made another update.
    Update,
}

/// Three trials that hang, each ended by the watchdog, and then a boot.
const PATIENCE: Wait = Wait(90_000);

/// Boots that were watched: what they read, and which slot they ended in.
///
/// A boot is a function of what it reads from flash. A chip on which that reads alike boots alike, and need not
/// be booted again.
#[derive(Default)]
pub struct Boots {
    known: Mutex<Vec<(Nor, Slot)>>,
}

impl Boots {
    /// The slot in which a boot of `chip` ends, if a boot is known that reads nothing else.
    fn find(&self, chip: &Nor) -> Option<Slot> {
        let known = self.known.lock().expect("no panic inside");
        let alike = |(seen, _): &&(Nor, Slot)| {
            seen.sectors_read()
                .all(|sector| seen.reads_alike(chip, sector))
        };
        known.iter().rev().find(alike).map(|(_, slot)| *slot)
    }

    /// Remembers a boot of `before` that ended with `after` and wrote nothing, so that what it read is known.
    fn learn(&self, before: &Nor, after: &Nor, slot: Slot) {
        if before.operations() == after.operations() {
            self.known
                .lock()
                .expect("no panic inside")
                .push((after.clone(), slot));
        }
    }
}

/// Gives the chip's board its power back and judges what happens. Returns whether a board was needed for that.
///
/// # Panics
/// When it is not what has to happen, with what it is.
pub fn check(scenario: &Scenario, cut: &Cut, depth: Depth, boots: &Boots) -> bool {
    if depth == Depth::Boot {
        if let Some(slot) = boots.find(&cut.made.chip) {
            assert_is_as_expected(&cut.made.chip, scenario.map, cut.expectation, slot);
            return false;
        }
    }
    let mut bench = restart(scenario, cut);
    bench.machine.flash_mut().watch_reads();
    let slot = boot(&mut bench, scenario.map);
    boots.learn(&cut.made.chip, bench.machine.flash(), slot);
    assert_is_as_expected(bench.machine.flash(), scenario.map, cut.expectation, slot);
    if depth == Depth::Update {
        update(&mut bench, scenario.map, slot);
    }
    let violations = bench.machine.flash().violations();
    assert!(violations.is_empty(), "flash rules broken: {violations:?}");
    true
}

fn assert_is_as_expected(flash: &Nor, map: FlashMap, expectation: Expectation, slot: Slot) {
    let Expectation { kept, may_switch } = expectation;
    assert!(slot == kept || may_switch, "{} was started", slot.name());
    assert_is_whole(flash, map, slot);
    assert_is_whole(flash, map, kept);
}

/// The cuts of the recovery from a cut, another update included.
///
/// # Panics
/// Like [`check`].
pub fn cuts(scenario: &Scenario, cut: &Cut) -> Vec<Cut> {
    let mut bench = restart(scenario, cut);
    bench.machine.flash_mut().keep_cuts();
    let slot = boot(&mut bench, scenario.map);
    bench.join();
    bench.page();
    let in_boot = bench.machine.flash_mut().take_cut_chips();

    bench.machine.flash_mut().keep_cuts();
    update(&mut bench, scenario.map, slot);
    let in_update = bench.machine.flash_mut().take_cut_chips();

    let with = |expectation| move |made| Cut { made, expectation };
    let updating = Expectation {
        kept: slot,
        may_switch: true,
    };
    let in_boot = in_boot.into_iter().map(with(cut.expectation));
    in_boot
        .chain(in_update.into_iter().map(with(updating)))
        .collect()
}

fn restart(scenario: &Scenario, cut: &Cut) -> Bench {
    assert!(cut.made.chip.power_lost(), "the cut did not strike");
    let mut chip = cut.made.chip.clone();
    chip.take_violations();
    Bench::power_on_with(chip, scenario.images.server())
}

/// Waits until a firmware says hello; returns its slot.
fn boot(bench: &mut Bench, map: FlashMap) -> Slot {
    let mut started = None;
    bench.until("a firmware to say hello", PATIENCE, |bench| {
        started = Slot::ALL
            .into_iter()
            .find(|slot| says_hello(&bench.console, map, *slot));
        started.is_some()
    });
    started.expect("awaited")
}

/// Whether the firmware in that slot has printed its first line.
pub(super) fn says_hello(console: &str, map: FlashMap, slot: Slot) -> bool {
    let place = format!(", {} @ {:#x}", slot.name(), map.slot(slot).start.get());
    console
        .lines()
        .any(|line| line.starts_with("d1-ota ") && line.contains(&place))
}

/// Updates the other slot from `slot`, and waits until what is in it serves its page.
fn update(bench: &mut Bench, map: FlashMap, slot: Slot) {
    bench.join();
    bench.page();
    bench.console.clear();
    bench.begin_update();
    bench.until("the next firmware to say hello", Wait::UPDATE, |bench| {
        says_hello(&bench.console, map, slot.other())
    });
}

/// Reads the slot as the loader would, weak bits and all.
fn assert_is_whole(flash: &Nor, map: FlashMap, slot: Slot) {
    let region = map.slot(slot);
    let mut bytes = vec![0; region.len as usize];
    let mut flash = flash.clone();
    flash.power_on();
    flash.read(region.start.get(), &mut bytes, 0);
    if let Err(fault) = verify(&mut bytes.as_slice(), map, slot) {
        panic!("the image in {} is lost: {fault}", slot.name());
    }
}
