//! What a device makes of an image, from its own mouth: bytes in flash, and how it ended.
//!
//! Bytes sent are not bytes flashed, and a connection that breaks while the device restarts is no failure. So the
//! device's `/status.json` is asked from the start of a transfer until the device has restarted or given up. A device
//! that has no such page is left alone.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::device::{Status, PAGE_PORT};
use super::event::{Event, Verdict, Watcher};
use crate::convert::Image;

/// Between two questions.
const INTERVAL: Duration = Duration::from_millis(500);
/// From a transfer's end to the device's restart: it verifies, restarts, and the station joins again.
const RESTART_TIME: Duration = Duration::from_secs(60);
/// How long a device that never answered is asked after the transfer.
const SILENCE_TIME: Duration = Duration::from_secs(2);
/// Where an emulated device's page may be led to on this machine.
const LOCAL_PORTS: [u16; 2] = [80, 8080];

/// The transfers that are followed, at most one for each address.
pub(super) struct Followers {
    page_port: Option<u16>,
    newest: Mutex<HashMap<IpAddr, usize>>,
}

/// One transfer, to be followed.
pub(super) struct Transfer {
    pub(super) number: usize,
    pub(super) peer: SocketAddr,
    pub(super) image: Arc<Image>,
    /// Set when every byte is sent, or the connection broke.
    pub(super) is_over: Arc<AtomicBool>,
}

impl Followers {
    /// Followers that look for a page at `page_port`, or where it usually is.
    pub(super) fn new(page_port: Option<u16>) -> Followers {
        Followers {
            page_port,
            newest: Mutex::default(),
        }
    }

    /// Follows a transfer on a thread of its own.
    pub(super) fn follow(self: &Arc<Followers>, transfer: Transfer, watcher: Arc<dyn Watcher>) {
        let followers = self.clone();
        followers
            .newest()
            .insert(transfer.peer.ip(), transfer.number);
        let follower = move || {
            let verdict = followers.watch(&transfer, watcher.as_ref());
            watcher.notice(&Event::Told {
                transfer: transfer.number,
                peer: transfer.peer,
                image: &transfer.image,
                verdict,
            });
        };
        // Without a thread there are the bytes sent, still.
        let _ = thread::Builder::new()
            .name("follower".into())
            .spawn(follower);
    }

    fn watch(&self, transfer: &Transfer, watcher: &dyn Watcher) -> Verdict {
        let (ip, len) = (transfer.peer.ip(), transfer.image.bytes.len() as u64);
        let mut device: Option<(SocketAddr, Status)> = None;
        let mut over_since = None;
        loop {
            // Looked at before the device is asked: what it says then is about the end.
            let is_over = transfer.is_over.load(Ordering::Acquire);
            let now = match &device {
                Some((address, _)) => Status::ask(*address).map(|status| (*address, status)),
                None => self.find(ip, len),
            };
            match (now, &device) {
                (Some((_, status)), Some((_, before))) if status.boot != before.boot => {
                    return restarted(status, transfer);
                }
                (Some((_, status)), Some(_)) if is_over && !status.is_updating() => {
                    return Verdict::Failed {
                        cause: status.cause,
                    };
                }
                (Some((address, status)), _) => {
                    if status.total == len {
                        watcher.notice(&Event::Flashed {
                            transfer: transfer.number,
                            peer: transfer.peer,
                            written: status.written as usize,
                            state: &status.state,
                        });
                    }
                    device = Some((address, status));
                }
                (None, _) => {}
            }
            let patience = match device {
                Some(_) => RESTART_TIME,
                None => SILENCE_TIME,
            };
            if is_over && over_since.get_or_insert_with(Instant::now).elapsed() > patience {
                return Verdict::Unknown;
            }
            if self.newest().get(&ip) != Some(&transfer.number) {
                return Verdict::Unknown;
            }
            thread::sleep(INTERVAL);
        }
    }

    /// The device at `ip`, if it is receiving so many bytes.
    fn find(&self, ip: IpAddr, len: u64) -> Option<(SocketAddr, Status)> {
        let ports = match (self.page_port, ip.is_loopback()) {
            (Some(port), _) => vec![port],
            (None, true) => LOCAL_PORTS.to_vec(),
            (None, false) => vec![PAGE_PORT],
        };
        ports.into_iter().find_map(|port| {
            let address = SocketAddr::new(ip, port);
            let status = Status::ask(address)?;
            let is_it = status.is_updating() && [0, len].contains(&status.total);
            is_it.then_some((address, status))
        })
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a device that has restarted says.
fn restarted(status: Status, transfer: &Transfer) -> Verdict {
    if status.slot == transfer.image.slot.name() {
        Verdict::Runs {
            build: status.build,
        }
    } else {
        Verdict::Failed {
            cause: status.cause,
        }
    }
}
