//! Synthetic images for the tests of this crate.
#![allow(dead_code)] // every test binary uses its own part

use d1_image::compose::{Parts, SegmentData};
use d1_image::header::{FlashClock, FlashMode};
use d1_image::manifest::Manifest;
use d1_image::{FlashMap, Slot};
use proptest::prelude::*;

/// The parts of an image, owned.
#[derive(Clone, Debug)]
pub struct Sample {
    pub map: FlashMap,
    pub slot: Slot,
    pub entry: u32,
    pub build: u32,
    pub irom: Vec<u8>,
    pub segments: Vec<(u32, Vec<u8>)>,
}

impl Sample {
    /// A few hundred bytes for slot 1 of the 1M map: one segment of code, one of data.
    pub fn small() -> Sample {
        Sample {
            map: FlashMap::M1,
            slot: Slot::One,
            entry: 0x4010_0004,
            build: 7,
            irom: (0..100).map(|n| n as u8).collect(),
            segments: vec![
                (0x4010_0000, (0..36).map(|n| 3 * n as u8).collect()),
                (0x3FFE_8000, (0..23).map(|n| 5 * n as u8).collect()),
            ],
        }
    }

    /// Calls `f` with the parts, borrowed.
    pub fn with_parts<T>(&self, f: impl FnOnce(&Parts) -> T) -> T {
        let segments: Vec<SegmentData> = self
            .segments
            .iter()
            .map(|(address, data)| SegmentData {
                address: *address,
                data,
            })
            .collect();
        f(&Parts {
            map: self.map,
            slot: self.slot,
            mode: FlashMode::Dio,
            clock: FlashClock::Mhz40,
            entry: self.entry,
            manifest: Manifest::new(self.build),
            irom: &self.irom,
            segments: &segments,
        })
    }

    /// The composed image.
    pub fn image(&self) -> Vec<u8> {
        let mut image = Vec::new();
        self.with_parts(|parts| {
            parts.compose(|bytes| {
                image.extend_from_slice(bytes);
                Ok::<(), ()>(())
            })
        })
        .unwrap();
        image
    }

    /// The length the composer announces.
    pub fn image_len(&self) -> u32 {
        self.with_parts(|parts| parts.image_len())
    }
}

/// Any small image: any map and slot, one to four segments in instruction and data RAM.
pub fn any() -> impl Strategy<Value = Sample> {
    let bytes = |max| prop::collection::vec(proptest::prelude::any::<u8>(), 0..max);
    let code = (
        0u32..0x400,
        prop::collection::vec(proptest::prelude::any::<u8>(), 1..200),
    );
    let data = prop::collection::vec((0u32..0x400, bytes(100)), 0..4);
    (
        0usize..3,
        prop::bool::ANY,
        proptest::prelude::any::<u32>(),
        bytes(2000),
        code,
        data,
    )
        .prop_map(|(map, second, build, irom, (code_at, code), data)| {
            let entry = 0x4010_0000 + 4 * code_at + code.len() as u32 / 2;
            let mut segments = vec![(0x4010_0000 + 4 * code_at, code)];
            segments.extend(
                data.into_iter()
                    .map(|(at, bytes)| (0x3FFE_8000 + 4 * at, bytes)),
            );
            let slot = if second { Slot::Two } else { Slot::One };
            Sample {
                map: FlashMap::ALL[map],
                slot,
                entry,
                build,
                irom,
                segments,
            }
        })
}
