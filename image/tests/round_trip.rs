//! Composing and verifying are inverse, and nothing else verifies.

mod sample;

use d1_image::header::{FlashClock, FlashMode, InnerView, OuterView};
use d1_image::verify::{verify, Fault};
use d1_image::{FlashMap, Slot};
use proptest::prelude::*;
use sample::Sample;

/// Flips one bit of an image.
fn flip(image: &mut [u8], bit: usize) {
    image[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn every_single_flipped_bit_is_detected() {
    let sample = Sample::small();
    let mut image = sample.image();
    for bit in 0..image.len() * 8 {
        flip(&mut image, bit);
        let verdict = verify(&mut image.as_slice(), sample.map, sample.slot);
        assert!(
            verdict.is_err(),
            "bit {bit} of {} went unnoticed",
            image.len() * 8
        );
        flip(&mut image, bit);
    }
}

#[test]
fn every_truncation_is_detected() {
    let sample = Sample::small();
    let image = sample.image();
    for len in 0..image.len() {
        let verdict = verify(&mut &image[..len], sample.map, sample.slot);
        assert_eq!(verdict, Err(Fault::Unreadable), "{len} bytes");
    }
}

#[test]
fn bytes_behind_the_image_do_not_matter() {
    let sample = Sample::small();
    let mut image = sample.image();
    let len = image.len() as u32;
    image.extend_from_slice(&[0xFF; 100]);
    let verified = verify(&mut image.as_slice(), sample.map, sample.slot).unwrap();
    assert_eq!(verified.len, len);
}

#[test]
fn headers_say_what_was_composed() {
    let sample = Sample::small();
    let image = sample.image();
    let outer = OuterView::new_checked(image.as_slice()).unwrap();
    assert_eq!(outer.slot_number(), 1);
    assert_eq!(outer.entry(), sample.entry);
    assert_eq!(outer.map_code(), Some(2));
    let inner = InnerView::new_checked(&image[16 + outer.irom_len() as usize..]).unwrap();
    assert_eq!(
        FlashMode::from_code(inner.mode_code()),
        Some(FlashMode::Dio)
    );
    assert_eq!(
        FlashClock::from_code(inner.clock_code()),
        Some(FlashClock::Mhz40)
    );
    assert_eq!(inner.map_code(), 2);
    assert_eq!(inner.segment_count(), 2);
    assert_eq!(inner.entry(), sample.entry);
}

proptest! {
    #[test]
    fn what_is_composed_verifies(sample in sample::any()) {
        let image = sample.image();
        let verified = verify(&mut image.as_slice(), sample.map, sample.slot).unwrap();
        prop_assert_eq!(verified.len as usize, image.len());
        prop_assert_eq!(image.len() as u32, sample.image_len());
        prop_assert_eq!(verified.entry, sample.entry);
        prop_assert_eq!(verified.build, sample.build);
        let mut segments = verified.segments();
        for (address, data) in &sample.segments {
            let segment = segments.next(&mut image.as_slice()).unwrap().unwrap();
            prop_assert_eq!(segment.header.address, *address);
            let start = segment.data_offset as usize;
            prop_assert_eq!(&image[start..start + data.len()], data.as_slice());
        }
        prop_assert_eq!(segments.next(&mut image.as_slice()).unwrap(), None);
    }

    #[test]
    fn an_image_verifies_for_its_slot_and_map_only(sample in sample::any()) {
        let image = sample.image();
        let other_slot = verify(&mut image.as_slice(), sample.map, sample.slot.other());
        prop_assert_eq!(other_slot, Err(Fault::WrongSlot));
        for map in FlashMap::ALL {
            if map != sample.map {
                let other_map = verify(&mut image.as_slice(), map, sample.slot);
                prop_assert_eq!(other_map, Err(Fault::WrongMap));
            }
        }
    }

    #[test]
    fn one_flipped_bit_never_verifies(sample in sample::any(), at in any::<prop::sample::Index>()) {
        let mut image = sample.image();
        flip(&mut image, at.index(sample.image_len() as usize * 8));
        prop_assert!(verify(&mut image.as_slice(), sample.map, sample.slot).is_err());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for slot in Slot::ALL {
            prop_assert!(verify(&mut bytes.as_slice(), FlashMap::M1, slot).is_err());
        }
    }

    #[test]
    fn random_bytes_behind_a_true_start_never_panic(
        sample in sample::any(),
        patch in prop::collection::vec(any::<u8>(), 1..64),
        at in any::<prop::sample::Index>(),
    ) {
        let mut image = sample.image();
        let at = at.index(image.len());
        let end = image.len().min(at + patch.len());
        let changed = image[at..end] != patch[..end - at];
        image[at..end].copy_from_slice(&patch[..end - at]);
        prop_assert_eq!(verify(&mut image.as_slice(), sample.map, sample.slot).is_err(), changed);
    }
}
