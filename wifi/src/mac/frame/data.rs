//! Data frames to and from Ethernet II (9.3.2, and RFC 1042 for the LLC/SNAP header), in place.
//!
//! ```text
//! on the air   | 802.11 header, 24 or 26        | AA AA 03 00 00 00 | type | payload
//! Ethernet                  | destination | source                  | type | payload
//! ```
//!
//! Type and payload stay where they are, so nothing is moved: only the bytes before them are written anew. In a
//! frame under CCMP its header is in front of the LLC, and room for its code behind the payload.

use super::super::MacAddress;
use super::header::{self, Header, HEADER_LEN};
use super::{ccmp, Error, Flags, HeaderRepr, Kind, Result, SequenceControl};
use core::ops::Range;

/// LLC and SNAP for an encapsulated Ethernet type: only the type itself follows.
// Not a constant of the compiler's naming: the linker script has a place for these (`xtensa-lx-rt/link.x`).
static SNAP: [u8; SNAP_LEN] = [0xAA, 0xAA, 0x03, 0x00, 0x00, 0x00];
const SNAP_LEN: usize = 6;
const TYPE_LEN: usize = 2;
const ETHERNET_HEADER_LEN: usize = 6 + 6 + TYPE_LEN;
/// Smaller values of an Ethernet type are lengths.
const SMALLEST_TYPE: u16 = 0x0600;

/// The longest Ethernet payload.
pub const MAX_PAYLOAD_LEN: usize = 1500;
/// The longest Ethernet frame, without frame check sequence.
pub const MAX_ETHERNET_LEN: usize = ETHERNET_HEADER_LEN + MAX_PAYLOAD_LEN;
/// The bytes of a data body before the payload.
pub const LLC_LEN: usize = SNAP_LEN + TYPE_LEN;
/// Where an Ethernet frame must start in a buffer to become a data frame that starts at 0.
pub const ETHERNET_OFFSET: usize = HEADER_LEN + LLC_LEN - ETHERNET_HEADER_LEN;
/// The longest data frame we send, without frame check sequence: one under CCMP.
pub const MAX_FRAME_LEN: usize =
    ETHERNET_OFFSET + ccmp::HEADER_LEN + MAX_ETHERNET_LEN + ccmp::CODE_LEN;

/// Where an Ethernet frame must start in a buffer to become a data frame that starts at 0, with or without CCMP.
pub const fn ethernet_offset(is_protected: bool) -> usize {
    if is_protected {
        ETHERNET_OFFSET + ccmp::HEADER_LEN
    } else {
        ETHERNET_OFFSET
    }
}

/// The far end of a data frame on its way to the access point, and of one on its way from it the receiver.
pub fn destination<T: AsRef<[u8]>>(header: &Header<T>) -> MacAddress {
    if header.flags().contains(Flags::TO_DS) {
        header.address_3()
    } else {
        header.receiver()
    }
}

/// Who a data frame comes from in the first place.
pub fn source<T: AsRef<[u8]>>(header: &Header<T>) -> MacAddress {
    if header.flags().contains(Flags::FROM_DS) {
        header.address_3()
    } else {
        header.transmitter()
    }
}

/// The body without what CCMP put around it: from LLC on. Nothing when there is not even room for that.
pub fn content<'a>(header: &'a Header<&[u8]>) -> Option<&'a [u8]> {
    let body = header.body();
    if header.is_protected() {
        let end = body.len().checked_sub(ccmp::CODE_LEN)?;
        body.get(ccmp::HEADER_LEN..end)
    } else {
        Some(body)
    }
}

/// The payload of a frame with this Ethernet type.
pub fn payload_of<'a>(header: &'a Header<&[u8]>, ethernet_type: u16) -> Option<&'a [u8]> {
    let [high, low] = ethernet_type.to_be_bytes();
    let typed = content(header)?.strip_prefix(&SNAP)?;
    typed.strip_prefix(&[high, low])
}

/// Writes what opens the body of a frame with this Ethernet type.
///
/// # Panics
/// When `body` is shorter than [`LLC_LEN`].
pub fn emit_llc(body: &mut [u8], ethernet_type: u16) {
    body[..SNAP.len()].copy_from_slice(&SNAP);
    body[SNAP.len()..LLC_LEN].copy_from_slice(&ethernet_type.to_be_bytes());
}

/// Whether the body can become an Ethernet frame: LLC/SNAP with an Ethernet type, not an aggregate, not
/// oversized.
///
/// # Errors
/// [`Error`] when not.
pub fn check(header: &Header<&[u8]>) -> Result<()> {
    let carries_data = matches!(header.kind(), Kind::Data | Kind::QosData);
    let body = content(header).ok_or(Error)?;
    if !carries_data
        || header.is_aggregate()
        || !(LLC_LEN..=LLC_LEN + MAX_PAYLOAD_LEN).contains(&body.len())
        || body[..SNAP.len()] != SNAP
        || u16::from_be_bytes([body[SNAP.len()], body[SNAP.len() + 1]]) < SMALLEST_TYPE
    {
        return Err(Error);
    }
    Ok(())
}

/// Turns the data frame in `frame` into an Ethernet frame and says where in `frame` it is.
///
/// # Errors
/// [`Error`], and nothing is changed, when [`Header::new_checked`] or [`check`] refuse the frame.
pub fn into_ethernet(frame: &mut [u8]) -> Result<Range<usize>> {
    let header = Header::new_checked(&frame[..])?;
    check(&header)?;
    let (destination, source) = (destination(&header), source(&header));
    let (mut start, mut end) = (
        header.header_len() + LLC_LEN - ETHERNET_HEADER_LEN,
        frame.len(),
    );
    if header.is_protected() {
        start += ccmp::HEADER_LEN;
        end -= ccmp::CODE_LEN;
    }
    let ethernet = &mut frame[start..end];
    ethernet[..6].copy_from_slice(destination.as_bytes());
    ethernet[6..12].copy_from_slice(source.as_bytes());
    Ok(start..end)
}

/// Turns the Ethernet frame that starts at [`ethernet_offset`] in `frame` into a data frame from the access
/// point.
///
/// # Panics
/// When the frame is shorter than an Ethernet header.
pub fn from_ethernet(
    frame: &mut [u8],
    access_point: MacAddress,
    sequence: SequenceControl,
    duration: u16,
    protection: Option<ccmp::Repr>,
) {
    let start = ethernet_offset(protection.is_some());
    let receiver = MacAddress::from_bytes(&frame[start..start + 6]);
    let source = MacAddress::from_bytes(&frame[start + 6..start + 12]);
    let header = HeaderRepr {
        kind: Kind::Data,
        flags: flags(protection.is_some()),
        duration,
        receiver,
        transmitter: access_point,
        address_3: source,
        sequence,
    };
    header.emit(frame);
    let body = &mut frame[header::HEADER_LEN..];
    let body = emit_protection(body, protection);
    body[..SNAP.len()].copy_from_slice(&SNAP);
}

/// The flags of a data frame from the access point.
pub fn flags(is_protected: bool) -> Flags {
    if is_protected {
        Flags::FROM_DS.with(Flags::PROTECTED)
    } else {
        Flags::FROM_DS
    }
}

/// Writes the header of CCMP, if there is to be one, to the start of `body`; returns the rest.
///
/// # Panics
/// When there is no room.
pub fn emit_protection(body: &mut [u8], protection: Option<ccmp::Repr>) -> &mut [u8] {
    match protection {
        Some(protection) => {
            protection.emit(body);
            &mut body[ccmp::HEADER_LEN..]
        }
        None => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    const ACCESS_POINT: MacAddress = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);

    /// An ARP request (shortened) from a station to everybody.
    #[rustfmt::skip]
    const TO_DS: [u8; 36] = [
        0x08, 0x01, 0xD5, 0x00,
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A,
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0x10, 0x00,
        0xAA, 0xAA, 0x03, 0x00, 0x00, 0x00, 0x08, 0x06,
        0x00, 0x01, 0x08, 0x00,
    ];
    #[rustfmt::skip]
    const TO_DS_ETHERNET: [u8; 18] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        0x08, 0x06,
        0x00, 0x01, 0x08, 0x00,
    ];
    #[rustfmt::skip]
    const FROM_DS: [u8; 35] = [
        0x08, 0x02, 0xD5, 0x00,
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A,
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A,
        0x30, 0x12,
        0xAA, 0xAA, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00,
        0x45, 0x00, 0x00,
    ];
    #[rustfmt::skip]
    const FROM_DS_ETHERNET: [u8; 17] = [
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A,
        0x08, 0x00,
        0x45, 0x00, 0x00,
    ];

    fn with_qos(frame: &[u8], control: u8) -> Vec<u8> {
        let mut frame = [&frame[..24], &[control, 0], &frame[24..]].concat();
        frame[0] = Kind::QosData.to_byte();
        frame
    }

    #[test]
    fn a_frame_to_the_access_point_becomes_ethernet() {
        let mut frame = TO_DS;
        let ethernet = into_ethernet(&mut frame).unwrap();
        assert_eq!(frame[ethernet], TO_DS_ETHERNET);
    }

    #[test]
    fn a_qos_frame_becomes_the_same_ethernet() {
        let mut frame = with_qos(&TO_DS, 0x05);
        let ethernet = into_ethernet(&mut frame).unwrap();
        assert_eq!(frame[ethernet], TO_DS_ETHERNET);
    }

    #[test]
    fn ethernet_becomes_a_frame_from_the_access_point() {
        let mut frame = [0xA5; FROM_DS.len()];
        frame[ETHERNET_OFFSET..].copy_from_slice(&FROM_DS_ETHERNET);
        let sequence = SequenceControl::unfragmented(0x123);
        from_ethernet(&mut frame, ACCESS_POINT, sequence, 213, None);
        assert_eq!(frame, FROM_DS);
    }

    #[test]
    fn a_frame_under_ccmp_is_the_same_with_more_around_it() {
        let protection = ccmp::Repr {
            key_id: 0,
            number: 7,
        };
        let header = [7, 0, 0, 0x20, 0, 0, 0, 0];
        let mut golden = [&FROM_DS[..24], &header, &FROM_DS[24..]].concat();
        golden[1] |= 0x40;
        let mut frame = vec![0xA5; ethernet_offset(true)];
        frame.extend(FROM_DS_ETHERNET);
        let sequence = SequenceControl::unfragmented(0x123);
        from_ethernet(&mut frame, ACCESS_POINT, sequence, 213, Some(protection));
        assert_eq!(frame, golden);

        let code = [0xC0; ccmp::CODE_LEN];
        let mut frame = [&TO_DS[..24], &header, &TO_DS[24..], &code].concat();
        frame[1] |= 0x40;
        let view = Header::new_checked(&frame[..]).unwrap();
        assert_eq!(content(&view), Some(&TO_DS[24..]));
        assert_eq!(payload_of(&view, 0x0806), Some(&TO_DS[32..]));
        assert_eq!(payload_of(&view, 0x0800), None);
        let ethernet = into_ethernet(&mut frame).unwrap();
        assert_eq!(frame[ethernet], TO_DS_ETHERNET);
        frame.truncate(24 + 15);
        assert!(into_ethernet(&mut frame).is_err(), "no room for CCMP");
    }

    #[test]
    fn what_is_not_ethernet_is_refused_untouched() {
        let refused = |frame: &[u8]| {
            let mut changed = Vec::from(frame);
            let refused = into_ethernet(&mut changed).is_err();
            assert!(!refused || changed == frame);
            refused
        };
        assert!(!refused(&TO_DS));
        assert!(refused(&TO_DS[..31]), "no room for a type");
        let edited = |index: usize, byte: u8| {
            let mut frame = TO_DS;
            frame[index] = byte;
            frame
        };
        assert!(refused(&edited(24, 0x42)), "not SNAP");
        assert!(refused(&edited(29, 0xF8)), "another organisation");
        assert!(refused(&edited(30, 0x05)), "a length, not a type");
        assert!(refused(&edited(0, 0x48)), "null");
        assert!(refused(&edited(0, 0x00)), "management");
        assert!(refused(&with_qos(&TO_DS, 0x80)), "aggregate");
        let long = [&TO_DS[..], &[0; MAX_PAYLOAD_LEN - 4]].concat();
        assert!(!refused(&long));
        assert!(refused(&[&long[..], &[0]].concat()), "oversized");
    }

    proptest! {
        #[test]
        fn any_bytes_are_turned_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = into_ethernet(&mut bytes);
        }

        #[test]
        fn ethernet_survives_the_way_to_the_air_and_back(
            addresses: [u8; 12],
            ethernet_type in SMALLEST_TYPE..,
            payload in proptest::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD_LEN),
        ) {
            let ethernet = [&addresses[..], &ethernet_type.to_be_bytes(), &payload].concat();
            let mut frame = vec![0xA5; ETHERNET_OFFSET];
            frame.extend(&ethernet);
            from_ethernet(&mut frame, ACCESS_POINT, SequenceControl(0), 0, None);
            let range = into_ethernet(&mut frame).unwrap();
            prop_assert_eq!(&frame[range], &ethernet[..]);
        }
    }
}
