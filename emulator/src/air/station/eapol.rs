//! EAPOL-Key frames as a station reads and writes them (802.11-2012 11.6.2).

use hmac::{Hmac, Mac as _};
use sha1::Sha1;

/// A nonce.
pub type Nonce = [u8; 32];

const HEADER_LEN: usize = 99;
const CODE: core::ops::Range<usize> = 81..97;

/// Bits of the key information.
pub mod bit {
    /// Of the four-way handshake.
    pub const PAIRWISE: u16 = 0x0008;
    /// Wants an answer.
    pub const ACK: u16 = 0x0080;
    /// Carries a code.
    pub const MIC: u16 = 0x0100;
    /// Both have keys.
    pub const SECURE: u16 = 0x0200;
    /// The key data is wrapped.
    pub const ENCRYPTED: u16 = 0x1000;
    /// HMAC-SHA1 and AES key wrap.
    pub const VERSION_2: u16 = 0x0002;
    /// The version's field.
    pub const VERSION: u16 = 0x0007;
}

/// An EAPOL-Key frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Key information.
    pub info: u16,
    /// Replay counter.
    pub counter: u64,
    /// The sender's nonce.
    pub nonce: Nonce,
    /// Number of the last group frame.
    pub sequence: u64,
    /// Key data.
    pub data: Vec<u8>,
}

impl Message {
    /// Reads a frame, from the 802.1X header on; `None` when it is anything else.
    pub fn read(bytes: &[u8]) -> Option<Message> {
        let body = u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]);
        let bytes = bytes.get(..4 + usize::from(body))?;
        if bytes.len() < HEADER_LEN || bytes[1] != 3 || bytes[4] != 2 {
            return None;
        }
        let data_len = u16::from_be_bytes([bytes[97], bytes[98]]);
        let data = bytes.get(HEADER_LEN..HEADER_LEN + usize::from(data_len))?;
        Some(Message {
            info: u16::from_be_bytes([bytes[5], bytes[6]]),
            counter: u64::from_be_bytes(bytes[9..17].try_into().ok()?),
            nonce: bytes[17..49].try_into().ok()?,
            sequence: u64::from_le_bytes(bytes[65..73].try_into().ok()?),
            data: data.to_vec(),
        })
    }

    /// Writes the frame, with a code made with `key`.
    pub fn write(&self, key: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1, 3];
        bytes.extend(((HEADER_LEN - 4 + self.data.len()) as u16).to_be_bytes());
        bytes.push(2);
        bytes.extend(self.info.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(self.counter.to_be_bytes());
        bytes.extend(self.nonce);
        bytes.extend([0; 16 + 8 + 8 + 16]);
        bytes.extend((self.data.len() as u16).to_be_bytes());
        bytes.extend(&self.data);
        let code = code(&bytes, key);
        bytes[CODE].copy_from_slice(&code);
        bytes
    }
}

/// Whether a frame's code was made with `key`.
pub fn is_genuine(bytes: &[u8], key: &[u8]) -> bool {
    let len = bytes.get(2..4).map_or(0, |len| {
        4 + usize::from(u16::from_be_bytes([len[0], len[1]]))
    });
    let Some(bytes) = bytes.get(..len).filter(|bytes| bytes.len() >= HEADER_LEN) else {
        return false;
    };
    let mut cleared = bytes.to_vec();
    cleared[CODE].fill(0);
    code(&cleared, key) == bytes[CODE]
}

fn code(bytes: &[u8], key: &[u8]) -> [u8; 16] {
    let mut hmac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes any key");
    hmac.update(bytes);
    let digest = hmac.finalize().into_bytes();
    core::array::from_fn(|at| digest[at])
}
