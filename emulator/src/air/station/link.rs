//! How a station joins a network, and notices that it lost it.
//!
//! Scanning, then authenticating, then associating, then joined (802.11-2012 10.3). Knows
//! nothing of IP. Gets what was received and the time; gives frames to send.

use super::super::codec::{self, Mac, Network, Received};
use crate::time::Time;

/// Between probe requests while scanning.
const PROBE_INTERVAL: Time = Time::from_micros(100_000);
/// For an answer to an authentication or association request.
const ANSWER_TIMEOUT: Time = Time::from_micros(100_000);
/// Requests before scanning starts over.
const MAX_TRIES: u32 = 4;
/// After a refusal.
const PAUSE: Time = Time::from_micros(1_000_000);
/// Without a single frame from the access point, it is gone.
const SILENCE: Time = Time::from_micros(3_000_000);
/// Without sending anything, the station says that it is still there.
const KEEP_ALIVE: Time = Time::from_micros(10_000_000);

/// Where the station stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It does not want a network.
    Off,
    /// It looks for one.
    Scanning {
        /// When it asks next.
        next_probe: Time,
    },
    /// It has found one and waits for the answer to its authentication request.
    Authenticating {
        /// Until when.
        deadline: Time,
        /// Requests sent.
        tries: u32,
    },
    /// It waits for the answer to its (re)association request.
    Associating {
        /// Until when.
        deadline: Time,
        /// Requests sent.
        tries: u32,
        /// It was associated here before.
        again: bool,
    },
    /// It may send data.
    Joined {
        /// The number the access point gave it.
        aid: u16,
        /// When it last heard the access point.
        heard: Time,
        /// When it last sent something.
        spoke: Time,
    },
}

/// The link to one network.
#[derive(Clone, Debug)]
pub struct Link {
    mac: Mac,
    ssid: Option<String>,
    /// It knows a key: then it joins networks with one, else open ones.
    has_key: bool,
    probes: bool,
    phase: Phase,
    network: Option<Network>,
    refusal: Option<u16>,
    farewell: Option<u16>,
    joins: u32,
}

impl Link {
    /// Starts scanning at `now` for `ssid`, or for any network, which is to be open or `has_key`. `probes`: ask, do
    /// not only listen for beacons.
    pub fn new(mac: Mac, ssid: Option<String>, has_key: bool, probes: bool, now: Time) -> Link {
        Link {
            mac,
            ssid,
            has_key,
            probes,
            phase: Phase::Scanning { next_probe: now },
            network: None,
            refusal: None,
            farewell: None,
            joins: 0,
        }
    }

    /// Where it stands.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// May data be sent?
    pub fn is_joined(&self) -> bool {
        matches!(self.phase, Phase::Joined { .. })
    }

    /// The network it found, from authentication on.
    pub fn network(&self) -> Option<&Network> {
        self.network.as_ref()
    }

    /// The status code of the last refusal.
    pub fn refusal(&self) -> Option<u16> {
        self.refusal
    }

    /// The reason the access point gave when it last threw the station out.
    pub fn farewell(&self) -> Option<u16> {
        self.farewell
    }

    /// How often it has joined.
    pub fn joins(&self) -> u32 {
        self.joins
    }

    /// Looks for the network again.
    pub fn scan(&mut self, from: Time) {
        self.network = None;
        self.phase = Phase::Scanning { next_probe: from };
    }

    /// Wants no network from now on.
    pub fn turn_off(&mut self) {
        self.network = None;
        self.phase = Phase::Off;
    }

    /// The station sent something: no keep-alive is due.
    pub fn spoke(&mut self, now: Time) {
        if let Phase::Joined { spoke, .. } = &mut self.phase {
            *spoke = now;
        }
    }

    /// When [`Link::poll`] must run.
    pub fn next_event(&self) -> Time {
        match &self.phase {
            Phase::Off => Time::NEVER,
            Phase::Scanning { .. } if !self.probes => Time::NEVER,
            Phase::Scanning { next_probe } => *next_probe,
            Phase::Authenticating { deadline, .. } | Phase::Associating { deadline, .. } => {
                *deadline
            }
            Phase::Joined { heard, spoke, .. } => (*heard + SILENCE).min(*spoke + KEEP_ALIVE),
        }
    }

    /// Does what is due; returns a frame to send.
    pub fn poll(&mut self, now: Time) -> Option<Vec<u8>> {
        if now < self.next_event() {
            return None;
        }
        match self.phase.clone() {
            Phase::Off => None,
            Phase::Scanning { .. } => {
                self.phase = Phase::Scanning {
                    next_probe: now + PROBE_INTERVAL,
                };
                let ssid = self.ssid.as_deref().unwrap_or("");
                Some(codec::probe_request(self.mac, ssid))
            }
            Phase::Authenticating { tries, .. } | Phase::Associating { tries, .. }
                if tries >= MAX_TRIES =>
            {
                self.scan(now + PAUSE);
                None
            }
            Phase::Authenticating { tries, .. } => Some(self.authenticate(tries + 1, now)),
            Phase::Associating { tries, again, .. } => Some(self.associate(tries + 1, again, now)),
            Phase::Joined { heard, .. } if now >= heard + SILENCE => {
                self.scan(now);
                None
            }
            Phase::Joined { .. } => {
                self.spoke(now);
                codec::null_data(self.network.as_ref()?.bssid, self.mac)
            }
        }
    }

    /// Takes what a frame from `from` said; returns a frame to send.
    pub fn receive(&mut self, from: Mac, said: &Received, now: Time) -> Option<Vec<u8>> {
        if let (Phase::Scanning { next_probe }, Received::Network(found)) = (&self.phase, said) {
            // A pause after a refusal puts the next probe further away than scanning does.
            if now + PROBE_INTERVAL >= *next_probe && self.wants(found) {
                self.network = Some(found.clone());
                return Some(self.authenticate(1, now));
            }
            return None;
        }
        if self.network.as_ref()?.bssid != from {
            return None;
        }
        if let Phase::Joined { heard, .. } = &mut self.phase {
            *heard = now;
        }
        match (&self.phase, said) {
            (
                Phase::Authenticating { .. },
                Received::Authentication {
                    transaction: 2,
                    status,
                },
            ) => self
                .accepted(*status, now)
                .then(|| self.associate(1, false, now)),
            (Phase::Associating { .. }, Received::Association { status, aid }) => {
                if self.accepted(*status, now) {
                    self.joins += 1;
                    self.phase = Phase::Joined {
                        aid: *aid,
                        heard: now,
                        spoke: now,
                    };
                }
                None
            }
            (Phase::Off | Phase::Scanning { .. }, _) => None,
            (_, Received::Deauthentication { reason }) => {
                self.farewell = Some(*reason);
                self.scan(now);
                None
            }
            (Phase::Joined { .. }, Received::Disassociation { reason }) => {
                self.farewell = Some(*reason);
                Some(self.associate(1, true, now))
            }
            _ => None,
        }
    }

    fn wants(&self, found: &Network) -> bool {
        let name = self
            .ssid
            .as_ref()
            .is_none_or(|ssid| ssid.as_bytes() == found.ssid);
        let is_known = found.private == self.has_key && found.rsn.is_empty() != self.has_key;
        name && is_known && !found.ssid.is_empty()
    }

    fn authenticate(&mut self, tries: u32, now: Time) -> Vec<u8> {
        self.phase = Phase::Authenticating {
            deadline: now + ANSWER_TIMEOUT,
            tries,
        };
        codec::authentication_request(self.mac, self.bssid())
    }

    fn associate(&mut self, tries: u32, again: bool, now: Time) -> Vec<u8> {
        self.phase = Phase::Associating {
            deadline: now + ANSWER_TIMEOUT,
            tries,
            again,
        };
        let ssid = self.network.as_ref().map_or(&[][..], |found| &found.ssid);
        let ssid = String::from_utf8_lossy(ssid);
        let request = if again {
            codec::reassociation_request(self.mac, self.bssid(), &ssid)
        } else {
            codec::association_request(self.mac, self.bssid(), &ssid)
        };
        let rsn = self.network.as_ref().map_or(&[][..], |found| &found.rsn);
        codec::with_rsn(request, rsn)
    }

    /// Notes a refusal, and scans again after a pause.
    fn accepted(&mut self, status: u16, now: Time) -> bool {
        if status != 0 {
            self.refusal = Some(status);
            self.scan(now + PAUSE);
        }
        status == 0
    }

    fn bssid(&self) -> Mac {
        self.network
            .as_ref()
            .map_or(codec::BROADCAST, |found| found.bssid)
    }
}
