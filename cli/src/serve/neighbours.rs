//! Who is around: networks this machine joins, and the device in one.
//!
//! People start the server first and join the device's network then. What changes is told, once: an address that
//! appeared, a device with another flash map than the files', a device whose call did not come through.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::device::{Status, ADDRESS, PAGE_PORT};
use super::event::{Event, Watcher};
use super::reach::Interface;
use super::Running;
use crate::problem::Problem;

/// Between two questions to a device that does nothing.
const INTERVAL: Duration = Duration::from_secs(5);
/// How a device says that its call did not come through.
const BLOCKED: [&str; 2] = [
    "no answer from port 8888",
    "connection to port 8888 refused",
];

/// What was told already.
#[derive(Default)]
pub struct Neighbours {
    interfaces: Vec<Interface>,
    device: Option<Status>,
    asked: Option<Instant>,
}

impl Neighbours {
    /// Looks around, and tells what is new.
    pub fn look(&mut self, server: &Running, watcher: &dyn Watcher) {
        let interfaces = server.interfaces();
        for interface in &interfaces {
            if !self.interfaces.contains(interface) {
                watcher.notice(&Event::Interface { interface });
            }
        }
        self.interfaces = interfaces;
        if !self.interfaces.iter().any(Interface::is_joined) {
            self.device = None;
            return;
        }
        if self.asked.is_none_or(|asked| asked.elapsed() >= INTERVAL) {
            self.asked = Some(Instant::now());
            if let Some(status) = Status::ask(SocketAddr::from((ADDRESS, PAGE_PORT))) {
                self.meet(status, server, watcher);
            }
        }
    }

    /// Tells of a device that is new, or says something new.
    fn meet(&mut self, status: Status, server: &Running, watcher: &dyn Watcher) {
        let peer = SocketAddr::from((ADDRESS, PAGE_PORT));
        let before = self.device.as_ref();
        if before.is_none_or(|before| before.boot != status.boot) {
            watcher.notice(&Event::Device {
                peer,
                status: &status,
            });
            if let Some(problem) = other_map(&status, server) {
                let problem = &problem;
                watcher.notice(&Event::Doubtful { peer, problem });
            }
        }
        let is_news = before.is_none_or(|before| before.cause != status.cause);
        if is_news && BLOCKED.iter().any(|text| status.cause.starts_with(text)) {
            watcher.notice(&Event::Blocked {
                peer,
                cause: &status.cause,
                port: server.address().port(),
            });
        }
        self.device = Some(status);
    }
}

fn other_map(status: &Status, server: &Running) -> Option<Problem> {
    let (its, ours) = (&status.map, server.map()?.name());
    (its != ours).then(|| {
        Problem::new(format!(
            "the device has the {its} flash map, and the files here are for {ours}"
        ))
        .with_help(format!("build and serve with --flash-size {its}"))
    })
}
