//! Answers: a status, a type, a body of known length.

use core::fmt::{self, Write};

use smoltcp::socket::tcp;

use crate::network::ADDRESS;

/// An HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(u16, &'static str);

impl Status {
    /// Here it is.
    pub const OK: Status = Status(200, "OK");
    /// It is over there.
    pub const FOUND: Status = Status(302, "Found");
    /// Not a request.
    pub const BAD_REQUEST: Status = Status(400, "Bad Request");
    /// Asked by somebody who must not, or no longer.
    pub const FORBIDDEN: Status = Status(403, "Forbidden");
    /// No such page.
    pub const NOT_FOUND: Status = Status(404, "Not Found");
    /// A page, but not one to do this with.
    pub const METHOD_NOT_ALLOWED: Status = Status(405, "Method Not Allowed");
    /// Half a request, and then nothing.
    pub const REQUEST_TIMEOUT: Status = Status(408, "Request Timeout");
    /// Not while something else is going on.
    pub const CONFLICT: Status = Status(409, "Conflict");
    /// The body does not fit.
    pub const CONTENT_TOO_LARGE: Status = Status(413, "Content Too Large");
    /// Reached by a name that is not ours.
    pub const MISDIRECTED: Status = Status(421, "Misdirected Request");
    /// The head does not fit.
    pub const HEADERS_TOO_LARGE: Status = Status(431, "Request Header Fields Too Large");
    /// Not now, or not on this device.
    pub const UNAVAILABLE: Status = Status(503, "Service Unavailable");
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// Where an answer is written to: text, or bytes that are none.
pub trait Output: Write {
    /// Writes bytes.
    ///
    /// # Errors
    /// Those of [`Write::write_str`].
    fn write_bytes(&mut self, bytes: &[u8]) -> fmt::Result;
}

/// What an answer says. Rendered several times, so it must not change in between.
pub trait Body {
    /// The answer's status.
    fn status(&self) -> Status;

    /// Header lines besides those that every answer has; each ends in CR LF.
    fn headers(&self) -> &'static str;

    /// Writes the body.
    ///
    /// # Errors
    /// Those of `out`, which ends the rendering when it has enough.
    fn write(&self, out: &mut dyn Output) -> fmt::Result;
}

/// A header line for HTML.
pub const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

/// The last lines of every head. No page may be shown within another one: somebody could be made to click there.
pub const COMMON: &str =
    "Cache-Control: no-store\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n";

/// An answer on its way: how much of a body, with a head before it, has been sent.
#[derive(Clone, Debug)]
pub struct Message {
    with_body: bool,
    sent: usize,
}

impl Message {
    /// An answer of which nothing has been sent. `with_body` is false for HEAD.
    pub fn new(with_body: bool) -> Message {
        Message { with_body, sent: 0 }
    }

    /// Sends what fits now; true when that was the last of it.
    pub fn send(&mut self, body: &impl Body, socket: &mut tcp::Socket) -> bool {
        // A ring's free bytes may come in two pieces.
        self.send_piece(body, socket) || self.send_piece(body, socket)
    }

    fn send_piece(&mut self, body: &impl Body, socket: &mut tcp::Socket) -> bool {
        if !socket.can_send() {
            return false;
        }
        let sent = socket.send(|buffer| {
            let mut window = Window {
                skip: self.sent,
                buffer,
                filled: 0,
            };
            let is_all = self.write(body, &mut window).is_ok();
            (window.filled, (window.filled, is_all))
        });
        let (len, is_all) = sent.unwrap_or((0, true));
        self.sent += len;
        is_all
    }

    fn write(&self, body: &impl Body, out: &mut dyn Output) -> fmt::Result {
        let mut len = Length(0);
        body.write(&mut len)?;
        write!(out, "HTTP/1.1 {}\r\n{}", body.status(), body.headers())?;
        writeln!(out, "Content-Length: {}\r", len.0)?;
        out.write_str(COMMON)?;
        if self.with_body {
            body.write(out)?;
        }
        Ok(())
    }
}

/// Counts.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes())
    }
}

impl Output for Length {
    fn write_bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.0 += bytes.len();
        Ok(())
    }
}

/// Keeps the part of a text that begins `skip` bytes in; an error once the buffer is full and more comes.
struct Window<'a> {
    skip: usize,
    buffer: &'a mut [u8],
    filled: usize,
}

impl Write for Window<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes())
    }
}

impl Output for Window<'_> {
    fn write_bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        let due = &bytes[self.skip.min(bytes.len())..];
        self.skip -= bytes.len() - due.len();
        let len = due.len().min(self.buffer.len() - self.filled);
        self.buffer[self.filled..][..len].copy_from_slice(&due[..len]);
        self.filled += len;
        if len == due.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// A page that only says what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorPage(pub Status);

impl Body for ErrorPage {
    fn status(&self) -> Status {
        self.0
    }

    fn headers(&self) -> &'static str {
        HTML
    }

    fn write(&self, out: &mut dyn Output) -> fmt::Result {
        writeln!(out, "<!doctype html><title>{0}</title><p>{0}", self.0)?;
        if self.0 == Status::MISDIRECTED {
            writeln!(
                out,
                "<p>Not by this name: it could be a stranger's. Open <a href=\"http://{ADDRESS}/\">{ADDRESS}</a>"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(message: &mut Message, room: usize) -> (String, bool) {
        let page = ErrorPage(Status::NOT_FOUND);
        let mut buffer = vec![0xA5; room];
        let mut window = Window {
            skip: message.sent,
            buffer: &mut buffer,
            filled: 0,
        };
        let is_all = message.write(&page, &mut window).is_ok();
        let filled = window.filled;
        message.sent += filled;
        (
            String::from_utf8(buffer[..filled].to_vec()).unwrap(),
            is_all,
        )
    }

    const GOLDEN: &str = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n\
        Content-Length: 60\r\nCache-Control: no-store\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n\
        <!doctype html><title>404 Not Found</title><p>404 Not Found\n";

    #[test]
    fn an_answer_is_the_same_whatever_pieces_it_is_sent_in() {
        for room in 1..=GOLDEN.len() {
            let mut message = Message::new(true);
            let mut whole = String::new();
            loop {
                let (piece, is_all) = rendered(&mut message, room);
                whole.push_str(&piece);
                if is_all {
                    break;
                }
                assert_eq!(piece.len(), room);
            }
            assert_eq!(whole, GOLDEN, "in pieces of {room}");
        }
    }

    #[test]
    fn head_announces_the_length_and_sends_nothing() {
        let mut message = Message::new(false);
        let (text, is_all) = rendered(&mut message, 1000);
        assert!(is_all);
        assert_eq!(text, GOLDEN[..GOLDEN.len() - 60]);
    }
}
