//! The image server: what a device asks for on port 8888.
//!
//! `GET` and `HEAD` of `/user1.bin` and `/user2.bin`, for several devices at once. It never ends
//! because of what a peer does: every limit and every refusal is per connection, and files are
//! looked at again for each request, so a rebuilt ELF is served without a restart. Where it is useful, the device is
//! asked in turn: what it has in flash, and how it ended.

mod catalogue;
mod connection;
mod device;
mod event;
mod follow;
mod journal;
mod neighbours;
mod reach;
mod request;
mod response;
mod terminal;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use d1_image::FlashMap;
use d1_signature::SecretKey;

use crate::convert::FlashAccess;
use crate::problem::Problem;
use catalogue::Catalogue;
use connection::Shared;
use follow::Followers;

pub use device::{Agent, Status};
pub use event::{Event, Outcome, Verdict, Watcher};
pub use journal::Journal;
pub use neighbours::Neighbours;
pub use reach::{firewall_hints, Interface};
pub use terminal::{Detail, Terminal};

/// The port a device asks on the machine that triggered its update.
pub const PORT: u16 = 8888;

/// What to serve and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// ELF or image files, in any order, at most one per slot.
    pub files: Vec<PathBuf>,
    /// The devices' flash map; without it, what the files say.
    pub map: Option<FlashMap>,
    /// How the devices read their flash.
    pub access: FlashAccess,
    /// Who signs; without it, the development key signs ELFs, and images are served as they are.
    pub key: Option<SecretKey>,
    /// Where to listen.
    pub address: SocketAddr,
    /// The port of the devices' status page; without it, where it usually is.
    pub page_port: Option<u16>,
    /// What a connection may cost.
    pub limits: Limits,
}

impl Options {
    /// `files` on every interface's port 8888, everything else as usual.
    pub fn new(files: Vec<PathBuf>) -> Options {
        Options {
            files,
            map: None,
            access: FlashAccess::default(),
            key: None,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT),
            page_port: None,
            limits: Limits::default(),
        }
    }
}

/// What a connection may cost before it is ended.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request.
    pub request_len: usize,
    /// From connecting, or the previous answer, to the end of a request.
    pub request_time: Duration,
    /// Without taking a single byte of an answer. Longer than any device's own patience: a device
    /// that is erasing must not lose the server first.
    pub stall_time: Duration,
    /// Connections at once.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            request_len: 8 * 1024,
            request_time: Duration::from_secs(15),
            stall_time: Duration::from_secs(120),
            connections: 64,
        }
    }
}

/// A word that no other server would answer with.
fn nonce() -> Result<String, Problem> {
    let number = getrandom::u64()
        .map_err(|error| Problem::new(format!("no random numbers to be had: {error}")))?;
    Ok(format!("d1ota {number:016x}"))
}

/// A server that listens, with all its files good.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    stopping: Arc<AtomicBool>,
}

impl Server {
    /// Reads the files and starts to listen.
    ///
    /// # Errors
    ///
    /// [`Problem`] when a file makes no image, two are for the same slot, or the port is taken.
    pub fn bind(options: Options, watcher: Arc<dyn Watcher>) -> Result<Server, Problem> {
        let catalogue = Catalogue::open(&options, watcher.as_ref())?;
        let listener = TcpListener::bind(options.address)
            .map_err(|error| Problem::port(options.address, &error, "--port"))?;
        let address = listener
            .local_addr()
            .map_err(|error| Problem::port(options.address, &error, "--port"))?;
        let shared = Shared {
            catalogue,
            limits: options.limits,
            watcher,
            open: AtomicUsize::new(0),
            transfers: AtomicUsize::new(0),
            followers: Arc::new(Followers::new(options.page_port)),
            nonce: nonce()?,
        };
        Ok(Server {
            listener,
            address,
            shared: Arc::new(shared),
            stopping: Arc::new(AtomicBool::new(false)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the process ends.
    pub fn run(&self) {
        while !self.stopping.load(Ordering::Acquire) {
            match self.listener.accept() {
                Ok((stream, peer)) if !self.stopping.load(Ordering::Acquire) => {
                    connection::spawn(&self.shared, stream, peer);
                }
                Ok(_) => {}
                // Out of descriptors, or a peer gone already: the next one may fare better.
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Answers on a thread of its own until the handle is dropped.
    pub fn spawn(self) -> Running {
        let (address, stopping) = (self.address, self.stopping.clone());
        let shared = self.shared.clone();
        let thread = thread::spawn(move || self.run());
        Running {
            shared,
            address,
            stopping,
            thread: Some(thread),
        }
    }
}

/// A server on a thread of its own. Dropping it stops accepting; transfers under way end by
/// themselves.
pub struct Running {
    shared: Arc<Shared>,
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Looks whether files have changed, and tells of those that have.
    pub fn look_at_files(&self) {
        self.shared.catalogue.look(self.shared.watcher.as_ref());
    }

    /// The flash map of what is served, while there is something to serve.
    pub fn map(&self) -> Option<FlashMap> {
        self.shared.catalogue.map()
    }

    /// Every address of this machine that devices might ask on, and whether this server answers there.
    ///
    /// The machine asks itself, which most firewalls let pass: an answer says that the server listens there, and
    /// that no other program does. Only a device's request proves more.
    pub fn interfaces(&self) -> Vec<Interface> {
        reach::interfaces(self.address, &self.shared.nonce)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        // `accept` has no time limit: a connection of our own wakes it.
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            if let Some(thread) = self.thread.take() {
                // A panic there was already reported by the thread itself.
                let _ = thread.join();
            }
        }
    }
}
