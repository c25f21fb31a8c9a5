//! The life of one listening socket: wait, read one request, answer, close, wait again.

use smoltcp::socket::tcp;
use smoltcp::time::{Duration, Instant};

use super::{Request, Status};

/// How long a client may take over its request, or over reading any of the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// While no other socket is free: how long a client may take over its handshake, which is answered by its
/// system at once.
const HANDSHAKE_WHEN_CROWDED: Duration = Duration::from_millis(250);
/// While no other socket is free: how long over its request. Browsers open connections ahead of need.
const REQUEST_WHEN_CROWDED: Duration = Duration::from_secs(1);
/// While no other socket is free: how long over reading any of the answer. A segment that was lost is sent
/// again within that time.
const READING_WHEN_CROWDED: Duration = Duration::from_secs(3);
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
    /// When this state began; of an answer, when the client last had all of it that there was.
    since: Instant,
    /// When something last moved.
    moved: Instant,
    queued: usize,
}

impl Connection {
    /// A socket that does not listen yet.
    pub const fn new() -> Connection {
        Connection {
            state: State::Listening,
            since: Instant::ZERO,
            moved: Instant::ZERO,
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
            State::Answering => self.watch_answer(now, socket, is_crowded),
            State::Closing => {
                // A client that still talks is heard out, or its system would reset and lose our answer.
                let _ = socket.recv(|bytes| (bytes.len(), ()));
                if now >= self.due(socket, is_crowded) {
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
        Some(self.due(socket, is_crowded))
    }

    /// When the client's time is over.
    fn due(&self, socket: &tcp::Socket, is_crowded: bool) -> Instant {
        let is_shaking_hands = socket.state() == tcp::State::SynReceived;
        match self.state {
            State::Listening | State::Reading if is_crowded && is_shaking_hands => {
                self.since + HANDSHAKE_WHEN_CROWDED
            }
            State::Listening | State::Reading if is_crowded => self.since + REQUEST_WHEN_CROWDED,
            State::Listening | State::Reading => self.since + PATIENCE,
            // Somebody who reads a byte now and then moves, but not for ever.
            State::Answering if is_crowded => {
                (self.moved + READING_WHEN_CROWDED).min(self.since + PATIENCE)
            }
            State::Answering => self.moved + PATIENCE,
            // Waits only to answer a repeated farewell.
            State::Closing if is_crowded && socket.state() == tcp::State::TimeWait => {
                self.since + HANDSHAKE_WHEN_CROWDED
            }
            State::Closing => self.since + CLOSING_WAIT,
        }
    }

    fn read(
        &mut self,
        now: Instant,
        socket: &mut tcp::Socket,
        is_crowded: bool,
    ) -> Option<Result<Request, Status>> {
        let room = socket.recv_capacity();
        let is_late = now >= self.due(socket, is_crowded);
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
                if is_late || socket.state() == tcp::State::CloseWait {
                    socket.abort();
                }
                return None;
            }
            Ok(None) if is_late => Err(Status::REQUEST_TIMEOUT),
            Ok(None) if socket.state() == tcp::State::CloseWait => Err(Status::BAD_REQUEST),
            Ok(None) => return None,
        };
        self.enter(now, State::Answering);
        Some(result)
    }

    fn watch_answer(&mut self, now: Instant, socket: &mut tcp::Socket, is_crowded: bool) {
        let queued = socket.send_queue();
        if queued != self.queued || queued == 0 {
            self.queued = queued;
            self.moved = now;
        }
        if queued == 0 {
            self.since = now;
        }
        if !socket.may_send() || now >= self.due(socket, is_crowded) {
            socket.abort();
        }
    }

    fn enter(&mut self, now: Instant, state: State) {
        self.state = state;
        self.since = now;
        self.moved = now;
        self.queued = 0;
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}
