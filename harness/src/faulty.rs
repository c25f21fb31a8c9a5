//! Images of firmware that goes wrong on purpose, and flash in which one of them is on trial.

use std::fs;

use d1_image::crc::seal;
use d1_image::log::CELL_LEN;
use d1_image::record::{scan, Kind};
use d1_image::{FlashMap, Slot};

use crate::{image_directory, Images};

/// What the image does, by its number there (`src/faults.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Fault {
    PanicAtStart = 1,
    EndlessLoop = 2,
    InterruptsOff = 3,
    WildJump = 4,
    StackOverflow = 5,
    FedButDeaf = 6,
    EraseRecordAndHang = 7,
    EraseRecordAndPanic = 8,
    /// No fault but the pace: an updater as the vendor's library is one (`src/baseline.rs`).
    VendorStyle = 9,
}

/// What the fault's number stands behind.
const MARK: [u32; 3] = [0x6372_6173, 0x6820_6F6E, 0x2070_7572];

impl Fault {
    /// A whole image for `slot` that commits this fault, with sums that say it is good.
    ///
    /// # Panics
    /// When the images are not built.
    pub fn image(self, slot: Slot) -> Vec<u8> {
        let path = image_directory().join(format!("faulty{}.bin", slot.number()));
        let mut image = fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "cannot read {}: {error}. `cargo xtask test` builds it.",
                path.display()
            )
        });
        let mark: Vec<u8> = MARK.iter().flat_map(|word| word.to_le_bytes()).collect();
        let at = image
            .windows(mark.len())
            .position(|window| window == mark)
            .expect("the image has the mark")
            + mark.len();
        image[at] = self as u8;
        // The word is in a segment, which the checksum covers; it was zero.
        let checksum = image.len() - 5;
        image[checksum] ^= self as u8;
        seal(&mut image);
        image
    }
}

/// A flash of the 1M map with good firmware confirmed in one slot, and `image` selected on trial in `slot`.
pub fn on_trial(images: &Images, slot: Slot, image: &[u8]) -> Vec<u8> {
    let map = FlashMap::M1;
    let mut flash = images.flash.clone();
    let good = match slot.other() {
        Slot::One => &images.user1,
        Slot::Two => &images.user2,
    };
    for (slot, bytes) in [(slot.other(), good.as_slice()), (slot, image)] {
        let region = map.slot(slot);
        let room = &mut flash[region.start.get() as usize..region.end().get() as usize];
        room.fill(0xFF);
        room[..bytes.len()].copy_from_slice(bytes);
    }
    for (kind, slot) in [
        (Kind::Select { trial: false }, slot.other()),
        (Kind::Select { trial: true }, slot),
    ] {
        let scan = scan(&mut &flash[..], map).expect("the flash is whole");
        let plan = scan.plan(map);
        let entry = scan.entry(
            kind,
            slot,
            slot.other().number().into(),
            slot.number().into(),
        );
        flash[plan.write.get() as usize..][..CELL_LEN].copy_from_slice(&entry.emit());
    }
    flash
}
