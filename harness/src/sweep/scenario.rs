//! Where a device starts, what happens to it, and the cuts of that.

use d1_image::history::{self, Event};
use d1_image::log::{CELL_COUNT, CELL_LEN};
use d1_image::record::{Entry, Kind, Scan};
use d1_image::{FlashMap, Slot};
use nor_model::{Chip, Nor};

use super::cut::{Cut, Expectation};
use super::recovery::says_hello;
use crate::{hanging, Act, Bench, Images, Server, Wait};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// The device is updated, starts the new image on trial and confirms it.
    Update,
    /// The device is switched on with an image on trial that is good.
    Confirm,
    /// The device is switched on with an image on trial that hangs.
    Revert,
}

/// A course of events on one device.
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// How its flash is divided.
    pub map: FlashMap,
    pub(super) images: Images,
    start: Nor,
    course: Course,
    /// The slot of the confirmed image.
    kept: Slot,
}

/// Every scenario on this map, whose images these are.
///
/// # Panics
/// When a device does not come to where its scenario starts.
pub fn scenarios(map: FlashMap, images: &Images) -> Vec<Scenario> {
    let scenario = |name: &str, start: Nor, course, kept| Scenario {
        name: format!("{}: {name}", map.name()),
        map,
        images: images.clone(),
        start,
        course,
        kept,
    };
    let fresh = nor(&images.flash);
    let updated = after_update(map, images);
    let failed = after_failed_update(images);
    let on_trial = with_record(
        map,
        &with_user2(map, images, &images.user2),
        0,
        Kind::Select { trial: true },
    );
    let hangs = with_user2(map, images, &hanging(&images.user2));
    let hangs = with_record(map, &hangs, 0, Kind::Select { trial: true });
    let mut all = vec![
        scenario("update from slot 1", fresh, Course::Update, Slot::One),
        scenario("update from slot 2", updated, Course::Update, Slot::Two),
        scenario(
            "update over a failed one",
            failed,
            Course::Update,
            Slot::One,
        ),
        scenario("trial confirmed", on_trial, Course::Confirm, Slot::One),
        scenario("trial reverted", hangs, Course::Revert, Slot::One),
    ];
    // The entry behind the last cell of a sector is the first trial, then the confirmation.
    for (name, cells) in [
        ("record rolls over at the trial", CELL_COUNT - 1),
        ("record rolls over at the confirmation", CELL_COUNT - 2),
    ] {
        let flash = with_user2(map, images, &images.user2);
        let start = with_record(map, &flash, cells, Kind::Select { trial: true });
        all.push(scenario(name, start, Course::Confirm, Slot::One));
    }
    // The event behind the last cell of a sector is the update's beginning, then its end.
    for (name, events) in [
        ("history rolls over as an update begins", 2 * CELL_COUNT),
        ("history rolls over as an update ends", 2 * CELL_COUNT - 1),
    ] {
        let start = nor(&with_history(map, images, events));
        all.push(scenario(name, start, Course::Update, Slot::One));
    }
    all
}

impl Scenario {
    /// The chip it starts with, to see what the sweep makes of another one.
    pub fn start_mut(&mut self) -> &mut Nor {
        &mut self.start
    }

    /// Lets it happen; returns every cut of it.
    pub(super) fn cuts(&self) -> Vec<Cut> {
        let mut bench = Bench::power_on_with(self.start.clone(), self.images.server());
        if self.course == Course::Update {
            bench.join();
            bench.machine.flash_mut().keep_cuts();
            bench.begin_update();
        } else {
            bench.machine.flash_mut().keep_cuts();
        }
        let (last, may_switch) = match self.course {
            Course::Update | Course::Confirm => (self.kept.other(), true),
            Course::Revert => (self.kept, false),
        };
        bench.until("the last firmware to say hello", Wait(120_000), |bench| {
            says_hello(&bench.console, self.map, last)
        });
        if may_switch {
            // Whoever asks for the page confirms the new image.
            bench.until_console("confirmed: ", Wait(30_000));
        }
        let expectation = Expectation {
            kept: self.kept,
            may_switch,
        };
        let made = bench.machine.flash_mut().take_cut_chips();
        made.into_iter()
            .map(|made| Cut { made, expectation })
            .collect()
    }
}

fn nor(flash: &[u8]) -> Nor {
    Nor::new(Chip::W25Q32, flash).expect("the image is not larger than a D1 mini's flash")
}

/// A device that runs a confirmed update in slot 2. Slot 1 holds something else than the image that comes next: what is
/// in flash already is not written again.
fn after_update(map: FlashMap, images: &Images) -> Nor {
    let mut bench = Bench::with(images);
    bench.begin_update();
    bench.until("build 2 to say hello", Wait::UPDATE, |bench| {
        says_hello(&bench.console, map, Slot::Two)
    });
    bench.until_console("confirmed: ", Wait(30_000));
    let mut flash = bench.machine.into_flash();
    let other: Vec<u8> = images.user1.iter().map(|byte| !byte).collect();
    flash.poke(map.slot(Slot::One).start.get(), &other);
    flash
}

/// A device whose last update broke off half way.
fn after_failed_update(images: &Images) -> Nor {
    let half = &images.user2[..images.user2.len() / 2];
    let server = Server::always(Act::with_length(half, images.user2.len()));
    let mut bench = Bench::boot(&images.flash, server);
    bench.begin_update();
    bench.until_console("update failed", Wait::UPDATE);
    bench.machine.into_flash()
}

/// Flash with build 1 in slot 1 and `user2` in slot 2.
fn with_user2(map: FlashMap, images: &Images, user2: &[u8]) -> Vec<u8> {
    let mut flash = images.flash.clone();
    let start = map.slot(Slot::Two).start.get() as usize;
    flash[start..start + user2.len()].copy_from_slice(user2);
    flash
}

/// Flash as it is built, with `events` of long ago in its history.
fn with_history(map: FlashMap, images: &Images, events: u32) -> Vec<u8> {
    let mut flash = images.flash.clone();
    for past in 0..events {
        let event = Event {
            sequence: past + 1,
            kind: history::Kind::Began { record: 0 },
            slot: Slot::Two,
            from_build: 1,
            to_build: 2,
            bytes: 0,
        };
        let sector = map.history_sectors()[(past / CELL_COUNT) as usize].get();
        let at = (sector + past % CELL_COUNT * CELL_LEN as u32) as usize;
        flash[at..at + CELL_LEN].copy_from_slice(&event.emit());
    }
    flash
}

/// The flash with `filled` old entries in its boot record, and `last` for slot 2 behind them.
fn with_record(map: FlashMap, flash: &[u8], filled: u32, last: Kind) -> Nor {
    let mut flash = flash.to_vec();
    let mut scan = Scan::new();
    for cell in 0..=filled {
        let entry = if cell == filled {
            scan.entry(last, Slot::Two, 1, 2)
        } else {
            scan.entry(Kind::Confirm, Slot::One, 1, 1)
        };
        let bytes = entry.emit();
        let at = map.record_sectors()[0].get() as usize + cell as usize * Entry::LEN;
        flash[at..at + Entry::LEN].copy_from_slice(&bytes);
        scan.cell(0, cell, &bytes);
    }
    nor(&flash)
}
