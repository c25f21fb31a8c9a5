//! What the LED says: a pattern for each state, as a pure function of the time.

use smoltcp::time::{Duration, Instant};

/// What there is to say; of several, the last one of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The access point is up: a short flash every two seconds.
    Up,
    /// The last update failed or was rolled back: three flashes, a pause.
    Fault,
    /// The firmware has not confirmed itself yet: two flashes, a pause.
    Trial,
    /// The button was held at the start: on for a second, off for a second.
    Recovery,
    /// An update is going on: fast and even.
    Updating,
}

impl State {
    /// Milliseconds lit, dark, lit ... and over again.
    const fn pattern(self) -> &'static [u32] {
        match self {
            State::Up => &[50, 1950],
            State::Fault => &[100, 150, 100, 150, 100, 1400],
            State::Trial => &[100, 150, 100, 1650],
            State::Recovery => &[1000, 1000],
            State::Updating => &[100, 100],
        }
    }

    /// Whether the LED is lit at that time since the start, and when that changes.
    pub fn at(self, now: Instant) -> (bool, Instant) {
        let pattern = self.pattern();
        let period: u32 = pattern.iter().sum();
        // Wraps after 49 days, with a flash of another length.
        let mut into = now.total_millis() as u32 % period;
        let mut is_lit = true;
        for part in pattern {
            if into < *part {
                let left = Duration::from_millis(u64::from(part - into));
                return (is_lit, now + left);
            }
            into -= part;
            is_lit = !is_lit;
        }
        (is_lit, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flashes(state: State, from: i64, until: i64) -> Vec<(i64, bool)> {
        let mut changes = Vec::new();
        let mut now = Instant::from_millis(from);
        while now < Instant::from_millis(until) {
            let (is_lit, next) = state.at(now);
            assert!(next > now, "time stands still");
            changes.push((now.total_millis(), is_lit));
            now = next;
        }
        changes
    }

    #[test]
    fn each_state_has_its_pattern_and_repeats_it() {
        assert_eq!(
            flashes(State::Up, 0, 2001),
            [(0, true), (50, false), (2000, true)]
        );
        assert_eq!(
            flashes(State::Trial, 0, 2000),
            [(0, true), (100, false), (250, true), (350, false)]
        );
        assert_eq!(flashes(State::Fault, 2000, 4000).len(), 6);
        assert_eq!(
            flashes(State::Updating, 100, 300),
            [(100, false), (200, true)]
        );
        assert_eq!(
            flashes(State::Recovery, 500, 1500),
            [(500, true), (1000, false)]
        );
    }

    #[test]
    fn no_two_states_look_alike() {
        let all = [
            State::Up,
            State::Fault,
            State::Trial,
            State::Recovery,
            State::Updating,
        ];
        for (index, state) in all.iter().enumerate() {
            for other in &all[..index] {
                assert_ne!(flashes(*state, 0, 2000), flashes(*other, 0, 2000));
            }
        }
    }
}
