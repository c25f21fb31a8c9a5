//! Explains a whole flash chip: boot loader, both slots, boot record.

use d1_image::header::{InnerView, OuterView};
use d1_image::layout::BOOT_REGION;
use d1_image::record::{scan, Kind};
use d1_image::source::is_erased;
use d1_image::{FlashMap, Slot};
use d1_signature::PublicKey;

use super::meaning::meaning;
use super::{boot_image, slot_image, Field, Report};

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
    let mut fields = loader.fields;
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
                fields.extend(report.fields);
            }
            Some(_) => text.push_str("something that is no image\n"),
        }
    }
    let (offset, record) = record(bytes, map);
    let [first, second] = map.record_sectors().map(|sector| sector.get());
    text.push_str(&format!(
        "\nboot record @ {first:#x} and {second:#x}: {record}\n"
    ));
    fields.push(Field {
        part: "boot record",
        offset,
        name: "newest entry",
        value: record,
        meaning: meaning("newest entry"),
    });
    let refused = loader.refused.map(|why| format!("the boot loader: {why}"));
    let refused = refused.or((!bootable).then(|| "neither slot holds a good image".to_string()));
    Report {
        text,
        fields,
        refused,
    }
}

/// Where the boot record begins, and what its newest entry says.
fn record(mut bytes: &[u8], map: FlashMap) -> (u32, String) {
    let [first, _] = map.record_sectors().map(|sector| sector.get());
    let Ok(found) = scan(&mut bytes, map) else {
        return (first, "beyond the end of the chip".into());
    };
    let Some(entry) = found.newest() else {
        return (first, "empty, slot 1 boots".into());
    };
    let says = match entry.kind {
        Kind::Select { trial: true } => "selected, to be tried".to_string(),
        Kind::Select { trial: false } => "selected".into(),
        Kind::Attempt { number } => format!("tried, attempt {number}"),
        Kind::Confirm => "confirmed".into(),
        Kind::FallBack { reason } => format!("fallen back to ({reason})"),
    };
    let text = format!(
        "entry {}, {} {says}, build {} after build {}",
        entry.sequence,
        entry.slot.name(),
        entry.to_build,
        entry.from_build
    );
    (first, text)
}
