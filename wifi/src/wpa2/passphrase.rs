//! What a user types: 8 to 63 printable characters (IEEE 802.11-2016 J.4.1).

use core::fmt;

/// A network's passphrase.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Passphrase(&'static str);

impl Passphrase {
    /// The shortest one, in characters.
    pub const MIN_LEN: usize = 8;
    /// The longest one; 64 would be a key in hexadecimal.
    pub const MAX_LEN: usize = 63;

    /// Takes 8 to 63 characters of printable ASCII, or nothing.
    pub const fn new(text: &'static str) -> Option<Passphrase> {
        let bytes = text.as_bytes();
        if bytes.len() < Self::MIN_LEN || bytes.len() > Self::MAX_LEN {
            return None;
        }
        let mut index = 0;
        while index < bytes.len() {
            if !matches!(bytes[index], b' '..=b'~') {
                return None;
            }
            index += 1;
        }
        Some(Passphrase(text))
    }

    /// The characters.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Passphrase {
    /// Keeps the secret out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Passphrase;

    #[test]
    fn a_passphrase_has_8_to_63_printable_characters() {
        assert!(Passphrase::new("1234567").is_none());
        assert_eq!(Passphrase::new("12345678").unwrap().as_str(), "12345678");
        let long = "x".repeat(64);
        let long: &'static str = std::boxed::Box::leak(long.into_boxed_str());
        assert!(Passphrase::new(&long[..63]).is_some());
        assert!(Passphrase::new(long).is_none());
        assert!(Passphrase::new("with\nline ends").is_none());
        assert!(Passphrase::new("gr\u{fc}nkohl").is_none());
    }

    #[test]
    fn a_passphrase_does_not_show_in_debug_output() {
        let shown = std::format!("{:?}", Passphrase::new("correct horse").unwrap());
        assert!(!shown.contains("horse"));
    }
}
