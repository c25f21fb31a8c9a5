//! Manifests: both ways, where they stand, and what a firmware demands of them.

mod sample;

use d1_image::compose::Parts;
use d1_image::intake::{self, Demands, Refusal};
use d1_image::manifest::{self, KeyId, Manifest, ManifestView, Project};
use d1_image::verify::verify;
use d1_image::{FlashMap, Slot};
use proptest::prelude::*;
use sample::Sample;

const MANIFEST: Manifest = Manifest {
    build: 0x107,
    release: 3,
    image_len: 0x1_D324,
    project: Project::new("d1-ota"),
    board: 1,
    key: Some(KeyId([0x1A, 0x2B, 0x3C, 0x4D])),
};

/// The bytes of [`MANIFEST`].
fn golden() -> [u8; manifest::LEN] {
    let mut bytes = [0; manifest::LEN];
    bytes[..48].copy_from_slice(
        b"D1M2\x07\x01\0\0\x03\0\0\0\x24\xD3\x01\0\
          d1-ota\0\0\0\0\0\0\0\0\0\0\
          \x01\0\0\0\x1A\x2B\x3C\x4D\0\0\0\0\0\0\0\0",
    );
    bytes
}

const DEMANDS: Demands = Demands {
    project: Project::D1_OTA,
    board: 1,
    key: KeyId([0x1A, 0x2B, 0x3C, 0x4D]),
    release: 3,
};

#[test]
fn construct_manifest() {
    assert_eq!(MANIFEST.emit(), golden());
}

#[test]
fn deconstruct_manifest() {
    let mut bytes = golden();
    bytes[64..].fill(0xA5);
    let view = ManifestView::new_checked(&bytes).unwrap();
    assert_eq!(Manifest::parse(&view), MANIFEST);
    assert_eq!(view.signature(), [0xA5; 64]);
    assert_eq!(
        manifest::build_of(bytes[..16].try_into().unwrap()),
        Some(0x107)
    );
}

#[test]
fn other_bytes_are_no_manifest() {
    assert!(ManifestView::new_checked(&golden()[..127]).is_err());
    let old = *b"D1M1\x07\x01\0\0\0\0\0\0\0\0\0\0";
    assert_eq!(manifest::build_of(&old), None);
    assert!(ManifestView::new_checked([0; manifest::LEN]).is_err());
}

#[test]
fn a_signer_sets_key_and_signature_and_nothing_else() {
    let mut bytes = Manifest {
        key: None,
        ..MANIFEST
    }
    .emit();
    let mut view = ManifestView::new_checked(&mut bytes[..]).unwrap();
    assert_eq!(view.key(), None);
    view.set_key(MANIFEST.key);
    view.set_signature(&[0xA5; 64]);
    let mut expected = golden();
    expected[64..].fill(0xA5);
    assert_eq!(bytes, expected);
}

#[test]
fn a_strangers_project_name_cannot_upset_a_terminal() {
    let mut bytes = golden();
    bytes[16..22].copy_from_slice(b"a\x1B[2J\n");
    let view = ManifestView::new_checked(&bytes).unwrap();
    assert_eq!(view.project().to_string(), "a?[2J?");
}

/// The small sample with `irom` and `manifest`.
fn compose(irom: &[u8], manifest: Manifest) -> Vec<u8> {
    let mut image = Vec::new();
    Sample::small().with_parts(|parts| {
        let parts = Parts {
            irom,
            manifest,
            ..*parts
        };
        let len = parts.compose(|bytes| {
            image.extend_from_slice(bytes);
            Ok::<(), ()>(())
        });
        assert_eq!(len, Ok(parts.image_len()));
    });
    image
}

#[test]
fn a_program_with_room_has_its_manifest_first_and_others_last() {
    let mut irom = Manifest::new(0).emit().to_vec();
    irom.extend((0..100).map(|n| n as u8));
    for (irom, place, irom_len) in [(&irom[..], 16, 240), (&irom[128..], 128, 240)] {
        let image = compose(irom, MANIFEST);
        let verified = verify(&mut &image[..], FlashMap::M1, Slot::One).unwrap();
        assert_eq!((verified.irom_len(), verified.build), (irom_len, 0x107));
        let (offset, bytes) = manifest::find(&mut &image[..], irom_len).unwrap().unwrap();
        assert_eq!(offset, place);
        let stated = Manifest::parse(&ManifestView::new_unchecked(&bytes));
        let image_len = image.len() as u32;
        assert_eq!(
            stated,
            Manifest {
                image_len,
                ..MANIFEST
            }
        );
        // The program's own bytes stay where they were linked.
        let code = &irom[irom.len() - 100..];
        let at = 16 + irom.len() - 100;
        assert_eq!(&image[at..at + 100], code);
    }
}

#[test]
fn only_a_manifest_in_front_is_seen_before_the_rest_arrives() {
    let mut irom = Manifest::new(0).emit().to_vec();
    irom.extend([7; 100]);
    for (irom, is_seen) in [(&irom[..], true), (&irom[128..], false)] {
        let image = compose(irom, MANIFEST);
        let first = &image[..intake::LEN];
        let expected = intake::Expected {
            map: FlashMap::M1,
            slot: Slot::One,
            len: None,
        };
        let outer = intake::check(first, expected).unwrap();
        let manifest = intake::manifest(first, &outer);
        assert_eq!(manifest.map(|it| it.build), is_seen.then_some(0x107));
        assert_eq!(intake::manifest(&first[..intake::LEN - 1], &outer), None);
    }
}

#[test]
fn images_without_manifest_have_build_zero() {
    let sample = Sample::small();
    let mut image = sample.image();
    let place = image.windows(4).position(|bytes| bytes == b"D1M2").unwrap();
    image[place + 3] = b'1';
    let end = image.len() - 4;
    let mut crc = d1_image::crc::Crc32::new();
    crc.update(&image[..end]);
    image[end..].copy_from_slice(&crc.image_word().to_le_bytes());
    let verified = verify(&mut &image[..], sample.map, sample.slot).unwrap();
    assert_eq!(verified.build, 0);
    let found = manifest::find(&mut &image[..], verified.irom_len());
    assert_eq!(found, Ok(None));
}

#[test]
fn what_is_demanded_is_admitted() {
    let len = MANIFEST.image_len;
    assert_eq!(intake::admit(&MANIFEST, len, &DEMANDS), Ok(()));
    let newer = Manifest {
        release: 4,
        board: 0,
        ..MANIFEST
    };
    assert_eq!(intake::admit(&newer, len, &DEMANDS), Ok(()));
}

#[test]
fn each_demand_refuses_by_name() {
    let len = MANIFEST.image_len;
    let found = Project::new("blinky");
    let stranger = KeyId([0, 0, 0, 1]);
    let trusted = DEMANDS.key;
    for (manifest, refusal, words) in [
        (
            Manifest {
                project: found,
                ..MANIFEST
            },
            Refusal::OtherProject { found },
            "another project (blinky)",
        ),
        (
            Manifest {
                key: None,
                ..MANIFEST
            },
            Refusal::Unsigned,
            "unsigned",
        ),
        (
            Manifest {
                key: Some(stranger),
                ..MANIFEST
            },
            Refusal::OtherKey {
                found: stranger,
                trusted,
            },
            "signed by key 00000001, not by 1a2b3c4d",
        ),
        (
            Manifest {
                board: 2,
                ..MANIFEST
            },
            Refusal::OtherBoard { lowest: 2 },
            "boards from number 2",
        ),
        (
            Manifest {
                release: 2,
                ..MANIFEST
            },
            Refusal::Older {
                found: 2,
                lowest: 3,
            },
            "an older image: release 2, and 3 runs",
        ),
        (
            Manifest {
                release: 0,
                ..MANIFEST
            },
            Refusal::Older {
                found: 0,
                lowest: 3,
            },
            "a development image",
        ),
        (
            Manifest {
                image_len: len + 16,
                ..MANIFEST
            },
            Refusal::OtherLen {
                stated: len + 16,
                len,
            },
            "119588 bytes for an image of 119604",
        ),
    ] {
        assert_eq!(intake::admit(&manifest, len, &DEMANDS), Err(refusal));
        assert!(refusal.to_string().contains(words), "{refusal}");
    }
}

#[test]
fn development_images_replace_each_other_whatever_their_build() {
    let demands = Demands {
        release: 0,
        ..DEMANDS
    };
    for build in [1, 2, 1] {
        let manifest = Manifest {
            release: 0,
            build,
            ..MANIFEST
        };
        assert_eq!(
            intake::admit(&manifest, manifest.image_len, &demands),
            Ok(())
        );
    }
}

proptest! {
    #[test]
    fn every_manifest_survives_its_bytes(
        build: u32, release: u32, image_len: u32, board: u8, key: [u8; 4], name in "[!-~]{1,16}",
    ) {
        let key = (key != [0; 4]).then_some(KeyId(key));
        let project = Project::new(&name);
        let manifest = Manifest { build, release, image_len, project, board, key };
        let bytes = manifest.emit();
        let view = ManifestView::new_checked(&bytes).unwrap();
        prop_assert_eq!(Manifest::parse(&view), manifest);
        prop_assert_eq!(view.signature(), [0; 64]);
        prop_assert_eq!(project.to_string(), name);
    }

    #[test]
    fn random_bytes_are_searched_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), irom_len: u32) {
        let _ = manifest::find(&mut &bytes[..], irom_len);
    }
}
