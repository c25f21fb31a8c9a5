//! The image server on the station, which does as its script says.

use std::collections::VecDeque;
use std::string::String;
use std::vec::Vec;

use smoltcp::time::{Duration, Instant};

use super::station::Station;
use crate::update::SERVER_PORT;

/// What the server does once a request is complete; then it does no more.
#[derive(Clone)]
pub enum Act {
    Send(Vec<u8>),
    /// Do nothing for a while.
    Wait(Duration),
    Close,
    Abort,
}

impl Act {
    /// A whole good answer.
    pub fn image(image: &[u8]) -> Vec<Act> {
        Act::with_len(image, image.len())
    }

    /// An answer that announces `len` bytes.
    pub fn with_len(body: &[u8], len: usize) -> Vec<Act> {
        let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n").into_bytes();
        answer.extend_from_slice(body);
        vec![Act::Send(answer), Act::Close]
    }

    /// An answer as `d1ota serve` gives it, which may be taken up where it breaks off.
    pub fn named(tag: &str, body: &[u8], len: usize) -> Vec<Act> {
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\nETag: {tag}\r\n\r\n").into_bytes();
        answer.extend_from_slice(body);
        vec![Act::Send(answer), Act::Abort]
    }

    /// The rest of an image from `start` on.
    pub fn rest(tag: &str, image: &[u8], start: usize) -> Vec<Act> {
        let len = image.len();
        let mut answer = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nETag: {tag}\r\n\
             Content-Range: bytes {start}-{}/{len}\r\n\r\n",
            len - start,
            len - 1
        )
        .into_bytes();
        answer.extend_from_slice(&image[start..]);
        vec![Act::Send(answer), Act::Close]
    }

    /// An answer without a body.
    pub fn head(status: &str) -> Vec<Act> {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        vec![Act::Send(answer.into_bytes()), Act::Close]
    }
}

pub struct Server {
    script: Vec<Act>,
    acts: VecDeque<Act>,
    connection: Option<usize>,
    /// Takes the next connection, which may come before this one has ended.
    spare: Option<usize>,
    wait_until: Instant,
    /// Heads of the requests that were received.
    pub requests: Vec<String>,
    /// Nobody listens.
    pub is_off: bool,
}

impl Server {
    pub fn new(script: Vec<Act>) -> Server {
        Server {
            script,
            acts: VecDeque::new(),
            connection: None,
            spare: None,
            wait_until: Instant::ZERO,
            requests: Vec::new(),
            is_off: false,
        }
    }

    pub fn set_script(&mut self, script: Vec<Act>) {
        self.script = script;
    }

    pub fn deadline(&self) -> Instant {
        match self.acts.front() {
            Some(Act::Wait(_)) => self.wait_until,
            _ => Instant::from_secs(1_000_000),
        }
    }

    pub fn poll(&mut self, now: Instant, station: &mut Station) {
        if self.is_off || station.address().is_none() {
            return;
        }
        let spare = *self
            .spare
            .get_or_insert_with(|| station.listen(SERVER_PORT));
        if self.connection.is_none() && !station.socket(spare).is_listening() {
            self.connection = self.spare.take();
        }
        let Some(connection) = self.connection else {
            return;
        };
        if self.acts.is_empty() && station.received(connection).ends_with(b"\r\n\r\n") {
            self.requests.push(station_text(station, connection));
            self.acts = self.script.clone().into();
            // The next connection is another socket's.
            self.wait_until = now;
            self.acts.push_front(Act::Wait(Duration::ZERO));
        }
        if station.has_ended(connection) {
            // The device went away in the middle of it.
            self.acts.clear();
            self.connection = None;
            return;
        }
        self.act(now, station, connection);
    }

    fn act(&mut self, now: Instant, station: &mut Station, connection: usize) {
        loop {
            match self.acts.front_mut() {
                Some(Act::Send(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    station.send(connection, &bytes);
                }
                Some(Act::Wait(duration)) => {
                    if *duration != Duration::ZERO {
                        self.wait_until = now + *duration;
                        *duration = Duration::ZERO;
                    }
                    if now < self.wait_until {
                        return;
                    }
                }
                Some(Act::Close) if station.has_sent(connection) => station.close(connection),
                Some(Act::Abort) if station.has_sent(connection) => station.abort(connection),
                Some(Act::Close | Act::Abort) | None => return,
            }
            self.acts.pop_front();
            if self.acts.is_empty() {
                self.connection = None;
                return;
            }
        }
    }
}

fn station_text(station: &Station, connection: usize) -> String {
    String::from_utf8(station.received(connection).to_vec()).unwrap()
}
