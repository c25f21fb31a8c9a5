//! Flash sizes as command lines spell them.

use d1_image::FlashMap;
use nor_model::Chip;

/// Reads a flash map's name: 512K, 1M or 4M.
///
/// # Errors
///
/// A sentence that names the choices.
pub fn flash_map(text: &str) -> Result<FlashMap, String> {
    FlashMap::from_name(&text.to_uppercase())
        .ok_or_else(|| "the flash maps are 512K, 1M and 4M".to_string())
}

/// Reads a chip size, 512K to 16M.
///
/// # Errors
///
/// A sentence that names the choices.
pub fn chip(text: &str) -> Result<Chip, String> {
    let text = text.to_uppercase();
    let bytes = match text.strip_suffix('K') {
        Some(number) => number
            .parse::<u32>()
            .ok()
            .and_then(|kilo| kilo.checked_mul(1024)),
        None => {
            let number = text
                .strip_suffix('M')
                .and_then(|number| number.parse::<u32>().ok());
            number.and_then(|mega| mega.checked_mul(1024 * 1024))
        }
    };
    bytes
        .and_then(Chip::with_len)
        .ok_or_else(|| "the chip sizes are 512K, 1M, 2M, 4M, 8M and 16M".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chip_sizes_are_read_in_either_case() {
        assert_eq!(chip("512k").unwrap().len, 512 * 1024);
        assert_eq!(chip("16M").unwrap().len, 16 * 1024 * 1024);
    }

    #[test]
    fn sizes_no_chip_has_are_refused() {
        for text in ["3M", "4", "M", "-1M", "4096M", "99999999M"] {
            assert!(chip(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_our_maps_are_maps() {
        assert_eq!(flash_map("1m"), Ok(FlashMap::M1));
        assert!(flash_map("2M").is_err());
    }
}
