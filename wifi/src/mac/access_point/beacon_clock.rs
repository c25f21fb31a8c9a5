//! When beacons are due: every 100 time units on one grid, however late the polls come.

use super::super::frame::beacon::TIME_UNIT;

/// Time units between beacons, as announced in them.
pub const INTERVAL_TIME_UNITS: u16 = 100;
/// The same in microseconds: 102.4 ms.
pub const INTERVAL: u64 = INTERVAL_TIME_UNITS as u64 * TIME_UNIT;

/// Keeps the time grid. Its origin is also that of the beacons' timestamps, so that a beacon is due whenever
/// the timestamp is a multiple of the interval, as stations expect (11.1.2.1).
#[derive(Debug)]
pub struct BeaconClock {
    origin: u64,
    next: u64,
}

impl BeaconClock {
    /// Starts the grid; the first beacon is due at once. Times are in microseconds.
    pub fn new(now: u64) -> BeaconClock {
        BeaconClock {
            origin: now,
            next: now,
        }
    }

    /// When the next beacon is due.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The timestamp for a frame sent at `now`.
    pub fn timestamp(&self, now: u64) -> u64 {
        now.saturating_sub(self.origin)
    }

    /// Whether a beacon is due. If so, moves on to the first point of the grid after `now`: beacons that were
    /// missed are not made up for.
    pub fn is_due(&mut self, now: u64) -> bool {
        let Some(late) = now.checked_sub(self.next) else {
            return false;
        };
        self.next += INTERVAL;
        if late >= INTERVAL {
            // The only division, on a path that a timely poll never takes: it costs the core a few
            // microseconds.
            self.next += late / INTERVAL * INTERVAL;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_polls_do_not_move_the_grid() {
        let mut clock = BeaconClock::new(1_000);
        let mut beacons = 0;
        // Polls every 7 ms for 10 s.
        for now in (1_000..10_001_000).step_by(7_000) {
            if clock.is_due(now) {
                beacons += 1;
                assert_eq!((clock.next() - 1_000) % INTERVAL, 0);
                assert!(clock.next() > now && clock.next() <= now + INTERVAL);
            }
        }
        assert_eq!(beacons, 10_000_000_u64.div_ceil(INTERVAL));
    }

    #[test]
    fn missed_beacons_are_skipped_not_made_up_for() {
        let mut clock = BeaconClock::new(0);
        assert!(clock.is_due(5 * INTERVAL + 1));
        assert_eq!(clock.next(), 6 * INTERVAL);
        assert!(!clock.is_due(6 * INTERVAL - 1));
        assert!(clock.is_due(6 * INTERVAL));
    }

    #[test]
    fn a_beacon_exactly_one_interval_late_stays_on_the_grid() {
        let mut clock = BeaconClock::new(0);
        assert!(clock.is_due(INTERVAL));
        assert_eq!(clock.next(), 2 * INTERVAL);
    }

    #[test]
    fn timestamps_count_from_the_origin() {
        let clock = BeaconClock::new(1_000);
        assert_eq!(clock.timestamp(1_000 + INTERVAL), INTERVAL);
        assert_eq!(clock.timestamp(0), 0);
    }
}
