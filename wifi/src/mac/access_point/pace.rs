//! At which rate a station is spoken to: by what became of the frames before.
//!
//! A frame that goes unacknowledged is repeated, and from the third attempt on at lower rates ([`Pace::attempt`]). When
//! that was necessary, the next frame begins lower too; after a run of frames that got through at once, the
//! next higher rate has its turn.

use super::super::frame::Rate;

/// Attempts at each rate before the next lower one is tried.
const ATTEMPTS: u8 = 2;
/// Frames that got through at the first attempt before the next higher rate is tried.
const RUN: u8 = 10;

/// The rate for one station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    rate: Rate,
    run: u8,
}

impl Pace {
    /// For a station of which nothing is known: the highest rate.
    pub const NEW: Pace = Pace {
        rate: Rate::Mbps11,
        run: 0,
    };

    /// The rate of the next frame.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The rate of a frame's attempt after so many `retries`, when its first one was at `rate`.
    pub fn attempt(rate: Rate, retries: u8) -> Rate {
        (0..retries / ATTEMPTS).fold(rate, |rate, _| rate.lower())
    }

    /// Notes what became of a frame: whether it was acknowledged, after so many `retries`.
    pub fn note(&mut self, acknowledged: bool, retries: u8) {
        if !acknowledged || retries >= ATTEMPTS {
            self.rate = self.rate.lower();
            self.run = 0;
        } else if retries > 0 {
            self.run = 0;
        } else {
            self.run += 1;
            if self.run == RUN {
                self.rate = self.rate.higher();
                self.run = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_falls_to_the_lowest_rate_within_its_attempts() {
        let rates: [Rate; 8] = core::array::from_fn(|n| Pace::attempt(Rate::Mbps11, n as u8));
        use Rate::*;
        assert_eq!(
            rates,
            [Mbps11, Mbps11, Mbps5, Mbps5, Mbps2, Mbps2, Mbps1, Mbps1]
        );
        assert_eq!(Pace::attempt(Mbps1, 7), Mbps1);
    }

    #[test]
    fn missing_acknowledgements_slow_down_and_a_run_of_them_speeds_up_again() {
        let mut pace = Pace::NEW;
        pace.note(true, 1);
        assert_eq!(pace.rate(), Rate::Mbps11, "one loss is chance");
        pace.note(true, 2);
        assert_eq!(pace.rate(), Rate::Mbps5);
        pace.note(false, 7);
        pace.note(false, 7);
        pace.note(false, 7);
        assert_eq!(pace.rate(), Rate::Mbps1);
        for _ in 0..RUN - 1 {
            pace.note(true, 0);
        }
        pace.note(true, 1);
        assert_eq!(pace.rate(), Rate::Mbps1, "the run was broken");
        for _ in 0..3 * RUN {
            pace.note(true, 0);
        }
        assert_eq!(pace.rate(), Rate::Mbps11);
    }
}
