//! One peer's connection, on a thread of its own.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::catalogue::{slot_of, Catalogue, Missing};
use super::device::Agent;
use super::event::{Event, Outcome, Watcher};
use super::follow::{Followers, Transfer};
use super::request::{NoRequest, Reader, Request};
use super::response::{etag, Response};
use super::Limits;
use crate::convert::Image;
use crate::problem::Problem;

/// Bytes handed to the socket at a time.
const PIECE_LEN: usize = 2048;
/// Bytes the operating system may hold back: what was "sent" is at most this far ahead.
const SEND_BUFFER_LEN: usize = 8 * 1024;
/// How long a peer may go on sending after our last word.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// The path that tells whether it is this server that answers.
pub(super) const SELF_TEST: &str = "/self-test";

/// What all connections have in common.
pub(super) struct Shared {
    pub(super) catalogue: Catalogue,
    pub(super) limits: Limits,
    pub(super) watcher: Arc<dyn Watcher>,
    pub(super) open: AtomicUsize,
    pub(super) transfers: AtomicUsize,
    pub(super) followers: Arc<Followers>,
    /// What [`SELF_TEST`] answers, so that the server knows itself.
    pub(super) nonce: String,
}

/// Serves `stream` on a new thread.
pub(super) fn spawn(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    let ticket = Ticket::take(shared);
    let connection = Connection {
        shared: shared.clone(),
        stream,
        peer,
    };
    // Without a thread the connection is dropped, which tells the peer.
    let _ = thread::Builder::new()
        .name(format!("peer {peer}"))
        .spawn(move || {
            let mut connection = connection;
            match ticket {
                Some(_ticket) => connection.serve(),
                None => connection.turn_away(),
            }
            connection.linger();
        });
}

/// One of the connections there may be at once; given back when dropped.
struct Ticket(Arc<Shared>);

impl Ticket {
    fn take(shared: &Arc<Shared>) -> Option<Ticket> {
        let ticket = Ticket(shared.clone());
        (shared.open.fetch_add(1, Ordering::AcqRel) < shared.limits.connections).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

struct Connection {
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
}

impl Connection {
    fn serve(&mut self) {
        let stall_time = self.shared.limits.stall_time;
        // Without these two the connection still works, only less well.
        let _ = SockRef::from(&self.stream).set_send_buffer_size(SEND_BUFFER_LEN);
        let _ = self.stream.set_nodelay(true);
        if self.stream.set_write_timeout(Some(stall_time)).is_err() {
            return;
        }
        let mut reader = Reader::new(self.shared.limits);
        loop {
            let request = match reader.next(&mut self.stream) {
                Ok(request) => request,
                Err(NoRequest::Ended) => return,
                Err(reason) => return self.refuse(&reason),
            };
            if self.answer(&request).is_err() || !request.keep_alive {
                return;
            }
        }
    }

    fn answer(&mut self, request: &Request) -> io::Result<()> {
        if request.path == SELF_TEST {
            // Nobody's business but our own.
            let response = Response::text(200, &self.shared.nonce);
            let bytes = response.emit(request.keep_alive, request.method == "HEAD");
            return self.stream.write_all(&bytes);
        }
        let slot = match (request.method.as_str(), slot_of(&request.path)) {
            ("GET" | "HEAD", Some(slot)) => slot,
            ("GET" | "HEAD", None) => {
                return self.say(request, &self.not_found(&request.path));
            }
            _ => {
                let response = Response::text(405, "This server answers GET and HEAD only.\n")
                    .with_header("Allow", "GET, HEAD");
                return self.say(request, &response);
            }
        };
        match self
            .shared
            .catalogue
            .image(slot, self.shared.watcher.as_ref())
        {
            Ok(image) if request.if_none_match.as_deref() == Some(etag(&image).as_str()) => {
                self.say(request, &Response::not_modified(&image))
            }
            Ok(image) if request.method == "HEAD" => self.say(request, &Response::image(&image, 0)),
            Ok(image) => self.send(request, &image),
            Err(Missing::NotGiven) => self.say(request, &self.not_found(&request.path)),
            Err(Missing::Unusable(problem)) => {
                let response =
                    Response::text(503, format!("{problem}\n")).with_header("Retry-After", "5");
                self.say(request, &response)
            }
        }
    }

    fn not_found(&self, path: &str) -> Response {
        let offer = self.shared.catalogue.describe();
        Response::text(
            404,
            format!("There is no {path} here. This server has:\n{offer}"),
        )
    }

    fn say(&mut self, request: &Request, response: &Response) -> io::Result<()> {
        let text = format!("{} {}", request.method, request.path);
        self.report(&text, response.status);
        let bytes = response.emit(request.keep_alive, request.method == "HEAD");
        self.stream.write_all(&bytes)
    }

    /// Answers something that was no request, as the connection's last words.
    fn refuse(&mut self, reason: &NoRequest) {
        let (what, response) = match reason {
            NoRequest::Ended => return,
            NoRequest::TooSlow => (
                "half a request",
                Response::text(408, "That took too long.\n"),
            ),
            NoRequest::TooLong => (
                "a request too long",
                Response::text(431, "That request is too long.\n"),
            ),
            NoRequest::Malformed => (
                "no HTTP",
                Response::text(400, "That is not an HTTP request.\n"),
            ),
        };
        self.report(what, response.status);
        // The peer may be gone: there is nobody else to tell.
        let _ = self.stream.write_all(&response.emit(false, false));
    }

    fn turn_away(&mut self) {
        let response = Response::text(503, "Too many connections at once.\n");
        self.report("one connection too many", response.status);
        let _ = self.stream.write_all(&response.emit(false, false));
    }

    /// Sends an image, telling how far it got.
    fn send(&mut self, request: &Request, image: &Arc<Image>) -> io::Result<()> {
        let transfer = self.shared.transfers.fetch_add(1, Ordering::Relaxed);
        let (peer, watcher) = (self.peer, self.shared.watcher.clone());
        watcher.notice(&Event::Started {
            transfer,
            peer,
            image,
        });
        if let Some(problem) = request.agent.and_then(|agent| doubt(agent, image)) {
            let problem = &problem;
            watcher.notice(&Event::Doubtful { peer, problem });
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let followed = Transfer {
            number: transfer,
            peer,
            image: image.clone(),
            is_over: is_over.clone(),
        };
        self.shared.followers.follow(followed, watcher.clone());
        let mut sent = start_of(request, image);
        let header = Response::image(image, sent).emit(request.keep_alive, true);
        let result = self.stream.write_all(&header).and_then(|()| {
            for piece in image.bytes[sent..].chunks(PIECE_LEN) {
                self.stream.write_all(piece)?;
                sent += piece.len();
                watcher.notice(&Event::Progress { transfer, sent });
            }
            Ok(())
        });
        let outcome = match &result {
            Ok(()) => Outcome::Sent,
            Err(error) => Outcome::Broken {
                sent,
                why: explain(error, self.shared.limits),
            },
        };
        watcher.notice(&Event::Finished {
            transfer,
            peer,
            image,
            outcome,
        });
        is_over.store(true, Ordering::Release);
        result
    }

    fn report(&self, request: &str, status: u16) {
        self.shared.watcher.notice(&Event::Answered {
            peer: self.peer,
            request,
            status,
        });
    }

    /// Closes without a reset: bytes the peer still sends would otherwise destroy our answer on its way.
    fn linger(&mut self) {
        if self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let deadline = Instant::now() + LINGER_TIME;
        let mut rest = [0; 1024];
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let waits = self
                .stream
                .set_read_timeout(Some(left.max(Duration::from_millis(1))));
            if waits.is_err() || !matches!(self.stream.read(&mut rest), Ok(1..)) {
                return;
            }
        }
    }
}

/// Why a device will not take an image, if that can be told from what it says of itself.
fn doubt(agent: Agent, image: &Image) -> Option<Problem> {
    let (its, ours) = (agent.map.name(), image.map.name());
    if agent.map != image.map {
        let text = format!("the device has the {its} flash map, and this image is for {ours}");
        let help = format!("it will refuse it: build and serve with --flash-size {its}");
        return Some(Problem::new(text).with_help(help));
    }
    (agent.slot == image.slot).then(|| {
        let text = format!("the device runs {}, and asks for it", agent.slot.name());
        Problem::new(text).with_help("an update goes to the other slot: ask for that one's image")
    })
}

fn explain(error: &io::Error, limits: Limits) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!(
                "the device took nothing for {} s",
                limits.stall_time.as_secs()
            )
        }
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            "the device closed the connection".into()
        }
        _ => error.to_string(),
    }
}

/// From which byte on the image is wanted: one who has the beginning of these very bytes gets the rest.
fn start_of(request: &Request, image: &Image) -> usize {
    let is_same = match &request.if_range {
        Some(tag) => *tag == etag(image),
        None => true,
    };
    match request.range_from {
        Some(start) if is_same && start < image.bytes.len() => start,
        _ => 0,
    }
}
