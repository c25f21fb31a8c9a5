//! Each way an image can be bad, by name.

mod sample;

use d1_image::compose::{compose_boot, ComposeError, SegmentData};
use d1_image::crc::seal;
use d1_image::header::{FlashClock, FlashMode};
use d1_image::manifest;
use d1_image::verify::{verify, Fault};
use d1_image::FlashMap;
use sample::Sample;

/// Verifies the small sample after `change`, with its CRC made right again.
fn fault_after(change: impl FnOnce(&mut Vec<u8>)) -> Option<Fault> {
    let sample = Sample::small();
    let mut image = sample.image();
    change(&mut image);
    seal(&mut image);
    verify(&mut image.as_slice(), sample.map, sample.slot).err()
}

/// Where the small sample's inner header is: 16 + 112 bytes of irom + 128 of manifest.
const INNER: usize = 256;

#[test]
fn nothing_changed_is_no_fault() {
    assert_eq!(fault_after(|_| ()), None);
}

#[test]
fn erased_flash_is_blank() {
    let blank = [0xFF; 64];
    let sample = Sample::small();
    assert_eq!(
        verify(&mut blank.as_slice(), sample.map, sample.slot),
        Err(Fault::Blank)
    );
}

#[test]
fn wrong_magic_is_not_an_image() {
    assert_eq!(
        fault_after(|image| image[0] = 0xE9),
        Some(Fault::NotAnImage)
    );
}

#[test]
fn byte_three_names_the_slot() {
    assert_eq!(fault_after(|image| image[3] = 2), Some(Fault::WrongSlot));
    assert_eq!(fault_after(|image| image[3] = 0x20), Some(Fault::WrongSlot));
}

#[test]
fn the_inner_header_names_the_map() {
    assert_eq!(
        fault_after(|image| image[INNER + 3] = 0x60),
        Some(Fault::WrongMap)
    );
}

#[test]
fn irom_longer_than_the_slot_is_too_large() {
    assert_eq!(fault_after(|image| image[14] = 8), Some(Fault::TooLarge));
}

#[test]
fn ragged_irom_and_missing_inner_header_are_bad_headers() {
    assert_eq!(fault_after(|image| image[12] |= 4), Some(Fault::BadHeader));
    assert_eq!(
        fault_after(|image| image[INNER] = 0xEA),
        Some(Fault::BadHeader)
    );
    assert_eq!(
        fault_after(|image| image[INNER + 1] = 17),
        Some(Fault::BadHeader)
    );
}

#[test]
fn segments_outside_of_the_images_ram_are_bad_segments() {
    for address in [
        0x4010_C000,
        0x4010_E000,
        0x3FFF_C000,
        0x4020_1000,
        0x6000_0000,
        0x4010_0002_u32,
    ] {
        let fault = fault_after(|image| {
            image[INNER + 8..INNER + 12].copy_from_slice(&address.to_le_bytes())
        });
        assert_eq!(fault, Some(Fault::BadSegment), "{address:#x}");
    }
}

#[test]
fn segments_past_the_slot_are_too_large() {
    // Irom fills the slot but for one line, so that the first segment runs over its end.
    let mut sample = Sample::small();
    sample.map = FlashMap::K512;
    sample.irom = vec![0; sample.map.slot(sample.slot).len as usize - 0x400];
    let mut image = sample.image();
    let inner = 16 + sample.irom.len() + manifest::LEN;
    image[inner + 12..inner + 16].copy_from_slice(&0xC000_u32.to_le_bytes());
    let verdict = verify(&mut image.as_slice(), sample.map, sample.slot);
    assert_eq!(verdict, Err(Fault::TooLarge));
}

#[test]
fn entry_must_be_in_a_code_segment() {
    for entry in [0x4010_0024, 0x400F_FFFC, 0x3FFE_8000, 0x4020_1010_u32] {
        let fault =
            fault_after(|image| image[INNER + 4..INNER + 8].copy_from_slice(&entry.to_le_bytes()));
        assert_eq!(fault, Some(Fault::BadEntry), "{entry:#x}");
    }
}

#[test]
fn changed_segment_data_is_a_checksum_fault() {
    assert_eq!(
        fault_after(|image| image[INNER + 16] ^= 1),
        Some(Fault::BadChecksum)
    );
}

#[test]
fn changed_irom_is_a_crc_fault() {
    let sample = Sample::small();
    let mut image = sample.image();
    image[20] ^= 0x80;
    assert_eq!(
        verify(&mut image.as_slice(), sample.map, sample.slot),
        Err(Fault::BadCrc)
    );
}

#[test]
fn fault_codes_lead_back_and_names_differ() {
    for fault in Fault::ALL {
        assert_eq!(Fault::from_code(fault.code()), Some(fault));
        assert_eq!(
            Fault::ALL
                .iter()
                .filter(|other| other.name() == fault.name())
                .count(),
            1
        );
    }
    assert_eq!(Fault::from_code(0), None);
    assert_eq!(Fault::from_code(12), None);
}

fn compose_error(sample: &Sample) -> ComposeError<()> {
    sample
        .with_parts(|parts| parts.compose(|_| Ok(())))
        .unwrap_err()
}

#[test]
fn composer_refuses_what_the_verifier_would() {
    let mut sample = Sample::small();
    sample.segments[1].0 = 0x3FFF_C000;
    assert_eq!(compose_error(&sample), ComposeError::BadSegment(1));

    let mut sample = Sample::small();
    sample.segments = vec![(0x4010_0000, vec![0; 4]); 17];
    assert_eq!(compose_error(&sample), ComposeError::TooManySegments);

    let mut sample = Sample::small();
    sample.irom = vec![0; sample.map.slot(sample.slot).len as usize];
    assert_eq!(
        compose_error(&sample),
        ComposeError::TooLarge(sample.image_len())
    );

    let sink_fails = Sample::small().with_parts(|parts| parts.compose(|_| Err(7)));
    assert_eq!(sink_fails, Err(ComposeError::Sink(7)));
}

#[test]
fn the_largest_image_fills_its_slot() {
    let mut sample = Sample::small();
    let room = sample.map.slot(sample.slot).len;
    sample.irom = Vec::new();
    let rest = sample.image_len();
    sample.irom = vec![0x5A; (room - rest) as usize / 16 * 16];
    let image = sample.image();
    assert!(image.len() as u32 <= room && image.len() as u32 > room - 16);
    assert!(verify(&mut image.as_slice(), sample.map, sample.slot).is_ok());
}

#[test]
fn boot_loader_image_is_what_the_mask_rom_reads() {
    let segments = [SegmentData {
        address: 0x4010_E000,
        data: &[1, 2, 3, 4, 5],
    }];
    let mut image = Vec::new();
    let len = compose_boot(
        FlashMap::M1,
        FlashMode::Dio,
        FlashClock::Mhz40,
        0x4010_E000,
        &segments,
        |bytes| {
            image.extend_from_slice(bytes);
            Ok::<(), ()>(())
        },
    );
    let expected = [
        0xE9,
        1,
        2,
        0x20,
        0,
        0xE0,
        0x10,
        0x40, // header
        0,
        0xE0,
        0x10,
        0x40,
        8,
        0,
        0,
        0, // segment header
        1,
        2,
        3,
        4,
        5,
        0,
        0,
        0, // data, padded to words
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0xEF ^ 1, // padding and checksum (1^2^3^4^5 = 1)
    ];
    assert_eq!(len, Ok(expected.len() as u32));
    assert_eq!(image, expected);
}
