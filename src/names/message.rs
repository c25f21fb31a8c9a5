//! DNS messages: what is read from a query's, what is written into an answer (RFC 1035, section 4).

use smoltcp::wire::Ipv4Address;

/// Bytes of a header.
const HEADER_LEN: usize = 12;
/// Bytes of a name at most, its last zero included. DNS allows 255; what a phone asks for to find the page is much
/// shorter, and answers are put together on the stack.
const NAME_LEN_MAX: usize = 128;
/// Bytes behind a question's name: type and class.
const QUESTION_TAIL_LEN: usize = 4;
/// Bytes of an address record whose name is a pointer.
const RECORD_LEN: usize = 16;
/// Bytes of the longest answer.
pub const ANSWER_LEN_MAX: usize = HEADER_LEN + NAME_LEN_MAX + QUESTION_TAIL_LEN + RECORD_LEN;

/// Record type A: an IPv4 address.
const A: u16 = 1;
/// Query type ANY.
const ANY: u16 = 255;
/// Class IN: the internet.
const IN: u16 = 1;
/// Of a record's class in mDNS: there is no other such record (RFC 6762, section 10.2). Of a question's: the
/// answer may be sent to whoever asks (section 5.4).
const TOP_BIT: u16 = 0x8000;
/// Flags: an answer, by who knows.
const ANSWER: u16 = 0x8400;
/// Flags: who asks wants others to be asked too.
const RECURSION_DESIRED: u16 = 0x0100;
/// Flags that a query does not have: answer, and the operation, which is 0.
const NO_QUERY: u16 = 0xF800;
/// The first two bits of a length: the rest of the name is somewhere else.
const POINTER: u8 = 0xC0;

/// A query.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    bytes: &'a [u8],
    question_count: u16,
}

/// One of a query's questions.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    bytes: &'a [u8],
    /// Where its name begins.
    start: usize,
    /// Where it ends.
    end: usize,
    /// Whether all of its name is there; the first name of a message has nothing to point at.
    is_whole: bool,
    kind: u16,
    class: u16,
}

impl<'a> Query<'a> {
    /// Reads the header; `None` for anything but a query.
    pub fn parse(bytes: &'a [u8]) -> Option<Query<'a>> {
        let is_query = word(bytes, 2)? & NO_QUERY == 0 && bytes.len() > HEADER_LEN;
        let question_count = word(bytes, 4)?;
        is_query.then_some(Query {
            bytes,
            question_count,
        })
    }

    /// What is asked, as far as it can be read.
    pub fn questions(&self) -> impl Iterator<Item = Question<'a>> {
        let bytes = self.bytes;
        let mut at = HEADER_LEN;
        (0..self.question_count).map_while(move |_| {
            let question = Question::parse(bytes, at)?;
            at = question.end;
            Some(question)
        })
    }

    /// Writes an answer to the first question into `buffer`: its address, if that is what was asked for, or that
    /// there is nothing of the kind. Says how many bytes that are; `None` without a question that can be
    /// repeated, or without room.
    ///
    /// Nobody may keep the answer for longer than `ttl` seconds.
    pub fn answer(&self, address: Ipv4Address, ttl: u32, buffer: &mut [u8]) -> Option<usize> {
        let question = self.questions().next().filter(|first| first.is_whole)?;
        let asked = self.bytes.get(HEADER_LEN..question.end)?;
        let has_record = question.wants_address();
        let mut out = Writer::new(buffer);
        out.put(self.bytes.get(..2)?)?;
        out.word(ANSWER | word(self.bytes, 2)? & RECURSION_DESIRED)?;
        for count in [1, u16::from(has_record), 0, 0] {
            out.word(count)?;
        }
        out.put(asked)?;
        if has_record {
            // The name of the question.
            out.put(&[POINTER, HEADER_LEN as u8])?;
            out.record(IN, ttl, address)?;
        }
        Some(out.len)
    }
}

/// Writes an mDNS announcement of `name`, which ends in a zero label, into `buffer`; says how many bytes that are.
pub fn announce(name: &[u8], address: Ipv4Address, ttl: u32, buffer: &mut [u8]) -> Option<usize> {
    let mut out = Writer::new(buffer);
    for field in [0, ANSWER, 0, 1, 0, 0] {
        out.word(field)?;
    }
    out.put(name)?;
    out.record(IN | TOP_BIT, ttl, address)?;
    Some(out.len)
}

impl<'a> Question<'a> {
    fn parse(bytes: &'a [u8], start: usize) -> Option<Question<'a>> {
        let mut end = start;
        let is_whole = loop {
            let len = *bytes.get(end)?;
            end += 1 + usize::from(len);
            match len {
                0 => break true,
                _ if len & POINTER == POINTER => {
                    end = end - usize::from(len) + 1;
                    break false;
                }
                _ if len & POINTER != 0 || end - start > NAME_LEN_MAX => return None,
                _ => {}
            }
        };
        Some(Question {
            bytes,
            start,
            is_whole,
            end: end + QUESTION_TAIL_LEN,
            kind: word(bytes, end)?,
            class: word(bytes, end + 2)?,
        })
    }

    /// Whether an IPv4 address would be an answer.
    pub fn wants_address(&self) -> bool {
        (self.kind == A || self.kind == ANY) && self.class & !TOP_BIT == IN
    }

    /// Whether the name is this one: labels with their lengths, the last one of length zero, in small letters.
    pub fn is_about(&self, name: &[u8]) -> bool {
        let mut at = self.start;
        // Where the name that is read may go on: each pointer leads further back, so there is an end.
        let mut limit = self.bytes.len();
        let mut rest = name;
        loop {
            let Some(&len) = self.bytes.get(at).filter(|_| at < limit) else {
                return false;
            };
            if len & POINTER == POINTER {
                let Some(target) = word(self.bytes, at) else {
                    return false;
                };
                limit = at.min(limit);
                at = usize::from(target & 0x3FFF);
                if at >= limit {
                    return false;
                }
                continue;
            }
            let end = at + 1 + usize::from(len);
            let label = self.bytes.get(at..end).unwrap_or_default();
            let (Some(wanted), false) = (rest.get(..label.len()), label.is_empty()) else {
                return false;
            };
            if !label.eq_ignore_ascii_case(wanted) {
                return false;
            }
            rest = &rest[label.len()..];
            if len == 0 {
                return rest.is_empty();
            }
            at = end;
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*pair))
}

/// Fills a buffer from its start.
struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn new(buffer: &mut [u8]) -> Writer<'_> {
        Writer { buffer, len: 0 }
    }

    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let room = self.buffer.get_mut(self.len..)?.get_mut(..bytes.len())?;
        room.copy_from_slice(bytes);
        self.len += bytes.len();
        Some(())
    }

    fn word(&mut self, word: u16) -> Option<()> {
        self.put(&word.to_be_bytes())
    }

    /// An address record behind its name.
    fn record(&mut self, class: u16, ttl: u32, address: Ipv4Address) -> Option<()> {
        self.word(A)?;
        self.word(class)?;
        self.put(&ttl.to_be_bytes())?;
        self.word(4)?;
        self.put(&address.octets())
    }
}
