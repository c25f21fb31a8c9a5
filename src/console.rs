//! The serial console: text waits in a ring, so that printing never holds up the main loop.
//!
//! At 74880 baud a line takes longer than a TCP segment. Only a full ring makes a writer wait, for as long as
//! the line needs to carry what is too much.

use core::fmt;

/// Where bytes leave.
pub trait Port {
    /// Takes a byte, or says that there is no room for one now. There will be, without further ado.
    fn put(&mut self, byte: u8) -> bool;
}

/// A console on a port.
#[derive(Debug)]
pub struct Console<P, const LEN: usize = 512> {
    port: P,
    ring: [u8; LEN],
    first: usize,
    waiting: usize,
}

impl<P: Port, const LEN: usize> Console<P, LEN> {
    /// An idle console.
    pub const fn new(port: P) -> Self {
        Console {
            port,
            ring: [0; LEN],
            first: 0,
            waiting: 0,
        }
    }

    /// Moves on what the port takes now. True when nothing waits any more.
    pub fn pump(&mut self) -> bool {
        while self.waiting > 0 && self.port.put(self.ring[self.first]) {
            self.first = (self.first + 1) % LEN;
            self.waiting -= 1;
        }
        self.waiting == 0
    }

    /// Waits until the port has everything.
    pub fn flush(&mut self) {
        while !self.pump() {}
    }

    fn push(&mut self, byte: u8) {
        while self.waiting == LEN {
            self.pump();
        }
        self.ring[(self.first + self.waiting) % LEN] = byte;
        self.waiting += 1;
    }
}

impl<P: Port, const LEN: usize> fmt::Write for Console<P, LEN> {
    /// Never fails. Terminals want a carriage return before a line feed.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.push(b'\r');
            }
            self.push(byte);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write;

    /// Takes every third byte at the first try.
    #[derive(Default)]
    struct Slow {
        taken: Vec<u8>,
        tries: usize,
    }

    impl Port for Slow {
        fn put(&mut self, byte: u8) -> bool {
            self.tries += 1;
            let takes = self.tries.is_multiple_of(3);
            if takes {
                self.taken.push(byte);
            }
            takes
        }
    }

    #[test]
    fn text_longer_than_the_ring_arrives_whole_and_in_order() {
        let mut console = Console::<_, 16>::new(Slow::default());
        let text = "one line\nand another that is much longer than sixteen bytes\n";
        console.write_str(text).unwrap();
        console.flush();
        assert_eq!(console.port.taken, text.replace('\n', "\r\n").as_bytes());
    }

    #[test]
    fn a_line_that_fits_does_not_touch_the_port() {
        let mut console = Console::<_, 16>::new(Slow::default());
        console.write_str("short\n").unwrap();
        assert_eq!(console.port.tries, 0);
    }
}
