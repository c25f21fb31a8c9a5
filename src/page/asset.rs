//! The page's files as build.rs has packed them: the head minified and compressed, the rest a text with blanks.
//!
//! They lie in the program's part of flash, which the core reads by aligned words only. So they are kept as words
//! and read as words, a few at a time.

use core::fmt::{self, Write};

use d1_image::crc::Crc32;

use super::gzip::Sum;
use crate::http::Output;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Bytes in flash.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    words: &'static [u32],
    len: usize,
}

impl Asset {
    /// Hands the bytes to `take`, four or fewer at a time.
    fn for_each(&self, mut take: impl FnMut(&[u8]) -> fmt::Result) -> fmt::Result {
        let mut left = self.len;
        for word in self.words {
            // SAFETY: a reference can be read. Volatile keeps the access a whole word.
            let bytes = unsafe { core::ptr::read_volatile(word) }.to_le_bytes();
            let len = left.min(bytes.len());
            take(&bytes[..len])?;
            left -= len;
        }
        Ok(())
    }

    /// Writes the bytes as they are.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Output) -> fmt::Result {
        self.for_each(|bytes| out.write_bytes(bytes))
    }
}

/// A text with blanks, and sections that may be left out.
#[derive(Clone, Copy, Debug)]
pub struct Template(Asset);

impl Template {
    /// Writes the text: `fill` writes what belongs into a blank, and a section is there if `is_shown`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        out: &mut dyn Write,
        is_shown: impl Fn(Section) -> bool,
        fill: impl Fn(Blank, &mut dyn Write) -> fmt::Result,
    ) -> fmt::Result {
        let mut is_skipped = false;
        self.0.for_each(|bytes| {
            for byte in bytes {
                // Text is ASCII; what is not, build.rs has put there.
                match usize::from(*byte) {
                    SECTION_END => is_skipped = false,
                    code if code >= SECTION_FIRST => {
                        let section = Section::ALL.get(code - SECTION_FIRST);
                        is_skipped = !section.is_some_and(|section| is_shown(*section));
                    }
                    _ if is_skipped => {}
                    code if code >= BLANK_FIRST => {
                        if let Some(blank) = Blank::ALL.get(code - BLANK_FIRST) {
                            fill(*blank, out)?;
                        }
                    }
                    _ => out.write_char(char::from(*byte))?,
                }
            }
            Ok(())
        })
    }
}
