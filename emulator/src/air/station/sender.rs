//! A station's transmit queue: sequence numbers, back-off, retries.

use std::collections::VecDeque;

use super::super::codec::{is_group, Head};
use super::super::medium::{Frame, Request};
use super::super::rate::Rate;
use crate::periph::rng::Rng;
use crate::time::Time;

/// Contention window of 802.11b/g mixed operation.
const WINDOW_MIN: u32 = 31;
const WINDOW_MAX: u32 = 1023;
/// A frame is sent this often at most (dot11ShortRetryLimit).
const MAX_TRIES: u32 = 7;
const RETRY: u8 = 0x08;

/// What became of frames that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Frames handed over.
    pub queued: u64,
    /// Times a frame was sent again.
    pub retries: u64,
    /// Frames given up.
    pub lost: u64,
}

#[derive(Clone, Debug)]
struct Outgoing {
    frame: Frame,
    tries: u32,
}

/// Frames in the order they will be sent.
#[derive(Clone, Debug)]
pub struct Sender {
    queue: VecDeque<Outgoing>,
    sequence: u16,
    window: u32,
    backoff: u32,
    ready: Time,
    on_air: bool,
    chance: Rng,
    tally: Tally,
}

impl Sender {
    /// An empty queue; back-offs depend on `seed`.
    pub fn new(seed: u64) -> Sender {
        Sender {
            queue: VecDeque::new(),
            sequence: 0,
            window: WINDOW_MIN,
            backoff: 0,
            ready: Time::default(),
            on_air: false,
            chance: Rng::new(seed),
            tally: Tally::default(),
        }
    }

    /// Appends a frame; duration and sequence number are filled in.
    pub fn push(&mut self, mut bytes: Vec<u8>, rate: Rate, signal: i8, now: Time) {
        let Some(head) = Head::of(&bytes) else {
            return;
        };
        let expects_ack = !is_group(&head.to);
        if expects_ack {
            let duration =
                rate.answer().airtime(super::super::rate::ACK_LEN) + super::super::rate::SIFS;
            bytes[2..4].copy_from_slice(&(duration.as_micros() as u16).to_le_bytes());
        }
        bytes[22..24].copy_from_slice(&(self.sequence << 4).to_le_bytes());
        self.sequence = (self.sequence + 1) & 0xfff;
        self.enqueue(
            Frame {
                bytes,
                rate,
                expects_ack,
                signal,
            },
            now,
        );
    }

    /// Appends a control frame that is answered, as it is.
    pub fn push_control(&mut self, bytes: Vec<u8>, rate: Rate, signal: i8, now: Time) {
        self.enqueue(
            Frame {
                bytes,
                rate,
                expects_ack: true,
                signal,
            },
            now,
        );
    }

    fn enqueue(&mut self, frame: Frame, now: Time) {
        if self.queue.is_empty() {
            self.ready = now;
            self.draw();
        }
        self.tally.queued += 1;
        self.queue.push_back(Outgoing { frame, tries: 0 });
    }

    /// Forgets what is not on air yet.
    pub fn clear(&mut self) {
        self.queue.truncate(usize::from(self.on_air));
    }

    /// How many frames wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// What became of the others.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The wish to send the first frame.
    pub fn request(&self) -> Option<Request> {
        (!self.queue.is_empty()).then_some(Request {
            ready: self.ready,
            backoff: self.backoff,
        })
    }

    /// The first frame goes on air.
    pub fn start(&mut self) -> Option<Frame> {
        let outgoing = self.queue.front_mut()?;
        self.on_air = true;
        outgoing.tries += 1;
        if outgoing.tries > 1 {
            outgoing.frame.bytes[1] |= RETRY;
            self.tally.retries += 1;
        }
        Some(outgoing.frame.clone())
    }

    /// The first frame has ended.
    pub fn sent(&mut self, acknowledged: bool, at: Time) {
        self.ready = at;
        self.on_air = false;
        let Some(outgoing) = self.queue.front() else {
            return;
        };
        if acknowledged || !outgoing.frame.expects_ack || outgoing.tries >= MAX_TRIES {
            if outgoing.frame.expects_ack && !acknowledged {
                self.tally.lost += 1;
            }
            self.queue.pop_front();
            self.window = WINDOW_MIN;
        } else {
            self.window = (2 * self.window + 1).min(WINDOW_MAX);
        }
        self.draw();
    }

    fn draw(&mut self) {
        self.backoff = self.chance.next_u32() % (self.window + 1);
    }
}
