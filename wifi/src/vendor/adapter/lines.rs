//! Text that comes byte by byte, kept as whole lines until somebody prints them, and not more than is bearable.

/// Whole lines in a ring of `LEN` bytes. What does not fit is left out, line by line, and counted.
pub struct Lines<const LEN: usize> {
    text: [u8; LEN],
    first: usize,
    waiting: usize,
    /// Of the waiting bytes, those of the line that has no end yet.
    unfinished: usize,
    /// The rest of a line that did not fit.
    skips: bool,
    /// Within a terminal's escape sequence: the libraries colour their lines.
    in_escape: bool,
    left_out: u32,
}

impl<const LEN: usize> Default for Lines<LEN> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const LEN: usize> Lines<LEN> {
    /// No lines.
    pub const fn new() -> Lines<LEN> {
        Lines {
            text: [0; LEN],
            first: 0,
            waiting: 0,
            unfinished: 0,
            skips: false,
            in_escape: false,
            left_out: 0,
        }
    }

    /// Takes the next byte of text.
    pub fn put(&mut self, byte: u8) {
        const ESCAPE: u8 = 0x1B;
        match byte {
            ESCAPE => self.in_escape = true,
            _ if self.in_escape => self.in_escape = !byte.is_ascii_alphabetic(),
            b'\n' if self.skips => {
                self.skips = false;
                self.left_out += 1;
            }
            // Room for it was kept.
            b'\n' if self.unfinished > 0 => {
                self.push(b'\n');
                self.unfinished = 0;
            }
            b'\n' | b'\r' => {}
            _ if self.skips => {}
            _ if self.waiting + 1 < LEN => {
                self.push(if (b' '..0x7F).contains(&byte) {
                    byte
                } else {
                    b'.'
                });
                self.unfinished += 1;
            }
            _ => {
                self.waiting -= self.unfinished;
                self.unfinished = 0;
                self.skips = true;
            }
        }
    }

    fn push(&mut self, byte: u8) {
        self.text[(self.first + self.waiting) % LEN] = byte;
        self.waiting += 1;
    }

    /// Whether a whole line waits.
    pub fn has_line(&self) -> bool {
        self.waiting > self.unfinished
    }

    /// The next byte of the line that waits; none at its end, which this passes.
    pub fn take(&mut self) -> Option<u8> {
        let byte = self.text[self.first];
        self.first = (self.first + 1) % LEN;
        self.waiting -= 1;
        (byte != b'\n').then_some(byte)
    }

    /// Counts a line that was left out.
    pub fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// How many lines were left out since this was asked last.
    pub fn take_left_out(&mut self) -> u32 {
        core::mem::take(&mut self.left_out)
    }
}

/// How many lines may be printed.
pub struct Allowance {
    left: u32,
    /// When it last grew, in microseconds.
    at: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self::new()
    }
}

impl Allowance {
    /// At most this many at once,
    const MOST: u32 = 16;
    /// and one more each second.
    const PERIOD: u64 = 1_000_000;

    /// All of it.
    pub const fn new() -> Allowance {
        Allowance {
            left: Allowance::MOST,
            at: 0,
        }
    }

    /// Uses up one, if there is one at `now`.
    pub fn use_one(&mut self, now: u64) -> bool {
        let periods = now.saturating_sub(self.at) / Allowance::PERIOD;
        self.at += periods * Allowance::PERIOD;
        let more = periods.min(Allowance::MOST.into()) as u32;
        self.left = (self.left + more).min(Allowance::MOST);
        let is_there = self.left > 0;
        self.left -= u32::from(is_there);
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn put<const LEN: usize>(lines: &mut Lines<LEN>, text: &str) {
        text.bytes().for_each(|byte| lines.put(byte));
    }

    fn line<const LEN: usize>(lines: &mut Lines<LEN>) -> Option<String> {
        lines.has_line().then(|| {
            core::iter::from_fn(|| lines.take())
                .map(char::from)
                .collect()
        })
    }

    #[test]
    fn lines_come_out_without_colours_and_blank_ones() {
        let mut lines = Lines::<64>::new();
        put(&mut lines, "\x1b[0;32mI (7) wifi:state\x1b[0m\n\r\n\n");
        put(&mut lines, "half");
        assert_eq!(line(&mut lines).as_deref(), Some("I (7) wifi:state"));
        assert_eq!(line(&mut lines), None);
        put(&mut lines, " and \x07\u{e4}half\n");
        assert_eq!(line(&mut lines).as_deref(), Some("half and ...half"));
        assert_eq!(lines.take_left_out(), 0);
    }

    #[test]
    fn a_line_without_room_is_left_out_whole_and_later_ones_are_not() {
        let mut lines = Lines::<16>::new();
        put(&mut lines, "ten bytes!\nmore than five\nfour\nand on\n");
        assert_eq!(line(&mut lines).as_deref(), Some("ten bytes!"));
        assert_eq!(line(&mut lines).as_deref(), Some("four"));
        assert_eq!(line(&mut lines), None);
        assert_eq!((lines.take_left_out(), lines.take_left_out()), (2, 0));
        put(&mut lines, "fifteen bytes!!\n");
        assert_eq!(line(&mut lines).as_deref(), Some("fifteen bytes!!"));
        put(&mut lines, "sixteen bytes!!!\nx\n");
        assert_eq!(line(&mut lines).as_deref(), Some("x"));
    }

    #[test]
    fn a_flood_is_let_through_by_and_by() {
        let mut allowance = Allowance::new();
        let mut granted = |from: u64, to: u64| {
            (from..to)
                .step_by(1_000)
                .filter(|now| allowance.use_one(*now))
                .count()
        };
        assert_eq!(granted(0, 10_000_000), 16 + 9);
        assert_eq!(granted(10_000_000, 14_000_000), 4);
        // Quiet for an hour.
        assert_eq!(granted(3_600_000_000, 3_600_900_000), 16);
    }
}
