//! EAPOL-Key frames (IEEE 802.11-2016 12.7.2): the handshakes' messages, on top of 802.1X.

use core::ops::Range;

use super::hash::{hmac_sha1, is_equal};

mod field {
    use super::Range;

    pub const PROTOCOL: usize = 0;
    pub const KIND: usize = 1;
    pub const BODY_LEN: Range<usize> = 2..4;
    pub const DESCRIPTOR: usize = 4;
    pub const INFORMATION: Range<usize> = 5..7;
    pub const KEY_LEN: Range<usize> = 7..9;
    pub const REPLAY_COUNTER: Range<usize> = 9..17;
    pub const NONCE: Range<usize> = 17..49;
    pub const RECEIVE_SEQUENCE: Range<usize> = 65..73;
    pub const CODE: Range<usize> = 81..97;
    pub const DATA_LEN: Range<usize> = 97..99;
}

/// The bytes before the key data.
pub const HEADER_LEN: usize = field::DATA_LEN.end;
/// The bytes before those that the 802.1X length counts.
const PREFIX_LEN: usize = field::BODY_LEN.end;

/// 802.1X-2004. Any version is taken.
const PROTOCOL: u8 = 2;
/// The 802.1X packet that carries a key frame.
const KIND_KEY: u8 = 3;
/// The descriptor of RSN.
const DESCRIPTOR_RSN: u8 = 2;

/// The length of the message integrity code.
pub const CODE_LEN: usize = 16;
/// The length of a nonce.
pub const NONCE_LEN: usize = 32;

/// The bytes are not an EAPOL-Key frame of RSN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error;

/// The key information field: which message of which handshake this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Information(pub u16);

impl Information {
    /// HMAC-SHA1-128 for integrity, AES key wrap for key data: what goes with CCMP and a pre-shared key.
    const VERSION: u16 = 2;
    const PAIRWISE: u16 = 1 << 3;
    const INSTALL: u16 = 1 << 6;
    const ACKNOWLEDGE: u16 = 1 << 7;
    const CODE: u16 = 1 << 8;
    const SECURE: u16 = 1 << 9;
    const ENCRYPTED: u16 = 1 << 12;

    /// Message 1 of the four-way handshake: the authenticator's nonce.
    pub const MESSAGE_1: Information =
        Information(Self::VERSION | Self::PAIRWISE | Self::ACKNOWLEDGE);
    /// Message 2: the station's nonce, and proof that it knows the key.
    pub const MESSAGE_2: Information = Information(Self::VERSION | Self::PAIRWISE | Self::CODE);
    /// Message 3: proof that we know it, and the group key.
    pub const MESSAGE_3: Information = Information(
        Self::MESSAGE_1.0 | Self::INSTALL | Self::CODE | Self::SECURE | Self::ENCRYPTED,
    );
    /// Message 4: the station is ready.
    pub const MESSAGE_4: Information = Information(Self::MESSAGE_2.0 | Self::SECURE);
    /// Message 1 of the group key handshake: a new group key.
    pub const GROUP_1: Information = Information(
        Self::VERSION | Self::ACKNOWLEDGE | Self::CODE | Self::SECURE | Self::ENCRYPTED,
    );
    /// Message 2: the station has it.
    pub const GROUP_2: Information = Information(Self::VERSION | Self::CODE | Self::SECURE);
}

/// A checked view of an EAPOL-Key frame.
#[derive(Debug, Clone, Copy)]
pub struct KeyFrame<'a> {
    /// From the 802.1X header to the end that it states.
    bytes: &'a [u8],
}

impl<'a> KeyFrame<'a> {
    /// Checks that `bytes`, the payload of an Ethernet frame, hold an EAPOL-Key frame of RSN. Padding behind it
    /// is cut off.
    ///
    /// # Errors
    /// [`Error`] for any other frame, and when one of its lengths reaches beyond the end.
    pub fn new_checked(bytes: &'a [u8]) -> Result<KeyFrame<'a>, Error> {
        if bytes.len() < HEADER_LEN {
            return Err(Error);
        }
        let len = PREFIX_LEN + usize::from(read_u16(bytes, field::BODY_LEN));
        if bytes[field::KIND] != KIND_KEY
            || bytes[field::DESCRIPTOR] != DESCRIPTOR_RSN
            || !(HEADER_LEN..=bytes.len()).contains(&len)
        {
            return Err(Error);
        }
        let bytes = &bytes[..len];
        if HEADER_LEN + usize::from(read_u16(bytes, field::DATA_LEN)) > len {
            return Err(Error);
        }
        Ok(KeyFrame { bytes })
    }

    /// Which message it is.
    pub fn information(&self) -> Information {
        Information(read_u16(self.bytes, field::INFORMATION))
    }

    /// The number that answers share with what they answer.
    pub fn replay_counter(&self) -> u64 {
        read_u64(self.bytes, field::REPLAY_COUNTER)
    }

    /// The sender's nonce.
    pub fn nonce(&self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&self.bytes[field::NONCE]);
        nonce
    }

    /// The key data, as it is: maybe encrypted.
    pub fn data(&self) -> &'a [u8] {
        let len = usize::from(read_u16(self.bytes, field::DATA_LEN));
        &self.bytes[HEADER_LEN..HEADER_LEN + len]
    }

    /// Whether its code was made with `key`, over just these bytes.
    pub fn is_signed_by(&self, key: &[u8]) -> bool {
        is_equal(&self.bytes[field::CODE], &code(self.bytes, key))
    }
}

/// What an EAPOL-Key frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr<'a> {
    /// Which message it is.
    pub information: Information,
    /// The length of the temporal key, in bytes; 0 where none is meant.
    pub key_len: u16,
    /// Its number.
    pub replay_counter: u64,
    /// The sender's nonce, or zeros.
    pub nonce: [u8; NONCE_LEN],
    /// The number of the last group frame that was sent with the key in the data.
    pub receive_sequence: u64,
    /// The key data.
    pub data: &'a [u8],
}

impl<'a> Repr<'a> {
    /// Reads the meaning of a checked frame.
    pub fn parse(frame: &KeyFrame<'a>) -> Repr<'a> {
        let mut sequence = [0; 8];
        sequence.copy_from_slice(&frame.bytes[field::RECEIVE_SEQUENCE]);
        Repr {
            information: frame.information(),
            key_len: read_u16(frame.bytes, field::KEY_LEN),
            replay_counter: frame.replay_counter(),
            nonce: frame.nonce(),
            receive_sequence: u64::from_le_bytes(sequence),
            data: frame.data(),
        }
    }

    /// The bytes [`Repr::emit`] writes.
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN + self.data.len()
    }

    /// Writes the frame, its code zero.
    ///
    /// # Panics
    /// When `bytes` are not exactly [`Repr::buffer_len`].
    pub fn emit(&self, bytes: &mut [u8]) {
        let (header, data) = bytes.split_at_mut(HEADER_LEN);
        header.fill(0);
        header[field::PROTOCOL] = PROTOCOL;
        header[field::KIND] = KIND_KEY;
        write_u16(header, field::BODY_LEN, self.buffer_len() - PREFIX_LEN);
        header[field::DESCRIPTOR] = DESCRIPTOR_RSN;
        write_u16(header, field::INFORMATION, self.information.0.into());
        write_u16(header, field::KEY_LEN, self.key_len.into());
        header[field::REPLAY_COUNTER].copy_from_slice(&self.replay_counter.to_be_bytes());
        header[field::NONCE].copy_from_slice(&self.nonce);
        header[field::RECEIVE_SEQUENCE].copy_from_slice(&self.receive_sequence.to_le_bytes());
        write_u16(header, field::DATA_LEN, self.data.len());
        data.copy_from_slice(self.data);
    }
}

/// Signs a frame that [`Repr::emit`] wrote.
pub fn sign(bytes: &mut [u8], key: &[u8]) {
    let code = code(bytes, key);
    bytes[field::CODE].copy_from_slice(&code);
}

/// The code of a frame: over all its bytes, with zeros for the code itself.
fn code(bytes: &[u8], key: &[u8]) -> [u8; CODE_LEN] {
    let parts = [
        &bytes[..field::CODE.start],
        &[0; CODE_LEN],
        &bytes[field::CODE.end..],
    ];
    let digest = hmac_sha1(key, &parts);
    core::array::from_fn(|at| digest[at])
}

fn read_u16(bytes: &[u8], field: Range<usize>) -> u16 {
    let field = &bytes[field];
    u16::from_be_bytes([field[0], field[1]])
}

fn read_u64(bytes: &[u8], field: Range<usize>) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[field]);
    u64::from_be_bytes(number)
}

fn write_u16(bytes: &mut [u8], field: Range<usize>, value: usize) {
    bytes[field].copy_from_slice(&(value as u16).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    #[rustfmt::skip]
    const MESSAGE_2: [u8; 103] = [
        0x02, 0x03, 0x00, 0x63, 0x02, // 802.1X-2004, key, length; RSN
        0x01, 0x0A, 0x00, 0x10, // information, key length
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, // replay counter
        0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
        0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // IV
        0x56, 0x34, 0x12, 0, 0, 0, 0, 0, // receive sequence
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // code
        0x00, 0x04, 0x30, 0x02, 0x01, 0x00, // data
    ];

    fn repr() -> Repr<'static> {
        Repr {
            information: Information::MESSAGE_2,
            key_len: 16,
            replay_counter: 7,
            nonce: [0x11; NONCE_LEN],
            receive_sequence: 0x12_3456,
            data: &[0x30, 2, 1, 0],
        }
    }

    #[test]
    fn a_key_frame_is_read_and_what_pads_it_is_not() {
        for padding in [0, 3] {
            let bytes = [&MESSAGE_2[..], &vec![0xA5; padding]].concat();
            let frame = KeyFrame::new_checked(&bytes).unwrap();
            assert_eq!(Repr::parse(&frame), repr());
        }
    }

    #[test]
    fn a_key_frame_is_written_over_whatever_was_there() {
        let mut bytes = [0xA5; MESSAGE_2.len()];
        assert_eq!(repr().buffer_len(), bytes.len());
        repr().emit(&mut bytes);
        assert_eq!(bytes, MESSAGE_2);
    }

    #[test]
    fn the_six_messages_have_the_bits_of_the_standard() {
        // 12.7.6 and 12.7.7.
        assert_eq!(Information::MESSAGE_1.0, 0x008A);
        assert_eq!(Information::MESSAGE_2.0, 0x010A);
        assert_eq!(Information::MESSAGE_3.0, 0x13CA);
        assert_eq!(Information::MESSAGE_4.0, 0x030A);
        assert_eq!(Information::GROUP_1.0, 0x1382);
        assert_eq!(Information::GROUP_2.0, 0x0302);
    }

    #[test]
    fn a_signature_covers_every_byte() {
        let mut bytes = MESSAGE_2;
        sign(&mut bytes, &[7; 16]);
        let signed = |bytes: &[u8], key: &[u8]| {
            KeyFrame::new_checked(bytes).is_ok_and(|frame| frame.is_signed_by(key))
        };
        assert!(signed(&bytes, &[7; 16]));
        assert!(!signed(&bytes, &[8; 16]));
        assert!(!signed(&MESSAGE_2, &[7; 16]));
        for at in 0..bytes.len() {
            let mut forged = bytes;
            forged[at] ^= 1;
            assert!(!signed(&forged, &[7; 16]), "byte {at}");
        }
    }

    #[test]
    fn what_is_no_key_frame_is_refused() {
        let refused = |at: usize, byte: u8| {
            let mut bytes = MESSAGE_2;
            bytes[at] = byte;
            KeyFrame::new_checked(&bytes).is_err()
        };
        assert!(!refused(0, 1), "802.1X-2001");
        assert!(refused(1, 1), "EAPOL-Start");
        assert!(refused(4, 254), "WPA's descriptor");
        assert!(refused(3, 0x64), "beyond the end");
        assert!(refused(3, 0x5E), "shorter than its header");
        assert!(refused(98, 5), "data beyond the end");
        for len in 0..MESSAGE_2.len() {
            assert!(KeyFrame::new_checked(&MESSAGE_2[..len]).is_err(), "{len}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), shaped: bool) {
            if shaped && bytes.len() >= HEADER_LEN {
                (bytes[1], bytes[2], bytes[4]) = (KIND_KEY, 0, DESCRIPTOR_RSN);
                bytes[97] = 0;
            }
            if let Ok(frame) = KeyFrame::new_checked(&bytes) {
                let repr = Repr::parse(&frame);
                let mut again = vec![0xA5; repr.buffer_len()];
                repr.emit(&mut again);
                let read = KeyFrame::new_checked(&again).unwrap();
                prop_assert_eq!(Repr::parse(&read), repr);
                let _ = frame.is_signed_by(&[0; 16]);
            }
        }
    }
}
