//! Our CRC and checksum against an independent library and against the rule in words.

use crc::{Crc, CRC_32_ISO_HDLC};
use d1_image::checksum::Checksum;
use d1_image::crc::Crc32;
use proptest::prelude::*;

const REFERENCE: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

#[test]
fn crc_of_the_usual_check_string() {
    let mut crc = Crc32::new();
    crc.update(b"123456789");
    assert_eq!(crc.zlib(), 0xCBF4_3926);
    assert_eq!(crc.image_word(), 0x340B_C6D9);
}

#[test]
fn checksum_of_nothing_is_its_seed() {
    assert_eq!(Checksum::new().value(), 0xEF);
}

proptest! {
    #[test]
    fn crc_in_pieces_is_the_librarys(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
        let (head, tail) = bytes.split_at(cut.min(bytes.len()));
        let mut crc = Crc32::new();
        crc.update(head);
        crc.update(tail);
        let zlib = REFERENCE.checksum(&bytes);
        prop_assert_eq!(crc.zlib(), zlib);
        let stored = if zlib >> 31 == 1 { zlib ^ 0xFFFF_FFFF } else { zlib + 1 };
        prop_assert_eq!(crc.image_word(), stored);
    }

    #[test]
    fn checksum_is_the_xor_of_all_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut checksum = Checksum::new();
        checksum.update(&bytes);
        prop_assert_eq!(checksum.value(), bytes.iter().fold(0xEF, |sum, byte| sum ^ byte));
    }
}
