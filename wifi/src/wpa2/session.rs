//! One station's way from association to keys: the authenticator's side of both handshakes (IEEE 802.11-2016
//! 12.7.6 and 12.7.7).

use zeroize::Zeroize;

use super::key_frame::{KeyFrame, NONCE_LEN};
use super::keys::PairwiseKeys;
use super::rsn;
use crate::MacAddress;

/// How long a station may take to answer before it is asked again, in microseconds.
pub const PATIENCE: u64 = 500_000;
/// How often it is asked.
pub const MAX_TRIES: u8 = 6;

/// What is awaited of a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: the master key is still being derived.
    Waiting,
    /// Its nonce, and proof that it knows the key.
    Message2,
    /// That it is ready.
    Message4,
    /// That it has the new group key.
    Group2,
    /// Nothing: it has all keys.
    Done,
}

/// A station that is associated.
pub struct Session {
    /// Its address.
    pub station: MacAddress,
    /// The RSN element of its association request.
    pub element: rsn::Repr,
    /// What is awaited of it.
    pub step: Step,
    /// Our nonce for this association.
    pub nonce: [u8; NONCE_LEN],
    /// Its keys, once it has proven to know the master key. They are made once in an association, so that
    /// nothing it repeats makes us use a key from the start again.
    pub keys: Option<PairwiseKeys>,
    /// The group key it was given.
    pub group: u8,
    /// The numbers of this step's frames: all that it may answer.
    first: u64,
    last: u64,
    tries: u8,
    deadline: u64,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.nonce.zeroize();
    }
}

impl Session {
    /// A station that has just associated.
    pub fn new(station: MacAddress, element: rsn::Repr) -> Session {
        Session {
            station,
            element,
            step: Step::Waiting,
            nonce: [0; NONCE_LEN],
            keys: None,
            group: 0,
            first: 1,
            last: 0,
            tries: 0,
            deadline: u64::MAX,
        }
    }

    /// Goes on to `step`, which begins with a frame to the station or with none.
    pub fn enter(&mut self, step: Step) {
        self.step = step;
        self.first = self.last + 1;
        self.tries = 0;
        self.deadline = u64::MAX;
    }

    /// The number for this step's next frame, which is sent at `now`.
    pub fn number(&mut self, now: u64) -> u64 {
        self.last += 1;
        self.tries += 1;
        self.deadline = now + PATIENCE;
        self.last
    }

    /// When the station should have answered, in microseconds.
    pub fn deadline(&self) -> u64 {
        self.deadline
    }

    /// Whether it was asked often enough.
    pub fn is_hopeless(&self) -> bool {
        self.tries >= MAX_TRIES
    }

    /// Whether `frame` answers a frame of this step. One that answers an earlier one came late, was repeated, or
    /// is a replay.
    pub fn is_awaiting(&self, frame: &KeyFrame<'_>) -> bool {
        (self.first..=self.last).contains(&frame.replay_counter())
    }

    /// Whether it may send and receive data.
    pub fn is_open(&self) -> bool {
        matches!(self.step, Step::Done | Step::Group2)
    }
}
