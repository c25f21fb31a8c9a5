//! The hardware watchdog: first expiry interrupts, second resets the chip.
//!
//! Registers after hardware facts 5.9. Off until its enable bit is written;
//! whether silicon leaves reset with it running is not settled there.

use crate::time::Time;

const CTL: u32 = 0x00;
const FIRST_PERIOD: u32 = 0x04;
const SECOND_PERIOD: u32 = 0x08;
const VALUE: u32 = 0x0C;
const STAGE: u32 = 0x10;
const FEED: u32 = 0x14;

const CTL_ENABLE: u32 = 1 << 0;
/// 0 is "interrupt, then reset"; what the others do nobody has written down.
const CTL_RESPONSE: u32 = 3 << 1;
const FEED_KEY: u32 = 0x73;
/// A period register of n stands for 2^n of these.
const UNIT: Time = Time::from_micros(800);

/// What an expiry asks of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bite {
    /// First stage: an edge on interrupt 8.
    Interrupt,
    /// Second stage: a chip reset with cause 4.
    Reset,
}

/// The watchdog.
#[derive(Clone, Debug)]
pub struct Watchdog {
    ctl: u32,
    periods: [u32; 2],
    second_stage: bool,
    deadline: Time,
    stage_start: Time,
    complaint: Option<String>,
}

impl Default for Watchdog {
    fn default() -> Self {
        Watchdog {
            ctl: 0,
            periods: [0x0B, 0x0B],
            second_stage: false,
            deadline: Time::NEVER,
            stage_start: Time(0),
            complaint: None,
        }
    }
}

impl Watchdog {
    fn enabled(&self) -> bool {
        self.ctl & CTL_ENABLE != 0
    }

    fn start_stage(&mut self, second: bool, now: Time) {
        self.second_stage = second;
        self.stage_start = now;
        let exponent = self.periods[usize::from(second)] & 0xF;
        self.deadline = if self.enabled() {
            now + Time(UNIT.0 << exponent)
        } else {
            Time::NEVER
        };
    }

    /// Takes what is not modelled, once.
    pub fn take_complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// When [`Watchdog::poll`] must next run.
    pub fn next_event(&self) -> Time {
        self.deadline
    }

    /// What is due at `now`, if anything.
    pub fn poll(&mut self, now: Time) -> Option<Bite> {
        if self.deadline > now {
            return None;
        }
        if self.second_stage {
            self.deadline = Time::NEVER;
            Some(Bite::Reset)
        } else {
            self.start_stage(true, self.deadline);
            Some(Bite::Interrupt)
        }
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
        Some(match offset {
            CTL => self.ctl,
            FIRST_PERIOD => self.periods[0],
            SECOND_PERIOD => self.periods[1],
            VALUE if self.enabled() => ((now - self.stage_start).0 / 1_000_000) as u32,
            VALUE => 0,
            STAGE => u32::from(self.second_stage),
            FEED => 0,
            _ => return None,
        })
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        match offset {
            CTL => {
                let was = self.enabled();
                self.ctl = value;
                let response = (value & CTL_RESPONSE) >> 1;
                if response != 0 {
                    self.complaint = Some(format!(
                        "watchdog response mode {response} is not modelled: \
                         it interrupts first and then resets"
                    ));
                }
                if self.enabled() != was {
                    self.start_stage(false, now);
                }
            }
            FIRST_PERIOD => self.periods[0] = value,
            SECOND_PERIOD => self.periods[1] = value,
            FEED if value == FEED_KEY => self.start_stage(false, now),
            FEED | VALUE | STAGE => {}
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfed_watchdog_interrupts_and_then_resets() {
        let mut watchdog = Watchdog::default();
        watchdog.write(FIRST_PERIOD, 0x0B, Time(0));
        watchdog.write(SECOND_PERIOD, 0x0D, Time(0));
        watchdog.write(CTL, CTL_ENABLE, Time(0));
        // 0x0B is 1.6384 s, 0x0D is 6.5536 s (hardware facts 5.9).
        assert_eq!(watchdog.next_event(), Time::from_micros(1_638_400));
        assert_eq!(watchdog.poll(Time::from_micros(1_638_399)), None);
        assert_eq!(
            watchdog.poll(Time::from_micros(1_638_400)),
            Some(Bite::Interrupt)
        );
        assert_eq!(
            watchdog.next_event(),
            Time::from_micros(1_638_400 + 6_553_600)
        );
        assert_eq!(watchdog.poll(watchdog.next_event()), Some(Bite::Reset));
    }

    #[test]
    fn feeding_with_the_key_starts_over_and_any_other_value_does_not() {
        let mut watchdog = Watchdog::default();
        watchdog.write(CTL, CTL_ENABLE, Time(0));
        watchdog.write(FEED, 0x72, Time::from_micros(1_000_000));
        assert_eq!(watchdog.next_event(), Time::from_micros(1_638_400));
        watchdog.write(FEED, FEED_KEY, Time::from_micros(1_000_000));
        assert_eq!(watchdog.next_event(), Time::from_micros(2_638_400));
    }

    #[test]
    fn a_feed_in_the_second_stage_goes_back_to_the_first() {
        let mut watchdog = Watchdog::default();
        watchdog.write(CTL, CTL_ENABLE, Time(0));
        let first = watchdog.next_event();
        assert_eq!(watchdog.poll(first), Some(Bite::Interrupt));
        assert_eq!(watchdog.read(STAGE, first), Some(1));
        watchdog.write(FEED, FEED_KEY, first);
        assert_eq!(watchdog.read(STAGE, first), Some(0));
        assert_eq!(watchdog.poll(first + first), Some(Bite::Interrupt));
    }

    #[test]
    fn switching_it_off_stops_it_in_either_stage() {
        let mut watchdog = Watchdog::default();
        watchdog.write(CTL, CTL_ENABLE, Time(0));
        watchdog.poll(watchdog.next_event());
        watchdog.write(CTL, 0, watchdog.next_event());
        assert_eq!(watchdog.next_event(), Time::NEVER);
    }

    #[test]
    fn another_response_mode_is_named() {
        let mut watchdog = Watchdog::default();
        watchdog.write(CTL, 7 << 3 | CTL_ENABLE, Time(0));
        assert_eq!(watchdog.take_complaint(), None);
        watchdog.write(CTL, CTL_ENABLE | 1 << 1, Time(0));
        assert!(watchdog.take_complaint().unwrap().contains("mode 1"));
    }

    #[test]
    fn the_watchdog_is_off_until_enabled() {
        assert_eq!(Watchdog::default().next_event(), Time::NEVER);
    }
}
