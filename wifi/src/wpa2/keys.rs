//! The keys of a station and of the group, and the data that carries the group's (IEEE 802.11-2016 12.7.1, 12.7.2).

use aes_kw::KekAes128;
use zeroize::Zeroize;

use super::hash::prf;
use super::key_frame::NONCE_LEN;
use super::{rsn, Pmk};
use crate::MacAddress;

/// The length of a key of CCMP.
pub const KEY_LEN: usize = 16;
/// A key of CCMP.
pub type TemporalKey = [u8; KEY_LEN];

/// The three keys that a station and we derive from the same nonces.
#[derive(Clone)]
pub struct PairwiseKeys {
    /// Signs EAPOL-Key frames (KCK).
    pub confirmation: [u8; KEY_LEN],
    /// Wraps the group key (KEK).
    pub encryption: [u8; KEY_LEN],
    /// Encrypts data (TK).
    pub temporal: TemporalKey,
}

impl Drop for PairwiseKeys {
    fn drop(&mut self) {
        self.confirmation.zeroize();
        self.encryption.zeroize();
        self.temporal.zeroize();
    }
}

impl PairwiseKeys {
    /// Derives the keys of two that know `pmk`. Which of them is which does not matter.
    pub fn derive(
        pmk: &Pmk,
        addresses: [MacAddress; 2],
        nonces: [&[u8; NONCE_LEN]; 2],
    ) -> PairwiseKeys {
        let [a, b] = addresses.map(|address| address.0);
        let [c, d] = nonces;
        let (low, high) = if a < b { (&a, &b) } else { (&b, &a) };
        let (first, second) = if c < d { (c, d) } else { (d, c) };
        let mut keys = [0; 3 * KEY_LEN];
        let data: [&[u8]; 4] = [low, high, first, second];
        prf(pmk.as_bytes(), "Pairwise key expansion", &data, &mut keys);
        let part = |number: usize| core::array::from_fn(|at| keys[number * KEY_LEN + at]);
        let pairwise = PairwiseKeys {
            confirmation: part(0),
            encryption: part(1),
            temporal: part(2),
        };
        keys.zeroize();
        pairwise
    }
}

/// The group's key and its number.
#[derive(Clone)]
pub struct GroupKey {
    /// 1 or 2: a new key takes the other's.
    pub id: u8,
    /// The key.
    pub key: TemporalKey,
}

impl Drop for GroupKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// The group key as key data: vendor-specific element, organisation 00-0F-AC, type 1 (12.7.2, figure 12-35).
const KEY_ELEMENT: [u8; 6] = [0xDD, 22, 0x00, 0x0F, 0xAC, 1];
const KEY_ELEMENT_LEN: usize = KEY_ELEMENT.len() + 2 + KEY_LEN;
/// With our RSN element, padded to a multiple of 8.
const LONG_LEN: usize = (rsn::LEN + KEY_ELEMENT_LEN).next_multiple_of(8);
/// What key wrap adds.
const WRAP_LEN: usize = 8;
/// What begins the padding, when there is any.
const PADDING: u8 = 0xDD;

/// Key data under a station's key.
pub struct Wrapped {
    bytes: [u8; LONG_LEN + WRAP_LEN],
    len: usize,
}

impl Wrapped {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Wraps the group key for a station; in message 3 with our RSN element in front, which a station compares with
/// that of the beacon.
// Never inlined: AES has its round keys on the stack.
#[inline(never)]
pub fn wrap(group: &GroupKey, with_element: bool, encryption: &[u8; KEY_LEN]) -> Wrapped {
    let mut plain = [0; LONG_LEN];
    let start = if with_element {
        plain[..rsn::LEN].copy_from_slice(&rsn::OURS);
        rsn::LEN
    } else {
        0
    };
    let element = &mut plain[start..start + KEY_ELEMENT_LEN];
    element[..KEY_ELEMENT.len()].copy_from_slice(&KEY_ELEMENT);
    element[KEY_ELEMENT.len()] = group.id;
    element[KEY_ELEMENT.len() + 2..].copy_from_slice(&group.key);
    let end = start + KEY_ELEMENT_LEN;
    if let Some(padding) = plain[..end.next_multiple_of(8)].get_mut(end) {
        *padding = PADDING;
    }
    let len = end.next_multiple_of(8);
    let mut wrapped = Wrapped {
        bytes: [0; LONG_LEN + WRAP_LEN],
        len: len + WRAP_LEN,
    };
    // Cannot fail: the lengths are right.
    let _ = KekAes128::from(*encryption).wrap(&plain[..len], &mut wrapped.bytes[..len + WRAP_LEN]);
    plain.zeroize();
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn key_wrap_agrees_with_rfc_3394() {
        // 4.1: 128 bits of key data with a 128-bit key.
        let kek: [u8; 16] = core::array::from_fn(|at| at as u8);
        let mut wrapped = [0; 24];
        let plain = hex!("00112233445566778899aabbccddeeff");
        KekAes128::from(kek).wrap(&plain, &mut wrapped).unwrap();
        assert_eq!(
            wrapped[..],
            hex!("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
        );
    }

    #[test]
    fn pairwise_keys_agree_with_annex_j() {
        // IEEE 802.11-2016 J.7.1: the pairwise key derivation for CCMP.
        let pmk = hex!("0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af");
        let s_nonce: [u8; 32] =
            hex!("c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5");
        let a_nonce: [u8; 32] =
            hex!("e0e1e2e3e4e5e6e7e8e9f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405");
        let aa = MacAddress([0xA0, 0xA1, 0xA1, 0xA3, 0xA4, 0xA5]);
        let spa = MacAddress([0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5]);
        let pmk = Pmk::new(pmk);
        for (addresses, nonces) in [
            ([aa, spa], [&a_nonce, &s_nonce]),
            ([spa, aa], [&s_nonce, &a_nonce]),
        ] {
            let keys = PairwiseKeys::derive(&pmk, addresses, nonces);
            assert_eq!(keys.temporal[..], hex!("b2360c79e9710fdd58bea93deaf06599"));
            assert_eq!(
                keys.confirmation[..],
                hex!("379f9852d0199236b94e407ce4c00ec8")
            );
            assert_eq!(
                keys.encryption[..],
                hex!("47c9edc01c2c6e5b4910caddfb3e51a7")
            );
        }
    }

    #[test]
    fn key_data_unwraps_to_elements_and_padding() {
        let group = GroupKey {
            id: 2,
            key: [0x5A; 16],
        };
        let unwrap = |wrapped: &Wrapped| {
            let mut plain = std::vec![0; wrapped.len - WRAP_LEN];
            KekAes128::from([9; 16])
                .unwrap(wrapped.as_bytes(), &mut plain)
                .unwrap();
            plain
        };
        let element = [&[0xDD, 22, 0, 0x0F, 0xAC, 1, 2, 0][..], &[0x5A; 16]].concat();
        assert_eq!(unwrap(&wrap(&group, false, &[9; 16])), element);
        let long = [&rsn::OURS[..], &element, &[0xDD, 0]].concat();
        assert_eq!(unwrap(&wrap(&group, true, &[9; 16])), long);
    }
}
