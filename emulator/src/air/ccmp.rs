//! CCMP (802.11-2012 11.4.3): AES in CCM around the body of a data frame.
//!
//! Both ends of the air use this file, the modelled MAC and the stations; that they do not merely agree with
//! each other is for the standard's test vector, and for tshark, to say.

use aes::Aes128;
use ccm::aead::generic_array::GenericArray;
use ccm::aead::{AeadInPlace, KeyInit};
use ccm::consts::{U13, U8};
use ccm::Ccm;

/// A temporal key.
pub type Key = [u8; 16];

/// Bytes between the 802.11 header and what is encrypted.
pub const HEADER_LEN: usize = 8;
/// Bytes behind it.
pub const CODE_LEN: usize = 8;

const PROTECTED: u8 = 0x40;
const EXTENDED: u8 = 0x20;

/// True for data frames whose header says that they are encrypted.
pub fn is_protected(frame: &[u8]) -> bool {
    matches!(frame, [kind, flags, ..] if kind & 0x0c == 0x08 && flags & PROTECTED != 0)
}

/// Key id and packet number of a protected frame; `None` when it is cut short or of WEP.
pub fn numbers(frame: &[u8]) -> Option<(usize, u64)> {
    let start = header_len(frame)?;
    let &[a, b, _, key, c, d, e, f] = frame.get(start..start + HEADER_LEN)? else {
        return None;
    };
    (key & EXTENDED != 0).then(|| {
        let number = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
        (usize::from(key >> 6), number)
    })
}

/// Puts a CCMP header into a data frame in the clear, and marks it as protected.
pub fn number(frame: &mut Vec<u8>, key_id: u8, number: u64) -> Option<()> {
    let start = header_len(frame)?;
    let [a, b, c, d, e, f, ..] = number.to_le_bytes();
    let header = [a, b, 0, EXTENDED | key_id << 6, c, d, e, f];
    frame[1] |= PROTECTED;
    frame.splice(start..start, header);
    Some(())
}

/// Encrypts a frame that has its CCMP header, and appends the code. `None`, and nothing is changed, when it has none.
pub fn encrypt(frame: &mut Vec<u8>, key: &Key) -> Option<()> {
    let (nonce, data, start) = surroundings(frame)?;
    let mut body = frame.split_off(start);
    let code = cipher(key)
        .encrypt_in_place_detached(&nonce, &data, &mut body)
        .ok()?;
    frame.extend(body);
    frame.extend(code);
    Some(())
}

/// Decrypts a frame and removes the code; the CCMP header stays. `None` when the code is wrong.
pub fn decrypt(frame: &[u8], key: &Key) -> Option<Vec<u8>> {
    let (nonce, data, start) = surroundings(frame)?;
    let end = frame.len().checked_sub(CODE_LEN)?;
    let mut body = frame.get(start..end)?.to_vec();
    let code = GenericArray::from_slice(&frame[end..]);
    cipher(key)
        .decrypt_in_place_detached(&nonce, &data, &mut body, code)
        .ok()?;
    Some([&frame[..start], &body].concat())
}

/// A decrypted frame as it would be without protection.
pub fn strip(frame: &[u8]) -> Option<Vec<u8>> {
    let start = header_len(frame)?;
    let mut plain = frame[..start].to_vec();
    plain.extend(frame.get(start + HEADER_LEN..)?);
    plain[1] &= !PROTECTED;
    Some(plain)
}

fn cipher(key: &Key) -> Ccm<Aes128, U8, U13> {
    Ccm::new(GenericArray::from_slice(key))
}

/// Nonce, additional data, and where the encrypted part starts (11.4.3.3).
fn surroundings(frame: &[u8]) -> Option<(GenericArray<u8, U13>, Vec<u8>, usize)> {
    let start = header_len(frame)?;
    let (_, number) = numbers(frame)?;
    let is_qos = frame[0] & 0x80 != 0;
    let priority = if is_qos { frame[start - 2] & 0x0f } else { 0 };

    let mut nonce = vec![priority];
    nonce.extend(&frame[10..16]);
    nonce.extend(&number.to_be_bytes()[2..]);

    // What may change on the way, or between attempts, is left out: subtype, retry, power management, more data,
    // sequence number, duration.
    let order = if is_qos { 0x80 } else { 0 };
    let mut data = vec![frame[0] & !0x70, frame[1] & !(0x38 | order) | PROTECTED];
    data.extend(&frame[4..22]);
    data.extend([frame[22] & 0x0f, 0]);
    if frame[1] & 3 == 3 {
        data.extend(&frame[24..30]);
    }
    if is_qos {
        data.extend([priority, 0]);
    }
    Some((
        GenericArray::clone_from_slice(&nonce),
        data,
        start + HEADER_LEN,
    ))
}

/// Length of a data frame's 802.11 header.
fn header_len(frame: &[u8]) -> Option<usize> {
    let &[kind, flags, ..] = frame else {
        return None;
    };
    let fourth = if flags & 3 == 3 { 6 } else { 0 };
    let qos = if kind & 0x80 != 0 { 2 } else { 0 };
    let len = 24 + fourth + qos;
    (kind & 0x0c == 0x08 && frame.len() >= len).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 802.11-2012 M.6.4.
    const KEY: Key = [
        0xc9, 0x7c, 0x1f, 0x67, 0xce, 0x37, 0x11, 0x85, 0x51, 0x4a, 0x8a, 0x19, 0xf2, 0xbd, 0xd5,
        0x2f,
    ];
    const HEADER: [u8; 24] = [
        0x08, 0x48, 0xc3, 0x2c, 0x0f, 0xd2, 0xe1, 0x28, 0xa5, 0x7c, 0x50, 0x30, 0xf1, 0x84, 0x44,
        0x08, 0xab, 0xae, 0xa5, 0xb8, 0xfc, 0xba, 0x80, 0x33,
    ];
    const NUMBER: [u8; 8] = [0x0c, 0xe7, 0x00, 0x20, 0x76, 0x97, 0x03, 0xb5];
    const PLAIN: [u8; 20] = [
        0xf8, 0xba, 0x1a, 0x55, 0xd0, 0x2f, 0x85, 0xae, 0x96, 0x7b, 0xb6, 0x2f, 0xb6, 0xcd, 0xa8,
        0xeb, 0x7e, 0x78, 0xa0, 0x50,
    ];
    const CIPHER: [u8; 28] = [
        0xf3, 0xd0, 0xa2, 0xfe, 0x9a, 0x3d, 0xbf, 0x23, 0x42, 0xa6, 0x43, 0xe4, 0x32, 0x46, 0xe8,
        0x0c, 0x3c, 0x04, 0xd0, 0x19, 0x78, 0x45, 0xce, 0x0b, 0x16, 0xf9, 0x76, 0x23,
    ];

    #[test]
    fn the_standards_test_vector_is_met_both_ways() {
        let plain = [&HEADER[..], &NUMBER, &PLAIN].concat();
        let sealed = [&HEADER[..], &NUMBER, &CIPHER].concat();
        let mut frame = plain.clone();
        encrypt(&mut frame, &KEY).unwrap();
        assert_eq!(frame, sealed);
        assert_eq!(decrypt(&sealed, &KEY), Some(plain));
        assert_eq!(numbers(&sealed), Some((0, 0xb503_9776_e70c)));
    }

    #[test]
    fn what_may_change_on_the_way_is_not_covered_and_the_rest_is() {
        let sealed = [&HEADER[..], &NUMBER, &CIPHER].concat();
        let mut retry = sealed.clone();
        retry[1] ^= 0x08;
        retry[2] ^= 0xff;
        retry[23] ^= 0xff;
        assert!(decrypt(&retry, &KEY).is_some());
        for at in (4..22).chain([24, 31]).chain(32..sealed.len()) {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert_eq!(decrypt(&forged, &KEY), None, "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (numbers(&bytes), decrypt(&bytes, &KEY), strip(&bytes));
            let mut frame = bytes.clone();
            let _ = encrypt(&mut frame, &KEY);
        }

        #[test]
        fn what_is_numbered_and_encrypted_comes_back(
            qos: bool,
            body in proptest::collection::vec(any::<u8>(), 0..80),
            pn in 1u64..1 << 48,
        ) {
            let mut plain = HEADER.to_vec();
            plain[1] = 0x02;
            if qos {
                plain[0] |= 0x80;
                plain.extend([5, 0]);
            }
            plain.extend(body);
            let mut frame = plain.clone();
            number(&mut frame, 2, pn).unwrap();
            encrypt(&mut frame, &KEY).unwrap();
            prop_assert!(is_protected(&frame));
            prop_assert_eq!(numbers(&frame), Some((2, pn)));
            let opened = decrypt(&frame, &KEY).unwrap();
            prop_assert_eq!(strip(&opened), Some(plain));
        }
    }
}
