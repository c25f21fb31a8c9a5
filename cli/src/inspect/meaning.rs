//! What each field is for, in half a line.

/// The explanation of the field of that name; empty when the name says it all.
pub(super) fn meaning(name: &str) -> &'static str {
    match name {
        "magic" => "what kind of image it is",
        "flash map" => "how the device's flash is divided; has to be the device's own",
        "slot" => "where it has to be written; it runs nowhere else",
        "entry" => "where the program starts",
        "code in flash" => "runs in place, through the cache",
        "runs at" => "where the cache shows the code to the core",
        "manifest" => "what the image says about itself",
        "build number" => "what the page shows",
        "release" => "a device refuses a lower one than it runs",
        "image" => "its length, header to CRC",
        "project" => "a device refuses images of another project",
        "board" => "the lowest board that can run it",
        "signing key" => "the key that has to verify the signature",
        "segments" => "pieces to be copied to RAM before the start",
        "flash mode" => "over how many lines the flash is read",
        "flash" => "flash map and clock, for the mask ROM",
        "segment" => "copied there before the start",
        "checksum" => "one byte over the segments; the mask ROM's only check",
        "CRC" => "over everything before it; ours and Espressif's updater check it",
        "newest entry" => "which slot boots, and why",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::inspect;
    use crate::convert::{Image, Wish};
    use crate::sample::Sample;
    use d1_image::{FlashMap, Slot};

    #[test]
    fn no_field_goes_unexplained() {
        let elf = Sample::for_slot(FlashMap::M1, Slot::One).emit();
        let image = Image::from_file(&elf, Wish::default()).unwrap();
        for field in inspect(&image.bytes, None).unwrap().fields {
            assert!(!field.meaning.is_empty(), "{field:?}");
        }
    }
}
