//! Notes that wait for their turn: they do not split the line the board is writing.

use d1_emulator::time::Time;

use super::Audience;

/// A board silent for this long in the middle of a line is not going to end it soon.
const PATIENCE: Time = Time::from_micros(50_000);
/// No note waits longer than this, nor are more kept waiting.
const LONGEST_WAIT: Time = Time::from_micros(1_000_000);
const MOST_WAITING: usize = 64;

/// An audience that hears whole lines between two notes, where there are lines.
pub(super) struct Desk<'a> {
    audience: &'a mut dyn Audience,
    waiting: Vec<String>,
    mid_line: bool,
    now: Time,
    last_heard: Time,
    waiting_since: Time,
}

impl<'a> Desk<'a> {
    pub(super) fn new(audience: &'a mut dyn Audience) -> Desk<'a> {
        Desk {
            audience,
            waiting: Vec::new(),
            mid_line: false,
            now: Time(0),
            last_heard: Time(0),
            waiting_since: Time(0),
        }
    }

    /// It is `now` on the board; a wait may be over.
    pub(super) fn turn(&mut self, now: Time) {
        self.now = now;
        let over = !self.mid_line
            || now >= self.last_heard + PATIENCE
            || now >= self.waiting_since + LONGEST_WAIT
            || self.waiting.len() > MOST_WAITING;
        if over {
            self.deliver();
        }
    }

    /// Passes on what still waits.
    pub(super) fn deliver(&mut self) {
        for text in self.waiting.drain(..) {
            self.audience.note(&text);
        }
    }
}

impl Audience for Desk<'_> {
    fn console(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else {
            return;
        };
        self.last_heard = self.now;
        self.mid_line = *last != b'\n';
        // What waits belongs before the lines that begin now.
        let line_end = bytes.iter().position(|byte| *byte == b'\n');
        match line_end {
            Some(end) if !self.waiting.is_empty() => {
                let (line, rest) = bytes.split_at(end + 1);
                self.audience.console(line);
                self.deliver();
                if !rest.is_empty() {
                    self.audience.console(rest);
                }
            }
            _ => self.audience.console(bytes),
        }
    }

    fn note(&mut self, text: &str) {
        if !self.mid_line {
            return self.audience.note(text);
        }
        if self.waiting.is_empty() {
            self.waiting_since = self.now;
        }
        self.waiting.push(text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Paper(String);

    impl Audience for Paper {
        fn console(&mut self, bytes: &[u8]) {
            self.0 += &String::from_utf8_lossy(bytes);
        }

        fn note(&mut self, text: &str) {
            self.0 += &format!("[{text}]");
        }
    }

    fn after(milliseconds: u64) -> Time {
        Time::from_micros(1_000 * milliseconds)
    }

    #[test]
    fn a_note_waits_for_the_end_of_the_line() {
        let mut paper = Paper::default();
        let mut desk = Desk::new(&mut paper);
        desk.note("first");
        desk.console(b"one li");
        desk.note("second");
        desk.turn(after(1));
        desk.console(b"ne\nanother");
        desk.note("third");
        desk.console(b" line\n");
        assert_eq!(paper.0, "[first]one line\n[second]another line\n[third]");
    }

    #[test]
    fn a_line_that_does_not_end_is_not_waited_for() {
        let mut paper = Paper::default();
        let mut desk = Desk::new(&mut paper);
        desk.console(b"> ");
        desk.note("hung");
        desk.turn(after(49));
        assert_eq!(desk.waiting.len(), 1);
        desk.turn(after(50));
        assert_eq!(paper.0, "> [hung]");
    }

    #[test]
    fn a_flood_without_lines_holds_no_note_for_long() {
        let mut paper = Paper::default();
        let mut desk = Desk::new(&mut paper);
        desk.console(b"x");
        desk.note("flood");
        for millisecond in 1..=1_000 {
            desk.turn(after(millisecond));
            desk.console(b"x");
        }
        assert!(desk.waiting.is_empty());
        assert!(paper.0.contains("[flood]"));
    }
}
