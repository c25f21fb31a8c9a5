//! The life of one listening socket: wait, read one request, answer, close, wait again.

use smoltcp::socket::tcp;
use smoltcp::time::{Duration, Instant};

use super::{Request, Status};

/// How long a client may take over its request, or over reading the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may say nothing while no other socket is free. Browsers open connections ahead of need.
const PATIENCE_WHEN_CROWDED: Duration = Duration::from_secs(1);
/// How long a client may take to close its side after the answer.
const CLOSING_WAIT: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has connected yet.
    Listening,
    /// The request has not been complete yet.
    Reading,
    /// The request was handed out; its answer is being sent.
    Answering,
    /// Our side is closed.
    Closing,
}

/// A socket's place in that life.
#[derive(Debug)]
pub struct Connection {
    state: State,
    /// When this state began, or something last moved in it.
    since: Instant,
    queued: usize,
}

impl Connection {
    /// A socket that does not listen yet.
    pub const fn new() -> Connection {
        Connection {
            state: State::Listening,
            since: Instant::ZERO,
            queued: 0,
        }
    }

    /// Whether an answer is due or on its way.
    pub fn is_answering(&self) -> bool {
        self.state == State::Answering
    }

    /// Brings the socket forward. Hands out a complete request once, or the status to refuse it with; from then
    /// on the caller sends the answer and calls [`Connection::finish`].
    ///
    /// `is_crowded` says that no other socket listens on this port.
    pub fn poll(
        &mut self,
        now: Instant,
        socket: &mut tcp::Socket,
        port: u16,
        is_crowded: bool,
    ) -> Option<Result<Request, Status>> {
        if !socket.is_open() {
            // Only port 0 and an open socket are refused.
            let _ = socket.listen(port);
            self.enter(now, State::Listening);
            return None;
        }
        if self.state == State::Listening && !socket.is_listening() {
            self.enter(now, State::Reading);
        }
        match self.state {
            State::Listening => {}
            State::Reading => return self.read(now, socket, is_crowded),
            State::Answering => self.watch_answer(now, socket),
            State::Closing => {
                // A client that still talks is heard out, or its system would reset and lose our answer.
                let _ = socket.recv(|bytes| (bytes.len(), ()));
                if now - self.since >= CLOSING_WAIT {
                    socket.abort();
                }
            }
        }
        None
    }

    /// Closes our side; what is queued is still sent.
    pub fn finish(&mut self, now: Instant, socket: &mut tcp::Socket) {
        socket.close();
        self.enter(now, State::Closing);
    }

    /// When [`Connection::poll`] has something to do even if nothing happens.
    pub fn deadline(&self, socket: &tcp::Socket, is_crowded: bool) -> Option<Instant> {
        if socket.is_listening() {
            return None;
        }
        if !socket.is_open() {
            // To listen again, at once.
            return Some(Instant::ZERO);
        }
        let patience = match self.state {
            State::Reading if is_crowded && socket.recv_queue() == 0 => PATIENCE_WHEN_CROWDED,
            State::Listening | State::Reading | State::Answering => PATIENCE,
            State::Closing => CLOSING_WAIT,
        };
        Some(self.since + patience)
    }

    fn read(
        &mut self,
        now: Instant,
        socket: &mut tcp::Socket,
        is_crowded: bool,
    ) -> Option<Result<Request, Status>> {
        let room = socket.recv_capacity();
        let waited = now - self.since;
        let queued = socket.recv_queue();
        // One request per connection and nothing taken out before it: the ring has not wrapped.
        let parsed = match socket.peek(room) {
            Ok(bytes) => Request::parse(bytes, room),
            Err(_) => Ok(None),
        };
        let result = match parsed {
            Ok(Some(request)) => Ok(request),
            Err(status) => Err(status),
            Ok(None) if queued == 0 => {
                let is_tired = waited >= PATIENCE || is_crowded && waited >= PATIENCE_WHEN_CROWDED;
                if is_tired || socket.state() == tcp::State::CloseWait {
                    socket.abort();
                }
                return None;
            }
            Ok(None) if waited >= PATIENCE => Err(Status::REQUEST_TIMEOUT),
            Ok(None) if socket.state() == tcp::State::CloseWait => Err(Status::BAD_REQUEST),
            Ok(None) => return None,
        };
        self.enter(now, State::Answering);
        Some(result)
    }

    fn watch_answer(&mut self, now: Instant, socket: &mut tcp::Socket) {
        let queued = socket.send_queue();
        if queued != self.queued || queued == 0 {
            self.queued = queued;
            self.since = now;
        }
        if !socket.may_send() || now - self.since >= PATIENCE {
            socket.abort();
        }
    }

    fn enter(&mut self, now: Instant, state: State) {
        self.state = state;
        self.since = now;
        self.queued = 0;
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}
