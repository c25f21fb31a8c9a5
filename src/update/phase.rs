//! Where an update is, and where its image comes from.

use smoltcp::wire::Ipv4Address;

/// Where an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// No update.
    Idle,
    /// Waiting for the server to take the connection.
    Connecting,
    /// The request is being sent.
    Requesting,
    /// Waiting for the head of the answer.
    Answer,
    /// Image bytes arrive and are programmed.
    Receiving,
    /// All bytes are programmed; the server should close now.
    Ending,
    /// The image is read back and verified.
    Verifying,
    /// The boot record is written.
    Switching,
    /// Done; the requester reads the outcome.
    Restarting,
}

impl Phase {
    /// All of them, in order; the history keeps their places in this list.
    pub const ALL: [Phase; 9] = [
        Phase::Idle,
        Phase::Connecting,
        Phase::Requesting,
        Phase::Answer,
        Phase::Receiving,
        Phase::Ending,
        Phase::Verifying,
        Phase::Switching,
        Phase::Restarting,
    ];

    /// One word for page and programs.
    pub const fn word(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Connecting => "connecting",
            Phase::Requesting => "requesting",
            Phase::Answer => "waiting",
            Phase::Receiving => "receiving",
            Phase::Ending => "received",
            Phase::Verifying => "verifying",
            Phase::Switching => "switching",
            Phase::Restarting => "restarting",
        }
    }
}

/// Who brings the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The image server at that address, when we ask it.
    Server(Ipv4Address),
    /// A browser at that address, in its request.
    Upload(Ipv4Address),
}

impl Source {
    /// Where it is.
    pub const fn address(self) -> Ipv4Address {
        match self {
            Source::Server(address) | Source::Upload(address) => address,
        }
    }
}
