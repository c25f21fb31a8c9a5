//! What is signed, what is true of it, and what is not.

use d1_image::compose::{Parts, SegmentData};
use d1_image::header::{FlashClock, FlashMode};
use d1_image::manifest::{KeyId, Manifest, ManifestView};
use d1_image::verify::verify;
use d1_image::{FlashMap, Slot};
use d1_signature::{
    examine, message, sign, Digest, NotSignable, PublicKey, SecretKey, Signed, DEVELOPMENT,
};
use hex_literal::hex;
use proptest::prelude::*;

/// Of 1000 bytes 0, 1, 2 ... with the manifest at 16, so that 80 to 143 count as zeros. By Python's `hashlib`.
const MESSAGE: [u8; 80] = hex!("64312d6f746120696d6167652076310003fad5baa11ead48287316b67cd99971ed8d307c1753c1597660e48d2de1b226c3a1bd62809e469bdee322702d6c95a93a1ef2112133e947e181b5c5c1fa0636");
/// By the development key on that. By OpenSSL.
const SIGNATURE: [u8; 64] = hex!("cc40892669645b9734cb6cab7f7b11174f1c64869762318db7c498477b70860e401647ecccbd255ae0a5ff082f597a17c84396e0c81d0284db05dcb0ff47d40f");

fn counting() -> Vec<u8> {
    (0..1000).map(|n| n as u8).collect()
}

/// An unsigned image, with its manifest in front or at the end of irom.
fn image(has_room: bool) -> Vec<u8> {
    let mut irom = Vec::new();
    if has_room {
        irom.extend(Manifest::new(0).emit());
    }
    irom.extend((0..500).map(|n| (n * 7) as u8));
    let mut image = Vec::new();
    let parts = Parts {
        map: FlashMap::M1,
        slot: Slot::Two,
        mode: FlashMode::Dio,
        clock: FlashClock::Mhz40,
        entry: 0x4010_0004,
        manifest: Manifest::new(5),
        irom: &irom,
        segments: &[SegmentData {
            address: 0x4010_0000,
            data: &[3; 80],
        }],
    };
    let sink = |bytes: &[u8]| {
        image.extend_from_slice(bytes);
        Ok::<(), ()>(())
    };
    parts.compose(sink).unwrap();
    image
}

fn signed() -> Vec<u8> {
    let mut image = image(true);
    sign(&mut image, &SecretKey::DEVELOPMENT).unwrap();
    image
}

/// Makes checksum and CRC right again, as whoever changes an image would.
fn repair_crc(image: &mut [u8]) {
    let end = image.len() - 4;
    let mut crc = d1_image::crc::Crc32::new();
    crc.update(&image[..end]);
    image[end..].copy_from_slice(&crc.image_word().to_le_bytes());
}

#[test]
fn the_development_key_is_the_public_half_of_its_secret() {
    assert_eq!(SecretKey::DEVELOPMENT.public(), DEVELOPMENT);
    assert_eq!(DEVELOPMENT.name().to_string(), "development key 47409e86");
    let other = SecretKey::new([7; 32]).public();
    assert_eq!(other.name().to_string(), format!("key {}", other.id()));
}

#[test]
fn a_debug_print_does_not_give_the_secret_away() {
    let key = SecretKey::new([7; 32]);
    assert_eq!(
        format!("{key:?}"),
        format!("SecretKey({})", key.public().id())
    );
}

#[test]
fn public_keys_survive_their_hex_digits_and_nothing_else_is_one() {
    assert_eq!(
        PublicKey::from_hex(&DEVELOPMENT.to_string()),
        Some(DEVELOPMENT)
    );
    for text in ["", "47", &"g".repeat(64), &"0".repeat(65)] {
        assert_eq!(PublicKey::from_hex(text), None, "{text}");
    }
}

#[test]
fn message_and_signature_are_what_others_make_of_the_same_bytes() {
    let mut digest = Digest::new(16);
    digest.update(&counting());
    assert_eq!(digest.message(), MESSAGE);
    digest = Digest::new(16);
    digest.update(&counting());
    assert!(digest.verify(&DEVELOPMENT, &SIGNATURE));
}

#[test]
fn a_signed_image_is_a_good_image_for_everybody_else() {
    for has_room in [true, false] {
        let mut image = image(has_room);
        assert_eq!(examine(&image, &DEVELOPMENT), Signed::Unsigned);
        sign(&mut image, &SecretKey::DEVELOPMENT).unwrap();
        assert_eq!(examine(&image, &DEVELOPMENT), Signed::Truly);
        let verified = verify(&mut &image[..], FlashMap::M1, Slot::Two).unwrap();
        assert_eq!(verified.build, 5);
        assert_eq!(verified.len as usize, image.len());
    }
}

#[test]
fn signing_again_replaces_the_signature() {
    let mut image = signed();
    let first = image.clone();
    let other = SecretKey::new([7; 32]);
    sign(&mut image, &other).unwrap();
    assert_eq!(examine(&image, &other.public()), Signed::Truly);
    assert_eq!(
        examine(&image, &DEVELOPMENT),
        Signed::ByAnother(other.public().id())
    );
    sign(&mut image, &SecretKey::DEVELOPMENT).unwrap();
    assert!(image == first, "signing is deterministic");
}

#[test]
fn another_key_under_the_trusted_ones_name_is_found_out() {
    let mut image = image(true);
    sign(&mut image, &SecretKey::new([7; 32])).unwrap();
    ManifestView::new_unchecked(&mut image[16..]).set_key(Some(DEVELOPMENT.id()));
    repair_crc(&mut image);
    assert!(verify(&mut &image[..], FlashMap::M1, Slot::Two).is_ok());
    assert_eq!(examine(&image, &DEVELOPMENT), Signed::Falsely);
}

#[test]
fn every_flipped_bit_before_the_crc_word_breaks_the_signature_though_the_crc_is_repaired() {
    let good = signed();
    // Magic and header decide where the manifest is; from there on, every bit of every sixth byte.
    for at in (16..good.len() - 4).step_by(6) {
        let mut image = good.clone();
        image[at] ^= 1 << (at % 8);
        repair_crc(&mut image);
        assert_ne!(examine(&image, &DEVELOPMENT), Signed::Truly, "byte {at}");
    }
}

#[test]
fn keys_and_signatures_of_low_order_are_true_of_nothing() {
    // The neutral element: (0, 1), and zero for the scalar. Without strictness it signs everything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let mut digest = Digest::new(16);
    digest.update(&counting());
    assert!(!digest.verify(&PublicKey::new(neutral), &signature));
}

#[test]
fn images_without_a_place_for_it_cannot_be_signed() {
    let mut image = image(true);
    image[16] = b'X';
    assert_eq!(sign(&mut image, &SecretKey::DEVELOPMENT), Err(NotSignable));
    assert_eq!(message(&image), Err(NotSignable));
    assert_eq!(examine(&image, &DEVELOPMENT), Signed::NoManifest);
    let mut rubbish = *b"GIF89a";
    assert_eq!(
        sign(&mut rubbish, &SecretKey::DEVELOPMENT),
        Err(NotSignable)
    );
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        bytes in prop::collection::vec(any::<u8>(), 0..600), manifest in 0..700_u32, piece in 1..300_usize,
    ) {
        let mut at_once = Digest::new(manifest);
        at_once.update(&bytes);
        let mut in_pieces = Digest::new(manifest);
        bytes.chunks(piece).for_each(|piece| in_pieces.update(piece));
        prop_assert_eq!(in_pieces.len(), bytes.len() as u32);
        prop_assert_eq!(at_once.message(), in_pieces.message());
    }

    #[test]
    fn whole_blocks_make_no_difference(
        bytes in prop::collection::vec(any::<u8>(), 0..1000), manifest in 0..700_u32, start in 0..200_usize,
    ) {
        let mut at_once = Digest::new(manifest);
        at_once.update(&bytes);
        let mut by_blocks = Digest::new(manifest);
        let (first, then) = bytes.split_at(start.min(bytes.len()));
        by_blocks.update(first);
        let (blocks, rest) = then.as_chunks();
        for block in blocks {
            if !by_blocks.take_block(block) {
                by_blocks.update(block);
            }
        }
        by_blocks.update(rest);
        prop_assert_eq!(at_once.message(), by_blocks.message());
    }

    #[test]
    fn the_hash_is_the_librarys(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        use sha2::Digest as _;
        let mut digest = Digest::new(1000);
        digest.update(&bytes);
        prop_assert_eq!(&digest.message()[16..], &sha2::Sha512::digest(&bytes)[..]);
    }

    #[test]
    fn the_signatures_own_bytes_do_not_matter_and_all_others_do(
        mut bytes in prop::collection::vec(any::<u8>(), 200..300), at in 0..200_usize,
    ) {
        let of = |bytes: &[u8]| {
            let mut digest = Digest::new(16);
            digest.update(bytes);
            digest.message()
        };
        let before = of(&bytes);
        bytes[at] ^= 0x10;
        prop_assert_eq!(of(&bytes) == before, (80..144).contains(&at));
    }

    #[test]
    fn random_images_and_signatures_never_panic_and_are_never_true(
        bytes in prop::collection::vec(any::<u8>(), 0..400), signature: [u8; 32], key: [u8; 32],
    ) {
        prop_assert!(examine(&bytes, &DEVELOPMENT) == Signed::NoManifest);
        let mut whole = [0; 64];
        whole[..32].copy_from_slice(&signature);
        let mut digest = Digest::new(16);
        digest.update(&bytes);
        prop_assert!(!digest.verify(&PublicKey::new(key), &whole));
    }
}

#[test]
fn key_ids_are_a_name_only() {
    let id = DEVELOPMENT.id();
    assert_eq!(id, KeyId([0x47, 0x40, 0x9E, 0x86]));
}
