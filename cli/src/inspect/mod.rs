//! Explains what is in a file, field by field.
//!
//! Takes anything: an image for a slot, a boot loader, a whole flash chip, an ELF (which is
//! converted first). What is broken is explained as far as it can be read, and the verdict is the
//! device's own: [`d1_image::verify`].

mod fields;
mod flash;
mod meaning;

use std::fmt;

use d1_image::header::{Inner, InnerView, Outer, OuterView};
use d1_image::manifest::{self, ManifestView};
use d1_image::verify::verify;
use d1_image::{FlashMap, Slot};
use d1_signature::{examine, PublicKey, Signed, DEVELOPMENT};

use serde::Serialize;

use crate::convert::{stranger, Image, Wish};
use crate::problem::Problem;
use fields::Page;

/// An explanation, and what the device would say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The explanation, several lines.
    pub text: String,
    /// The same field by field, for programs.
    pub fields: Vec<Field>,
    /// Why the device would refuse it; `None` when it would not.
    pub refused: Option<String>,
}

/// One thing that a file's bytes say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What it is a part of: `user1`, `user2`, `boot loader`, `boot record`.
    pub part: &'static str,
    /// Its first byte's offset in the file.
    pub offset: u32,
    /// What it is called.
    pub name: &'static str,
    /// What it says.
    pub value: String,
    /// What that is for.
    pub meaning: &'static str,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Field {
            offset,
            name,
            value,
            meaning,
            ..
        } = self;
        write!(f, "  {offset:#08x}  {name:<14} {value:<44}  {meaning}")
    }
}

/// Explains a file's bytes. `map` is assumed where the bytes do not say; signatures are checked with the
/// development key.
///
/// # Errors
///
/// [`Problem`] when they are nothing this chip has to do with.
pub fn inspect(bytes: &[u8], map: Option<FlashMap>) -> Result<Report, Problem> {
    inspect_with(bytes, map, &DEVELOPMENT)
}

/// As [`inspect`], with signatures checked with `key`.
///
/// # Errors
///
/// As [`inspect`].
pub fn inspect_with(
    bytes: &[u8],
    map: Option<FlashMap>,
    key: &PublicKey,
) -> Result<Report, Problem> {
    if bytes.starts_with(b"\x7FELF") {
        let image = Image::from_file(
            bytes,
            Wish {
                map,
                ..Wish::default()
            },
        )
        .map_err(|error| {
            let problem = Problem::new(error.to_string());
            match error.help() {
                Some(help) => problem.with_help(help),
                None => problem,
            }
        })?;
        let report = slot_image(&image.bytes, Some(image.map), 0, key);
        return Ok(Report {
            text: format!("An ELF. As an image it is:\n\n{}", report.text),
            ..report
        });
    }
    if OuterView::new_checked(bytes).is_ok() {
        return Ok(slot_image(bytes, map, 0, key));
    }
    match InnerView::new_checked(bytes) {
        Ok(inner) if flash::is_chip(bytes) => Ok(flash::explain(bytes, &inner, map, key)),
        Ok(_) => Ok(boot_image(bytes)),
        Err(_) => Err(
            Problem::new(format!("this is {}", stranger(bytes))).with_help(
                "give an ELF, an image (user1.bin, user2.bin, boot.bin) or a whole flash file",
            ),
        ),
    }
}

/// Explains an image for a slot; `base` is where it lies in its file.
fn slot_image(bytes: &[u8], assumed: Option<FlashMap>, base: u32, key: &PublicKey) -> Report {
    let outer = OuterView::new_unchecked(bytes);
    let slot = Slot::from_number(outer.slot_number());
    let part = slot.map_or("image", Slot::name);
    let mut page = Page::new(bytes, part, base);
    let stated = outer.map_code().and_then(FlashMap::from_code);
    let inner_offset = (Outer::LEN as u32).saturating_add(outer.irom_len());
    let inner = bytes
        .get(inner_offset as usize..)
        .and_then(|rest| InnerView::new_checked(rest).ok());
    let by_inner = inner
        .as_ref()
        .and_then(|inner| FlashMap::from_code(inner.map_code()));
    let map = assumed.or(stated).or(by_inner).unwrap_or(FlashMap::M1);

    page.title("Image for a slot (Espressif's EA 04 format)");
    page.field(0, "magic", "EA 04");
    page.field(
        2,
        "flash map",
        match (outer.map_code(), stated) {
            (_, Some(map)) => map.name().to_string(),
            (None, _) => "not stated here".into(),
            (Some(code), None) => format!("code {code}, none of ours"),
        },
    );
    page.field(
        3,
        "slot",
        match slot {
            Some(slot) => format!(
                "{}, flash offset {:#x} in the {} map",
                slot.name(),
                map.slot(slot).start.get(),
                map.name()
            ),
            None => format!("{:#04x}: neither user1 nor user2", outer.slot_number()),
        },
    );
    page.field(4, "entry", format!("{:#010x} (a copy)", outer.entry()));
    page.field(12, "code in flash", format!("{} bytes", outer.irom_len()));
    if let Some(slot) = slot {
        page.field(
            16,
            "runs at",
            format!("{:#010x}", map.irom_origin(slot).get()),
        );
    }
    let manifest = manifest::find(&mut &*bytes, outer.irom_len());
    match &manifest {
        Ok(Some((at, manifest))) => page.manifest(*at, &ManifestView::new_unchecked(&manifest[..])),
        Ok(None) => page.note("no manifest: devices run it, but take it as no update"),
        Err(_) => page.note("the file ends before the manifest could"),
    }
    if inner.is_some() {
        let end = page.inner(inner_offset);
        page.crc(end);
    } else {
        page.note(format!(
            "the inner header, expected at {inner_offset:#x}, is not there"
        ));
    }
    let Some(slot) = slot else {
        return page.finish(Some("its header names no slot".into()));
    };
    let room = map.slot(slot).len;
    match verify(&mut &*bytes, map, slot) {
        Ok(verified) => {
            page.note(format!(
                "length {} bytes of the slot's {room}",
                verified.len
            ));
            let signed = examine(&bytes[..verified.len as usize], key);
            let is_false = signed == Signed::Falsely;
            if let Some(text) = signature(signed, key) {
                page.note(text);
            }
            page.finish(is_false.then(|| "bad signature".into()))
        }
        Err(fault) => page.finish(Some(fault.to_string())),
    }
}

/// What there is to say about a signature.
fn signature(signed: Signed, key: &PublicKey) -> Option<String> {
    Some(match signed {
        Signed::NoManifest => return None,
        Signed::Unsigned => "unsigned: devices run it, but take it as no update".into(),
        Signed::Truly => format!("signed by {}, rightly", key.name()),
        Signed::Falsely => format!("says it is signed by {}, but is not", key.name()),
        Signed::ByAnother(id) => {
            format!("says it is signed by key {id}, which --key FILE would check")
        }
    })
}

/// Explains an image for flash offset 0.
fn boot_image(bytes: &[u8]) -> Report {
    let mut page = Page::new(bytes, "boot loader", 0);
    page.title("Image for flash offset 0, which the mask ROM loads (E9 format)");
    let end = page.inner(0);
    let refused = page.checksum_fault(end, Inner::LEN as u32);
    page.finish(refused)
}

#[cfg(test)]
mod tests;
