//! What the server has to tell, as data.

use std::net::SocketAddr;
use std::path::Path;

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

/// Someone to tell.
pub trait Watcher: Send + Sync {
    /// Takes note. Called from the connections' threads.
    fn notice(&self, event: &Event);
}
