//! The update's TCP connection to the image server.

use core::fmt::{self, Write};

use crate::flash::Flash;
use smoltcp::iface::Context;
use smoltcp::socket::tcp;
use smoltcp::time::Instant;

use super::{Phase, Source, Update, SERVER_PORT};
use crate::http::SocketWriter;
use crate::identity::VERSION;

/// Pages that are programmed in one turn: a TCP segment's worth, so that the next segment is as long, and no longer than
/// a slice of an erase takes. The radio's ring takes what comes meanwhile.
const PAGES_PER_TURN: usize = 4;
/// First of the ports that are nobody's (IANA: 49152 to 65535).
const LOCAL_PORT_FIRST: u16 = 49152;

/// Drives one socket on behalf of the update.
#[derive(Debug)]
pub struct Fetch {
    /// The connection that the socket carries, as the update counts them.
    connection: u32,
    /// Makes a restarted device come from another port than before, which the server may still remember.
    port_seed: u16,
}

impl Fetch {
    /// A driver with nothing to do. `seed` is any number, different at each start.
    pub const fn new(seed: u32) -> Fetch {
        Fetch {
            connection: 0,
            port_seed: seed as u16,
        }
    }

    /// Passes on what happened on the network since the last call, at most `PAGES_PER_TURN` of it.
    pub fn poll<F: Flash>(
        &mut self,
        now: Instant,
        update: &mut Update,
        socket: &mut tcp::Socket,
        context: &mut Context,
        flash: &mut F,
    ) {
        match update.phase() {
            // An upload has its own connection: `crate::trigger`.
            _ if matches!(update.source(), Source::Upload(_)) => socket.abort(),
            Phase::Idle => socket.abort(),
            Phase::Connecting if self.connection != update.connection().0 => {
                if update.connection().1 <= now {
                    self.connect(update, socket, context);
                }
            }
            Phase::Connecting
            | Phase::Requesting
            | Phase::Answer
            | Phase::Receiving
            | Phase::Ending => {
                exchange(now, update, socket, flash);
            }
            Phase::Verifying | Phase::Switching | Phase::Restarting => socket.close(),
        }
        update.step(now, flash);
    }

    /// When [`Fetch::poll`] has something to do even if nothing happens.
    pub fn deadline(&self, update: &Update, socket: &tcp::Socket) -> Option<Instant> {
        let (connection, connect_at) = update.connection();
        if update.phase() == Phase::Connecting && self.connection != connection {
            return Some(connect_at);
        }
        let is_behind =
            matches!(update.phase(), Phase::Receiving | Phase::Ending) && socket.recv_queue() > 0;
        let is_over = update.phase() == Phase::Idle && socket.is_open();
        if is_behind || is_over {
            return Some(Instant::ZERO);
        }
        update.deadline()
    }

    fn connect(&mut self, update: &mut Update, socket: &mut tcp::Socket, context: &mut Context) {
        // What is left of an earlier connection would refuse a new one.
        socket.abort();
        self.connection = update.connection().0;
        let offset =
            self.port_seed.wrapping_add(self.connection as u16) % (u16::MAX - LOCAL_PORT_FIRST);
        let server = (update.source().address(), SERVER_PORT);
        // Fails for an unusable address only, and then the socket stays closed: refused, at the next poll.
        let _ = socket.connect(context, server, LOCAL_PORT_FIRST + offset);
    }
}

fn exchange<F: Flash>(now: Instant, update: &mut Update, socket: &mut tcp::Socket, flash: &mut F) {
    if update.phase() == Phase::Connecting && socket.may_send() {
        update.connected(now);
    }
    if update.phase() == Phase::Requesting && socket.can_send() {
        // The buffer is empty and larger than the request.
        let _ = write!(SocketWriter(socket), "{}", Request(update));
        update.requested(now);
    }
    take_in(now, update, socket, flash);
    if !socket.may_recv() && socket.state() != tcp::State::SynSent {
        update.ended(now);
    }
}

/// Moves the image's bytes from a socket to flash, a few pages of them at a time.
pub fn take_in<F: Flash>(
    now: Instant,
    update: &mut Update,
    socket: &mut tcp::Socket,
    flash: &mut F,
) {
    for _ in 0..PAGES_PER_TURN {
        let mut take = || {
            let taken = socket.recv(|bytes| {
                let taken = update.receive(now, bytes);
                (taken, taken)
            });
            taken.is_ok_and(|taken| taken > 0)
        };
        // Twice: what has arrived lies in two pieces where the buffer wraps.
        let has_taken = take() && take();
        if !update.write(now, flash) && !has_taken {
            break;
        }
    }
}

/// What the device asks the image server.
struct Request<'a>(&'a Update);

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let me = self.0.identity();
        write!(f, "GET /{}.bin HTTP/1.1\r\n", me.slot.other().name())?;
        let server = self.0.source().address();
        write!(f, "Host: {server}:{SERVER_PORT}\r\n")?;
        let (build, slot, map) = (me.build, me.slot.name(), me.map.name());
        write!(
            f,
            "User-Agent: d1-ota/{VERSION} (build {build}; {slot}; {map})\r\n"
        )?;
        if let Some((start, tag)) = self.0.resumes() {
            write!(f, "Range: bytes={start}-\r\nIf-Range: {tag}\r\n")?;
        }
        f.write_str("Accept: application/octet-stream\r\nConnection: close\r\n\r\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use crate::update::sector::Sector;
    use crate::update::History;
    use d1_image::{FlashMap, Slot};
    use smoltcp::wire::Ipv4Address;

    #[test]
    fn the_request_asks_for_the_other_slots_image_and_says_who_asks() {
        let identity = Identity {
            build: 12,
            release: 0,
            slot: Slot::One,
            map: FlashMap::M1,
            chip_len: 0x40_0000,
        };
        let sector = std::boxed::Box::leak(std::boxed::Box::new(Sector::new()));
        let mut update = Update::new(identity, History::new(identity), sector);
        update
            .begin(
                Instant::ZERO,
                Source::Server(Ipv4Address::new(192, 168, 123, 100)),
                false,
            )
            .unwrap();
        let golden = format!(
            "GET /user2.bin HTTP/1.1\r\nHost: 192.168.123.100:8888\r\n\
             User-Agent: d1-ota/{VERSION} (build 12; user1; 1M)\r\n\
             Accept: application/octet-stream\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(Request(&update).to_string(), golden);
    }
}
