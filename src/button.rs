//! The button on GPIO0, held after the start: the way to a device that does nothing by itself.
//!
//! Held *in* a reset it is a strap, and the mask ROM waits for a download. So it counts only afterwards: a second
//! long, within the first few seconds.

use smoltcp::time::{Duration, Instant};

/// How long it has to be held.
pub const HOLD: Duration = Duration::from_secs(1);
/// How long after the start it has to have been.
pub const WINDOW: Duration = Duration::from_secs(5);

/// Watches the button.
#[derive(Debug)]
pub struct Button {
    end: Instant,
    /// Since when it has been down each time that we looked.
    since: Option<Instant>,
}

impl Button {
    /// A button that counts from now on.
    pub fn new(now: Instant) -> Button {
        Button {
            end: now + WINDOW,
            since: None,
        }
    }

    /// Looks at the button; true when it has been held for long enough.
    pub fn poll(&mut self, now: Instant, is_down: bool) -> bool {
        if now > self.end {
            return false;
        }
        match is_down {
            false => self.since = None,
            true => {
                let since = *self.since.get_or_insert(now);
                return now - since >= HOLD;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_held(presses: &[(u64, bool)]) -> bool {
        let mut button = Button::new(Instant::ZERO);
        let mut polls = presses
            .iter()
            .map(|(millis, is_down)| (Instant::from_millis(*millis as i64), *is_down));
        polls.any(|(now, is_down)| button.poll(now, is_down))
    }

    #[test]
    fn a_second_without_letting_go_counts_and_less_does_not() {
        assert!(is_held(&[(0, true), (500, true), (1000, true)]));
        assert!(is_held(&[(0, false), (3900, true), (4900, true)]));
        assert!(!is_held(&[(0, true), (999, true)]));
        assert!(!is_held(&[
            (0, true),
            (600, false),
            (700, true),
            (1600, true)
        ]));
    }

    #[test]
    fn what_comes_late_does_not_count() {
        assert!(!is_held(&[(4500, true), (5600, true), (9000, true)]));
    }
}
