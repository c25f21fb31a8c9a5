//! One radio channel: who may send when, and who hears what.
//!
//! The device and every station are [`Radio`]s on it, treated alike. A radio that wants to send
//! waits until the air was quiet for a DIFS and its back-off ran out; while another one sends,
//! its back-off stands still. Two that would start in the same instant start one after the other,
//! lower number first: collisions are not modelled. Distance and RF are not modelled either: every
//! radio hears every frame, unless [`Conditions`] say otherwise.

use super::rate::{Rate, ACK_LEN, DIFS, SIFS, SLOT};
use crate::periph::rng::Rng;
use crate::time::Time;

/// An 802.11 frame on its way, without FCS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// From the frame control field to the end of the body.
    pub bytes: Vec<u8>,
    /// How it is modulated.
    pub rate: Rate,
    /// Whether its sender listens for an ACK.
    pub expects_ack: bool,
    /// How strong it arrives, dBm.
    pub signal: i8,
}

impl Frame {
    /// Length on the air, FCS included.
    pub fn air_len(&self) -> usize {
        self.bytes.len() + 4
    }
}

/// A wish to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Since when.
    pub ready: Time,
    /// Slots to wait after the DIFS.
    pub backoff: u32,
}

/// Whatever has an antenna.
pub trait Radio {
    /// What it wants to send, if anything.
    fn request(&self) -> Option<Request>;
    /// The air is its own from `at` on. `None` when there turns out to be nothing to send.
    fn start(&mut self, at: Time) -> Option<Frame>;
    /// What it started at some time has ended.
    fn sent(&mut self, acknowledged: bool, at: Time);
    /// Another radio's frame has arrived. Returns the rate of its ACK when it acknowledges.
    fn receive(&mut self, frame: &Frame, at: Time) -> Option<Rate>;
    /// Another radio's frame has arrived damaged.
    fn receive_damaged(&mut self, _at: Time) {}
}

/// How bad the air is. Frames are unlucky independently of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Probability that a frame (or an ACK) is not heard at all.
    pub loss: f64,
    /// Probability that a frame arrives damaged: receivers see it and drop it.
    pub damage: f64,
}

/// What happens on the channel at the moment.
#[derive(Debug)]
enum Phase {
    /// Nothing since this time.
    Quiet(Time),
    /// A frame, until this time.
    Busy {
        sender: usize,
        frame: Frame,
        started: Time,
        until: Time,
    },
    /// An ACK, or the wait for one.
    Answer {
        sender: usize,
        acknowledged: bool,
        ack: Option<(Frame, Time)>,
        until: Time,
    },
}

/// What [`Medium::step`] did that an observer may want to record.
#[derive(Debug)]
pub struct Heard {
    /// The frame or ACK.
    pub frame: Frame,
    /// When it started.
    pub at: Time,
    /// False when it was damaged.
    pub intact: bool,
}

/// The channel.
#[derive(Debug)]
pub struct Medium {
    phase: Phase,
    /// Slots of back-off each radio has already waited for its present request.
    waited: Vec<u32>,
    chance: Rng,
    /// How bad the air is.
    pub conditions: Conditions,
}

impl Medium {
    /// A quiet channel whose bad luck depends on `seed`.
    pub fn new(seed: u64) -> Medium {
        Medium {
            phase: Phase::Quiet(Time::default()),
            waited: Vec::new(),
            chance: Rng::new(seed),
            conditions: Conditions::default(),
        }
    }

    /// When [`Medium::step`] next has something to do, if nobody changes their mind.
    pub fn next_event(&self, requests: impl Iterator<Item = Option<Request>>) -> Time {
        match &self.phase {
            Phase::Quiet(since) => self
                .first(*since, requests)
                .map_or(Time::NEVER, |(_, start)| start),
            Phase::Busy { until, .. } | Phase::Answer { until, .. } => *until,
        }
    }

    /// Does what is due at `at`, which is the time [`Medium::next_event`] gave. Returns what could be heard.
    pub fn step(&mut self, at: Time, radios: &mut [&mut dyn Radio]) -> Option<Heard> {
        self.waited.resize(radios.len(), 0);
        match core::mem::replace(&mut self.phase, Phase::Quiet(at)) {
            Phase::Quiet(since) => {
                self.phase = Phase::Quiet(since);
                self.start(since, at, radios);
                None
            }
            Phase::Busy {
                sender,
                frame,
                started,
                ..
            } => {
                let intact = self.deliver(sender, &frame, at, radios);
                Some(Heard {
                    frame,
                    at: started,
                    intact,
                })
            }
            Phase::Answer {
                sender,
                acknowledged,
                ack,
                ..
            } => {
                radios[sender].sent(acknowledged, at);
                ack.map(|(frame, at)| Heard {
                    frame,
                    at,
                    intact: true,
                })
            }
        }
    }

    /// Lets the radio whose turn it is begin.
    fn start(&mut self, since: Time, at: Time, radios: &mut [&mut dyn Radio]) {
        let requests: Vec<_> = radios.iter().map(|radio| radio.request()).collect();
        let Some((sender, start)) = self.first(since, requests.iter().copied()) else {
            return;
        };
        for (number, request) in requests.iter().enumerate() {
            self.waited[number] = match request {
                Some(request) if number != sender => {
                    let quiet = start - (request.ready.max(since) + DIFS);
                    let slots = (quiet.0 / SLOT.0) as u32;
                    (self.waited[number] + slots).min(request.backoff)
                }
                _ => 0,
            };
        }
        if let Some(frame) = radios[sender].start(at) {
            let until = at + frame.rate.airtime(frame.air_len());
            self.phase = Phase::Busy {
                sender,
                frame,
                started: at,
                until,
            };
        }
    }

    /// Brings a complete frame to everybody's ears. Returns whether it was intact.
    fn deliver(
        &mut self,
        sender: usize,
        frame: &Frame,
        at: Time,
        radios: &mut [&mut dyn Radio],
    ) -> bool {
        let damaged = self.happens(self.conditions.damage);
        let mut answer = None;
        for (number, radio) in radios.iter_mut().enumerate() {
            if number == sender || self.happens(self.conditions.loss) {
                continue;
            }
            if damaged {
                radio.receive_damaged(at);
            } else if let Some(rate) = radio.receive(frame, at) {
                answer = Some(rate);
            }
        }
        self.phase = match answer {
            Some(rate) => Phase::Answer {
                sender,
                acknowledged: frame.expects_ack && !self.happens(self.conditions.loss),
                ack: Some((acknowledgement(frame, rate), at + SIFS)),
                until: at + SIFS + rate.airtime(ACK_LEN),
            },
            None if frame.expects_ack => Phase::Answer {
                sender,
                acknowledged: false,
                ack: None,
                until: at + frame.rate.answer_timeout(),
            },
            None => {
                radios[sender].sent(false, at);
                Phase::Quiet(at)
            }
        };
        !damaged
    }

    /// The radio whose turn comes first, and when.
    fn first(
        &self,
        since: Time,
        requests: impl Iterator<Item = Option<Request>>,
    ) -> Option<(usize, Time)> {
        let turns = requests.enumerate().filter_map(|(number, request)| {
            let request = request?;
            let waited = self.waited.get(number).copied().unwrap_or(0);
            let slots = request.backoff.saturating_sub(waited);
            let start = request.ready.max(since) + DIFS + Time(SLOT.0 * u64::from(slots));
            Some((number, start))
        });
        turns.min_by_key(|(_, start)| *start)
    }

    fn happens(&mut self, probability: f64) -> bool {
        // No draw for an impossible event, so that a clean run does not depend on the seed.
        probability > 0.0 && (self.chance.next_u32() as f64) < probability * 4_294_967_296.0
    }
}

/// The ACK for `frame`: frame control, duration 0, and the sender's address (802.11-2012 8.3.1.4).
fn acknowledgement(frame: &Frame, rate: Rate) -> Frame {
    let mut bytes = vec![0xd4, 0, 0, 0];
    bytes.extend(frame.bytes.iter().skip(10).take(6));
    Frame {
        bytes,
        rate,
        expects_ack: false,
        signal: frame.signal,
    }
}

#[cfg(test)]
mod tests;
