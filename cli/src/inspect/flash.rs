//! Explains a whole flash chip: boot loader, both slots, boot record.

use d1_image::header::{InnerView, OuterView};
use d1_image::layout::BOOT_REGION;
use d1_image::record::{scan, Kind};
use d1_image::source::is_erased;
use d1_image::{FlashMap, Slot};
use d1_signature::PublicKey;

use super::{boot_image, slot_image, Report};

/// Whether the bytes are as long as a flash chip.
pub(super) fn is_chip(bytes: &[u8]) -> bool {
    u32::try_from(bytes.len()).is_ok_and(|len| nor_model::Chip::with_len(len).is_some())
}

/// Explains a chip that starts with a boot loader.
pub(super) fn explain(
    bytes: &[u8],
    boot: &InnerView<&[u8]>,
    assumed: Option<FlashMap>,
    key: &PublicKey,
) -> Report {
    let map = assumed
        .or(FlashMap::from_code(boot.map_code()))
        .unwrap_or(FlashMap::M1);
    let loader = boot_image(&bytes[..BOOT_REGION.len as usize]);
    let mut text = format!(
        "A flash chip of {} bytes, {} map\n\n{}",
        bytes.len(),
        map.name(),
        loader.text
    );
    let mut bootable = false;
    for slot in Slot::ALL {
        let region = map.slot(slot);
        let (start, end) = (region.start.get(), region.end().get());
        text.push_str(&format!("\n{} @ {start:#x}: ", slot.name()));
        match bytes.get(start as usize..end as usize) {
            None => text.push_str("beyond the end of the chip\n"),
            Some(content) if is_erased(&content[..16]) => text.push_str("erased\n"),
            Some(content) if OuterView::new_checked(content).is_ok() => {
                let report = slot_image(content, Some(map), start, key);
                bootable |= report.refused.is_none();
                text.push_str(&report.text);
            }
            Some(_) => text.push_str("something that is no image\n"),
        }
    }
    text.push_str(&record(bytes, map));
    let refused = loader.refused.map(|why| format!("the boot loader: {why}"));
    let refused = refused.or((!bootable).then(|| "neither slot holds a good image".to_string()));
    Report { text, refused }
}

fn record(mut bytes: &[u8], map: FlashMap) -> String {
    let [first, second] = map.record_sectors().map(|sector| sector.get());
    let place = format!("\nboot record @ {first:#x} and {second:#x}: ");
    let Ok(found) = scan(&mut bytes, map) else {
        return format!("{place}beyond the end of the chip\n");
    };
    let Some(entry) = found.newest() else {
        return format!("{place}empty, slot 1 boots\n");
    };
    let says = match entry.kind {
        Kind::Select { trial: true } => "selected, to be tried".to_string(),
        Kind::Select { trial: false } => "selected".into(),
        Kind::Attempt { number } => format!("tried, attempt {number}"),
        Kind::Confirm => "confirmed".into(),
        Kind::FallBack { reason } => format!("fallen back to ({reason})"),
    };
    format!(
        "{place}entry {}, {} {says}, build {} after build {}\n",
        entry.sequence,
        entry.slot.name(),
        entry.to_build,
        entry.from_build
    )
}
