//! Images of a given length: a real one, with filler behind its irom.

use d1_image::compose::{Parts, SegmentData};
use d1_image::header::{Inner, InnerView, Outer, OuterView};
use d1_image::manifest::{Manifest, ManifestView};
use d1_image::segment::Segments;
use d1_image::{FlashMap, Slot};
use d1_signature::{sign, SecretKey};

/// `image` as it would be with so much more in irom that it has `len` bytes, or up to 15 fewer; signed with the
/// development key. The filler is random, so that no two sectors are alike and nothing compresses.
///
/// # Panics
/// When `image` is none, or is longer than `len`.
pub fn padded(image: &[u8], map: FlashMap, slot: Slot, len: usize) -> Vec<u8> {
    let outer = Outer::parse(&OuterView::new_checked(image).expect("the header is there"));
    let irom_len = outer.expect("an image's header").irom_len as usize;
    let (irom, rest) = image[Outer::LEN..].split_at(irom_len);
    let inner = Inner::parse(&InnerView::new_checked(rest).expect("the inner header is there"));
    let inner = inner.expect("an image's inner header");
    let manifest = Manifest::parse(&ManifestView::new_checked(irom).expect("a manifest in front"));

    let mut segments = Segments::new(Inner::LEN as u32, inner.segment_count);
    let mut loaded = Vec::new();
    while let Some(segment) = segments.next(&mut &*rest).expect("segments are there") {
        let start = segment.data_offset as usize;
        loaded.push(SegmentData {
            address: segment.header.address,
            data: &rest[start..start + segment.header.len as usize],
        });
    }

    let mut irom = irom.to_vec();
    let more = len.checked_sub(image.len()).expect("a longer image") & !15;
    let mut random = fastrand::Rng::with_seed(slot as u64);
    irom.extend(std::iter::repeat_with(|| random.u8(..)).take(more));
    let mut padded = Vec::new();
    let parts = Parts {
        map,
        slot,
        mode: inner.mode,
        clock: inner.clock,
        entry: inner.entry,
        manifest,
        irom: &irom,
        segments: &loaded,
    };
    parts
        .compose(|bytes| {
            padded.extend_from_slice(bytes);
            Ok::<(), ()>(())
        })
        .expect("it fits the slot");
    sign(&mut padded, &SecretKey::DEVELOPMENT).expect("it has a manifest");
    padded
}
