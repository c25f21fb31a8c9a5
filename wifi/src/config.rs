//! What an access point is told before it starts: its name and its channel.

use core::fmt;

use crate::wpa2::Pmk;
use crate::MacAddress;

/// What an access point is told before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The name stations see.
    pub ssid: Ssid,
    /// The channel announced in beacons.
    pub channel: Channel,
    /// The master key of those who may join; nothing makes an open network.
    pub key: Option<Pmk>,
}

/// A network name: 1 to 32 bytes, usually but not necessarily text (IEEE 802.11-2016 9.4.2.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ssid {
    bytes: [u8; Ssid::MAX_LEN],
    len: u8,
}

impl Ssid {
    /// The longest name the SSID element holds, in bytes.
    pub const MAX_LEN: usize = 32;

    /// Takes the name as it is, or nothing when it is empty or longer than [`Ssid::MAX_LEN`].
    pub const fn new(name: &[u8]) -> Option<Ssid> {
        if name.is_empty() || name.len() > Self::MAX_LEN {
            return None;
        }
        let mut bytes = [0; Self::MAX_LEN];
        let mut index = 0;
        while index < name.len() {
            bytes[index] = name[index];
            index += 1;
        }
        Some(Ssid {
            bytes,
            len: name.len() as u8,
        })
    }

    /// Makes a name that tells devices apart: `prefix` and the last three bytes of `address` in upper-case
    /// hexadecimal. Nothing when `prefix` is longer than 26 bytes.
    pub const fn with_address(prefix: &[u8], address: MacAddress) -> Option<Ssid> {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        const SUFFIX_LEN: usize = 6;
        if prefix.len() > Self::MAX_LEN - SUFFIX_LEN {
            return None;
        }
        let mut bytes = [0; Self::MAX_LEN];
        let mut len = 0;
        while len < prefix.len() {
            bytes[len] = prefix[len];
            len += 1;
        }
        let mut index = 3;
        while index < 6 {
            bytes[len] = HEX[(address.0[index] >> 4) as usize];
            bytes[len + 1] = HEX[(address.0[index] & 0xF) as usize];
            len += 2;
            index += 1;
        }
        Some(Ssid {
            bytes,
            len: len as u8,
        })
    }

    /// The name's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl fmt::Display for Ssid {
    /// Writes the printable ASCII of the name; any other byte shows as a dot.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for &byte in self.as_bytes() {
            let printable = byte == b' ' || byte.is_ascii_graphic();
            f.write_char(if printable { char::from(byte) } else { '.' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Ssid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ssid({self})")
    }
}

/// A 2.4 GHz channel that every country allows or tolerates: 1 to 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel(u8);

impl Channel {
    /// Takes a channel number, or nothing when it is not 1 to 13.
    pub const fn new(number: u8) -> Option<Channel> {
        match number {
            1..=13 => Some(Channel(number)),
            _ => None,
        }
    }

    /// The channel's number, 1 to 13.
    pub const fn number(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn names_must_have_1_to_32_bytes() {
        assert_eq!(Ssid::new(b""), None);
        assert_eq!(Ssid::new(&[b'a'; 33]), None);
        assert_eq!(Ssid::new(&[b'a'; 32]).unwrap().as_bytes(), [b'a'; 32]);
    }

    #[test]
    fn a_name_with_an_address_ends_in_its_last_three_bytes() {
        let address = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);
        let ssid = Ssid::with_address(b"D1-OTA-", address).unwrap();
        assert_eq!(ssid.as_bytes(), b"D1-OTA-DDEE0A");
        assert!(Ssid::with_address(&[b'x'; 26], address).is_some());
        assert_eq!(Ssid::with_address(&[b'x'; 27], address), None);
    }

    #[test]
    fn unprintable_bytes_of_a_name_show_as_dots() {
        assert_eq!(Ssid::new(b"a b\n\xFFc").unwrap().to_string(), "a b..c");
    }

    #[test]
    fn channels_outside_1_to_13_do_not_exist() {
        assert_eq!(Channel::new(0), None);
        assert_eq!(Channel::new(14), None);
        assert_eq!(Channel::new(13).unwrap().number(), 13);
    }
}
