//! The head of the image server's answer, and what is acceptable in it.

use d1_image::Slot;

use super::Failure;

/// The longest head that is waited for, in bytes.
pub const HEAD_LEN_MAX: usize = 1024;

const HEADER_COUNT_MAX: usize = 24;

/// An acceptable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Bytes of the head, the blank line included.
    pub head_len: usize,
    /// Bytes of the image that follow.
    pub content_len: u32,
}

/// Reads an answer from its first byte on; `None` while its head is incomplete.
///
/// `wanted` is the slot whose image was asked for.
///
/// # Errors
/// [`Failure`] if this answer does not bring an image of known length.
pub fn parse(bytes: &[u8], wanted: Slot) -> Result<Option<Reply>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_COUNT_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let head_len = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head_len)) => head_len,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD_LEN_MAX => return Ok(None),
        _ => return Err(Failure::NotHttp),
    };
    match response.code {
        Some(200) => {}
        Some(404) => return Err(Failure::NotFound(wanted)),
        Some(code @ 300..=399) => return Err(Failure::Redirect(code)),
        Some(code) => return Err(Failure::Status(code)),
        None => return Err(Failure::NotHttp),
    }
    let content_len = content_len(response.headers)?;
    Ok(Some(Reply {
        head_len,
        content_len,
    }))
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
        parse(text.as_bytes(), Slot::Two)
    }

    #[test]
    fn a_plain_answer_tells_where_the_image_begins_and_how_long_it_is() {
        let head = "HTTP/1.0 200 OK\r\nserver: x\r\ncontent-length: 1234\r\n\r\n";
        let reply = answer(&format!("{head}\u{0}\u{1}")).unwrap().unwrap();
        assert_eq!(reply.head_len, head.len());
        assert_eq!(reply.content_len, 1234);
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
        assert_eq!(with(same).unwrap().unwrap().content_len, u32::MAX);
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
    fn what_is_not_http_is_said_to_be_not_http() {
        assert_eq!(answer("SSH-2.0-OpenSSH_9.2\r\n"), Err(Failure::NotHttp));
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(HEAD_LEN_MAX));
        assert_eq!(answer(&endless), Err(Failure::NotHttp));
    }
}
