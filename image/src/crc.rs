//! CRC-32, a nibble at a time, and the odd form in which an image stores it.
//!
//! The register is the reflected CRC-32 of Ethernet and zlib (polynomial 0xEDB88320, initial value all ones).
//! Espressif's tools store no complement of it but its absolute value as a signed number; their downloader
//! checks exactly that. A table of sixteen words instead of 256 saves the boot loader a quarter of its sector.

const TABLE: [u32; 16] = table();

const fn table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut nibble = 0;
    while nibble < 16 {
        let mut register = nibble as u32;
        let mut bit = 0;
        while bit < 4 {
            register = if register & 1 == 1 {
                (register >> 1) ^ 0xEDB8_8320
            } else {
                register >> 1
            };
            bit += 1;
        }
        table[nibble] = register;
        nibble += 1;
    }
    table
}

/// Running CRC-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crc32(u32);

impl Crc32 {
    /// The CRC of no bytes.
    pub const fn new() -> Self {
        Crc32(0xFFFF_FFFF)
    }

    /// Goes on behind bytes of which the CRC is known, in the form of [`Crc32::zlib`].
    pub const fn continuing(zlib: u32) -> Self {
        Crc32(!zlib)
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        let mut register = self.0;
        for &byte in data {
            register ^= u32::from(byte);
            register = (register >> 4) ^ TABLE[(register & 15) as usize];
            register = (register >> 4) ^ TABLE[(register & 15) as usize];
        }
        self.0 = register;
    }

    /// The CRC as zlib and Ethernet know it. The boot record uses this form.
    pub const fn zlib(self) -> u32 {
        !self.0
    }

    /// The word an image ends with: the register's absolute value as a signed number.
    pub const fn image_word(self) -> u32 {
        (self.0 as i32).unsigned_abs()
    }
}

impl Default for Crc32 {
    fn default() -> Self {
        Self::new()
    }
}

/// Bytes of the word that an image ends with.
pub const TRAILER_LEN: usize = 4;

/// Writes the word that a whole image ends with: the CRC of all before it.
///
/// # Panics
/// When the image is shorter than that word.
pub fn seal(image: &mut [u8]) {
    let (covered, trailer) = image.split_at_mut(image.len() - TRAILER_LEN);
    let mut crc = Crc32::new();
    crc.update(covered);
    trailer.copy_from_slice(&crc.image_word().to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// zlib CRC and stored word of four of Espressif's AT images (facts of their files, worked by hand).
    const WORKED: [(u32, u32); 4] = [
        (0x74A6_2BB3, 0x74A6_2BB4),
        (0x8F20_514B, 0x70DF_AEB4),
        (0xAFA7_749F, 0x5058_8B60),
        (0x821B_A71C, 0x7DE4_58E3),
    ];

    #[test]
    fn worked_numbers_of_espressif_images() {
        for (zlib, stored) in WORKED {
            let crc = Crc32(!zlib);
            assert_eq!(crc.zlib(), zlib);
            assert_eq!(crc.image_word(), stored, "{zlib:#x}");
        }
    }

    #[test]
    fn a_sealed_image_ends_with_the_word_of_what_is_before() {
        // The CRC register of "123456789" is the check value's complement, positive as a signed number.
        let mut image = *b"123456789????";
        seal(&mut image);
        assert_eq!(image[..9], *b"123456789");
        assert_eq!(image[9..], (!0xCBF4_3926_u32).to_le_bytes());
    }

    #[test]
    fn the_one_register_without_absolute_value_is_stored_as_it_is() {
        assert_eq!(Crc32(0x8000_0000).image_word(), 0x8000_0000);
        assert_eq!(Crc32(0).image_word(), 0);
    }
}
