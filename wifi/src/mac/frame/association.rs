//! Association and reassociation (9.3.3.6 to 9.3.3.9): a station asks to join, and gets its number.

use core::ops::Range;

use super::super::{MacAddress, Ssid};
use super::beacon::{capabilities, CAPABILITY_ESS, CAPABILITY_PRIVACY};
use super::element::{self, Elements, Writer};
use super::{read_u16, write_u16, Error, Result, StatusCode};
use crate::wpa2::rsn;

/// What a station asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Beacons the station may sleep through at most.
    pub listen_interval: u16,
    /// In a reassociation: the access point the station comes from.
    pub current_access_point: Option<MacAddress>,
    /// The network the station means; nothing when it names none.
    pub ssid: Option<Ssid>,
    /// Whether it understands our basic rates.
    pub has_basic_rates: bool,
    /// How it would like to prove that it knows the key, if it knows one.
    pub rsn: Option<rsn::Repr>,
}

mod request_field {
    use super::Range;

    pub const CAPABILITIES: Range<usize> = 0..2;
    pub const LISTEN_INTERVAL: Range<usize> = 2..4;
    pub const CURRENT_ACCESS_POINT: Range<usize> = 4..10;
}

impl Request {
    /// Reads the body of an association request, or of a reassociation request if `again`.
    ///
    /// # Errors
    /// [`Error`] when it is cut short, is not for an infrastructure network, or its elements are broken.
    pub fn parse(body: &[u8], again: bool) -> Result<Request> {
        let elements_at = Self::elements_at(again);
        if body.len() < elements_at
            || read_u16(body, request_field::CAPABILITIES) & CAPABILITY_ESS == 0
        {
            return Err(Error);
        }
        let elements = Elements::new(&body[elements_at..]);
        let current = || MacAddress::from_bytes(&body[request_field::CURRENT_ACCESS_POINT]);
        Ok(Request {
            listen_interval: read_u16(body, request_field::LISTEN_INTERVAL),
            current_access_point: again.then(current),
            ssid: elements.ssid()?,
            has_basic_rates: elements.has_basic_rates()?,
            rsn: elements.rsn()?,
        })
    }

    /// The bytes [`Request::emit`] writes.
    pub fn buffer_len(&self) -> usize {
        Self::elements_at(self.current_access_point.is_some())
            + self.ssid.as_ref().map_or(0, element::ssid_len)
            + element::RATES_LEN
            + self.rsn.map_or(0, |_| rsn::LEN)
    }

    /// Writes the body as a b/g station would: that is, always with our basic rates, and with our own RSN element
    /// or none.
    ///
    /// # Panics
    /// When `body` is shorter than [`Request::buffer_len`].
    pub fn emit(&self, body: &mut [u8]) {
        let capabilities = capabilities(self.rsn.is_some());
        write_u16(body, request_field::CAPABILITIES, capabilities);
        write_u16(body, request_field::LISTEN_INTERVAL, self.listen_interval);
        if let Some(current) = self.current_access_point {
            body[request_field::CURRENT_ACCESS_POINT].copy_from_slice(current.as_bytes());
        }
        let elements_at = Self::elements_at(self.current_access_point.is_some());
        let mut writer = Writer::new(&mut body[elements_at..]);
        if let Some(ssid) = &self.ssid {
            writer.ssid(ssid);
        }
        writer.supported_rates();
        writer.extended_rates();
        if self.rsn.is_some() {
            writer.rsn();
        }
    }

    const fn elements_at(again: bool) -> usize {
        if again {
            request_field::CURRENT_ACCESS_POINT.end
        } else {
            request_field::LISTEN_INTERVAL.end
        }
    }
}

/// What a station is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// How it went.
    pub status: StatusCode,
    /// The station's number, from 1; 0 when it was refused.
    pub association_id: u16,
    /// Whether the network has a key.
    pub has_key: bool,
}

mod response_field {
    use super::Range;

    pub const CAPABILITIES: Range<usize> = 0..2;
    pub const STATUS: Range<usize> = 2..4;
    pub const ASSOCIATION_ID: Range<usize> = 4..6;
    pub const ELEMENTS: usize = ASSOCIATION_ID.end;
}

/// Bits 14 and 15 of an association id are set on the air (9.4.1.8).
const ASSOCIATION_ID_MARK: u16 = 0xC000;

impl Response {
    /// The bytes [`Response::emit`] writes.
    pub const BODY_LEN: usize = response_field::ELEMENTS + element::RATES_LEN;

    /// Reads the body of either response.
    ///
    /// # Errors
    /// [`Error`] when it is cut short.
    pub fn parse(body: &[u8]) -> Result<Response> {
        if body.len() < response_field::ELEMENTS {
            return Err(Error);
        }
        let association_id = read_u16(body, response_field::ASSOCIATION_ID);
        Ok(Response {
            status: StatusCode(read_u16(body, response_field::STATUS)),
            association_id: association_id & !ASSOCIATION_ID_MARK,
            has_key: read_u16(body, response_field::CAPABILITIES) & CAPABILITY_PRIVACY != 0,
        })
    }

    /// Writes the body.
    ///
    /// # Panics
    /// When `body` is shorter than [`Response::BODY_LEN`].
    pub fn emit(&self, body: &mut [u8]) {
        let association_id = match self.association_id {
            0 => 0,
            id => id | ASSOCIATION_ID_MARK,
        };
        let capabilities = capabilities(self.has_key);
        write_u16(body, response_field::CAPABILITIES, capabilities);
        write_u16(body, response_field::STATUS, self.status.0);
        write_u16(body, response_field::ASSOCIATION_ID, association_id);
        let mut writer = Writer::new(&mut body[response_field::ELEMENTS..]);
        writer.supported_rates();
        writer.extended_rates();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[rustfmt::skip]
    const REQUEST: [u8; 24] = [
        0x21, 0x00, 0x0A, 0x00, // capabilities, listen interval
        0x00, 0x02, b'D', b'1',
        0x01, 0x08, 0x82, 0x84, 0x8B, 0x96, 0x0C, 0x18, 0x30, 0x48,
        0x32, 0x04, 0x12, 0x24, 0x60, 0x6C,
    ];
    #[rustfmt::skip]
    const RESPONSE: [u8; 22] = [
        0x21, 0x00, 0x00, 0x00, 0x03, 0xC0, // capabilities, status, association id
        0x01, 0x08, 0x82, 0x84, 0x8B, 0x96, 0x0C, 0x18, 0x30, 0x48,
        0x32, 0x04, 0x12, 0x24, 0x60, 0x6C,
    ];

    fn request() -> Request {
        Request {
            listen_interval: 10,
            current_access_point: None,
            ssid: Ssid::new(b"D1"),
            has_basic_rates: true,
            rsn: None,
        }
    }

    #[test]
    fn a_request_to_a_network_with_a_key_carries_its_element() {
        let request = Request {
            rsn: Some(rsn::Repr::parse(&rsn::OURS[2..]).unwrap()),
            ..request()
        };
        let mut golden = [&REQUEST[..], &rsn::OURS].concat();
        golden[0] |= 0x10;
        assert_eq!(Request::parse(&golden, false), Ok(request));
        let mut bytes = std::vec![0xA5; request.buffer_len()];
        request.emit(&mut bytes);
        assert_eq!(bytes, golden);
        golden.truncate(golden.len() - 1);
        assert_eq!(Request::parse(&golden, false), Err(Error), "cut short");
    }

    #[test]
    fn a_request_is_read_and_written() {
        assert_eq!(Request::parse(&REQUEST, false), Ok(request()));
        let mut bytes = [0xA5; REQUEST.len()];
        assert_eq!(request().buffer_len(), REQUEST.len());
        request().emit(&mut bytes);
        assert_eq!(bytes, REQUEST);
    }

    #[test]
    fn a_reassociation_names_where_the_station_was() {
        let from = MacAddress([2, 1, 1, 1, 1, 1]);
        let again = Request {
            current_access_point: Some(from),
            ..request()
        };
        let bytes = [&REQUEST[..4], from.as_bytes(), &REQUEST[4..]].concat();
        assert_eq!(Request::parse(&bytes, true), Ok(again));
        let mut written = [0xA5; REQUEST.len() + 6];
        assert_eq!(again.buffer_len(), written.len());
        again.emit(&mut written);
        assert_eq!(written[..], bytes);
    }

    #[test]
    fn a_response_is_read_and_written() {
        let granted = Response {
            status: StatusCode::SUCCESS,
            association_id: 3,
            has_key: false,
        };
        assert_eq!(Response::parse(&RESPONSE), Ok(granted));
        let mut bytes = [0xA5; Response::BODY_LEN];
        granted.emit(&mut bytes);
        assert_eq!(bytes, RESPONSE);
    }

    #[test]
    fn a_refusal_carries_no_number() {
        let refused = Response {
            status: StatusCode::TOO_MANY_STATIONS,
            association_id: 0,
            has_key: true,
        };
        let mut bytes = [0xA5; Response::BODY_LEN];
        refused.emit(&mut bytes);
        assert_eq!(bytes[2..6], [17, 0, 0, 0]);
        assert_eq!(Response::parse(&bytes), Ok(refused));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80), again: bool) {
            let _ = (Request::parse(&bytes, again), Response::parse(&bytes));
        }

        #[test]
        fn what_is_written_is_read_again(
            listen_interval: u16,
            from in proptest::option::of(any::<[u8; 6]>()),
            name in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..=32)),
        ) {
            let request = Request {
                listen_interval,
                current_access_point: from.map(MacAddress),
                ssid: name.map(|name| Ssid::new(&name).unwrap()),
                has_basic_rates: true,
                rsn: None,
            };
            let mut bytes = std::vec![0xA5; request.buffer_len()];
            request.emit(&mut bytes);
            prop_assert_eq!(Request::parse(&bytes, from.is_some()), Ok(request));
        }
    }
}
