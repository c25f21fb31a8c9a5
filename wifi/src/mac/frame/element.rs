//! Information elements (9.4.2): the id, length, value triples in management bodies.

use super::super::{Channel, Ssid};
use super::{Error, Result};
use crate::wpa2::rsn;

mod id {
    pub const SSID: u8 = 0;
    pub const SUPPORTED_RATES: u8 = 1;
    pub const DS_PARAMETER: u8 = 3;
    pub const TIM: u8 = 5;
    pub const ERP: u8 = 42;
    pub const EXTENDED_RATES: u8 = 50;
}

/// Bytes before an element's value: its id and its length.
const ELEMENT_HEADER_LEN: usize = 2;

/// The rates we announce, in units of 500 kbit/s. Bit 7 marks the basic ones, which every station must
/// understand: 1, 2, 5.5, 11; then 6, 12, 24 and 36 Mbit/s.
const SUPPORTED_RATES: [u8; 8] = [0x82, 0x84, 0x8B, 0x96, 0x0C, 0x18, 0x30, 0x48];
/// The rates beyond the first eight: 9, 18, 48 and 54 Mbit/s.
const EXTENDED_RATES: [u8; 4] = [0x12, 0x24, 0x60, 0x6C];
const BASIC_RATE: u8 = 0x80;

/// One element: its id and its value.
pub type Element<'a> = (u8, &'a [u8]);

/// Walks the elements of a management body.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Starts at the first element in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Elements<'a> {
        Elements { rest: bytes }
    }

    /// The value of the first element with this id.
    ///
    /// # Errors
    /// [`Error`] when an element before it reaches beyond the end.
    fn find(self, wanted: u8) -> Result<Option<&'a [u8]>> {
        for element in self {
            let (id, value) = element?;
            if id == wanted {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The network name asked for: nothing when there is none, or the empty one that means any network.
    ///
    /// # Errors
    /// [`Error`] when elements overrun the body or the name is longer than 32 bytes.
    pub fn ssid(&self) -> Result<Option<Ssid>> {
        match self.clone().find(id::SSID)? {
            None | Some([]) => Ok(None),
            Some(name) => Ssid::new(name).map(Some).ok_or(Error),
        }
    }

    /// The channel in the DS parameter set, if there is one.
    ///
    /// # Errors
    /// [`Error`] when elements overrun the body or there is no such channel.
    pub fn channel(&self) -> Result<Option<Channel>> {
        match self.clone().find(id::DS_PARAMETER)? {
            None => Ok(None),
            Some(&[number]) => Channel::new(number).map(Some).ok_or(Error),
            Some(_) => Err(Error),
        }
    }

    /// The traffic indication map, if there is one.
    ///
    /// # Errors
    /// [`Error`] when elements overrun the body, or it is not one of ours.
    pub fn tim(&self) -> Result<Option<Tim>> {
        match self.clone().find(id::TIM)? {
            None => Ok(None),
            Some(&[0, 1, group @ 0..=1, low, high]) => Ok(Some(Tim {
                group: group != 0,
                stations: u16::from_le_bytes([low, high]),
            })),
            Some(_) => Err(Error),
        }
    }

    /// What the RSN element says, if there is one.
    ///
    /// # Errors
    /// [`Error`] when elements overrun the body or the element is malformed.
    pub fn rsn(&self) -> Result<Option<rsn::Repr>> {
        match self.clone().find(rsn::ID)? {
            None => Ok(None),
            Some(value) => rsn::Repr::parse(value).map(Some).map_err(|_| Error),
        }
    }

    /// Whether the sender understands all our basic rates, as far as it says.
    ///
    /// # Errors
    /// [`Error`] when elements overrun the body or it lists no rate at all.
    pub fn has_basic_rates(&self) -> Result<bool> {
        let rates = self.clone().find(id::SUPPORTED_RATES)?.ok_or(Error)?;
        let extended = self.clone().find(id::EXTENDED_RATES)?.unwrap_or_default();
        let listed = |wanted: u8| {
            let same = |rate: &&u8| (**rate | BASIC_RATE) == wanted;
            rates.iter().chain(extended).find(same).is_some()
        };
        Ok(SUPPORTED_RATES
            .iter()
            .filter(|rate| **rate & BASIC_RATE != 0)
            .all(|rate| listed(*rate)))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>>;

    /// The next element; an error once, and then nothing, when it reaches beyond the end.
    fn next(&mut self) -> Option<Self::Item> {
        let rest = core::mem::take(&mut self.rest);
        match rest {
            [] => None,
            [id, len, rest @ ..] if usize::from(*len) <= rest.len() => {
                let (value, rest) = rest.split_at(usize::from(*len));
                self.rest = rest;
                Some(Ok((*id, value)))
            }
            _ => Some(Err(Error)),
        }
    }
}

/// For whom frames are waiting that sleep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tim {
    /// For all.
    pub group: bool,
    /// For one: bit n for the station with association id n.
    pub stations: u16,
}

/// Writes elements one after another.
#[derive(Debug)]
pub struct Writer<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// Starts at the beginning of `bytes`. Each method panics when the bytes do not suffice.
    pub fn new(bytes: &'a mut [u8]) -> Writer<'a> {
        Writer { bytes, len: 0 }
    }

    /// Writes the network name.
    pub fn ssid(&mut self, ssid: &Ssid) {
        self.element(id::SSID, ssid.as_bytes());
    }

    /// Writes the first eight of our rates.
    pub fn supported_rates(&mut self) {
        self.element(id::SUPPORTED_RATES, &SUPPORTED_RATES);
    }

    /// Writes the channel.
    pub fn ds_parameter(&mut self, channel: Channel) {
        self.element(id::DS_PARAMETER, &[channel.number()]);
    }

    /// Writes a traffic indication map (9.4.2.6). Each of ours is a DTIM: group frames follow any beacon.
    pub fn tim(&mut self, tim: Tim) {
        const DTIM_COUNT: u8 = 0;
        const DTIM_PERIOD: u8 = 1;
        let [low, high] = tim.stations.to_le_bytes();
        self.element(
            id::TIM,
            &[DTIM_COUNT, DTIM_PERIOD, tim.group.into(), low, high],
        );
    }

    /// Writes the ERP element that marks an 802.11g network, without protection.
    pub fn erp(&mut self) {
        self.element(id::ERP, &[0]);
    }

    /// Writes the rest of our rates.
    pub fn extended_rates(&mut self) {
        self.element(id::EXTENDED_RATES, &EXTENDED_RATES);
    }

    /// Writes the RSN element: CCMP, and a pre-shared key.
    pub fn rsn(&mut self) {
        self.bytes[self.len..self.len + rsn::LEN].copy_from_slice(&rsn::OURS);
        self.len += rsn::LEN;
    }

    fn element(&mut self, id: u8, value: &[u8]) {
        let element = &mut self.bytes[self.len..self.len + element_len(value.len())];
        element[0] = id;
        element[1] = value.len() as u8;
        element[ELEMENT_HEADER_LEN..].copy_from_slice(value);
        self.len += element.len();
    }
}

const fn element_len(value_len: usize) -> usize {
    ELEMENT_HEADER_LEN + value_len
}

/// The bytes that both lists of our rates take.
pub const RATES_LEN: usize = element_len(SUPPORTED_RATES.len()) + element_len(EXTENDED_RATES.len());
/// The bytes the DS parameter set takes.
pub const DS_PARAMETER_LEN: usize = element_len(1);
/// The bytes the empty traffic indication map takes.
pub const TIM_LEN: usize = element_len(5);
/// The bytes the ERP element takes.
pub const ERP_LEN: usize = element_len(1);

/// The bytes a network name takes.
pub fn ssid_len(ssid: &Ssid) -> usize {
    element_len(ssid.as_bytes().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn elements_come_in_order() {
        let bytes = [0, 2, b'a', b'b', 42, 0, 3, 1, 6];
        let elements: Vec<_> = Elements::new(&bytes).collect();
        assert_eq!(
            elements,
            [Ok((0, &b"ab"[..])), Ok((42, &[][..])), Ok((3, &[6][..]))]
        );
    }

    #[test]
    fn an_overrunning_element_is_an_error_once() {
        for bytes in [&[0, 2, b'a'][..], &[0]] {
            let mut elements = Elements::new(bytes);
            assert_eq!(elements.next(), Some(Err(Error)));
            assert_eq!(elements.next(), None);
        }
    }

    #[test]
    fn no_name_and_the_empty_name_mean_any_network() {
        assert_eq!(Elements::new(&[]).ssid(), Ok(None));
        assert_eq!(Elements::new(&[0, 0]).ssid(), Ok(None));
        assert_eq!(Elements::new(&[0, 1, b'x']).ssid(), Ok(Ssid::new(b"x")));
        let mut long = [b'x'; 35];
        (long[0], long[1]) = (0, 33);
        assert_eq!(Elements::new(&long).ssid(), Err(Error));
    }

    #[test]
    fn channels_are_one_byte_from_1_to_13() {
        assert_eq!(Elements::new(&[3, 1, 6]).channel(), Ok(Channel::new(6)));
        assert_eq!(Elements::new(&[]).channel(), Ok(None));
        assert_eq!(Elements::new(&[3, 1, 0]).channel(), Err(Error));
        assert_eq!(Elements::new(&[3, 2, 6, 6]).channel(), Err(Error));
    }

    #[test]
    fn basic_rates_count_with_and_without_their_mark_and_in_either_list() {
        let has = |bytes: &[u8]| Elements::new(bytes).has_basic_rates();
        assert_eq!(has(&[1, 4, 0x82, 0x84, 0x8B, 0x96]), Ok(true));
        assert_eq!(has(&[1, 4, 0x02, 0x04, 0x0B, 0x16]), Ok(true));
        assert_eq!(has(&[1, 3, 0x02, 0x04, 0x0B, 50, 1, 0x16]), Ok(true));
        assert_eq!(has(&[1, 3, 0x02, 0x04, 0x0B]), Ok(false));
        assert_eq!(has(&[50, 1, 0x16]), Err(Error));
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let elements = Elements::new(&bytes);
            let used: usize = elements.clone().flatten().map(|(_, value)| element_len(value.len())).sum();
            let broken = elements.clone().any(|element| element.is_err());
            prop_assert_eq!(used < bytes.len(), broken);
            let _ = (elements.ssid(), elements.channel(), elements.has_basic_rates(), elements.rsn());
        }
    }
}
