//! The head of the image server's answer, and what is acceptable in it.

use d1_image::Slot;

use super::Failure;

/// The longest head that is waited for, in bytes.
pub const HEAD_LEN_MAX: usize = 1024;

const HEADER_COUNT_MAX: usize = 24;

/// What the server calls the image's bytes: another name, other bytes (RFC 9110, 8.8.3). One that is longer, or
/// weak, is of no use to us.
pub type Tag = heapless::String<40>;

/// An acceptable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Bytes of the head, the blank line included.
    pub head_len: usize,
    /// Where the bytes that follow begin in the image; 0 unless it was asked for.
    pub start: u32,
    /// Bytes of the image, those before `start` included.
    pub image_len: u32,
    /// The image's name; empty without one.
    pub tag: Tag,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The slot that the image is for.
    pub slot: Slot,
    /// The first byte; answers may be whole all the same.
    pub start: u32,
}

/// Reads an answer from its first byte on; `None` while its head is incomplete.
///
/// # Errors
/// [`Failure`] if this answer does not bring an image of known length.
pub fn parse(bytes: &[u8], wanted: Wanted) -> Result<Option<Reply>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_COUNT_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let head_len = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head_len)) => head_len,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD_LEN_MAX => return Ok(None),
        _ => return Err(Failure::NotHttp),
    };
    let start = match response.code {
        Some(200) => 0,
        Some(206) if wanted.start > 0 => wanted.start,
        Some(404) => return Err(Failure::NotFound(wanted.slot)),
        Some(code @ 300..=399) => return Err(Failure::Redirect(code)),
        Some(code) => return Err(Failure::Status(code)),
        None => return Err(Failure::NotHttp),
    };
    let content_len = content_len(response.headers)?;
    let image_len = start.checked_add(content_len).ok_or(Failure::BadLength)?;
    if start > 0 && !is_range(response.headers, start, image_len) {
        return Err(Failure::Status(206));
    }
    Ok(Some(Reply {
        head_len,
        start,
        image_len,
        tag: tag(response.headers),
    }))
}

/// Whether the answer says that it brings all from `start` on: a server may send another part than was asked for.
fn is_range(headers: &[httparse::Header], start: u32, image_len: u32) -> bool {
    let number = |text: &[u8]| crate::http::decimal(text);
    let is_it = |value: &[u8]| {
        let rest = value.strip_prefix(b"bytes ")?;
        let dash = rest.iter().position(|byte| *byte == b'-')?;
        let slash = rest.iter().position(|byte| *byte == b'/')?;
        let told = (
            number(rest.get(..dash)?)?,
            number(rest.get(dash + 1..slash)?)?,
            number(&rest[slash + 1..])?,
        );
        (told == (start, image_len - 1, image_len)).then_some(())
    };
    header(headers, "Content-Range").is_some_and(|value| is_it(value).is_some())
}

fn tag(headers: &[httparse::Header]) -> Tag {
    let value = header(headers, "ETag").filter(|value| value.starts_with(b"\""));
    let text = value.and_then(|value| core::str::from_utf8(value).ok());
    text.and_then(|text| Tag::try_from(text).ok())
        .unwrap_or_default()
}

fn header<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a [u8]> {
    let found = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name));
    found.map(|header| header.value)
}

fn content_len(headers: &[httparse::Header]) -> Result<u32, Failure> {
    let mut found = None;
    for header in headers {
        let name = header.name;
        let is_identity = || header.value.trim_ascii().eq_ignore_ascii_case(b"identity");
        if name.eq_ignore_ascii_case("Transfer-Encoding")
            || name.eq_ignore_ascii_case("Content-Encoding")
        {
            if !is_identity() {
                return Err(Failure::Encoded);
            }
        } else if name.eq_ignore_ascii_case("Content-Length") {
            let len = crate::http::decimal(header.value).ok_or(Failure::BadLength)?;
            if found.is_some_and(|other| other != len) {
                return Err(Failure::BadLength);
            }
            found = Some(len);
        }
    }
    found.ok_or(Failure::NoLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Option<Reply>, Failure> {
        parse(text.as_bytes(), wanted(0))
    }

    fn wanted(start: u32) -> Wanted {
        let slot = Slot::Two;
        Wanted { slot, start }
    }

    #[test]
    fn a_plain_answer_tells_where_the_image_begins_and_how_long_it_is() {
        let head = "HTTP/1.0 200 OK\r\nserver: x\r\ncontent-length: 1234\r\n\r\n";
        let reply = answer(&format!("{head}\u{0}\u{1}")).unwrap().unwrap();
        assert_eq!(reply.head_len, head.len());
        assert_eq!(reply.image_len, 1234);
    }

    #[test]
    fn every_proper_prefix_of_a_head_is_incomplete() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n";
        for len in 0..head.len() {
            assert_eq!(answer(&head[..len]), Ok(None), "{len}");
        }
    }

    #[test]
    fn statuses_have_their_own_causes() {
        let status =
            |status: &str| answer(&format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n"));
        assert_eq!(status("404 Not Found"), Err(Failure::NotFound(Slot::Two)));
        assert_eq!(status("302 Found"), Err(Failure::Redirect(302)));
        assert_eq!(status("301 Moved"), Err(Failure::Redirect(301)));
        assert_eq!(status("500 Oops"), Err(Failure::Status(500)));
        assert_eq!(status("206 Partial Content"), Err(Failure::Status(206)));
    }

    #[test]
    fn lengths_must_be_there_and_make_sense() {
        let with = |headers: &str| answer(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n"));
        assert_eq!(with(""), Err(Failure::NoLength));
        assert_eq!(with("Content-Length: twelve\r\n"), Err(Failure::BadLength));
        assert_eq!(with("Content-Length: -1\r\n"), Err(Failure::BadLength));
        assert_eq!(with("Content-Length:\r\n"), Err(Failure::BadLength));
        assert_eq!(
            with("Content-Length: 4294967296\r\n"),
            Err(Failure::BadLength)
        );
        let two = "Content-Length: 1\r\nContent-Length: 2\r\n";
        assert_eq!(with(two), Err(Failure::BadLength));
        let same = "Content-Length: 4294967295\r\nContent-Length: 4294967295\r\n";
        assert_eq!(with(same).unwrap().unwrap().image_len, u32::MAX);
    }

    #[test]
    fn chunked_and_compressed_answers_are_refused() {
        let with = |header: &str| {
            answer(&format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n{header}\r\n\r\n"
            ))
        };
        assert_eq!(with("Transfer-Encoding: chunked"), Err(Failure::Encoded));
        assert_eq!(with("Content-Encoding: gzip"), Err(Failure::Encoded));
        assert!(with("Content-Encoding: identity").is_ok());
    }

    #[test]
    fn a_part_is_taken_if_it_is_the_one_that_was_asked_for() {
        let part = |range: &str, start| {
            let head = format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Length: 20\r\nETag: \"a-1\"\r\n{range}\r\n"
            );
            parse(head.as_bytes(), wanted(start))
        };
        let right = "Content-Range: bytes 10-29/30\r\n";
        let reply = part(right, 10).unwrap().unwrap();
        assert_eq!((reply.start, reply.image_len), (10, 30));
        assert_eq!(reply.tag, "\"a-1\"");
        for wrong in [
            "",
            "Content-Range: bytes 0-19/30\r\n",
            "Content-Range: bytes 10-28/30\r\n",
            "Content-Range: bytes 10-29/*\r\n",
            "Content-Range: bytes /-\r\n",
            "Content-Range: lines 10-29/30\r\n",
        ] {
            assert_eq!(part(wrong, 10), Err(Failure::Status(206)), "{wrong}");
        }
        assert_eq!(part(right, 0), Err(Failure::Status(206)));
    }

    #[test]
    fn weak_and_long_names_are_no_names() {
        let with = |tag: &str| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: {tag}\r\n\r\n");
            answer(&head).unwrap().unwrap().tag
        };
        assert_eq!(with("\"12\""), "\"12\"");
        assert_eq!(with("W/\"12\""), "");
        assert_eq!(with(&format!("\"{}\"", "x".repeat(40))), "");
    }

    #[test]
    fn what_is_not_http_is_said_to_be_not_http() {
        assert_eq!(answer("SSH-2.0-OpenSSH_9.2\r\n"), Err(Failure::NotHttp));
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(HEAD_LEN_MAX));
        assert_eq!(answer(&endless), Err(Failure::NotHttp));
    }
}
