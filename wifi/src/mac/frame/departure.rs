//! Deauthentication and disassociation (9.3.3.5, 9.3.3.13): both bodies are just a reason.

use core::ops::Range;

use super::{read_u16, write_u16, Error, ReasonCode, Result};

mod field {
    use super::Range;

    pub const REASON: Range<usize> = 0..2;
}

/// The bytes of the body.
pub const BODY_LEN: usize = field::REASON.end;

/// What a deauthentication or a disassociation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Why.
    pub reason: ReasonCode,
}

impl Repr {
    /// Reads the body. Elements after the reason are not looked at.
    ///
    /// # Errors
    /// [`Error`] when it is cut short.
    pub fn parse(body: &[u8]) -> Result<Repr> {
        if body.len() < BODY_LEN {
            return Err(Error);
        }
        Ok(Repr {
            reason: ReasonCode(read_u16(body, field::REASON)),
        })
    }

    /// Writes the body.
    ///
    /// # Panics
    /// When `body` is shorter than [`BODY_LEN`].
    pub fn emit(&self, body: &mut [u8]) {
        write_u16(body, field::REASON, self.reason.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_read_and_written() {
        let repr = Repr {
            reason: ReasonCode::INACTIVITY,
        };
        assert_eq!(Repr::parse(&[4, 0, 0xFF]), Ok(repr));
        assert_eq!(Repr::parse(&[4]), Err(Error));
        let mut bytes = [0xA5; 3];
        repr.emit(&mut bytes);
        assert_eq!(bytes, [4, 0, 0xA5]);
    }
}
