//! Power save: a station that sleeps between beacons (802.11-2012 10.2.1).
//!
//! Asleep it hears beacons, the group frames that one announces, and the frames it asked for; nothing else.

use super::super::codec::{self, is_group, Head, Mac};
use crate::time::Time;

/// Without anything sent or received for this long, it falls asleep.
const IDLE: Time = Time::from_micros(30_000);

/// How a station sleeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Saving {
    /// It never does.
    #[default]
    Never,
    /// When something waits for it, it wakes up and says so, until it has nothing to do. So phones do.
    Waking,
    /// It asks for one frame after the other and sleeps on, also while it sends.
    Polling,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Awake,
    /// It has said that it will sleep, and waits for the ACK.
    Leaving,
    Asleep,
    /// Group frames follow the beacon.
    Group,
    /// It has asked for a frame.
    Polled,
}

/// Whether a station sleeps.
#[derive(Clone, Debug)]
pub struct Doze {
    saving: Saving,
    phase: Phase,
    idle_since: Time,
    naps: u64,
    missed: u64,
}

impl Doze {
    /// A station that is awake.
    pub fn new(saving: Saving, now: Time) -> Doze {
        Doze {
            saving,
            phase: Phase::Awake,
            idle_since: now,
            naps: 0,
            missed: 0,
        }
    }

    /// How often it fell asleep.
    pub fn naps(&self) -> u64 {
        self.naps
    }

    /// Frames to it alone that were sent while it slept: an access point's mistakes.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Wakes up: it is no longer joined, or was told to do something.
    pub fn wake(&mut self, now: Time) {
        self.phase = Phase::Awake;
        self.idle_since = now;
    }

    /// When [`Doze::falls_asleep`] has to be asked.
    pub fn next_event(&self) -> Time {
        match (self.saving, self.phase) {
            (Saving::Never, _) => Time::NEVER,
            (_, Phase::Awake) => self.idle_since + IDLE,
            _ => Time::NEVER,
        }
    }

    /// Whether it says now that it will sleep.
    pub fn falls_asleep(&mut self, now: Time) -> bool {
        let is_due = now >= self.next_event();
        if is_due {
            self.phase = Phase::Leaving;
        }
        is_due
    }

    /// It sends a data frame, for itself or to keep its place: whether that says that it sleeps on.
    pub fn sends(&mut self, is_work: bool, now: Time) -> bool {
        if self.saving == Saving::Waking && is_work || self.phase == Phase::Awake {
            self.wake(now);
        }
        self.phase != Phase::Awake
    }

    /// What it sent has ended, and nothing else waits.
    pub fn sent(&mut self, acknowledged: bool, at: Time) {
        if self.phase == Phase::Leaving {
            if acknowledged {
                self.phase = Phase::Asleep;
                self.naps += 1;
            } else {
                self.wake(at);
            }
        } else {
            self.idle_since = at;
        }
    }

    /// Whether it hears this frame.
    pub fn hears(&mut self, head: &Head, me: Mac, at: Time) -> bool {
        let mine = head.to == me;
        let hears = match self.phase {
            Phase::Awake | Phase::Leaving => true,
            Phase::Asleep => head.is_beacon(),
            Phase::Group => head.is_beacon() || is_group(&head.to),
            Phase::Polled => head.is_beacon() || mine,
        };
        if hears && !head.is_beacon() {
            self.idle_since = at;
        }
        if mine && !hears {
            self.missed += 1;
        }
        hears
    }

    /// A frame of its access point was heard. What it answers, if anything: a null frame that says that it is awake
    /// (`true`), or the request for a frame.
    pub fn heard(&mut self, head: &Head, frame: &[u8], aid: u16, at: Time) -> Option<bool> {
        if matches!(self.phase, Phase::Awake | Phase::Leaving) {
            return None;
        }
        if head.is_beacon() {
            let (for_me, for_all) = codec::traffic(frame, aid).unwrap_or_default();
            self.phase = match (for_me, self.saving) {
                (true, Saving::Polling) => Phase::Polled,
                (true, _) => Phase::Awake,
                (false, _) if for_all => Phase::Group,
                (false, _) => Phase::Asleep,
            };
            self.idle_since = at;
            return for_me.then_some(self.phase == Phase::Awake);
        }
        match (self.phase, head.has_more()) {
            (Phase::Polled, true) => Some(false),
            (Phase::Polled | Phase::Group, false) => {
                self.phase = Phase::Asleep;
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Mac = [2, 0, 0, 0, 0, 1];
    const AP: Mac = [6, 0, 0, 0, 0, 1];

    fn head(kind: u8, flags: u8, to: Mac) -> Head {
        Head {
            kind,
            flags,
            to,
            from: AP,
            third: AP,
            sequence: 0,
        }
    }

    /// A beacon that has something for stations 0 to 7 of this bitmap, and for all.
    fn beacon(group: u8, bitmap: u8) -> Vec<u8> {
        let mut frame = vec![0x80; 36];
        frame.extend([0, 2, b'D', b'1', 5, 4, 0, 1, group, bitmap]);
        frame
    }

    fn asleep(saving: Saving) -> Doze {
        let mut doze = Doze::new(saving, Time::default());
        assert!(!doze.falls_asleep(Time::from_micros(29_999)));
        assert!(doze.falls_asleep(Time::from_micros(30_000)));
        doze.sent(true, Time::from_micros(31_000));
        assert_eq!(doze.naps(), 1);
        doze
    }

    #[test]
    fn asleep_it_hears_beacons_only() {
        let mut doze = asleep(Saving::Waking);
        let now = Time::from_micros(40_000);
        assert!(!doze.hears(&head(0x08, 2, ME), ME, now));
        assert!(!doze.hears(&head(0x08, 2, codec::BROADCAST), ME, now));
        assert_eq!(doze.missed(), 1);
        let beacon_head = head(0x80, 0, codec::BROADCAST);
        assert!(doze.hears(&beacon_head, ME, now));
        assert_eq!(doze.heard(&beacon_head, &beacon(0, 1 << 2), 1, now), None);
        assert_eq!(
            doze.heard(&beacon_head, &beacon(0, 1 << 1), 1, now),
            Some(true)
        );
        assert!(doze.hears(&head(0x08, 2, ME), ME, now), "awake");
    }

    #[test]
    fn polling_it_asks_until_there_is_no_more() {
        let mut doze = asleep(Saving::Polling);
        let now = Time::from_micros(40_000);
        let beacon_head = head(0x80, 0, codec::BROADCAST);
        assert_eq!(doze.heard(&beacon_head, &beacon(0, 2), 1, now), Some(false));
        let more = head(0x08, 0x22, ME);
        assert!(doze.hears(&more, ME, now));
        assert_eq!(doze.heard(&more, &[], 1, now), Some(false));
        let last = head(0x08, 0x02, ME);
        assert!(doze.hears(&last, ME, now));
        assert_eq!(doze.heard(&last, &[], 1, now), None);
        assert!(!doze.hears(&last, ME, now));
        assert!(doze.sends(true, now), "what it sends says that it sleeps");
    }

    #[test]
    fn group_frames_are_heard_behind_a_beacon_that_announces_them() {
        let mut doze = asleep(Saving::Waking);
        let now = Time::from_micros(40_000);
        let all = |flags| head(0x08, flags, codec::BROADCAST);
        let beacon_head = head(0x80, 0, codec::BROADCAST);
        assert_eq!(doze.heard(&beacon_head, &beacon(1, 0), 1, now), None);
        for (flags, heard) in [(0x22, true), (0x02, true), (0x02, false)] {
            assert_eq!(doze.hears(&all(flags), ME, now), heard);
            doze.heard(&all(flags), &[], 1, now);
        }
    }
}
