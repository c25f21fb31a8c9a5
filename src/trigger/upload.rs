//! An image that comes in the request itself: the browser's way without an image server.
//!
//! It goes to the same [`Update`] as a fetched one, through the same checks, straight from the socket's buffer to
//! flash. The body is the image, as `curl --data-binary` sends it, or a form with the image as its one field.

use smoltcp::socket::tcp;
use smoltcp::time::Instant;

use crate::flash::Flash;
use crate::http::Request;
use crate::update::fetch::take_in;
use crate::update::{Phase, Update};

/// An upload on its way.
#[derive(Debug)]
pub struct Upload {
    /// The update that it is for.
    attempt: u32,
    /// Bytes before the body, which stay in the socket until the image is found: so nothing has wrapped.
    head_len: usize,
    content_len: u32,
}

impl Upload {
    /// The upload of `request` for the update that has just begun.
    pub fn new(request: &Request, update: &Update) -> Upload {
        Upload {
            attempt: update.attempt(),
            head_len: request.head_len,
            content_len: request.content_len,
        }
    }

    /// Passes on what has come, a turn's worth of it; true once there is nothing more to pass on.
    pub fn pass_on<F: Flash>(
        &mut self,
        now: Instant,
        socket: &mut tcp::Socket,
        update: &mut Update,
        flash: &mut F,
    ) -> bool {
        if update.attempt() != self.attempt || update.phase() > Phase::Receiving {
            return true;
        }
        if update.phase() == Phase::Answer {
            self.find_image(now, socket, update);
        }
        if update.phase() == Phase::Receiving {
            take_in(now, update, socket, flash);
        }
        let has_ended = match update.phase() {
            Phase::Answer => !socket.may_recv(),
            Phase::Receiving => !socket.may_recv() && socket.recv_queue() == 0,
            phase => phase == Phase::Ending,
        };
        if has_ended {
            update.ended(now);
        }
        !matches!(update.phase(), Phase::Answer | Phase::Receiving)
    }

    /// Whether more is there than the last turn has passed on.
    pub fn is_behind(&self, update: &Update, socket: &tcp::Socket) -> bool {
        update.phase() == Phase::Receiving && socket.recv_queue() > 0
    }

    /// Announces the image once it is clear where in the body it begins.
    fn find_image(&self, now: Instant, socket: &mut tcp::Socket, update: &mut Update) {
        let room = socket.recv_capacity();
        let Ok(bytes) = socket.peek(room) else {
            return;
        };
        let body = bytes.get(self.head_len..).unwrap_or_default();
        let frame = match Frame::find(body) {
            Some(frame) => frame,
            // What cannot be read any better is no image, and will be found to be none.
            None if bytes.len() == room => Frame::NONE,
            None => return,
        };
        let len = self.content_len.saturating_sub(frame.before + frame.behind);
        let before = self.head_len + frame.before as usize;
        let _ = socket.recv(|_| (before, ()));
        update.announced(now, len);
    }
}

/// What is around the image: nothing, or a form with one field (RFC 7578).
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    before: u32,
    behind: u32,
}

impl Frame {
    const NONE: Frame = Frame {
        before: 0,
        behind: 0,
    };

    /// Reads the beginning of a body; `None` while it is not enough.
    fn find(bytes: &[u8]) -> Option<Frame> {
        if *bytes.first()? != b'-' {
            return Some(Frame::NONE);
        }
        // The first line is the delimiter; it comes again behind the last field, with a line end before it, two
        // dashes and a line end behind it.
        let delimiter = find(bytes, b"\r\n")?;
        let head = find(bytes, b"\r\n\r\n")?;
        Some(Frame {
            before: head as u32 + 4,
            behind: delimiter as u32 + 6,
        })
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes
        .windows(pattern.len())
        .position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_nothing_around_it() {
        assert_eq!(Frame::find(b""), None);
        assert_eq!(Frame::find(b"\xEA\x04"), Some(Frame::NONE));
    }

    #[test]
    fn a_forms_field_is_found_once_its_head_is_complete() {
        let before = b"--x\r\nContent-Disposition: form-data; name=image\r\n\r\n";
        for len in 0..before.len() {
            assert_eq!(Frame::find(&before[..len]), None, "{len}");
        }
        let frame = Frame {
            before: before.len() as u32,
            behind: "\r\n--x--\r\n".len() as u32,
        };
        assert_eq!(Frame::find(before), Some(frame));
    }
}
