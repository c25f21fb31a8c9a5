//! The page in one compressed answer: a head that was packed at build time, and behind it what changes, as it is.
//!
//! A gzip stream (RFC 1952) may go on with bytes that nobody has compressed: a stored block (RFC 1951, section
//! 3.2.4). Its sums are over everything, and those of the head are known. So style and script travel with the page
//! in a tenth of a second and one connection, which matters where there are three sockets for everybody.

use core::fmt::{self, Write};

use d1_image::crc::Crc32;

use super::asset::{HEAD, HEAD_SUM};
use crate::http::Output;

/// Magic number, method deflate, no flags, no time, unknown system.
const START: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
/// The header of a stored block that is the last one, from a byte's start.
const LAST_STORED: u8 = 1;

/// Length and CRC of a text.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    /// Bytes.
    pub len: u32,
    /// Their CRC.
    pub crc: Crc32,
}

impl Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.len += text.len() as u32;
        self.crc.update(text.as_bytes());
        Ok(())
    }
}

/// Writes the head, and behind it what `body` writes: the same each time, and less than 64 KB.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Output, body: impl Fn(&mut dyn Write) -> fmt::Result) -> fmt::Result {
    let mut sum = HEAD_SUM;
    body(&mut sum)?;
    out.write_bytes(&START)?;
    HEAD.write(out)?;
    let len = (sum.len - HEAD_SUM.len) as u16;
    out.write_bytes(&[LAST_STORED])?;
    out.write_bytes(&len.to_le_bytes())?;
    out.write_bytes(&(!len).to_le_bytes())?;
    body(out)?;
    out.write_bytes(&sum.crc.zlib().to_le_bytes())?;
    out.write_bytes(&sum.len.to_le_bytes())
}
