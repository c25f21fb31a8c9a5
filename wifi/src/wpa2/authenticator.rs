//! The authenticator: who is associated, who of them has proven to know the key, and what everybody's keys are.
//!
//! A state machine without hardware: what stations say and the time come in as arguments; frames, keys and
//! farewells go out through a [`Port`]. It is told of every station that associates and of every one that leaves.

#[cfg(test)]
mod tests;

use super::key_frame::{self, Information, KeyFrame, Repr, NONCE_LEN};
use super::keys::{wrap, GroupKey, PairwiseKeys, KEY_LEN};
use super::random::Random;
use super::session::{Session, Step};
use super::{rsn, Pmk, TemporalKey};
use crate::MacAddress;

/// How many stations can be associated at a time.
pub const MAX_STATIONS: usize = 8;
/// How long a group key is used, in microseconds: one hour.
pub const GROUP_KEY_LIFETIME: u64 = 3600 * 1_000_000;
/// How often the pool of randomness is stirred before the first key comes out of it.
const FIRST_STIRS: u32 = 8;

/// Why a station is sent away (802.11-2016 9.4.1.7).
mod reason {
    pub const HANDSHAKE_TIMEOUT: u16 = 15;
    pub const GROUP_HANDSHAKE_TIMEOUT: u16 = 16;
    pub const ELEMENT_DIFFERS: u16 = 17;
}

/// What the authenticator has others do.
pub trait Port {
    /// Sends an EAPOL frame of `len` bytes, which `fill` writes, to a station: encrypted if it is open, else in
    /// the clear. What finds no room is lost, as it could be on the air.
    fn send(&mut self, station: MacAddress, len: usize, fill: impl FnOnce(&mut [u8]));

    /// The station in `place` has proven to know the key: from now on what it sends may be encrypted with this.
    fn set_key(&mut self, place: usize, station: MacAddress, key: &TemporalKey);

    /// The station in `place` is ready: data may flow, encrypted with the key of [`Port::set_key`].
    fn open(&mut self, place: usize, station: MacAddress, key: &TemporalKey);

    /// The station in `place` has no key any more.
    fn close(&mut self, place: usize, station: MacAddress);

    /// From now on what is sent to all is encrypted with this, and numbered from the start.
    fn set_group_key(&mut self, id: u8, key: &TemporalKey);

    /// The number of the last frame that was sent to all.
    fn group_sequence(&self) -> u64;

    /// Sends the station away for a reason of 802.11, and forgets it.
    fn expel(&mut self, station: MacAddress, reason: u16);

    /// A word of the hardware's randomness.
    fn random(&mut self) -> u32;
}

/// What happened so far. Each counter wraps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Stations that got all keys.
    pub opened: u32,
    /// Second messages signed with another key: a wrong passphrase.
    pub wrong_keys: u32,
    /// EAPOL frames that were malformed, forged, replayed, or not the one awaited.
    pub refused: u32,
    /// Stations sent away because they did not answer.
    pub timeouts: u32,
}

/// The key for what goes to all.
struct Group {
    current: GroupKey,
    /// What it is being replaced by: stations are being told.
    next: Option<GroupKey>,
    /// When it is to be replaced, in microseconds.
    deadline: u64,
}

impl Group {
    /// The newest key: for stations that have none yet.
    fn newest(&self) -> &GroupKey {
        self.next.as_ref().unwrap_or(&self.current)
    }
}

/// The authenticator.
pub struct Authenticator {
    address: MacAddress,
    master: Pmk,
    sessions: [Option<Session>; MAX_STATIONS],
    group: Option<Group>,
    random: Random,
    counters: Counters,
}

impl Authenticator {
    /// For the access point with this address, in a network with this master key.
    pub fn new(address: MacAddress, master: Pmk) -> Authenticator {
        Authenticator {
            address,
            master,
            sessions: [const { None }; MAX_STATIONS],
            group: None,
            random: Random::new(address),
            counters: Counters::default(),
        }
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether data may flow between us and this station.
    pub fn is_open(&self, station: MacAddress) -> bool {
        let mut sessions = self.sessions.iter().flatten();
        sessions.any(|session| session.station == station && session.is_open())
    }

    /// A station has associated, maybe again: whatever it had before is worth nothing now.
    pub fn join(
        &mut self,
        station: MacAddress,
        element: rsn::Repr,
        now: u64,
        port: &mut impl Port,
    ) {
        self.leave(station, port);
        let Some(place) = self.sessions.iter().position(Option::is_none) else {
            return;
        };
        self.sessions[place] = Some(Session::new(station, element));
        if self.group.is_some() {
            self.begin(place, now, port);
        }
    }

    /// A station has left, or was sent away.
    pub fn leave(&mut self, station: MacAddress, port: &mut impl Port) {
        if let Some(place) = self.place_of(station) {
            self.remove(place, port);
        }
    }

    /// A station sent an EAPOL frame: the payload of an Ethernet frame of [`super::ETHERNET_TYPE`].
    pub fn receive(&mut self, station: MacAddress, bytes: &[u8], now: u64, port: &mut impl Port) {
        let frame = KeyFrame::new_checked(bytes);
        let taken = match (frame, self.place_of(station)) {
            (Ok(frame), Some(place)) => self.take(place, &frame, now, port),
            _ => false,
        };
        if !taken {
            self.counters.refused = self.counters.refused.wrapping_add(1);
        }
    }

    /// Runs the timers. Stations that came before the first call wait for it.
    pub fn poll(&mut self, now: u64, port: &mut impl Port) {
        if self.group.is_none() {
            self.start(now, port);
        }
        for place in 0..MAX_STATIONS {
            if self.sessions[place]
                .as_ref()
                .is_some_and(|session| session.deadline() <= now)
            {
                self.ask_again(place, now, port);
            }
        }
        self.renew_group_key(now, port);
    }

    /// When [`Authenticator::poll`] has something to do, in microseconds.
    pub fn next_deadline(&self) -> u64 {
        let Some(group) = &self.group else {
            return 0;
        };
        let sessions = self.sessions.iter().flatten();
        sessions
            .map(Session::deadline)
            .fold(group.deadline, u64::min)
    }

    /// The radio, whose noise is our randomness, is on: chooses the group's key, and begins with all who wait.
    fn start(&mut self, now: u64, port: &mut impl Port) {
        for _ in 1..FIRST_STIRS {
            self.random.draw(&mut [0; KEY_LEN], now, || port.random());
        }
        let current = self.new_group_key(1, now, port);
        port.set_group_key(current.id, &current.key);
        self.group = Some(Group {
            current,
            next: None,
            deadline: now + GROUP_KEY_LIFETIME,
        });
        for place in 0..MAX_STATIONS {
            if self.sessions[place].is_some() {
                self.begin(place, now, port);
            }
        }
    }

    /// Begins the four-way handshake.
    fn begin(&mut self, place: usize, now: u64, port: &mut impl Port) {
        let mut nonce = [0; NONCE_LEN];
        self.random.draw(&mut nonce, now, || port.random());
        if let Some(session) = &mut self.sessions[place] {
            session.nonce = nonce;
            session.enter(Step::Message2);
            self.ask(place, now, port);
        }
    }

    /// Sends the message that begins the present step.
    // Never inlined: it would leave its room on the stack to those who call it.
    #[inline(never)]
    fn ask(&mut self, place: usize, now: u64, port: &mut impl Port) {
        let (Some(session), Some(group)) = (&mut self.sessions[place], &self.group) else {
            return;
        };
        let mut repr = Repr {
            information: Information::MESSAGE_1,
            key_len: KEY_LEN as u16,
            replay_counter: session.number(now),
            nonce: session.nonce,
            receive_sequence: 0,
            data: &[],
        };
        let Some(keys) = &session.keys else {
            port.send(session.station, repr.buffer_len(), |bytes| repr.emit(bytes));
            return;
        };
        let is_first = session.step == Step::Message4;
        if is_first {
            repr.information = Information::MESSAGE_3;
        } else {
            repr.information = Information::GROUP_1;
            repr.nonce = [0; NONCE_LEN];
        }
        session.group = group.newest().id;
        if group.next.is_none() {
            repr.receive_sequence = port.group_sequence();
        }
        let wrapped = wrap(group.newest(), is_first, &keys.encryption);
        repr.data = wrapped.as_bytes();
        port.send(session.station, repr.buffer_len(), |bytes| {
            repr.emit(bytes);
            key_frame::sign(bytes, &keys.confirmation);
        });
    }

    /// The station did not answer in time.
    fn ask_again(&mut self, place: usize, now: u64, port: &mut impl Port) {
        let Some(session) = &self.sessions[place] else {
            return;
        };
        if !session.is_hopeless() {
            return self.ask(place, now, port);
        }
        let reason = if session.step == Step::Group2 {
            reason::GROUP_HANDSHAKE_TIMEOUT
        } else {
            reason::HANDSHAKE_TIMEOUT
        };
        self.counters.timeouts = self.counters.timeouts.wrapping_add(1);
        self.expel(place, reason, port);
    }

    /// Takes a station's answer; `false` when it is not the one awaited.
    fn take(&mut self, place: usize, frame: &KeyFrame<'_>, now: u64, port: &mut impl Port) -> bool {
        let Some(session) = &mut self.sessions[place] else {
            return false;
        };
        if !session.is_awaiting(frame) {
            return false;
        }
        match (session.step, frame.information()) {
            (Step::Message2, Information::MESSAGE_2) => {
                self.take_message_2(place, frame, now, port)
            }
            // Some stations leave the bit away that says that they have keys now.
            (Step::Message4, Information::MESSAGE_4 | Information::MESSAGE_2)
            | (Step::Group2, Information::GROUP_2) => self.take_last(place, frame, now, port),
            _ => false,
        }
    }

    fn take_message_2(
        &mut self,
        place: usize,
        frame: &KeyFrame<'_>,
        now: u64,
        port: &mut impl Port,
    ) -> bool {
        let Some(session) = &mut self.sessions[place] else {
            return false;
        };
        let keys = PairwiseKeys::derive(
            &self.master,
            [self.address, session.station],
            [&session.nonce, &frame.nonce()],
        );
        if !frame.is_signed_by(&keys.confirmation) {
            self.counters.wrong_keys = self.counters.wrong_keys.wrapping_add(1);
            return false;
        }
        // Somebody between us may have changed what the station asked for.
        let element = rsn::find(frame.data()).map(rsn::Repr::parse);
        if element != Some(Ok(session.element)) {
            self.expel(place, reason::ELEMENT_DIFFERS, port);
            return false;
        }
        port.set_key(place, session.station, &keys.temporal);
        session.keys = Some(keys);
        session.enter(Step::Message4);
        self.ask(place, now, port);
        true
    }

    /// The last message of either handshake.
    fn take_last(
        &mut self,
        place: usize,
        frame: &KeyFrame<'_>,
        now: u64,
        port: &mut impl Port,
    ) -> bool {
        let Some(session) = &mut self.sessions[place] else {
            return false;
        };
        let Some(keys) = session
            .keys
            .as_ref()
            .filter(|keys| frame.is_signed_by(&keys.confirmation))
        else {
            return false;
        };
        if session.step == Step::Message4 {
            port.open(place, session.station, &keys.temporal);
            self.counters.opened = self.counters.opened.wrapping_add(1);
        }
        let is_renewed = self
            .group
            .as_ref()
            .is_some_and(|group| group.newest().id == session.group);
        if is_renewed {
            session.enter(Step::Done);
        } else {
            // The group key changed while the station got the old one.
            session.enter(Step::Group2);
            self.ask(place, now, port);
        }
        true
    }

    /// Makes a new group key when the present one is old enough, and uses it once all who answer have it.
    fn renew_group_key(&mut self, now: u64, port: &mut impl Port) {
        let Some(group) = &mut self.group else {
            return;
        };
        if group.deadline <= now && group.next.is_none() {
            group.deadline = now + GROUP_KEY_LIFETIME;
            let id = 3 - group.current.id;
            let next = self.new_group_key(id, now, port);
            if let Some(group) = &mut self.group {
                group.next = Some(next);
            }
            for place in 0..MAX_STATIONS {
                if let Some(session) = self.sessions[place].as_mut().filter(|s| s.is_open()) {
                    session.enter(Step::Group2);
                    self.ask(place, now, port);
                }
            }
        }
        let mut sessions = self.sessions.iter().flatten();
        if sessions.any(|session| session.step == Step::Group2) {
            return;
        }
        if let Some(group) = &mut self.group {
            if let Some(next) = group.next.take() {
                port.set_group_key(next.id, &next.key);
                group.current = next;
            }
        }
    }

    fn new_group_key(&mut self, id: u8, now: u64, port: &mut impl Port) -> GroupKey {
        let mut group = GroupKey {
            id,
            key: [0; KEY_LEN],
        };
        self.random.draw(&mut group.key, now, || port.random());
        group
    }

    fn expel(&mut self, place: usize, reason: u16, port: &mut impl Port) {
        if let Some(session) = &self.sessions[place] {
            let station = session.station;
            self.remove(place, port);
            port.expel(station, reason);
        }
    }

    fn remove(&mut self, place: usize, port: &mut impl Port) {
        if let Some(session) = self.sessions[place].take() {
            if session.keys.is_some() {
                port.close(place, session.station);
            }
        }
    }

    fn place_of(&self, station: MacAddress) -> Option<usize> {
        let is = |session: &Option<Session>| session.as_ref().is_some_and(|s| s.station == station);
        self.sessions.iter().position(is)
    }
}
