//! Boot loader and images in one file, as a flash programmer wants it.

use d1_image::layout::BOOT_REGION;
use d1_image::{FlashMap, Slot};

use crate::convert::Image;
use crate::problem::Problem;

/// Bytes of a whole chip: the boot loader, the images in their slots, erased flash elsewhere.
///
/// The boot record stays erased: slot 1 boots.
///
/// # Errors
///
/// [`Problem`] when the chip is smaller than the map, the images are for different maps or the
/// same slot, slot 1 is empty, or the boot loader is none or too long.
pub fn merge(
    boot: &[u8],
    images: &[Image],
    map: FlashMap,
    chip_len: u32,
) -> Result<Vec<u8>, Problem> {
    if chip_len < map.flash_len() {
        return Err(Problem::new(format!(
            "the {} map needs {} bytes of flash, and the chip has {chip_len}",
            map.name(),
            map.flash_len()
        ))
        .with_help("choose a larger --chip-size or a smaller --flash-size"));
    }
    check_boot(boot, map)?;
    let mut flash = vec![0xFF; chip_len as usize];
    flash[..boot.len()].copy_from_slice(boot);
    for slot in Slot::ALL {
        let mut of_slot = images.iter().filter(|image| image.slot == slot);
        if let Some(image) = of_slot.next() {
            if image.map != map {
                return Err(Problem::new(format!(
                    "the image for {} is for the {} map, not for {}",
                    slot.name(),
                    image.map.name(),
                    map.name()
                )));
            }
            let start = map.slot(slot).start.get() as usize;
            flash[start..start + image.bytes.len()].copy_from_slice(&image.bytes);
        }
        if of_slot.next().is_some() {
            return Err(Problem::new(format!("two images for {}", slot.name())));
        }
    }
    if !images.iter().any(|image| image.slot == Slot::One) {
        return Err(Problem::new(
            "no image for user1, the slot that boots first",
        ));
    }
    Ok(flash)
}

fn check_boot(boot: &[u8], map: FlashMap) -> Result<(), Problem> {
    if boot.len() > BOOT_REGION.len as usize {
        return Err(Problem::new(format!(
            "the boot loader has {} bytes and its sector {}",
            boot.len(),
            BOOT_REGION.len
        )));
    }
    match boot {
        [0xE9, _, _, map_and_clock, ..] if map_and_clock >> 4 == map.code() => Ok(()),
        [0xE9, _, _, _, ..] => Err(Problem::new(format!(
            "the boot loader is for another flash map than {}",
            map.name()
        ))
        .with_help("build it with the same --flash-size")),
        _ => Err(Problem::new(
            "the boot loader is no image for flash offset 0 (it starts with E9)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::{boot, Elf, FlashAccess, Wish};
    use crate::sample::Sample;

    fn loader(map: FlashMap) -> Vec<u8> {
        boot(
            &Elf::parse(&Sample::boot().emit()).unwrap(),
            map,
            FlashAccess::default(),
        )
        .unwrap()
    }

    fn image(map: FlashMap, slot: Slot) -> Image {
        Image::from_file(&Sample::for_slot(map, slot).emit(), Wish::default()).unwrap()
    }

    #[test]
    fn everything_lies_where_the_layout_says_and_the_rest_is_erased() {
        let (one, two) = (
            image(FlashMap::M1, Slot::One),
            image(FlashMap::M1, Slot::Two),
        );
        let boot = loader(FlashMap::M1);
        let flash = merge(&boot, &[two.clone(), one.clone()], FlashMap::M1, 0x40_0000).unwrap();
        assert_eq!(flash.len(), 0x40_0000);
        assert!(flash.starts_with(&boot));
        assert!(flash[0x1000..].starts_with(&one.bytes));
        assert!(flash[0x8_1000..].starts_with(&two.bytes));
        let rest = &flash[0x8_1000 + two.bytes.len()..];
        assert!(rest.iter().all(|byte| *byte == 0xFF));
        assert!(
            flash[0x7_9000..0x7_B000].iter().all(|byte| *byte == 0xFF),
            "boot record"
        );
    }

    #[test]
    fn chip_smaller_than_the_map_is_refused() {
        let images = [image(FlashMap::M1, Slot::One)];
        let problem = merge(&loader(FlashMap::M1), &images, FlashMap::M1, 0x8_0000).unwrap_err();
        assert!(problem.message().contains("1048576"), "{problem}");
    }

    #[test]
    fn loader_for_another_map_is_refused() {
        let images = [image(FlashMap::M1, Slot::One)];
        assert!(merge(&loader(FlashMap::K512), &images, FlashMap::M1, 0x40_0000).is_err());
        assert!(merge(b"EA", &images, FlashMap::M1, 0x40_0000).is_err());
        assert!(merge(&[0xE9; 4097], &images, FlashMap::M1, 0x40_0000).is_err());
    }

    #[test]
    fn images_must_be_one_per_slot_and_slot_one_must_be_there() {
        let (one, two) = (
            image(FlashMap::M1, Slot::One),
            image(FlashMap::M1, Slot::Two),
        );
        let boot = loader(FlashMap::M1);
        let merge = |images: &[Image]| merge(&boot, images, FlashMap::M1, 0x10_0000);
        assert!(merge(&[one.clone(), one.clone()])
            .unwrap_err()
            .message()
            .contains("two images"));
        assert!(merge(&[two]).unwrap_err().message().contains("user1"));
        assert!(merge(&[image(FlashMap::K512, Slot::One)])
            .unwrap_err()
            .message()
            .contains("512K"));
        assert!(merge(&[one]).is_ok());
    }
}
