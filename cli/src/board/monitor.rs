//! The console of a board, with the addresses in it explained.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::port::Port;
use crate::problem::Problem;
use crate::symbols::Symbols;

/// Whether to press reset first, to see the start from its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// Press it.
    Press,
    /// Leave the board alone.
    Leave,
}

/// Writes what a board says to `out`, and under each line with addresses of code what is there, until `stop` is set or
/// the port is gone.
///
/// # Errors
///
/// [`Problem`] when the port cannot be opened or goes away, or an ELF file cannot be read.
pub fn monitor(
    port: &Port,
    baud: u32,
    elfs: &[PathBuf],
    reset: Reset,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<(), Problem> {
    let symbols = Symbols::open(elfs)?;
    let mut line = port.open(baud)?;
    if reset == Reset::Press {
        line.reset()?;
    }
    let mut screen = Screen {
        symbols,
        line: Vec::new(),
    };
    let mut bytes = [0; 1024];
    while !stop.load(Ordering::Acquire) {
        let count = line
            .read(&mut bytes)
            .map_err(|error| Problem::new(format!("{port} is gone: {error}")))?;
        match screen.show(&bytes[..count], out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            shown => shown.map_err(|error| Problem::new(format!("cannot write: {error}")))?,
        }
    }
    Ok(())
}

/// What was shown of the line that is being said.
struct Screen {
    symbols: Symbols,
    line: Vec<u8>,
}

/// A console line is not longer; what is, has no addresses to look for.
const LINE_LEN_MAX: usize = 1024;

impl Screen {
    /// Bytes appear as they come; explanations follow their line.
    fn show(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            out.write_all(piece)?;
            if self.line.len() < LINE_LEN_MAX {
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                for explanation in self.symbols.explain(&String::from_utf8_lossy(&line)) {
                    writeln!(out, "{explanation}")?;
                }
            }
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_appear_as_they_come() {
        let mut screen = Screen {
            symbols: Symbols::default(),
            line: Vec::new(),
        };
        let mut out = Vec::new();
        screen.show(b"user1 @ 0x", &mut out).unwrap();
        assert_eq!(out, b"user1 @ 0x");
        screen.show(b"1000\r\nSSID \xFF", &mut out).unwrap();
        assert_eq!(out, b"user1 @ 0x1000\r\nSSID \xFF");
    }
}
