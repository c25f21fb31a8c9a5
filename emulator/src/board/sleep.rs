//! Light and deep sleep: who wakes the chip, and how it finds itself.
//!
//! In a light sleep the core stands still and everything goes on after it. A deep sleep takes the
//! power from all but the RTC; at its end the RTC pulses GPIO16 (D0), and the chip starts over
//! if somebody has wired that to RST ([`Config::d0_to_reset`]). A D1 mini comes without.

#[cfg(doc)]
use super::Config;
use super::{Machine, Stop};
use crate::bus::Bus;
use crate::periph::rtc::{ResetCause, Sleep, Wake};
use crate::time::Time;

impl Machine {
    /// Starts the sleep the guest asked for, if it did.
    pub(super) fn fall_asleep(&mut self) {
        let Some(sleep) = self.bus.devices.rtc.take_sleep() else {
            return;
        };
        if sleep.deep {
            self.report_exceptions();
            self.bus.power_down_core();
            let end = match sleep.alarm {
                None => "without an alarm: only the reset button ends it",
                Some(_) if self.d0_to_reset => "until its alarm",
                Some(_) => "for good: D0 is not wired to RST, which the alarm needs",
            };
            let text = || format!("the chip sleeps deeply {end}");
            self.bus.journal.once("deep sleep", 0, text);
        } else if sleep.alarm.is_none() && !sleep.pins_wake {
            let text = || "the chip sleeps, and nothing may wake it".to_owned();
            self.bus.journal.once("light sleep", 0, text);
        }
        self.asleep = Some(sleep);
    }

    /// Passes time asleep: to the deadline or to what ends the sleep.
    pub(super) fn sleep_until(&mut self, sleep: Sleep, deadline: Time) -> Option<Stop> {
        let heard = !sleep.deep || self.d0_to_reset;
        let alarm = sleep.alarm.filter(|_| heard).unwrap_or(Time::NEVER);
        let pin = !sleep.deep && sleep.pins_wake && self.bus.devices.gpio.wakes();
        let limit = if pin {
            self.bus.now()
        } else {
            alarm.min(deadline)
        };
        let cycles = self.bus.clock.cycle_at(limit);
        self.bus.advance(cycles.saturating_sub(self.bus.cycles()));
        self.bus.poll_devices();
        if pin || self.bus.now() >= alarm {
            self.wake(sleep, if pin { Wake::Pin } else { Wake::Alarm });
            return None;
        }
        let forever = alarm == Time::NEVER && (sleep.deep || !sleep.pins_wake);
        Some(if forever {
            Stop::Hung { pc: self.cpu.pc() }
        } else {
            Stop::Deadline
        })
    }

    fn wake(&mut self, sleep: Sleep, by: Wake) {
        self.asleep = None;
        if sleep.deep {
            self.reset(ResetCause::DeepSleep);
        }
        self.bus.devices.rtc.woken_by(by);
    }
}
