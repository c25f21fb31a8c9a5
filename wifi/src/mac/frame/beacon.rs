//! Beacons and probe responses (9.3.3.3, 9.3.3.11): the same body, but for the traffic indication map.

use core::ops::Range;

use super::super::{Channel, Ssid};
use super::element::{self, Elements, Tim, Writer};
use super::{header, read_u16, write_u16, Error, Result};
use crate::wpa2::rsn;

mod field {
    use super::Range;

    pub const TIMESTAMP: Range<usize> = 0..8;
    pub const INTERVAL: Range<usize> = 8..10;
    pub const CAPABILITIES: Range<usize> = 10..12;
    pub const ELEMENTS: usize = CAPABILITIES.end;
}

/// Microseconds in a time unit (TU), in which beacon intervals are counted.
pub const TIME_UNIT: u64 = 1024;
/// Capabilities of an open access point: an infrastructure network (bit 0), short preambles understood (bit
/// 5), short slots not required (9.4.1.4).
const OPEN: u16 = 0x0021;
/// The capability bit of a network with a key.
pub(super) const CAPABILITY_PRIVACY: u16 = 0x0010;
/// The capability bit of an infrastructure network.
pub(super) const CAPABILITY_ESS: u16 = 0x0001;

/// The capabilities of an access point, open or with a key; a station repeats them.
pub const fn capabilities(has_key: bool) -> u16 {
    if has_key {
        OPEN | CAPABILITY_PRIVACY
    } else {
        OPEN
    }
}

/// What a beacon or a probe response says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Microseconds since the access point started.
    pub timestamp: u64,
    /// Time units between beacons.
    pub interval: u16,
    /// The network's name.
    pub ssid: Ssid,
    /// The channel it is on.
    pub channel: Channel,
    /// The traffic indication map: in a beacon there is one, in a probe response not.
    pub tim: Option<Tim>,
    /// Whether there is an RSN element in it: one needs the key to join.
    pub has_key: bool,
}

impl Repr {
    /// Reads a beacon's or a probe response's body.
    ///
    /// # Errors
    /// [`Error`] when it is cut short, not that of an infrastructure network, or lacks name or channel.
    pub fn parse(body: &[u8]) -> Result<Repr> {
        if body.len() < field::ELEMENTS || read_u16(body, field::CAPABILITIES) & CAPABILITY_ESS == 0
        {
            return Err(Error);
        }
        let mut timestamp = [0; 8];
        timestamp.copy_from_slice(&body[field::TIMESTAMP]);
        let elements = Elements::new(&body[field::ELEMENTS..]);
        Ok(Repr {
            timestamp: u64::from_le_bytes(timestamp),
            interval: read_u16(body, field::INTERVAL),
            ssid: elements.ssid()?.ok_or(Error)?,
            channel: elements.channel()?.ok_or(Error)?,
            tim: elements.tim()?,
            has_key: elements.rsn()?.is_some(),
        })
    }

    /// The bytes [`Repr::emit`] writes.
    pub fn buffer_len(&self) -> usize {
        let tim_len = self.tim.map_or(0, |_| element::TIM_LEN);
        let rsn_len = if self.has_key { rsn::LEN } else { 0 };
        field::ELEMENTS
            + element::ssid_len(&self.ssid)
            + element::RATES_LEN
            + element::DS_PARAMETER_LEN
            + tim_len
            + element::ERP_LEN
            + rsn_len
    }

    /// Writes the body, elements in the order of their numbers in 9.3.3.3.
    ///
    /// # Panics
    /// When `body` is shorter than [`Repr::buffer_len`].
    pub fn emit(&self, body: &mut [u8]) {
        body[field::TIMESTAMP].copy_from_slice(&self.timestamp.to_le_bytes());
        write_u16(body, field::INTERVAL, self.interval);
        write_u16(body, field::CAPABILITIES, capabilities(self.has_key));
        let mut writer = Writer::new(&mut body[field::ELEMENTS..]);
        writer.ssid(&self.ssid);
        writer.supported_rates();
        writer.ds_parameter(self.channel);
        if let Some(tim) = self.tim {
            writer.tim(tim);
        }
        writer.erp();
        writer.extended_rates();
        if self.has_key {
            writer.rsn();
        }
    }
}

/// Sets the timestamp of a whole beacon or probe response, just before it is sent.
pub(crate) fn set_timestamp(frame: &mut [u8], timestamp: u64) {
    let body = &mut frame[header::HEADER_LEN..];
    body[field::TIMESTAMP].copy_from_slice(&timestamp.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    #[rustfmt::skip]
    const GOLDEN: [u8; 48] = [
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, // timestamp
        0x64, 0x00, // interval: 100
        0x21, 0x00, // capabilities
        0x00, 0x05, b'D', b'1', b'-', b'O', b'T', // SSID
        0x01, 0x08, 0x82, 0x84, 0x8B, 0x96, 0x0C, 0x18, 0x30, 0x48, // rates
        0x03, 0x01, 0x06, // channel
        0x05, 0x05, 0x00, 0x01, 0x00, 0x00, 0x00, // TIM
        0x2A, 0x01, 0x00, // ERP
        0x32, 0x04, 0x12, 0x24, 0x60, 0x6C, // extended rates
    ];

    fn repr() -> Repr {
        Repr {
            timestamp: 0x1122_3344_5566_7788,
            interval: 100,
            ssid: Ssid::new(b"D1-OT").unwrap(),
            channel: Channel::new(6).unwrap(),
            tim: Some(Tim::default()),
            has_key: false,
        }
    }

    #[test]
    fn a_beacon_is_read() {
        assert_eq!(Repr::parse(&GOLDEN), Ok(repr()));
    }

    #[test]
    fn a_beacon_is_written_over_whatever_was_there() {
        let mut bytes = [0xA5; GOLDEN.len() + 2];
        assert_eq!(repr().buffer_len(), GOLDEN.len());
        repr().emit(&mut bytes);
        assert_eq!(bytes[..GOLDEN.len()], GOLDEN);
        assert_eq!(bytes[GOLDEN.len()..], [0xA5; 2]);
    }

    #[test]
    fn a_beacon_of_a_network_with_a_key_says_so_in_two_places() {
        let repr = Repr {
            has_key: true,
            ..repr()
        };
        let mut golden = [&GOLDEN[..], &rsn::OURS].concat();
        golden[10] |= 0x10;
        assert_eq!(Repr::parse(&golden), Ok(repr));
        let mut bytes = vec![0xA5; repr.buffer_len()];
        repr.emit(&mut bytes);
        assert_eq!(bytes, golden);
    }

    #[test]
    fn a_late_timestamp_lands_behind_the_header() {
        let mut frame = [0xA5; 40];
        set_timestamp(&mut frame, 1);
        assert_eq!(frame[..24], [0xA5; 24]);
        assert_eq!(frame[24..32], [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(frame[32..], [0xA5; 8]);
    }

    #[test]
    fn an_ad_hoc_network_is_not_an_access_point() {
        let mut bytes = GOLDEN;
        bytes[10] = 0x02;
        assert_eq!(Repr::parse(&bytes), Err(Error));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Repr::parse(&bytes);
        }

        #[test]
        fn what_is_written_is_read_again(
            timestamp: u64,
            interval: u16,
            name in proptest::collection::vec(any::<u8>(), 1..=32),
            channel in 1u8..=13,
            tim in proptest::option::of((any::<bool>(), any::<u16>())),
            has_key: bool,
        ) {
            let ssid = Ssid::new(&name).unwrap();
            let channel = Channel::new(channel).unwrap();
            let tim = tim.map(|(group, stations)| Tim { group, stations });
            let repr = Repr { timestamp, interval, ssid, channel, tim, has_key };
            let mut bytes = vec![0xA5; repr.buffer_len()];
            repr.emit(&mut bytes);
            prop_assert_eq!(Repr::parse(&bytes), Ok(repr));
        }
    }
}
