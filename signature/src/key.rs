//! Public keys, the development key among them.

use core::fmt;

use d1_image::manifest::KeyId;

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// The development key, whose secret half is in this repository for everybody to read
/// ([`crate::SecretKey::DEVELOPMENT`]): it makes the first update work, and protects from nothing but mistakes.
pub const DEVELOPMENT: PublicKey = match PublicKey::from_hex(DEVELOPMENT_HEX) {
    Some(key) => key,
    None => panic!("64 hex digits"),
};
const DEVELOPMENT_HEX: &str = "47409e86393d2c8b9d923073a5d493503b565d79feff44c1c8dba714cf9d017b";

impl PublicKey {
    /// The key of those bytes, as RFC 8032 writes them.
    pub const fn new(bytes: [u8; 32]) -> PublicKey {
        PublicKey(bytes)
    }

    /// The key of 64 hex digits; `None` if it is anything else. At compile time too.
    pub const fn from_hex(text: &str) -> Option<PublicKey> {
        let text = text.as_bytes();
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        let mut at = 0;
        while at < 64 {
            let Some(digit) = (text[at] as char).to_digit(16) else {
                return None;
            };
            bytes[at / 2] = bytes[at / 2] << 4 | digit as u8;
            at += 1;
        }
        Some(PublicKey(bytes))
    }

    /// The key's bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What manifests call it.
    pub const fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.0;
        KeyId([a, b, c, d])
    }

    /// Whether everybody has the secret half.
    pub fn is_development(&self) -> bool {
        *self == DEVELOPMENT
    }

    /// The key as people are told of it: `development key 1a2b3c4d`, `key 5e6f7081`.
    pub fn name(&self) -> impl fmt::Display {
        Name(*self)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

struct Name(PublicKey);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.is_development() {
            "development key"
        } else {
            "key"
        };
        write!(f, "{kind} {}", self.0.id())
    }
}
