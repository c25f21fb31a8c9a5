//! The station's side of WPA2 with a pre-shared key (802.11-2012 11.6).
//!
//! Written from the standard, not from the firmware's authenticator: the two share their primitives and no line.
//! It sends nothing of its own; it answers, and has keys once the handshake went well.

use aes_kw::KekAes128;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use super::super::ccmp::{self, Key};
use super::super::codec::{is_group, Mac, Network};
use super::eapol::{self, bit, Message, Nonce};
use crate::periph::rng::Rng;

/// What a pre-shared key and a network's name make (802.11-2012 M.4.1).
pub fn master_key(psk: &str, ssid: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha1>(psk.as_bytes(), ssid, 4096, &mut key);
    key
}

/// A key, the last number sent under it, and the last received.
#[derive(Clone, Debug)]
struct Numbered {
    key: Key,
    sent: u64,
    received: u64,
}

/// Keys that a handshake made.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pairwise {
    confirmation: [u8; 16],
    encryption: [u8; 16],
    temporal: Key,
}

/// One association with a network with a key.
#[derive(Clone, Debug)]
pub struct Supplicant {
    mac: Mac,
    bssid: Mac,
    /// The network's RSN element, from its beacon.
    element: Vec<u8>,
    master: [u8; 32],
    chance: Rng,
    nonce: Nonce,
    counter: Option<u64>,
    /// Keys of the last nonces: to be used once the access point has proven that it has them too.
    candidate: Option<Pairwise>,
    pairwise: Option<Pairwise>,
    link: Option<Numbered>,
    groups: [Option<Numbered>; 4],
    refused: u64,
}

impl Supplicant {
    /// For `network`, whose pre-shared key made `master`. Nonces depend on `seed`.
    pub fn new(mac: Mac, network: &Network, master: [u8; 32], seed: u64) -> Supplicant {
        Supplicant {
            mac,
            bssid: network.bssid,
            element: network.rsn.clone(),
            master,
            chance: Rng::new(seed ^ 0x77b0_51e9_3a2d_8c46),
            nonce: [0; 32],
            counter: None,
            candidate: None,
            pairwise: None,
            link: None,
            groups: [const { None }; 4],
            refused: 0,
        }
    }

    /// Whether it is this network's.
    pub fn is_for(&self, network: &Network) -> bool {
        self.bssid == network.bssid && self.element == network.rsn
    }

    /// A new association: keys and counters of the one before are worth nothing.
    pub fn restart(&mut self) {
        self.counter = None;
        self.candidate = None;
        self.pairwise = None;
        self.link = None;
        self.groups = [const { None }; 4];
    }

    /// May data be sent?
    pub fn is_open(&self) -> bool {
        self.link.is_some()
    }

    /// Frames that were not as they should be: forged, repeated, in the clear.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Notes one more of them.
    pub fn refuse(&mut self) {
        self.refused += 1;
    }

    /// Takes an EAPOL frame from the access point; returns the answer, and whether it is to be encrypted.
    pub fn receive(&mut self, bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
        let was_open = self.is_open();
        let answer = self.answer(bytes);
        if answer.is_none() {
            self.refused += 1;
        }
        answer.map(|answer| (answer, was_open))
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let said = Message::read(bytes)?;
        if self.counter.is_some_and(|last| said.counter <= last) || said.info & bit::ACK == 0 {
            return None;
        }
        match said.info & (bit::PAIRWISE | bit::MIC) {
            bit::PAIRWISE => self.first(&said),
            kind => {
                let is_third = kind & bit::PAIRWISE != 0;
                let keys = if is_third {
                    self.candidate.clone()?
                } else {
                    self.pairwise.clone()?
                };
                if kind & bit::MIC == 0 || !eapol::is_genuine(bytes, &keys.confirmation) {
                    return None;
                }
                if is_third {
                    self.third(&said, keys)
                } else {
                    self.group(&said, keys)
                }
            }
        }
    }

    /// Message 1: nothing in it can be trusted, so nothing changes but the candidate.
    fn first(&mut self, said: &Message) -> Option<Vec<u8>> {
        for word in self.nonce.chunks_mut(4) {
            word.copy_from_slice(&self.chance.next_u32().to_le_bytes());
        }
        let keys = self.derive(&said.nonce);
        let answer = Message {
            info: bit::VERSION_2 | bit::PAIRWISE | bit::MIC,
            counter: said.counter,
            nonce: self.nonce,
            sequence: 0,
            data: self.element.clone(),
        };
        let answer = answer.write(&keys.confirmation);
        self.candidate = Some(keys);
        Some(answer)
    }

    /// Message 3: the access point has the keys too.
    fn third(&mut self, said: &Message, keys: Pairwise) -> Option<Vec<u8>> {
        let data = self.key_data(said, &keys)?;
        // Whoever forged a beacon to make us choose less could not forge this.
        if find(&data, |id, _| id == 48)? != &self.element[2..] {
            return None;
        }
        self.take_group_key(said, &data)?;
        self.counter = Some(said.counter);
        // The same keys again must not start from number 1 again.
        if self.pairwise.as_ref() != Some(&keys) {
            self.link = Some(Numbered {
                key: keys.temporal,
                sent: 0,
                received: 0,
            });
        }
        let answer = self.confirm(said, bit::PAIRWISE, &keys);
        self.pairwise = Some(keys);
        Some(answer)
    }

    fn group(&mut self, said: &Message, keys: Pairwise) -> Option<Vec<u8>> {
        let data = self.key_data(said, &keys)?;
        self.take_group_key(said, &data)?;
        self.counter = Some(said.counter);
        Some(self.confirm(said, 0, &keys))
    }

    fn confirm(&self, said: &Message, kind: u16, keys: &Pairwise) -> Vec<u8> {
        let answer = Message {
            info: bit::VERSION_2 | bit::MIC | bit::SECURE | kind,
            counter: said.counter,
            nonce: [0; 32],
            sequence: 0,
            data: Vec::new(),
        };
        answer.write(&keys.confirmation)
    }

    fn key_data(&self, said: &Message, keys: &Pairwise) -> Option<Vec<u8>> {
        if said.info & bit::ENCRYPTED == 0 || said.info & bit::VERSION != bit::VERSION_2 {
            return None;
        }
        KekAes128::from(keys.encryption).unwrap_vec(&said.data).ok()
    }

    fn take_group_key(&mut self, said: &Message, data: &[u8]) -> Option<()> {
        let element = find(data, |id, value| {
            id == 0xdd && value.starts_with(&[0x00, 0x0f, 0xac, 1])
        })?;
        let key: Key = element.get(6..22)?.try_into().ok()?;
        let place = &mut self.groups[usize::from(element[4] & 3)];
        if place.as_ref().is_none_or(|present| present.key != key) {
            *place = Some(Numbered {
                key,
                sent: 0,
                received: said.sequence,
            });
        }
        Some(())
    }

    fn derive(&self, theirs: &Nonce) -> Pairwise {
        let mut data = Vec::new();
        let (mut addresses, mut nonces) = ([self.mac, self.bssid], [self.nonce, *theirs]);
        addresses.sort_unstable();
        nonces.sort_unstable();
        data.extend(addresses.concat());
        data.extend(nonces.concat());
        let mut keys = Vec::new();
        for count in 0..3 {
            let mut hmac = Hmac::<Sha1>::new_from_slice(&self.master).expect("HMAC takes any key");
            hmac.update(b"Pairwise key expansion\0");
            hmac.update(&data);
            hmac.update(&[count]);
            keys.extend(hmac.finalize().into_bytes());
        }
        let part = |at: usize| core::array::from_fn(|byte| keys[at + byte]);
        Pairwise {
            confirmation: part(0),
            encryption: part(16),
            temporal: part(32),
        }
    }

    /// Encrypts a data frame to the access point.
    pub fn seal(&mut self, frame: &mut Vec<u8>) -> Option<()> {
        let link = self.link.as_mut()?;
        link.sent += 1;
        ccmp::number(frame, 0, link.sent)?;
        ccmp::encrypt(frame, &link.key)
    }

    /// Opens a protected frame from the access point; `None`, and counted, when it is forged or repeated.
    pub fn open(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let opened = self.opened(frame);
        if opened.is_none() {
            self.refused += 1;
        }
        opened
    }

    fn opened(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let (id, number) = ccmp::numbers(frame)?;
        let to: Mac = frame.get(4..10)?.try_into().ok()?;
        let key = if is_group(&to) {
            self.groups[id].as_mut()?
        } else {
            self.link.as_mut()?
        };
        if number <= key.received {
            return None;
        }
        let plain = ccmp::decrypt(frame, &key.key)?;
        key.received = number;
        ccmp::strip(&plain)
    }
}

/// The value of the first element that `is_wanted`.
fn find(mut elements: &[u8], is_wanted: impl Fn(u8, &[u8]) -> bool) -> Option<&[u8]> {
    while let [id, len, rest @ ..] = elements {
        let value = rest.get(..usize::from(*len))?;
        if is_wanted(*id, value) {
            return Some(value);
        }
        elements = &rest[value.len()..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn the_master_key_agrees_with_the_standard() {
        // 802.11-2012 M.4.2.
        assert_eq!(
            master_key("password", b"IEEE")[..],
            hex!("f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e")
        );
    }

    #[test]
    fn the_pairwise_keys_agree_with_the_standard() {
        // 802.11-2012 M.9.
        let network = Network {
            bssid: hex!("a0a1a1a3a4a5"),
            ssid: Vec::new(),
            private: true,
            rates: Vec::new(),
            rsn: Vec::new(),
        };
        let master = hex!("0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af");
        let mac = hex!("b0b1b2b3b4b5");
        let mut supplicant = Supplicant::new(mac, &network, master, 0);
        supplicant.nonce = hex!("c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5");
        let theirs = hex!("e0e1e2e3e4e5e6e7e8e9f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405");
        let keys = supplicant.derive(&theirs);
        assert_eq!(keys.temporal[..], hex!("b2360c79e9710fdd58bea93deaf06599"));
    }
}
