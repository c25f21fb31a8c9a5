//! What a device says of itself: its `/status.json`, and the `User-Agent` it asks with.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use d1_image::{FlashMap, Slot};
use serde::Deserialize;

/// Where a device is, in the network it makes.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 123, 1);
/// The port of its status page.
pub const PAGE_PORT: u16 = 80;
/// How long a device may take to answer: one that erases a sector or checks a signature answers nobody.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// No status is longer, history and all.
const STATUS_LEN_MAX: u64 = 16 * 1024;

/// A device's `/status.json`, as far as it matters here (`docs/update-protocol.md`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// A number of this start, in hexadecimal digits.
    pub boot: String,
    /// The build that runs.
    pub build: u32,
    /// `user1` or `user2`.
    pub slot: String,
    /// The flash map's name.
    #[serde(default)]
    pub map: String,
    /// Where the update is; `idle` when there is none.
    pub state: String,
    /// Bytes of the new image in flash.
    #[serde(default)]
    pub written: u64,
    /// Bytes of the new image; 0 while unknown.
    #[serde(default)]
    pub total: u64,
    /// What became of the last update, in one word.
    #[serde(default)]
    pub last: String,
    /// The same in a sentence.
    #[serde(default)]
    pub cause: String,
}

impl Status {
    /// Asks a device; `None` when it does not answer, or something else does.
    pub fn ask(address: SocketAddr) -> Option<Status> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let host = address.ip();
        let request =
            format!("GET /status.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.take(STATUS_LEN_MAX).read_to_end(&mut answer).ok()?;
        Status::from_answer(&answer)
    }

    fn from_answer(answer: &[u8]) -> Option<Status> {
        let text = std::str::from_utf8(answer).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let is_ok = head.starts_with("HTTP/1.") && head.get(8..12) == Some(" 200");
        is_ok.then(|| Status::parse(body)).flatten()
    }

    /// Reads the JSON; `None` when it is something else.
    pub fn parse(body: &str) -> Option<Status> {
        serde_json::from_str(body).ok()
    }

    /// Whether an update is under way.
    pub fn is_updating(&self) -> bool {
        self.state != "idle"
    }
}

/// Who asks for an image, by its `User-Agent`: `d1-ota/0.1.0 (build 1; user1; 1M)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The build that runs.
    pub build: u32,
    /// The slot it runs in.
    pub slot: Slot,
    /// The device's flash map.
    pub map: FlashMap,
}

impl Agent {
    /// Reads the header's value; `None` for any other program's.
    pub(super) fn parse(value: &str) -> Option<Agent> {
        let inside = value.strip_prefix("d1-ota/")?.split_once('(')?.1;
        let mut words = inside.strip_suffix(')')?.split("; ");
        let build = words.next()?.strip_prefix("build ")?.parse().ok()?;
        let name = words.next()?;
        let slot = Slot::ALL.into_iter().find(|slot| slot.name() == name)?;
        let map = FlashMap::from_name(words.next()?)?;
        Some(Agent { build, slot, map })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_read_and_browsers_are_none() {
        assert_eq!(
            Agent::parse("d1-ota/0.1.0 (build 7; user2; 4M)"),
            Some(Agent {
                build: 7,
                slot: Slot::Two,
                map: FlashMap::M4
            })
        );
        for other in [
            "Mozilla/5.0 (X11; Linux)",
            "d1-ota/0.1.0",
            "d1-ota/1 (build x; user1; 1M)",
        ] {
            assert_eq!(Agent::parse(other), None, "{other}");
        }
    }

    #[test]
    fn status_is_read_whatever_fields_come_with_it() {
        let body = r#"{"version":"0.1.0","build":2,"boot":"374327c6","slot":"user2","map":"1M","state":"receiving",
            "written":4096,"total":9000,"last":"never","cause":"","history":[]}"#;
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
        let status = Status::from_answer(answer.as_bytes()).unwrap();
        assert!(status.is_updating());
        assert_eq!(
            (&status.boot[..], status.written, status.total),
            ("374327c6", 4096, 9000)
        );
    }

    #[test]
    fn other_servers_on_that_port_are_no_devices() {
        for answer in [
            "HTTP/1.1 404 Not Found\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "HTTP/1.1 200 OK\r\n\r\n{\"state\":\"idle\"}",
            "220 mail\r\n",
        ] {
            assert_eq!(Status::from_answer(answer.as_bytes()), None, "{answer}");
        }
    }
}
