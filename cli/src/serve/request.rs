//! Reading one request, within limits of size and time.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Instant;

use super::device::Agent;
use super::Limits;

/// Header lines a request may have.
const HEADERS_MAX: usize = 64;
/// The shortest time a socket can be told to wait; zero would mean for ever.
const SHORTEST: std::time::Duration = std::time::Duration::from_millis(1);

/// What of a request matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path without host and query.
    pub(super) path: String,
    /// The connection may carry another request.
    pub(super) keep_alive: bool,
    pub(super) if_none_match: Option<String>,
    /// The first byte that is wanted, if not all are.
    pub(super) range_from: Option<usize>,
    /// Of what these bytes have to be for that.
    pub(super) if_range: Option<String>,
    /// The device, if it says that it is one.
    pub(super) agent: Option<Agent>,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRequest {
    /// The peer has nothing more to ask, or is gone.
    Ended,
    /// It took longer than it may.
    TooSlow,
    /// It is longer than it may be.
    TooLong,
    /// It is not HTTP.
    Malformed,
}

/// Reads requests from a connection, one after the other.
pub(super) struct Reader {
    buffer: Vec<u8>,
    limits: Limits,
}

impl Reader {
    pub(super) fn new(limits: Limits) -> Reader {
        Reader {
            buffer: Vec::new(),
            limits,
        }
    }

    /// Waits for the next request.
    pub(super) fn next(&mut self, stream: &mut TcpStream) -> Result<Request, NoRequest> {
        let deadline = Instant::now() + self.limits.request_time;
        loop {
            self.skip_line_ends();
            if let Some((request, len)) = parse(&self.buffer)? {
                self.buffer.drain(..len);
                return Ok(request);
            }
            if self.buffer.len() >= self.limits.request_len {
                return Err(NoRequest::TooLong);
            }
            self.fill(stream, deadline)?;
        }
    }

    /// Line ends before a request mean nothing (RFC 9112, 2.2). The firmware's ancestor sends a
    /// stray CR behind its request, which would be the start of the next one.
    fn skip_line_ends(&mut self) {
        let skipped = self
            .buffer
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.buffer.drain(..skipped);
    }

    fn fill(&mut self, stream: &mut TcpStream, deadline: Instant) -> Result<(), NoRequest> {
        let mut bytes = [0; 2048];
        let room = bytes.len().min(self.limits.request_len - self.buffer.len());
        loop {
            let left = deadline
                .saturating_duration_since(Instant::now())
                .max(SHORTEST);
            stream
                .set_read_timeout(Some(left))
                .map_err(|_| NoRequest::Ended)?;
            match stream.read(&mut bytes[..room]) {
                Ok(0) => return Err(NoRequest::Ended),
                Ok(count) => {
                    self.buffer.extend_from_slice(&bytes[..count]);
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(error.kind()) => {
                    // Silence is how an idle connection ends; half a request deserves an answer.
                    return Err(match self.buffer.is_empty() {
                        true => NoRequest::Ended,
                        false => NoRequest::TooSlow,
                    });
                }
                Err(_) => return Err(NoRequest::Ended),
            }
        }
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// The request at the start of `bytes` and its length; `None` while it is incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, NoRequest> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let len = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(NoRequest::TooLong),
        Err(_) => return Err(NoRequest::Malformed),
    };
    let mut request = Request {
        method: parsed.method.unwrap_or_default().to_string(),
        path: path_of(parsed.path.unwrap_or_default()),
        keep_alive: parsed.version == Some(1),
        if_none_match: None,
        range_from: None,
        if_range: None,
        agent: None,
    };
    let mut has_body = false;
    for header in parsed.headers.iter() {
        let value = String::from_utf8_lossy(header.value);
        match header.name.to_ascii_lowercase().as_str() {
            "connection" if value.eq_ignore_ascii_case("close") => request.keep_alive = false,
            "connection" if value.eq_ignore_ascii_case("keep-alive") => request.keep_alive = true,
            "content-length" => has_body = value.trim() != "0",
            "transfer-encoding" => has_body = true,
            "user-agent" => request.agent = Agent::parse(&value),
            "range" => request.range_from = range_from(&value),
            "if-range" => request.if_range = Some(value.into_owned()),
            "if-none-match" => request.if_none_match = Some(value.into_owned()),
            _ => {}
        }
    }
    // A body would be taken for the next request: nobody who asks us has reason to send one.
    request.keep_alive &= !has_body;
    Ok(Some((request, len)))
}

/// Where `bytes=N-` begins. Other ranges are nobody's need here, and may be ignored (RFC 9110, 14.2).
fn range_from(value: &str) -> Option<usize> {
    value
        .strip_prefix("bytes=")?
        .strip_suffix('-')?
        .parse()
        .ok()
}

/// The path in a request target: proxies send whole URLs, browsers add queries.
fn path_of(target: &str) -> String {
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    path.split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Request {
        parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn path_is_found_in_urls_and_before_queries() {
        assert_eq!(path_of("/user2.bin?t=1"), "/user2.bin");
        assert_eq!(
            path_of("http://192.168.123.100:8888/user2.bin"),
            "/user2.bin"
        );
        assert_eq!(path_of("http://192.168.123.100:8888"), "/");
    }

    #[test]
    fn connection_stays_open_as_version_and_header_say() {
        assert!(parsed("GET / HTTP/1.1\r\n\r\n").keep_alive);
        assert!(!parsed("GET / HTTP/1.0\r\n\r\n").keep_alive);
        assert!(!parsed("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
        assert!(parsed("GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n").keep_alive);
    }

    #[test]
    fn request_with_a_body_is_the_last_one() {
        assert!(!parsed("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n").keep_alive);
        assert!(!parsed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").keep_alive);
    }

    #[test]
    fn incomplete_request_is_waited_for() {
        assert_eq!(parse(b"GET /user1.bin HTTP/1.1\r\nHost: x\r\n"), Ok(None));
    }

    #[test]
    fn what_is_not_http_is_malformed() {
        assert_eq!(
            parse(b"\x16\x03\x01\x02\x00\x01\x00"),
            Err(NoRequest::Malformed)
        );
    }
}
