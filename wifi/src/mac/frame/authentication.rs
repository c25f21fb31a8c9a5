//! Authentication (9.3.3.12): an exchange of two frames that, in an open network, proves nothing.

use core::ops::Range;

use super::{read_u16, write_u16, Error, Result, StatusCode};

mod field {
    use super::Range;

    pub const ALGORITHM: Range<usize> = 0..2;
    pub const TRANSACTION: Range<usize> = 2..4;
    pub const STATUS: Range<usize> = 4..6;
}

/// The bytes of an open-system authentication body.
pub const BODY_LEN: usize = field::STATUS.end;
/// Open system: the only algorithm offered (9.4.1.1).
pub const OPEN_SYSTEM: u16 = 0;

/// What an authentication frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// The authentication algorithm.
    pub algorithm: u16,
    /// 1 for the station's request, 2 for the answer.
    pub transaction: u16,
    /// How it went; without meaning in a request.
    pub status: StatusCode,
}

impl Repr {
    /// Reads an authentication body. What follows the three fields (challenges, vendor elements) is not
    /// looked at.
    ///
    /// # Errors
    /// [`Error`] when it is cut short.
    pub fn parse(body: &[u8]) -> Result<Repr> {
        if body.len() < BODY_LEN {
            return Err(Error);
        }
        Ok(Repr {
            algorithm: read_u16(body, field::ALGORITHM),
            transaction: read_u16(body, field::TRANSACTION),
            status: StatusCode(read_u16(body, field::STATUS)),
        })
    }

    /// Writes the body.
    ///
    /// # Panics
    /// When `body` is shorter than [`BODY_LEN`].
    pub fn emit(&self, body: &mut [u8]) {
        write_u16(body, field::ALGORITHM, self.algorithm);
        write_u16(body, field::TRANSACTION, self.transaction);
        write_u16(body, field::STATUS, self.status.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: [u8; BODY_LEN] = [0x00, 0x00, 0x02, 0x00, 0x0D, 0x00];
    const REPR: Repr = Repr {
        algorithm: OPEN_SYSTEM,
        transaction: 2,
        status: StatusCode::ALGORITHM_NOT_SUPPORTED,
    };

    #[test]
    fn an_authentication_is_read_whatever_follows() {
        assert_eq!(Repr::parse(&GOLDEN), Ok(REPR));
        assert_eq!(Repr::parse(&[&GOLDEN[..], &[221, 9]].concat()), Ok(REPR));
        assert_eq!(Repr::parse(&GOLDEN[..5]), Err(Error));
    }

    #[test]
    fn an_authentication_is_written_over_whatever_was_there() {
        let mut bytes = [0xA5; BODY_LEN + 1];
        REPR.emit(&mut bytes);
        assert_eq!(bytes[..BODY_LEN], GOLDEN);
        assert_eq!(bytes[BODY_LEN], 0xA5);
    }
}
