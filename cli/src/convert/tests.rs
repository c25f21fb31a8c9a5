//! Conversion of synthetic ELF files, every refusal included.

use d1_image::verify::{verify, Fault};
use d1_image::{FlashMap, Slot};

use super::*;
use crate::sample::Sample;

fn wish(map: FlashMap) -> Wish {
    Wish {
        map: Some(map),
        ..Wish::default()
    }
}

fn refusal(bytes: &[u8], wish: Wish) -> ConvertError {
    Image::from_file(bytes, wish).unwrap_err()
}

#[test]
fn slot_and_build_come_from_the_elf_in_every_map() {
    for map in FlashMap::ALL {
        for slot in Slot::ALL {
            let elf = Sample::for_slot(map, slot).build(42).emit();
            let image = Image::from_file(&elf, Wish::default()).unwrap();
            assert_eq!((image.map, image.slot, image.build), (map, slot, 42));
            assert!(verify(&mut &image.bytes[..], map, slot).is_ok());
        }
    }
}

#[test]
fn elf_without_our_symbols_is_for_1m_and_the_slot_it_is_linked_for() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::Two);
    sample.symbols.clear();
    let image = Image::from_file(&sample.emit(), Wish::default()).unwrap();
    assert_eq!(
        (image.map, image.slot, image.build),
        (FlashMap::M1, Slot::Two, 0)
    );
}

#[test]
fn header_carries_slot_number_entry_and_flash_access() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::Two).emit();
    let access = FlashAccess {
        mode: FlashMode::Qio,
        clock: FlashClock::Mhz80,
    };
    let image = Image::from_file(
        &elf,
        Wish {
            access,
            ..Wish::default()
        },
    )
    .unwrap();
    assert_eq!(image.bytes[..2], [0xEA, 0x04]);
    assert_eq!(image.bytes[3], 2);
    assert_eq!(image.bytes[4..8], 0x4010_0004u32.to_le_bytes());
    let irom_len = u32::from_le_bytes(image.bytes[12..16].try_into().unwrap()) as usize;
    assert_eq!(image.bytes[16 + irom_len..][..4], [0xE9, 2, 0, 0x2F]);
}

#[test]
fn gaps_between_flash_segments_are_zero() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.segments = vec![
        (0x4020_1010, vec![1; 16]),
        (0x4020_1040, vec![2; 16]),
        (0x4010_0000, vec![3; 16]),
    ];
    let elf = Elf::parse(&sample.emit()).unwrap();
    assert_eq!(elf.irom_address, 0x4020_1010);
    assert_eq!(elf.irom[..16], [1; 16]);
    assert_eq!(elf.irom[16..0x30], [0; 0x20]);
    assert_eq!(elf.irom[0x30..], [2; 16]);
    assert_eq!(elf.segments.len(), 1);
}

#[test]
fn image_file_is_taken_as_it_is() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::One).build(3).emit();
    let image = Image::from_file(&elf, Wish::default()).unwrap();
    assert_eq!(
        Image::from_file(&image.bytes, wish(FlashMap::M1)).unwrap(),
        image
    );
}

#[test]
fn image_file_with_one_flipped_bit_is_refused() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::One).emit();
    let mut image = Image::from_file(&elf, Wish::default()).unwrap().bytes;
    image[40] ^= 0x10;
    assert_eq!(
        refusal(&image, Wish::default()),
        ConvertError::Fault(Fault::BadCrc)
    );
}

#[test]
fn image_file_with_bytes_behind_its_end_is_refused() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::One).emit();
    let mut image = Image::from_file(&elf, Wish::default()).unwrap().bytes;
    image.extend([0xFF; 12]);
    assert_eq!(
        refusal(&image, Wish::default()),
        ConvertError::ExtraBytes { extra: 12 }
    );
}

#[test]
fn image_file_for_another_map_is_refused_by_name() {
    let elf = Sample::for_slot(FlashMap::K512, Slot::One).emit();
    let image = Image::from_file(&elf, Wish::default()).unwrap().bytes;
    let error = refusal(&image, wish(FlashMap::M1));
    assert_eq!(
        error.to_string(),
        "an image for the 512K flash map, not for 1M"
    );
    assert!(error.help().unwrap().contains("--flash-size 512K"));
}

#[test]
fn elf_linked_for_another_map_names_the_map_it_fits() {
    let mut sample = Sample::for_slot(FlashMap::K512, Slot::Two);
    sample.symbols.clear();
    let error = refusal(&sample.emit(), wish(FlashMap::M1));
    assert_eq!(
        error.to_string(),
        "linked at 0x40241010, which is no slot of the 1M map (user1 is 0x40201010, user2 is 0x40281010)"
    );
    assert_eq!(
        error.help().unwrap(),
        "that is user2 of the 512K map: say --flash-size 512K"
    );
}

#[test]
fn elf_linked_for_no_ota_map_is_sent_back_to_the_linker() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.segments[0].0 = 0x4021_0000;
    let error = refusal(&sample.emit(), wish(FlashMap::M1));
    assert!(matches!(
        error,
        ConvertError::LinkAddress {
            address: 0x4021_0000,
            ..
        }
    ));
    assert_eq!(
        error.help().unwrap(),
        "link it with memory-app1.x or memory-app2.x"
    );
}

#[test]
fn elf_for_the_wrong_slot_names_both() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::Two).emit();
    let error = refusal(
        &elf,
        Wish {
            slot: Some(Slot::One),
            ..wish(FlashMap::M1)
        },
    );
    assert_eq!(
        error.to_string(),
        "linked for user2 (at 0x40281010), not for user1"
    );
}

#[test]
fn slot_symbol_must_agree_with_the_link_address() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.symbols.retain(|(name, _)| *name != "_d1_slot");
    sample.symbols.push(("_d1_slot", 2));
    let error = refusal(&sample.emit(), Wish::default());
    assert!(matches!(
        error,
        ConvertError::SlotSymbol {
            linked: Slot::One,
            named: Slot::Two,
            ..
        }
    ));
}

#[test]
fn elf_built_for_another_flash_size_is_refused() {
    let elf = Sample::for_slot(FlashMap::M4, Slot::One).emit();
    let error = refusal(&elf, wish(FlashMap::M1));
    assert_eq!(error.to_string(), "built for the 4M flash map, not for 1M");
}

#[test]
fn on_4m_an_elf_without_slot_symbol_needs_to_be_told() {
    let mut sample = Sample::for_slot(FlashMap::M4, Slot::One);
    sample.symbols.clear();
    let elf = sample.emit();
    assert_eq!(refusal(&elf, wish(FlashMap::M4)), ConvertError::EitherSlot);
    for slot in Slot::ALL {
        let told = Wish {
            slot: Some(slot),
            ..wish(FlashMap::M4)
        };
        assert_eq!(Image::from_file(&elf, told).unwrap().slot, slot);
    }
}

#[test]
fn too_large_an_image_is_told_in_numbers() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.segments[0].1 = vec![0; 0x7_8000];
    let error = refusal(&sample.emit(), Wish::default());
    let ConvertError::TooLarge { len, .. } = error else {
        panic!("{error:?}");
    };
    let text = error.to_string();
    for number in [len, 0x7_8000, 0x10_0000, len - 0x7_8000] {
        assert!(
            text.contains(&number.to_string()),
            "{number} is missing in: {text}"
        );
    }
}

#[test]
fn segment_outside_of_an_images_memory_is_refused() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.segments.push((0x4010_C000, vec![0; 4]));
    let error = refusal(&sample.emit(), Wish::default());
    assert_eq!(
        error,
        ConvertError::SegmentAddress {
            address: 0x4010_C000,
            len: 4
        }
    );
}

#[test]
fn entry_outside_of_the_code_is_refused() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.entry = 0x4020_1010;
    assert_eq!(
        refusal(&sample.emit(), Wish::default()),
        ConvertError::Fault(Fault::BadEntry)
    );
}

#[test]
fn strangers_are_named() {
    let cases: [(&[u8], &str); 6] = [
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b"\x1F\x8B\x08\0\0\0\0\0\0\x03\0\0\0\0\0\0", "gzip data"),
        (&[0xFF; 32], "erased flash"),
        (b"", "an empty file"),
        (b"PK\x03\x04 a zip, for example", "a zip archive"),
        (
            &[
                0xE9, 4, 2, 0x20, 0, 0, 8, 0x40, 0xEE, 0, 0, 0, 9, 0, 0, 0, 0,
            ],
            "an image for an ESP32",
        ),
    ];
    for (bytes, word) in cases {
        let text = refusal(bytes, Wish::default()).to_string();
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn elf_of_another_machine_is_named() {
    let mut elf = Sample::for_slot(FlashMap::M1, Slot::One).emit();
    elf[18..20].copy_from_slice(&object::elf::EM_RISCV.to_le_bytes());
    let error = refusal(&elf, Wish::default());
    assert!(error.to_string().contains("RISC-V"), "{error}");
}

#[test]
fn elf_of_an_esp32_is_named_by_its_addresses() {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.segments.push((0x400D_0020, vec![0; 4]));
    let error = refusal(&sample.emit(), Wish::default());
    assert_eq!(
        error,
        ConvertError::Esp32Elf {
            address: 0x400D_0020
        }
    );
}

#[test]
fn half_written_elf_is_refused_at_every_length() {
    let elf = Sample::for_slot(FlashMap::M1, Slot::One).emit();
    for len in (0..elf.len() - 1).step_by(7) {
        // Whatever is cut off, the answer is an error or (only section headers gone) never a panic.
        let _ = Image::from_file(&elf[..len], Wish::default());
    }
    let error = refusal(&elf[..elf.len() / 2], Wish::default());
    assert!(matches!(error, ConvertError::BrokenElf(_)), "{error:?}");
}

#[test]
fn boot_loader_becomes_a_plain_image_for_offset_zero() {
    let boot = Sample::boot().emit();
    let bytes = super::boot(
        &Elf::parse(&boot).unwrap(),
        FlashMap::M1,
        FlashAccess::default(),
    )
    .unwrap();
    assert_eq!(bytes[..4], [0xE9, 2, 2, 0x20]);
    assert_eq!(bytes.len() % 16, 0);
    let checksum = bytes[16..][..8]
        .iter()
        .chain(&bytes[32..][..4])
        .fold(0xEF, |sum, byte| sum ^ byte);
    assert_eq!(*bytes.last().unwrap(), checksum);
}

#[test]
fn boot_loader_with_code_in_flash_is_refused() {
    let elf = Elf::parse(&Sample::for_slot(FlashMap::M1, Slot::One).emit()).unwrap();
    let error = super::boot(&elf, FlashMap::M1, FlashAccess::default()).unwrap_err();
    assert_eq!(
        error,
        ConvertError::BootInFlash {
            address: 0x4020_1010
        }
    );
}

#[test]
fn boot_loader_beyond_its_sector_is_refused() {
    let mut sample = Sample::boot();
    sample.segments[0].1 = vec![0; 4096];
    let elf = Elf::parse(&sample.emit()).unwrap();
    let error = super::boot(&elf, FlashMap::M1, FlashAccess::default()).unwrap_err();
    assert!(
        matches!(error, ConvertError::BootTooLarge { len: 4128.. }),
        "{error:?}"
    );
}
