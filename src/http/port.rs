//! The sockets of one port, each with a service of its own: they get their turns alike.

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;

use super::{Connection, Request, Status};

/// What answers on one socket.
pub trait Service {
    /// The socket's place in its life.
    fn connection(&mut self) -> &mut Connection;
}

/// Brings each socket of `port` forward and gives its service a turn, with a request if one has come or the status
/// to refuse it with. True if a complete request was among them.
#[inline]
pub fn serve<S: Service>(
    now: Instant,
    sockets: &mut SocketSet,
    handles: &[SocketHandle],
    port: u16,
    services: &mut [S],
    mut turn: impl FnMut(&mut S, &mut tcp::Socket, Option<Result<Request, Status>>),
) -> bool {
    let mut was_asked = false;
    let is_crowded = is_crowded(sockets, handles);
    for (service, handle) in services.iter_mut().zip(handles) {
        let socket = sockets.get_mut::<tcp::Socket>(*handle);
        let request = service.connection().poll(now, socket, port, is_crowded);
        was_asked |= matches!(request, Some(Ok(_)));
        turn(service, socket, request);
    }
    was_asked
}

/// Whether none of these sockets waits for a new connection.
pub fn is_crowded(sockets: &SocketSet, handles: &[SocketHandle]) -> bool {
    let is_busy = |handle: &SocketHandle| {
        let socket = sockets.get::<tcp::Socket>(*handle);
        socket.is_open() && !socket.is_listening()
    };
    handles.iter().all(is_busy)
}
