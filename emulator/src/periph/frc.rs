//! The two timers FRC1 (23 bits, counting down) and FRC2 (32 bits, counting up).
//!
//! Registers after hardware facts 5.8. Nothing ticks: counts are computed from
//! the time of the last change, and the next expiry is an event.

use crate::time::Time;

const FRC1_LOAD: u32 = 0x00;
const FRC1_COUNT: u32 = 0x04;
const FRC1_CTRL: u32 = 0x08;
const FRC1_INT: u32 = 0x0C;
const FRC2_LOAD: u32 = 0x20;
const FRC2_COUNT: u32 = 0x24;
const FRC2_CTRL: u32 = 0x28;
const FRC2_INT: u32 = 0x2C;
const FRC2_ALARM: u32 = 0x30;

const CTRL_ENABLE: u32 = 1 << 7;
const CTRL_AUTO_RELOAD: u32 = 1 << 6;
/// The request stays until it is cleared: an expiry before that makes no new edge.
const CTRL_LEVEL: u32 = 1 << 0;
/// Read only: expired and not cleared (Espressif's timer_register.h).
const CTRL_REQUEST: u32 = 1 << 8;
const FRC1_MASK: u32 = 0x7F_FFFF;

/// Edges the timers have sent since they were last taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// FRC1 reached zero.
    pub frc1: bool,
    /// FRC2 reached its alarm.
    pub frc2: bool,
}

/// A counter's clock: the prescaled APB since an anchor point.
#[derive(Clone, Debug)]
struct Ticks {
    ctrl: u32,
    anchor: Time,
    count: u32,
    apb_hz: u64,
    /// Expired and not cleared since.
    requested: bool,
}

impl Ticks {
    fn new(apb_hz: u64) -> Ticks {
        Ticks {
            ctrl: 0,
            anchor: Time(0),
            count: 0,
            apb_hz,
            requested: false,
        }
    }

    /// An expiry; true when it makes an edge.
    fn request(&mut self) -> bool {
        let held = self.ctrl & CTRL_LEVEL != 0 && self.requested;
        self.requested = true;
        !held
    }

    fn read_ctrl(&self) -> u32 {
        self.ctrl | if self.requested { CTRL_REQUEST } else { 0 }
    }

    fn running(&self) -> bool {
        self.ctrl & CTRL_ENABLE != 0
    }

    fn divider(&self) -> u128 {
        match self.ctrl >> 2 & 3 {
            0 => 1,
            1 => 16,
            _ => 256,
        }
    }

    /// Ticks from the anchor until `now`.
    fn since(&self, now: Time) -> u64 {
        let picoseconds = u128::from((now - self.anchor).0);
        (picoseconds * u128::from(self.apb_hz) / (self.divider() * 1_000_000_000_000)) as u64
    }

    /// The time `ticks` after the anchor.
    fn after(&self, ticks: u64) -> Time {
        let picoseconds = (u128::from(ticks) * self.divider() * 1_000_000_000_000)
            .div_ceil(u128::from(self.apb_hz));
        self.anchor + Time(u64::try_from(picoseconds).unwrap_or(u64::MAX))
    }

    fn restart(&mut self, count: u32, now: Time) {
        self.count = count;
        self.anchor = now;
    }
}

/// Both timers.
#[derive(Clone, Debug)]
pub struct Frc {
    down: Ticks,
    load: u32,
    /// FRC1 in one-shot mode has expired and wrapped.
    down_expired: bool,
    up: Ticks,
    up_load: u32,
    alarm: u32,
    alarm_at: Time,
    expired: Expired,
}

impl Frc {
    /// Stopped timers.
    pub fn new(apb_hz: u64) -> Frc {
        Frc {
            down: Ticks::new(apb_hz),
            load: 0,
            down_expired: false,
            up: Ticks::new(apb_hz),
            up_load: 0,
            alarm: 0,
            alarm_at: Time::NEVER,
            expired: Expired::default(),
        }
    }

    /// The peripheral clock changed: counts go on from where they are.
    pub fn set_apb(&mut self, hz: u64, now: Time) {
        self.poll(now);
        let (down, up) = (self.down_count(now), self.up_count(now));
        self.down.restart(down, now);
        self.up.restart(up, now);
        self.down.apb_hz = hz;
        self.up.apb_hz = hz;
        self.plan_alarm(now);
    }

    /// Takes the edges sent so far.
    pub fn take_expired(&mut self) -> Expired {
        std::mem::take(&mut self.expired)
    }

    /// Ticks FRC1 needs from its anchor to its next expiry: through zero.
    fn down_period(&self) -> u64 {
        u64::from(self.down.count.max(1))
    }

    fn down_count(&self, now: Time) -> u32 {
        if !self.down.running() {
            return self.down.count;
        }
        (u64::from(self.down.count).wrapping_sub(self.down.since(now))) as u32 & FRC1_MASK
    }

    fn up_count(&self, now: Time) -> u32 {
        if self.up.running() {
            self.up.count.wrapping_add(self.up.since(now) as u32)
        } else {
            self.up.count
        }
    }

    /// The alarm is an equality: from a given count it comes once per 2^32 ticks.
    fn plan_alarm(&mut self, now: Time) {
        let count = self.up_count(now);
        self.up.restart(count, now);
        self.alarm_at = if self.up.running() {
            let ticks = self.alarm.wrapping_sub(count);
            self.up.after(if ticks == 0 {
                1 << 32
            } else {
                u64::from(ticks)
            })
        } else {
            Time::NEVER
        };
    }

    /// When [`Frc::poll`] must next run.
    pub fn next_event(&self) -> Time {
        let down = if self.down.running() && !self.down_expired {
            self.down.after(self.down_period())
        } else {
            Time::NEVER
        };
        down.min(self.alarm_at)
    }

    /// Handles expiries due at `now`.
    pub fn poll(&mut self, now: Time) {
        while self.down.running() && !self.down_expired {
            let at = self.down.after(self.down_period());
            if at > now {
                break;
            }
            self.expired.frc1 |= self.down.request();
            if self.down.ctrl & CTRL_AUTO_RELOAD == 0 {
                self.down_expired = true;
            } else if self.load == 0 {
                // A reload of zero would expire on every tick; one edge stands for all of them.
                self.down.restart(0, now);
                break;
            } else {
                self.down.restart(self.load, at);
            }
        }
        if self.alarm_at <= now {
            self.expired.frc2 |= self.up.request();
            self.plan_alarm(now);
        }
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
        self.poll(now);
        Some(match offset {
            FRC1_LOAD => self.load,
            FRC1_COUNT => self.down_count(now),
            FRC1_CTRL => self.down.read_ctrl(),
            FRC2_LOAD => self.up_load,
            FRC2_COUNT => self.up_count(now),
            FRC2_CTRL => self.up.read_ctrl(),
            FRC2_ALARM => self.alarm,
            FRC1_INT | FRC2_INT => 0,
            _ => return None,
        })
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        self.poll(now);
        match offset {
            FRC1_LOAD => {
                self.load = value & FRC1_MASK;
                self.down.restart(self.load, now);
                self.down_expired = false;
            }
            FRC1_CTRL => {
                let count = self.down_count(now);
                self.down.restart(count, now);
                self.down.ctrl = value & 0xFF;
            }
            FRC2_LOAD => {
                self.up_load = value;
                self.up.restart(value, now);
                self.plan_alarm(now);
            }
            FRC2_CTRL => {
                let count = self.up_count(now);
                self.up.restart(count, now);
                self.up.ctrl = value & 0xFF;
                self.plan_alarm(now);
            }
            FRC2_ALARM => {
                self.alarm = value;
                self.plan_alarm(now);
            }
            FRC1_INT => self.down.requested &= value & 1 == 0,
            FRC2_INT => self.up.requested &= value & 1 == 0,
            FRC1_COUNT | FRC2_COUNT => {}
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APB_HZ: u64 = 80_000_000;

    #[test]
    fn frc2_counts_up_at_the_prescaled_clock_and_alarms_on_equality() {
        let mut frc = Frc::new(APB_HZ);
        frc.write(FRC2_ALARM, 1000, Time(0));
        frc.write(FRC2_CTRL, CTRL_ENABLE | 2 << 2, Time(0));
        // 80 MHz / 256 = 312.5 kHz: 3.2 us a tick.
        assert_eq!(frc.read(FRC2_COUNT, Time::from_micros(3_199)), Some(999));
        assert_eq!(frc.next_event(), Time::from_micros(3_200));
        frc.poll(Time::from_micros(3_200));
        assert_eq!(
            frc.take_expired(),
            Expired {
                frc1: false,
                frc2: true
            }
        );
        assert_eq!(frc.take_expired(), Expired::default());
        assert!(frc.next_event() > Time::from_micros(1 << 32));
    }

    #[test]
    fn frc1_reloads_and_keeps_its_period() {
        let mut frc = Frc::new(APB_HZ);
        frc.write(FRC1_LOAD, 800, Time(0));
        frc.write(FRC1_CTRL, CTRL_ENABLE | CTRL_AUTO_RELOAD, Time(0));
        assert_eq!(frc.next_event(), Time::from_micros(10));
        frc.poll(Time::from_micros(13));
        assert!(frc.take_expired().frc1);
        assert_eq!(frc.next_event(), Time::from_micros(20));
        assert_eq!(frc.read(FRC1_COUNT, Time::from_micros(15)), Some(400));
    }

    #[test]
    fn the_prescaler_divides_by_1_16_or_256() {
        for (bits, ticks) in [(0, 8_000), (1, 500), (2, 31)] {
            let mut frc = Frc::new(APB_HZ);
            frc.write(FRC2_CTRL, CTRL_ENABLE | bits << 2, Time(0));
            assert_eq!(frc.read(FRC2_COUNT, Time::from_micros(100)), Some(ticks));
        }
    }

    #[test]
    fn a_level_request_makes_one_edge_until_it_is_cleared() {
        for (kind, edges) in [(0, [true, true]), (CTRL_LEVEL, [true, false])] {
            let mut frc = Frc::new(APB_HZ);
            frc.write(FRC1_LOAD, 800, Time(0));
            frc.write(FRC1_CTRL, CTRL_ENABLE | CTRL_AUTO_RELOAD | kind, Time(0));
            for (expiry, edge) in edges.into_iter().enumerate() {
                frc.poll(Time::from_micros(10 * (expiry as u64 + 1)));
                assert_eq!(frc.take_expired().frc1, edge, "type {kind}");
            }
            let now = Time::from_micros(25);
            assert_ne!(frc.read(FRC1_CTRL, now).unwrap() & CTRL_REQUEST, 0);
            frc.write(FRC1_INT, 1, now);
            assert_eq!(frc.read(FRC1_CTRL, now).unwrap() & CTRL_REQUEST, 0);
            frc.poll(Time::from_micros(30));
            assert!(frc.take_expired().frc1);
        }
    }

    #[test]
    fn frc1_without_reload_expires_once() {
        let mut frc = Frc::new(APB_HZ);
        frc.write(FRC1_LOAD, 80, Time(0));
        frc.write(FRC1_CTRL, CTRL_ENABLE, Time(0));
        frc.poll(Time::from_micros(2));
        assert!(frc.take_expired().frc1);
        assert_eq!(frc.next_event(), Time::NEVER);
    }

    #[test]
    fn a_clock_change_keeps_the_counts() {
        let mut frc = Frc::new(52_000_000);
        frc.write(FRC2_CTRL, CTRL_ENABLE, Time(0));
        frc.set_apb(APB_HZ, Time::from_micros(10));
        assert_eq!(frc.read(FRC2_COUNT, Time::from_micros(10)), Some(520));
        assert_eq!(frc.read(FRC2_COUNT, Time::from_micros(11)), Some(600));
    }
}
