//! What the server has to tell, as data.

use std::net::SocketAddr;
use std::path::Path;

use super::device::Status;
use super::reach::Interface;
use crate::convert::Image;
use crate::problem::Problem;

/// Something happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A file was read for the first time or had changed, and makes this image.
    Loaded {
        /// The file.
        file: &'a Path,
        /// What it makes.
        image: &'a Image,
    },
    /// A file had changed and makes no image now.
    Unusable {
        /// Which and why.
        problem: &'a Problem,
    },
    /// A device begins to get an image.
    Started {
        /// Number of the transfer.
        transfer: usize,
        /// The device.
        peer: SocketAddr,
        /// What it gets.
        image: &'a Image,
    },
    /// A device that begins to get an image will refuse it.
    Doubtful {
        /// The device.
        peer: SocketAddr,
        /// Why.
        problem: &'a Problem,
    },
    /// More bytes were taken.
    Progress {
        /// Number of the transfer.
        transfer: usize,
        /// Bytes of the image taken so far.
        sent: usize,
    },
    /// A transfer is over.
    Finished {
        /// Number of the transfer.
        transfer: usize,
        /// The device.
        peer: SocketAddr,
        /// What it got, or was to get.
        image: &'a Image,
        /// How it ended.
        outcome: Outcome,
    },
    /// More bytes are in the device's flash, or it does the next thing, by its own word.
    Flashed {
        /// Number of the transfer.
        transfer: usize,
        /// The device.
        peer: SocketAddr,
        /// Bytes of the image in flash.
        written: usize,
        /// What it does: `state` of `/status.json`.
        state: &'a str,
    },
    /// What the device says became of the image; the last event of a transfer.
    Told {
        /// Number of the transfer.
        transfer: usize,
        /// The device.
        peer: SocketAddr,
        /// What it got.
        image: &'a Image,
        /// What it says.
        verdict: Verdict,
    },
    /// An address of this machine that was not there before.
    Interface {
        /// Which.
        interface: &'a Interface,
    },
    /// A device is in the network that this machine has joined.
    Device {
        /// Its page.
        peer: SocketAddr,
        /// What it says.
        status: &'a Status,
    },
    /// A device asked this machine for an image and was not heard.
    Blocked {
        /// Its page.
        peer: SocketAddr,
        /// What it says.
        cause: &'a str,
        /// Where the server listens.
        port: u16,
    },
    /// Any request that moved no image.
    Answered {
        /// Who asked.
        peer: SocketAddr,
        /// What: method and path, or as much as was understood.
        request: &'a str,
        /// The status code it got.
        status: u16,
    },
}

/// How a transfer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every byte was taken. What the device makes of them, it says itself.
    Sent,
    /// The connection broke.
    Broken {
        /// Bytes of the image taken until then.
        sent: usize,
        /// The operating system's word for it.
        why: String,
    },
}

/// What a device says became of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has restarted and runs it.
    Runs {
        /// The build that runs.
        build: u32,
    },
    /// It goes on with what ran before.
    Failed {
        /// Why, in its words.
        cause: String,
    },
    /// It has no status page, or has not answered since.
    Unknown,
}

/// Someone to tell.
pub trait Watcher: Send + Sync {
    /// Takes note. Called from the connections' threads.
    fn notice(&self, event: &Event);
}
