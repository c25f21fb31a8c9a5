//! A virtual Wi-Fi station: joins the device's network and talks TCP and UDP with it.
//!
//! `link` joins, `supplicant` proves to know the key, `sender` retries, `stack` is the IP side; this file puts them behind one
//! antenna and is what tests and the host program hold. All of it runs on emulated time.

mod doze;
mod eapol;
mod link;
mod port;
mod sender;
mod stack;
mod supplicant;

use std::net::{Ipv4Addr, SocketAddrV4};

use super::ccmp;
use super::codec::{self, is_group, Head, Mac, Received};
use super::medium::{Frame, Radio, Request};
use super::rate::{Modulation, Rate};
use crate::time::Time;
use doze::Doze;
pub use doze::Saving;
use link::{Link, Phase};
use sender::Sender;
pub use sender::Tally;
use stack::Stack;
pub use stack::{Conn, Datagram};
use supplicant::{master_key, Supplicant};

/// The Ethernet type of EAPOL.
const EAPOL: [u8; 2] = [0x88, 0x8e];
/// Frames the IP side may have waiting for the air.
const QUEUE_LEN: usize = 16;

/// What a station is like.
#[derive(Clone, Debug)]
pub struct StationConfig {
    /// Its address.
    pub mac: Mac,
    /// The network it wants; `None`: the first it can join.
    pub ssid: Option<String>,
    /// The key it knows: with one, it joins networks that have a key, and else open ones.
    pub psk: Option<String>,
    /// Sends probe requests; otherwise it waits for beacons.
    pub probes: bool,
    /// Its fastest rate, if the network has it.
    pub rate: Rate,
    /// How strong it is heard, dBm.
    pub signal: i8,
    /// Whether and how it sleeps, once it has an address.
    pub saving: Saving,
}

impl Default for StationConfig {
    fn default() -> Self {
        StationConfig {
            mac: [0x02, 0xd1, 0x00, 0x00, 0x00, 0x01],
            ssid: None,
            psk: None,
            probes: true,
            rate: Rate::MBIT_24,
            signal: -40,
            saving: Saving::Never,
        }
    }
}

/// How far a station has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was told to leave.
    Off,
    /// It looks for its network.
    Scanning,
    /// It has found it and asks to be authenticated.
    Authenticating,
    /// It asks to be associated.
    Associating,
    /// It is associated, and has no keys yet.
    Handshaking,
    /// It may send data.
    Joined {
        /// Its address, once DHCP has given one.
        address: Option<Ipv4Addr>,
    },
}

/// A station.
pub struct Station {
    config: StationConfig,
    link: Link,
    /// Of the network it has found, when that has a key.
    supplicant: Option<Supplicant>,
    seed: u64,
    sender: Sender,
    stack: Stack,
    doze: Doze,
    wake: Time,
    last_sequence: Option<u16>,
    duplicates: u64,
}

impl Station {
    /// Switches a station on at `now`. Its back-offs and sequence numbers depend on `seed`.
    pub fn new(config: StationConfig, seed: u64, now: Time) -> Station {
        Station {
            link: Link::new(
                config.mac,
                config.ssid.clone(),
                config.psk.is_some(),
                config.probes,
                now,
            ),
            supplicant: None,
            seed,
            sender: Sender::new(seed),
            stack: Stack::new(config.mac, seed),
            doze: Doze::new(config.saving, now),
            wake: now,
            last_sequence: None,
            duplicates: 0,
            config,
        }
    }

    /// How far it has come.
    pub fn state(&self) -> State {
        match self.link.phase() {
            Phase::Off => State::Off,
            Phase::Scanning { .. } => State::Scanning,
            Phase::Authenticating { .. } => State::Authenticating,
            Phase::Associating { .. } => State::Associating,
            Phase::Joined { .. } if !self.may_talk() => State::Handshaking,
            Phase::Joined { .. } => State::Joined {
                address: self.stack.address(),
            },
        }
    }

    /// Its own address, once it is joined and has one.
    pub fn address(&self) -> Option<Ipv4Addr> {
        match self.state() {
            State::Joined { address } => address,
            _ => None,
        }
    }

    /// The association number the access point gave it.
    pub fn association(&self) -> Option<u16> {
        match self.link.phase() {
            Phase::Joined { aid, .. } => Some(*aid),
            _ => None,
        }
    }

    /// The name of the network it is in, or is about to join.
    pub fn network(&self) -> Option<String> {
        let network = self.link.network()?;
        Some(String::from_utf8_lossy(&network.ssid).into_owned())
    }

    /// How often it has joined.
    pub fn joins(&self) -> u32 {
        self.link.joins()
    }

    /// Status code with which it was last refused.
    pub fn refusal(&self) -> Option<u16> {
        self.link.refusal()
    }

    /// Reason code with which it was last thrown out.
    pub fn farewell(&self) -> Option<u16> {
        self.link.farewell()
    }

    /// Frames from the access point that were not as they should be: forged, repeated, or in the clear.
    pub fn refused(&self) -> u64 {
        self.supplicant.as_ref().map_or(0, Supplicant::refused)
    }

    /// What became of the frames it sent.
    pub fn tally(&self) -> Tally {
        self.sender.tally()
    }

    /// Frames it received twice, because its ACK was lost.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// How often it fell asleep.
    pub fn naps(&self) -> u64 {
        self.doze.naps()
    }

    /// Frames to it alone that the access point sent while it slept.
    pub fn missed(&self) -> u64 {
        self.doze.missed()
    }

    /// Opens a TCP connection to `port` of the access point. Waits for an address when there is none yet.
    pub fn connect(&mut self, port: u16) -> Conn {
        self.stack.connect(port)
    }

    /// Accepts connections to `port` from now on.
    pub fn listen(&mut self, port: u16) {
        self.stack.listen(port);
    }

    /// The next connection the device opened to `port`.
    pub fn accept(&mut self, port: u16) -> Option<Conn> {
        self.stack.accept(port)
    }

    /// Queues bytes; returns how many were taken.
    pub fn send(&mut self, conn: Conn, bytes: &[u8]) -> usize {
        self.stack.send(conn, bytes)
    }

    /// Takes what has arrived; empty when nothing has.
    pub fn recv(&mut self, conn: Conn) -> Vec<u8> {
        self.stack.recv(conn)
    }

    /// False once the connection is over: closed by both, refused, reset or timed out.
    pub fn is_open(&self, conn: Conn) -> bool {
        self.stack.is_open(conn)
    }

    /// True while the connection can carry our bytes.
    pub fn is_established(&self, conn: Conn) -> bool {
        self.stack.is_established(conn)
    }

    /// True when the device will send nothing more, and all it sent was taken.
    pub fn peer_closed(&self, conn: Conn) -> bool {
        self.stack.peer_closed(conn)
    }

    /// Bytes queued that the device has not acknowledged.
    pub fn unsent(&self, conn: Conn) -> usize {
        self.stack.unsent(conn)
    }

    /// Sends the rest and then FIN. What the device still sends can be taken.
    pub fn close(&mut self, conn: Conn) {
        self.stack.close(conn);
    }

    /// Sends RST.
    pub fn abort(&mut self, conn: Conn) {
        self.stack.abort(conn);
    }

    /// Sends a datagram from `port`; what comes to that port can be taken from now on. False, and nothing is sent,
    /// while there is no address.
    pub fn send_datagram(&mut self, port: u16, to: SocketAddrV4, bytes: &[u8]) -> bool {
        self.stack.send_datagram(port, to, bytes)
    }

    /// Takes the next datagram that came to `port`.
    pub fn receive_datagram(&mut self, port: u16) -> Option<Datagram> {
        self.stack.receive_datagram(port)
    }

    /// Hears what is sent to `group`. False when it is no group's address.
    pub fn join_group(&mut self, group: Ipv4Addr) -> bool {
        self.stack.join_group(group)
    }

    /// Sends a frame of the caller's making (802.11 header and body, without FCS), well-formed or not, at the
    /// slowest rate.
    pub fn say(&mut self, frame: Vec<u8>) {
        self.sender
            .push(frame, Rate::MBIT_1, self.config.signal, self.wake);
    }

    /// Sends an Ethernet frame of the caller's making as it sends its own: at the slowest rate, and under its key if
    /// it has one. Does nothing while it is not associated.
    pub fn say_ethernet(&mut self, ethernet: &[u8]) {
        let bssid = self.link.network().map(|network| network.bssid);
        let frame = bssid.and_then(|bssid| codec::data(bssid, ethernet));
        if let Some(frame) = frame.and_then(|frame| self.sealed(frame)) {
            self.say(frame);
        }
    }

    /// Says good-bye (deauthentication) and stays off.
    pub fn leave(&mut self) {
        self.part(codec::deauthentication);
    }

    /// Ends its association only, and stays off.
    pub fn disassociate(&mut self) {
        self.part(codec::disassociation);
    }

    /// Is gone without a word: out of range, or its battery is empty.
    pub fn vanish(&mut self) {
        self.sender.clear();
        self.link.turn_off();
    }

    /// Looks for its network again after it left.
    pub fn rejoin(&mut self) {
        if self.state() == State::Off {
            self.link.scan(Time::default());
        }
    }

    fn part(&mut self, farewell: fn(Mac, Mac) -> Vec<u8>) {
        self.sender.clear();
        if let (true, Some(network)) = (self.link.is_joined(), self.link.network()) {
            let frame = farewell(self.config.mac, network.bssid);
            self.sender
                .push(frame, Rate::MBIT_1, self.config.signal, self.wake);
        }
        self.link.turn_off();
    }

    /// Must run before anything else after the caller changed something.
    pub(super) fn touch(&mut self) {
        self.wake = Time::default();
    }

    /// When [`Station::poll`] must run.
    pub(super) fn next_event(&self) -> Time {
        self.wake
    }

    /// Does what is due at `now`.
    pub(super) fn poll(&mut self, now: Time) {
        while let Some(mut frame) = self.link.poll(now) {
            if self.link.is_joined() && self.doze.sends(false, now) {
                frame[1] |= codec::POWER_MANAGEMENT;
            }
            self.push(frame, Rate::MBIT_1, now);
        }
        self.wake = self.link.next_event();
        let Some(network) = self.link.network().filter(|_| self.may_talk()) else {
            self.doze.wake(now);
            return;
        };
        let (bssid, rate) = (network.bssid, self.data_rate(&network.rates));
        let room = QUEUE_LEN.saturating_sub(self.sender.len());
        for ethernet in self.stack.poll(now, room) {
            if let Some(mut frame) = codec::data(bssid, &ethernet).and_then(|it| self.sealed(it)) {
                if self.doze.sends(true, now) {
                    frame[1] |= codec::POWER_MANAGEMENT;
                }
                self.push(frame, rate, now);
                self.link.spoke(now);
            }
        }
        let is_idle = self.sender.len() == 0 && self.stack.address().is_some();
        if is_idle && self.doze.falls_asleep(now) {
            self.say_null(codec::POWER_MANAGEMENT, now);
        }
        let doze = if is_idle {
            self.doze.next_event()
        } else {
            Time::NEVER
        };
        // With a full queue the stack cannot go on; the end of a transmission wakes it.
        let stack = if self.sender.len() < QUEUE_LEN {
            self.stack.next_event(now)
        } else {
            Time::NEVER
        };
        self.wake = self.link.next_event().min(stack).min(doze);
    }

    /// Tells the access point whether it sleeps from now on.
    fn say_null(&mut self, flags: u8, now: Time) {
        let bssid = self.link.network().map(|network| network.bssid);
        if let Some(mut frame) = bssid.and_then(|it| codec::null_data(it, self.config.mac)) {
            frame[1] |= flags;
            self.push(frame, Rate::MBIT_1, now);
        }
    }

    /// What a sleeping station does about a frame of its access point.
    fn stir(&mut self, head: &Head, frame: &[u8], at: Time) {
        let Some(aid) = self.association() else {
            return;
        };
        match self.doze.heard(head, frame, aid, at) {
            Some(true) => self.say_null(0, at),
            Some(false) => {
                let poll = codec::ps_poll(head.from, self.config.mac, aid);
                let signal = self.config.signal;
                self.sender.push_control(poll, Rate::MBIT_1, signal, at);
            }
            None => {}
        }
    }

    /// May data be sent?
    fn may_talk(&self) -> bool {
        let has_keys = match &self.supplicant {
            Some(supplicant) => supplicant.is_open(),
            None => self.config.psk.is_none(),
        };
        self.link.is_joined() && has_keys
    }

    /// A data frame as it goes on the air.
    fn sealed(&mut self, mut frame: Vec<u8>) -> Option<Vec<u8>> {
        if let Some(supplicant) = &mut self.supplicant {
            supplicant.seal(&mut frame)?;
        }
        Some(frame)
    }

    /// What a frame from the air says, if it is protected as it should be.
    fn understand(&mut self, frame: &[u8]) -> Option<Received> {
        let is_protected = ccmp::is_protected(frame);
        let said = match (&mut self.supplicant, is_protected) {
            (Some(supplicant), true) => codec::parse(&supplicant.open(frame)?)?,
            _ => codec::parse(frame)?,
        };
        match (&said, &mut self.supplicant) {
            (Received::Data(ethernet), Some(supplicant))
                if !is_protected && ethernet[12..14] != EAPOL =>
            {
                supplicant.refuse();
                None
            }
            _ => Some(said),
        }
    }

    /// Associated, maybe again: with a key, the handshake is to come.
    fn begin_handshake(&mut self) {
        let (Some(psk), Some(network)) = (&self.config.psk, self.link.network()) else {
            return;
        };
        match &mut self.supplicant {
            Some(supplicant) if supplicant.is_for(network) => supplicant.restart(),
            _ => {
                let master = master_key(psk, &network.ssid);
                let supplicant = Supplicant::new(self.config.mac, network, master, self.seed);
                self.supplicant = Some(supplicant);
            }
        }
    }

    /// Answers the access point's part of a handshake.
    fn receive_eapol(&mut self, ethernet: &[u8], at: Time) {
        let (Some(supplicant), Some(network)) = (&mut self.supplicant, self.link.network()) else {
            return;
        };
        let was_open = supplicant.is_open();
        let Some((answer, is_protected)) = supplicant.receive(&ethernet[14..]) else {
            return;
        };
        let bssid = network.bssid;
        let mut reply = bssid.to_vec();
        reply.extend(self.config.mac);
        reply.extend(EAPOL);
        reply.extend(answer);
        let frame = codec::data(bssid, &reply).and_then(|frame| {
            if is_protected {
                self.sealed(frame)
            } else {
                Some(frame)
            }
        });
        if let Some(frame) = frame {
            self.push(frame, Rate::MBIT_1, at);
        }
        if !was_open && self.may_talk() {
            self.stack.link_up();
        }
    }

    fn push(&mut self, frame: Vec<u8>, rate: Rate, now: Time) {
        self.sender.push(frame, rate, self.config.signal, now);
    }

    /// The configured rate, or the fastest below it that the network has.
    fn data_rate(&self, offered: &[u8]) -> Rate {
        let wanted = self.config.rate;
        let best = offered
            .iter()
            .copied()
            .filter(|rate| *rate <= wanted.half_megabits)
            .max();
        let half_megabits = best.unwrap_or(Rate::MBIT_1.half_megabits);
        Rate {
            half_megabits,
            modulation: match half_megabits {
                2 | 4 | 11 | 22 => Modulation::LongPreamble,
                _ => Modulation::Ofdm,
            },
        }
    }
}

impl Radio for Station {
    fn request(&self) -> Option<Request> {
        self.sender.request()
    }

    fn start(&mut self, _at: Time) -> Option<Frame> {
        self.sender.start()
    }

    fn sent(&mut self, acknowledged: bool, at: Time) {
        self.sender.sent(acknowledged, at);
        if self.sender.len() == 0 {
            self.doze.sent(acknowledged, at);
        }
        self.wake = self.wake.min(at);
    }

    fn receive(&mut self, frame: &Frame, at: Time) -> Option<Rate> {
        let head = Head::of(&frame.bytes)?;
        let mine = head.to == self.config.mac;
        if self.link.phase() == &Phase::Off || !(mine || is_group(&head.to)) {
            return None;
        }
        if !self.doze.hears(&head, self.config.mac, at) {
            return None;
        }
        let answer = mine.then(|| frame.rate.answer());
        if mine && head.is_retry() && self.last_sequence == Some(head.sequence) {
            self.duplicates += 1;
            return answer;
        }
        if mine {
            self.last_sequence = Some(head.sequence);
        }
        if self.link.network().is_some_and(|it| it.bssid == head.from) {
            self.stir(&head, &frame.bytes, at);
        }
        self.wake = self.wake.min(at);
        match self.understand(&frame.bytes) {
            Some(Received::Data(ethernet)) => {
                let known = self.link.network().is_some_and(|n| n.bssid == head.from);
                if known && mine && ethernet[12..14] == EAPOL {
                    self.receive_eapol(&ethernet, at);
                } else if known && self.may_talk() && head.third != self.config.mac {
                    // The access point repeats our own group frames to everybody.
                    self.stack.receive(ethernet);
                }
                self.link
                    .receive(head.from, &Received::Data(Vec::new()), at);
            }
            Some(said) => {
                let joined = self.link.is_joined();
                if let Some(reply) = self.link.receive(head.from, &said, at) {
                    self.push(reply, Rate::MBIT_1, at);
                }
                if self.link.is_joined() && !joined {
                    self.begin_handshake();
                    if self.may_talk() {
                        self.stack.link_up();
                    }
                }
            }
            None => {}
        }
        answer
    }
}
