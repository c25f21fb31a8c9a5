//! The host on port 8888 as the device meets it: scripted, on emulated time.

use std::collections::VecDeque;

use d1_emulator::air::{Conn, Station};
use d1_emulator::time::Time;

/// A request the device sent to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The path, such as `/user2.bin`.
    pub path: String,
}

/// One step of an answer.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends these bytes, as fast as the device takes them.
    Send(Vec<u8>),
    /// Closes the sending side in order.
    Close,
    /// Resets the connection.
    Abort,
    /// Keeps the connection open and sends nothing more.
    Stall,
}

impl Act {
    /// A whole `200 OK` answer with `body`, closed afterwards.
    pub fn ok(body: &[u8]) -> Vec<Act> {
        Act::with_length(body, body.len())
    }

    /// A `200 OK` answer that announces `length` bytes and sends `body`.
    pub fn with_length(body: &[u8], length: usize) -> Vec<Act> {
        let mut bytes = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        vec![Act::Send(bytes), Act::Close]
    }

    /// A head with status line `status` and `headers` (each ending in CR LF), no body.
    pub fn head(status: &str, headers: &str) -> Vec<Act> {
        vec![
            Act::Send(
                format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n").into_bytes(),
            ),
            Act::Close,
        ]
    }
}

type Behaviour = Box<dyn FnMut(&Request) -> Vec<Act>>;

/// A server of one behaviour: what it answers to each request.
pub struct Server {
    behaviour: Behaviour,
    sessions: Vec<Session>,
    /// Whether anybody listens on the port.
    pub(crate) listens: bool,
    /// Every request seen so far, oldest first.
    pub requests: Vec<Request>,
}

struct Session {
    connection: Conn,
    received: Vec<u8>,
    script: VecDeque<Act>,
    answered: bool,
}

impl Server {
    /// A server that answers each request with what `behaviour` returns.
    pub fn new(behaviour: impl FnMut(&Request) -> Vec<Act> + 'static) -> Server {
        Server {
            behaviour: Box::new(behaviour),
            sessions: Vec::new(),
            listens: true,
            requests: Vec::new(),
        }
    }

    /// No server: the port is closed.
    pub fn absent() -> Server {
        Server {
            listens: false,
            ..Server::always(Vec::new())
        }
    }

    /// A server that answers every request in the same way.
    pub fn always(acts: Vec<Act>) -> Server {
        Server::new(move |_| acts.clone())
    }

    /// A server of the two images, as `d1ota serve` is one.
    pub fn of(user1: &[u8], user2: &[u8]) -> Server {
        let (user1, user2) = (user1.to_vec(), user2.to_vec());
        Server::new(move |request| match request.path.as_str() {
            "/user1.bin" => Act::ok(&user1),
            "/user2.bin" => Act::ok(&user2),
            _ => Act::head("404 Not Found", ""),
        })
    }

    /// Lets the server do what it can at this moment.
    pub fn poll(&mut self, station: &mut Station, _now: Time) {
        while let Some(connection) = station.accept(crate::bench::SERVER_PORT) {
            self.sessions.push(Session {
                connection,
                received: Vec::new(),
                script: VecDeque::new(),
                answered: false,
            });
        }
        for session in &mut self.sessions {
            session.received.extend(station.recv(session.connection));
            if !session.answered {
                if let Some(request) = Request::parse(&session.received) {
                    session.script = (self.behaviour)(&request).into();
                    session.answered = true;
                    self.requests.push(request);
                }
            }
            session.play(station);
        }
    }
}

impl Session {
    fn play(&mut self, station: &mut Station) {
        while let Some(act) = self.script.front_mut() {
            match act {
                Act::Send(bytes) => {
                    let sent = station.send(self.connection, bytes);
                    bytes.drain(..sent);
                    if !bytes.is_empty() {
                        return;
                    }
                }
                Act::Close => station.close(self.connection),
                Act::Abort => station.abort(self.connection),
                Act::Stall => return,
            }
            self.script.pop_front();
        }
    }
}

impl Request {
    fn parse(bytes: &[u8]) -> Option<Request> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => Some(Request {
                method: request.method?.to_owned(),
                path: request.path?.to_owned(),
            }),
            Ok(httparse::Status::Partial) => None,
            Err(error) => panic!("the device sent a request that is not HTTP ({error}): {bytes:?}"),
        }
    }
}
