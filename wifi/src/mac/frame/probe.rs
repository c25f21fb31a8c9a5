//! Probe requests (9.3.3.10): who is there?

use super::super::Ssid;
use super::element::{self, Elements, Writer};
use super::Result;

/// What a probe request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// The network asked for; nothing asks for all.
    pub ssid: Option<Ssid>,
}

impl Repr {
    /// Reads a probe request's body.
    ///
    /// # Errors
    /// [`super::Error`] when an element before the name overruns the body, or the name is too long.
    pub fn parse(body: &[u8]) -> Result<Repr> {
        let ssid = Elements::new(body).ssid()?;
        Ok(Repr { ssid })
    }

    /// Whether the network with this name has to answer.
    pub fn is_for(&self, ssid: &Ssid) -> bool {
        match &self.ssid {
            Some(wanted) => wanted == ssid,
            None => true,
        }
    }

    /// The bytes [`Repr::emit`] writes.
    pub fn buffer_len(&self) -> usize {
        self.ssid.as_ref().map_or(0, element::ssid_len) + element::RATES_LEN
    }

    /// Writes the body as a b/g station would.
    ///
    /// # Panics
    /// When `body` is shorter than [`Repr::buffer_len`].
    pub fn emit(&self, body: &mut [u8]) {
        let mut writer = Writer::new(body);
        if let Some(ssid) = &self.ssid {
            writer.ssid(ssid);
        }
        writer.supported_rates();
        writer.extended_rates();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[rustfmt::skip]
    const GOLDEN: [u8; 20] = [
        0x00, 0x02, b'D', b'1',
        0x01, 0x08, 0x82, 0x84, 0x8B, 0x96, 0x0C, 0x18, 0x30, 0x48,
        0x32, 0x04, 0x12, 0x24, 0x60, 0x6C,
    ];

    #[test]
    fn a_directed_probe_request_is_read_and_written() {
        let repr = Repr {
            ssid: Ssid::new(b"D1"),
        };
        assert_eq!(Repr::parse(&GOLDEN), Ok(repr));
        let mut bytes = [0xA5; GOLDEN.len()];
        assert_eq!(repr.buffer_len(), GOLDEN.len());
        repr.emit(&mut bytes);
        assert_eq!(bytes, GOLDEN);
    }

    #[test]
    fn only_the_wanted_network_answers_and_all_answer_a_wildcard() {
        let ours = Ssid::new(b"D1").unwrap();
        assert!(Repr::parse(&GOLDEN).unwrap().is_for(&ours));
        assert!(!Repr::parse(&[0, 1, b'D']).unwrap().is_for(&ours));
        assert!(Repr::parse(&[0, 0]).unwrap().is_for(&ours));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Repr::parse(&bytes);
        }
    }
}
