//! Names for files that are no image: people give the wrong file, and want to know which it is.

use d1_image::intake::{self, Refusal};
use d1_image::{FlashMap, Slot};

/// What a file is, when it is neither ELF nor image for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// What the device itself would call it.
    pub refusal: Option<Refusal>,
    /// What we call it.
    pub name: &'static str,
}

/// How formats begin that the device has no names for.
const MAGIC: [(&[u8], &str); 16] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "bzip2 data"),
    (b"\xFD7zXZ\x00", "xz data"),
    (b"\x28\xB5\x2F\xFD", "zstd data"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"UF2\n", "a UF2 file, which is for other boards"),
    (b":10", "an Intel HEX file, which is for other boards"),
    (b":02", "an Intel HEX file, which is for other boards"),
    (b"MZ", "a Windows program"),
    (b"\xCF\xFA\xED\xFE", "a macOS program"),
    (b"!<arch>\n", "a library of object files"),
    (b"BC\xC0\xDE", "LLVM bitcode"),
    (b"\x89PNG", "a PNG picture"),
    (b"%PDF", "a PDF document"),
    (b"-----BEGIN", "a PEM file: a key or a certificate"),
    (b"{", "JSON"),
];

/// Names a file's bytes.
pub(crate) fn stranger(bytes: &[u8]) -> Stranger {
    let expected = intake::Expected {
        map: FlashMap::M1,
        slot: Slot::One,
        len: None,
    };
    let refusal = intake::check(bytes, expected).err();
    let known = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
    let name = match (&refusal, known) {
        (_, Some((_, name))) => name,
        (Some(Refusal::TooShort), _) if bytes.is_empty() => "an empty file",
        (Some(Refusal::TooShort), _) if bytes.trim_ascii_start().starts_with(b"<") => {
            "an HTML page"
        }
        (Some(Refusal::TooShort), _) => "too short for an image",
        (Some(Refusal::Html), _) => "an HTML page",
        (Some(Refusal::Gzip), _) => "gzip data",
        (Some(Refusal::Blank), _) => "erased flash",
        (Some(Refusal::Elf), _) => "an ELF",
        (Some(Refusal::NotForASlot), _) => "an ESP8266 image for flash offset 0, not for a slot",
        (Some(Refusal::Esp32 { chip_id }), _) => esp32(*chip_id),
        _ => "something unknown",
    };
    Stranger { refusal, name }
}

impl std::fmt::Display for Stranger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The chip whose id is in an image's extended header (esptool's numbers).
fn esp32(chip_id: u16) -> &'static str {
    match chip_id {
        0 => "an image for an ESP32",
        2 => "an image for an ESP32-S2",
        5 => "an image for an ESP32-C3",
        9 => "an image for an ESP32-S3",
        12 => "an image for an ESP32-C2",
        13 => "an image for an ESP32-C6",
        16 => "an image for an ESP32-H2",
        18 => "an image for an ESP32-P4",
        _ => "an image for another chip of the ESP32 family",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_people_give_by_mistake_are_named() {
        let esp32 = |chip: u8| {
            let mut image = vec![0xE9, 4, 2, 0x20, 0, 0, 8, 0x40, 0xEE, 0, 0, 0, chip, 0];
            image.resize(64, 0);
            image
        };
        for (bytes, name) in [
            (&b"<!DOCTYPE html><title>404</title>"[..], "an HTML page"),
            (b"\x1F\x8B\x08\0\0\0\0\0\0\x03xxxxxx", "gzip data"),
            (b"PK\x03\x04 and the rest of it", "a zip archive"),
            (b"-----BEGIN PRIVATE KEY-----", "a PEM file"),
            (b":100000000C9434000C943E000C943E", "an Intel HEX file"),
            (b"<html>", "an HTML page"),
            (b"", "an empty file"),
            (b"\xE9", "too short"),
            (&[0xFF; 64], "erased flash"),
            (&[0x55; 64], "something unknown"),
            (&esp32(0), "an image for an ESP32"),
            (&esp32(5), "an image for an ESP32-C3"),
            (&esp32(200), "another chip of the ESP32 family"),
        ] {
            let said = stranger(bytes).to_string();
            assert!(said.contains(name), "{said:?} is not {name:?}");
        }
    }
}
