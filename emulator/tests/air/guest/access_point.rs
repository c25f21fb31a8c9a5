//! An access point for tests: beacons, lets everybody in, passes data to its network.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use d1_emulator::time::Time;
use d1_emulator::wdev::Wdev;

use super::frames;
use super::mac::{MacDriver, Reception, AP_MAC};
use super::memory::Ram;
use super::network::Network;

const BEACON_INTERVAL: Time = Time::from_micros(102_400);
const MAX_TRIES: u32 = 7;

pub struct AccessPoint {
    pub mac: MacDriver,
    pub network: Network,
    /// Association numbers.
    pub stations: BTreeMap<[u8; 6], u16>,
    /// Sent to answer a request for authentication; 0 lets in.
    pub authentication_status: u16,
    /// Does it beacon, and answer?
    pub is_up: bool,
    /// Does it answer probe requests?
    pub answers_probes: bool,
    /// Does it empty its receive ring?
    pub reads: bool,
    /// First bytes of the management frames it received.
    pub heard: Vec<u8>,
    /// Frames that needed another try, and frames given up.
    pub retries: u64,
    pub lost: u64,
    /// Frames received a second time because the ACK was lost.
    pub duplicates: u64,
    pub last_reception: Option<Reception>,
    seen: BTreeMap<[u8; 6], (u8, u8)>,
    authenticated: BTreeSet<[u8; 6]>,
    queue: VecDeque<(Vec<u8>, u32)>,
    tries: u32,
    sequence: u16,
    next_beacon: Time,
}

impl AccessPoint {
    pub fn new(mac: MacDriver, now: Time) -> AccessPoint {
        AccessPoint {
            mac,
            network: Network::new(AP_MAC),
            stations: BTreeMap::new(),
            authentication_status: 0,
            is_up: true,
            answers_probes: true,
            reads: true,
            heard: Vec::new(),
            retries: 0,
            lost: 0,
            duplicates: 0,
            last_reception: None,
            seen: BTreeMap::new(),
            authenticated: BTreeSet::new(),
            queue: VecDeque::new(),
            tries: 0,
            sequence: 0,
            next_beacon: now,
        }
    }

    pub fn next_event(&mut self) -> Time {
        self.next_beacon.min(self.network.next_event())
    }

    /// Forgets all stations, as a restart would.
    pub fn forget(&mut self) {
        self.stations.clear();
        self.authenticated.clear();
    }

    pub fn throw_out(&mut self, station: [u8; 6], reason: u16) {
        self.stations.remove(&station);
        self.authenticated.remove(&station);
        self.enqueue(frames::deauthentication(station, reason), 0);
        self.next_beacon = Time::default();
    }

    pub fn disassociate(&mut self, station: [u8; 6], reason: u16) {
        self.stations.remove(&station);
        self.enqueue(frames::disassociation(station, reason), 0);
        self.next_beacon = Time::default();
    }

    pub fn step(&mut self, wdev: &mut Wdev, ram: &mut Ram, now: Time) {
        loop {
            let (received, result, _expired) = self.mac.events(wdev, now);
            if let Some(result) = result {
                self.ended(result.code == 0, wdev, ram, now);
            }
            if !received && result.is_none() {
                break;
            }
        }
        while let Some(reception) = self
            .reads
            .then(|| self.mac.receive(wdev, ram, now))
            .flatten()
        {
            self.receive(&reception, now);
            self.last_reception = Some(reception);
        }
        for ethernet in self.network.poll(now) {
            self.enqueue(frames::data(&ethernet), 0xb);
        }
        if now >= self.next_beacon {
            self.next_beacon = now.max(self.next_beacon) + BEACON_INTERVAL;
            if self.is_up {
                self.enqueue(frames::beacon(now.as_micros()), 0);
            }
        }
        self.start_next(wdev, ram, now);
    }

    fn enqueue(&mut self, mut frame: Vec<u8>, rate: u32) {
        frame[22..24].copy_from_slice(&(self.sequence << 4).to_le_bytes());
        self.sequence = (self.sequence + 1) & 0xfff;
        self.queue.push_back((frame, rate));
    }

    fn start_next(&mut self, wdev: &mut Wdev, ram: &mut Ram, now: Time) {
        if self.tries == 0 {
            if let Some((frame, rate)) = self.queue.front() {
                self.mac.send(wdev, ram, 0, frame, *rate, now);
                self.tries = 1;
            }
        }
    }

    fn ended(&mut self, sent: bool, wdev: &mut Wdev, ram: &mut Ram, now: Time) {
        let Some((frame, rate)) = self.queue.front_mut() else {
            return;
        };
        if sent || self.tries >= MAX_TRIES {
            self.lost += u64::from(!sent);
            self.queue.pop_front();
            self.tries = 0;
        } else {
            frame[1] |= 0x08;
            self.retries += 1;
            self.tries += 1;
            self.mac.send(wdev, ram, 0, frame, *rate, now);
        }
    }

    fn receive(&mut self, reception: &Reception, now: Time) {
        let frame = &reception.frame;
        let from: [u8; 6] = frame[10..16].try_into().unwrap();
        let sequence = (frame[22], frame[23]);
        let repeated = self.seen.insert(from, sequence) == Some(sequence);
        if repeated && frame[1] & 0x08 != 0 {
            self.duplicates += 1;
            return;
        }
        if !self.is_up {
            return;
        }
        if frame[0] & 0x0c == 0 {
            self.heard.push(frame[0]);
        }
        let aid = self.stations.len() as u16 + 1;
        match frame[0] {
            0x40 if self.answers_probes => {
                self.enqueue(frames::probe_response(from, now.as_micros()), 0);
            }
            0xb0 => {
                let status = self.authentication_status;
                if status == 0 {
                    self.authenticated.insert(from);
                }
                self.enqueue(frames::authentication(from, status), 0);
            }
            0x00 | 0x20 if self.authenticated.contains(&from) => {
                let aid = *self.stations.entry(from).or_insert(aid);
                self.enqueue(frames::association(from, frame[0] == 0x20, 0, aid), 0);
            }
            0xa0 => drop(self.stations.remove(&from)),
            0xc0 => {
                self.stations.remove(&from);
                self.authenticated.remove(&from);
            }
            0x08 if self.stations.contains_key(&from) => {
                if let Some(ethernet) = frames::ethernet(frame) {
                    self.network.receive(ethernet);
                }
            }
            // A class 3 frame of a stranger (802.11-2012 10.3).
            0x00 | 0x20 | 0x08 | 0x48 if !self.stations.contains_key(&from) => {
                self.enqueue(frames::deauthentication(from, 7), 0);
            }
            _ => {}
        }
    }
}
