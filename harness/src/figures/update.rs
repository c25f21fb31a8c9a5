//! How long an update takes, and where its time goes.

use d1_emulator::air::{Conditions, State};
use d1_image::{FlashMap, Slot};
use nor_model::{Chip, Nor, Pace};

use super::padded::padded;
use crate::{Act, Bench, Fault, Images, Server, Wait};

const MAP: FlashMap = FlashMap::M1;

/// An update on the slowest flash, and one that waits for each segment.
const LONG: Wait = Wait(180_000);

/// The circumstances of an update of the 1M map from slot 1 to slot 2.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Bytes of the new image.
    pub len: usize,
    /// Which of the data sheet's times the flash chip takes.
    pub pace: Pace,
    /// Probability that a frame, or its ACK, is not heard.
    pub loss: f64,
}

/// What happened when, in microseconds since the trigger was pulled.
#[derive(Clone, Copy, Debug)]
pub struct Stages {
    /// The server has the request.
    pub requested: u64,
    /// The first erase in the slot has begun.
    pub erasing: u64,
    /// The last page is being programmed.
    pub written: u64,
    /// The boot record has the verdict.
    pub switched: u64,
    /// The new firmware runs.
    pub running: u64,
    /// Frames that the station had to send again, for want of an ACK.
    pub retries: u64,
}

/// Makes one update, and looks at the clock every [`Bench::slice`], half a millisecond.
///
/// # Panics
/// When the update fails.
pub fn update(images: &Images, circumstances: Circumstances) -> Stages {
    let image = padded(&images.user2, MAP, Slot::Two, circumstances.len);
    let server = Server::of(&images.user1, &image);
    let mut bench = power_on(&images.flash, server, circumstances);
    bench.join();
    let path = bench.link("begin update");
    let watch = Watch::start(&mut bench, circumstances);
    bench.pull(&path);
    bench.until("the request", Wait::UPDATE, |bench| {
        !bench.server.requests.is_empty()
    });
    let requested = watch.time(&bench);
    let (erasing, written) = watch.until_written(&mut bench, &image);
    let before = record(&bench);
    bench.until("the verdict", LONG, |bench| record(bench) != before);
    let switched = watch.time(&bench);
    bench.console.clear();
    // What the firmware says, not the boot loader.
    bench.until_console("last update: ", LONG);
    let retries = bench.station().tally().retries;
    Stages {
        requested,
        erasing,
        written,
        switched,
        running: watch.time(&bench),
        retries,
    }
}

/// The same by an updater as the vendor's library is one (`src/baseline.rs`): until its last page is being
/// programmed, and until it has compared the CRC, in microseconds since a station had an address.
///
/// # Panics
/// When it fails, and when `cargo xtask test` did not build it.
pub fn vendor_style(images: &Images, circumstances: Circumstances) -> (u64, u64) {
    let image = padded(&images.user2, MAP, Slot::Two, circumstances.len);
    let program = Fault::VendorStyle.image(Slot::One);
    let mut flash = images.flash.clone();
    let slot = MAP.slot(Slot::One);
    let room = &mut flash[slot.start.get() as usize..slot.end().get() as usize];
    room.fill(0xFF);
    room[..program.len()].copy_from_slice(&program);

    let sent = image.clone();
    let server = Server::new(move |request| match request.method.as_str() {
        "HEAD" => Act::with_length(&[], sent.len()),
        _ => Act::ok(&sent),
    });
    let mut bench = power_on(&flash, server, circumstances);
    bench.until("the station to get an address", Wait::BOOT, |bench| {
        matches!(bench.station().state(), State::Joined { address: Some(_) })
    });
    let watch = Watch::start(&mut bench, circumstances);
    let (_, written) = watch.until_written(&mut bench, &image);
    bench.until_console("baseline: done", LONG);
    (written, watch.time(&bench))
}

fn power_on(flash: &[u8], server: Server, circumstances: Circumstances) -> Bench {
    let mut nor = Nor::new(Chip::W25Q32, flash).expect("it fits the chip");
    nor.set_pace(circumstances.pace);
    Bench::power_on_with(nor, server)
}

/// The sectors of the boot record.
fn record(bench: &Bench) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sector in MAP.record_sectors() {
        let mut piece = [0; nor_model::SECTOR_LEN as usize];
        bench.machine.flash().peek(sector.get(), &mut piece);
        bytes.extend_from_slice(&piece);
    }
    bytes
}

/// Time since an update began.
struct Watch {
    started: u64,
    /// How often each sector of slot 2 was erased before.
    erased: Vec<u32>,
}

impl Watch {
    /// From now on; the air is as bad as it is to be.
    fn start(bench: &mut Bench, circumstances: Circumstances) -> Watch {
        bench.machine.air().set_conditions(Conditions {
            loss: circumstances.loss,
            damage: 0.0,
        });
        Watch {
            started: bench.machine.now().as_micros(),
            erased: erase_counts(bench),
        }
    }

    fn time(&self, bench: &Bench) -> u64 {
        bench.machine.now().as_micros() - self.started
    }

    /// When the first erase began, and when the last page was being programmed.
    fn until_written(&self, bench: &mut Bench, image: &[u8]) -> (u64, u64) {
        bench.until("the first erase", LONG, |bench| {
            erase_counts(bench) != self.erased
        });
        let erasing = self.time(bench);
        let (end, last) = (image.len() as u32, &image[image.len() - 4..]);
        bench.until("the last page", LONG, |bench| {
            let mut held = [0; 4];
            let at = MAP.slot(Slot::Two).start.get() + end - 4;
            bench.machine.flash().peek(at, &mut held);
            held == last
        });
        (erasing, self.time(bench))
    }
}

/// How often each sector of slot 2 was erased.
fn erase_counts(bench: &Bench) -> Vec<u32> {
    let slot = MAP.slot(Slot::Two);
    let sectors =
        slot.start.get() / nor_model::SECTOR_LEN..slot.end().get() / nor_model::SECTOR_LEN;
    bench.machine.flash().erase_counts()[sectors.start as usize..sectors.end as usize].to_vec()
}
