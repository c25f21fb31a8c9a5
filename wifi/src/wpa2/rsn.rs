//! The RSN element (IEEE 802.11-2016 9.4.2.25): which ciphers, and how one proves to know the key.
//!
//! This network offers one of each: CCMP for everything, and a pre-shared key.

/// The element's number.
pub const ID: u8 = 48;
/// The bytes of [`OURS`].
pub const LEN: usize = OURS.len();

/// The element as we announce it: id, length, value.
#[rustfmt::skip]
pub const OURS: [u8; 22] = [
    ID, 20,
    1, 0,                       // version
    0x00, 0x0F, 0xAC, CCMP,     // group cipher
    1, 0, 0x00, 0x0F, 0xAC, CCMP, // pairwise ciphers
    1, 0, 0x00, 0x0F, 0xAC, PSK, // ways to authenticate
    0, 0,                       // capabilities: none
];

const VERSION: u16 = 1;
const SUITE_LEN: usize = 4;
const ORGANISATION: [u8; 3] = [0x00, 0x0F, 0xAC];
const CCMP: u8 = 4;
/// A pre-shared key, keys derived by SHA-1.
const PSK: u8 = 2;
const KEY_ID_LEN: usize = 16;
/// Bit 6 of the capabilities: does not join without protection of management frames.
const PROTECTION_REQUIRED: u16 = 1 << 6;

/// The bytes are no RSN element of a version we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error;

/// What an RSN element says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Group traffic is under CCMP.
    pub group_ccmp: bool,
    /// CCMP is among the ciphers for traffic between two.
    pub pairwise_ccmp: bool,
    /// A pre-shared key is among the ways to authenticate.
    pub psk: bool,
    /// Capability bits.
    pub capabilities: u16,
}

impl Repr {
    /// Reads an element's value, that is, without id and length. It may end after any whole field: what is
    /// missing has its default (CCMP; authentication by 802.1X).
    ///
    /// # Errors
    /// [`Error`] when it is cut short within a field, or is of another version.
    pub fn parse(value: &[u8]) -> Result<Repr, Error> {
        let mut rest = Fields(value);
        if rest.number()? != Some(VERSION) {
            return Err(Error);
        }
        let is_ccmp = |suite: &[u8]| is(suite, CCMP);
        let group_ccmp = rest.take(SUITE_LEN)?.is_none_or(is_ccmp);
        let pairwise_ccmp = rest.list(SUITE_LEN)?.is_none_or(|list| has(list, CCMP));
        let psk = rest.list(SUITE_LEN)?.is_some_and(|list| has(list, PSK));
        let capabilities = rest.number()?.unwrap_or(0);
        // Keys known from earlier, and a cipher for management frames: neither is used here.
        rest.list(KEY_ID_LEN)?;
        rest.take(SUITE_LEN)?;
        Ok(Repr {
            group_ccmp,
            pairwise_ccmp,
            psk,
            capabilities,
        })
    }

    /// Whether a station that says so can join a network of ours.
    pub fn is_acceptable(&self) -> bool {
        self.group_ccmp && self.pairwise_ccmp && self.psk && !self.requires_protection()
    }

    /// Whether whoever says so wants what no one here can give: protected management frames.
    pub fn requires_protection(&self) -> bool {
        self.capabilities & PROTECTION_REQUIRED != 0
    }
}

/// The value of the RSN element among `elements`, if there is one.
pub fn find(mut elements: &[u8]) -> Option<&[u8]> {
    loop {
        let (&[id, len], rest) = elements.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(len.into())?;
        if id == ID {
            return Some(value);
        }
        elements = rest;
    }
}

fn is(suite: &[u8], kind: u8) -> bool {
    suite.strip_prefix(&ORGANISATION) == Some(&[kind])
}

fn has(list: &[u8], kind: u8) -> bool {
    list.chunks_exact(SUITE_LEN).any(|suite| is(suite, kind))
}

/// What is left to read. Each field is there as a whole, or nothing is.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Result<Option<&'a [u8]>, Error> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (field, rest) = self.0.split_at_checked(len).ok_or(Error)?;
        self.0 = rest;
        Ok(Some(field))
    }

    fn number(&mut self) -> Result<Option<u16>, Error> {
        let field = self.take(2)?;
        Ok(field.map(|field| u16::from_le_bytes([field[0], field[1]])))
    }

    fn list(&mut self, item_len: usize) -> Result<Option<&'a [u8]>, Error> {
        let Some(count) = self.number()? else {
            return Ok(None);
        };
        match usize::from(count) * item_len {
            0 => Ok(Some(&[])),
            len => match self.take(len)? {
                Some(list) => Ok(Some(list)),
                None => Err(Error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REPR: Repr = Repr {
        group_ccmp: true,
        pairwise_ccmp: true,
        psk: true,
        capabilities: 0,
    };

    #[test]
    fn our_own_element_says_what_it_should() {
        assert_eq!(usize::from(OURS[1]), OURS.len() - 2);
        assert_eq!(Repr::parse(&OURS[2..]), Ok(REPR));
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let until = |end| Repr::parse(&OURS[2..end]);
        let no_psk = Repr { psk: false, ..REPR };
        assert_eq!(until(4), Ok(no_psk));
        assert_eq!(until(8), Ok(no_psk));
        assert_eq!(until(14), Ok(no_psk));
        assert_eq!(until(20), Ok(REPR));
    }

    #[test]
    fn an_element_cut_within_a_field_is_refused() {
        let whole = [2, 4, 8, 14, 20, 22];
        for end in 2..OURS.len() {
            let cut = Repr::parse(&OURS[2..end]);
            assert_eq!(cut.is_ok(), whole[1..].contains(&end), "{end}");
        }
        assert_eq!(Repr::parse(&[2, 0]), Err(Error), "another version");
    }

    #[test]
    fn one_of_several_suites_is_enough() {
        #[rustfmt::skip]
        let value = [
            1, 0, 0x00, 0x0F, 0xAC, 2,
            2, 0, 0x00, 0x0F, 0xAC, 2, 0x00, 0x0F, 0xAC, 4,
            2, 0, 0x00, 0x0F, 0xAC, 6, 0x00, 0x0F, 0xAC, 2,
            0xC0, 0,
            1, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
            0x00, 0x0F, 0xAC, 6,
        ];
        let repr = Repr {
            group_ccmp: false,
            capabilities: 0xC0,
            ..REPR
        };
        assert_eq!(Repr::parse(&value), Ok(repr));
        assert!(repr.requires_protection() && !REPR.requires_protection());
        assert_eq!(Repr::parse(&value[..40]), Err(Error), "half a key id");
    }

    #[test]
    fn suites_of_other_organisations_are_not_ours() {
        let mut value = OURS;
        value[12] = 0x50;
        assert!(!Repr::parse(&value[2..]).unwrap().pairwise_ccmp);
    }

    #[test]
    fn the_element_is_found_among_others() {
        let elements = [&[0, 1, b'x'][..], &OURS, &[50, 1, 2]].concat();
        assert_eq!(find(&elements), Some(&OURS[2..]));
        assert_eq!(find(&elements[..20]), None, "cut short");
        assert_eq!(find(&elements[..3]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = find(&bytes);
            let _ = Repr::parse(&bytes);
        }
    }
}
