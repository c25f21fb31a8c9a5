//! A secret of this start, for links that act.
//!
//! Whoever has read the status page knows it, and nobody else: a page from elsewhere may send the browser here,
//! but not read what it gets. A restart makes old links stale, so none of them can be pulled by a reload.

use core::fmt;

/// 64 random bits, in links as sixteen hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(u64);

impl Token {
    /// The parameter's name in a link's query.
    pub const PARAMETER: &'static str = "token";
    const DIGITS: usize = 16;

    /// A token from two random words.
    pub fn new(random: &mut dyn FnMut() -> u32) -> Token {
        Token(u64::from(random()) << 32 | u64::from(random()))
    }

    /// Reads what [`fmt::Display`] writes, and nothing else.
    pub fn parse(text: &str) -> Option<Token> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != Self::DIGITS || !text.bytes().all(is_digit) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(Token)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Two words: formatting the whole would link the 64-bit formatter.
        write!(f, "{:08x}{:08x}", (self.0 >> 32) as u32, self.0 as u32)
    }
}

/// Secrets do not belong into logs.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let mut words = [0x0123_4567, 0x89AB_CDEF].into_iter();
        let token = Token::new(&mut || words.next().unwrap());
        assert_eq!(token.to_string(), "0123456789abcdef");
        assert_eq!(Token::parse("0123456789abcdef"), Some(token));
    }

    #[test]
    fn nothing_but_sixteen_small_digits_is_a_token() {
        for text in [
            "",
            "0",
            "0123456789ABCDEF",
            "+123456789abcdef",
            "0123456789abcdef0",
            "0123456789abcdeg",
        ] {
            assert_eq!(Token::parse(text), None, "{text:?}");
        }
    }
}
