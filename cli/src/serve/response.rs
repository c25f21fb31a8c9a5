//! Answers: an image, or a sentence of plain text.

use d1_image::crc::Crc32;

use crate::convert::Image;

/// An answer's status and header lines, and its body if that is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    header: String,
    text: String,
}

impl Response {
    /// A status with an explanation.
    pub(super) fn text(status: u16, text: impl Into<String>) -> Response {
        let text = text.into();
        let header = format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n",
            text.len()
        );
        Response {
            status,
            header,
            text,
        }
    }

    /// The header for an image, from its byte `start` on; the bytes follow separately.
    pub(super) fn image(image: &Image, start: usize) -> Response {
        let len = image.bytes.len();
        let header = format!(
            "Content-Type: application/octet-stream\r\nContent-Length: {}\r\nETag: {}\r\n\
             Accept-Ranges: bytes\r\nCache-Control: no-cache\r\n",
            len - start,
            etag(image)
        );
        let response = Response {
            status: if start == 0 { 200 } else { 206 },
            header,
            text: String::new(),
        };
        match start {
            0 => response,
            _ => {
                let range = format!("bytes {start}-{}/{len}", len - 1);
                response.with_header("Content-Range", &range)
            }
        }
    }

    /// Whoever asks has this image already.
    pub(super) fn not_modified(image: &Image) -> Response {
        let header = format!("ETag: {}\r\n", etag(image));
        Response {
            status: 304,
            header,
            text: String::new(),
        }
    }

    /// Adds a header line.
    pub(super) fn with_header(mut self, name: &str, value: &str) -> Response {
        self.header.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The bytes to send, text included unless `head_only`.
    pub(super) fn emit(&self, keep_alive: bool, head_only: bool) -> Vec<u8> {
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let mut bytes = format!(
            "HTTP/1.1 {} {}\r\n{}Connection: {connection}\r\n\r\n",
            self.status,
            reason(self.status),
            self.header
        )
        .into_bytes();
        if !head_only {
            bytes.extend(self.text.bytes());
        }
        bytes
    }
}

/// Names the image's bytes: differs when they do.
///
/// Without the CRC word at the end: a CRC over bytes and their own CRC says nothing about them.
pub(super) fn etag(image: &Image) -> String {
    let mut crc = Crc32::new();
    let covered = image.bytes.len().saturating_sub(4);
    crc.update(&image.bytes[..covered]);
    format!("\"{:08x}-{}\"", crc.zlib(), image.bytes.len())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        304 => "Not Modified",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        _ => "Service Unavailable",
    }
}
