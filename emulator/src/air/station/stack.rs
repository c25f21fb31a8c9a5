//! A station's IP side: DHCP client, TCP connections and datagrams, by smoltcp.
//!
//! It exchanges Ethernet frames with the station and knows nothing of 802.11.

mod datagrams;

pub use datagrams::Datagram;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::{dhcpv4, tcp};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use super::super::codec::Mac;
use super::port::Port;
use crate::time::Time;

/// Bytes a connection buffers in each direction.
const BUFFER_LEN: usize = 16 * 1024;
/// Connections that may wait for [`Stack::accept`], per port.
const BACKLOG: usize = 4;
/// A peer that answers nothing for so long is gone.
const TIMEOUT: Duration = Duration::from_secs(60);
/// First of the ports connections are made from.
const FIRST_PORT: u16 = 49152;

/// A TCP connection, as long as the caller holds on to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conn(u32);

#[derive(Debug)]
enum Connection {
    /// Waits for an address to connect from.
    Wanted { port: u16 },
    /// Has a socket. `released`: the caller has closed it; it goes when TCP is done with it.
    Open {
        socket: SocketHandle,
        released: bool,
    },
}

/// The stack.
pub struct Stack {
    port: Port,
    interface: Interface,
    sockets: SocketSet<'static>,
    dhcp: SocketHandle,
    router: Option<Ipv4Addr>,
    address: Option<Ipv4Addr>,
    connections: BTreeMap<Conn, Connection>,
    listeners: BTreeMap<u16, Vec<SocketHandle>>,
    next_conn: u32,
    next_port: u16,
    /// UDP sockets, by their port.
    datagrams: BTreeMap<u16, SocketHandle>,
}

impl Stack {
    /// A stack without address. Its sequence numbers and DHCP transactions depend on `seed`.
    pub fn new(mac: Mac, seed: u64) -> Stack {
        let mut port = Port::default();
        let mut config = Config::new(EthernetAddress(mac).into());
        config.random_seed = seed;
        let interface = Interface::new(config, &mut port, Instant::ZERO);
        let mut sockets = SocketSet::new(Vec::new());
        let dhcp = sockets.add(dhcpv4::Socket::new());
        Stack {
            port,
            interface,
            sockets,
            dhcp,
            router: None,
            address: None,
            connections: BTreeMap::new(),
            listeners: BTreeMap::new(),
            next_conn: 1,
            next_port: FIRST_PORT,
            datagrams: BTreeMap::new(),
        }
    }

    /// The link is new: asks for an address again. Connections stay, in case it is the same one.
    pub fn link_up(&mut self) {
        self.sockets.get_mut::<dhcpv4::Socket>(self.dhcp).reset();
        self.address = None;
        self.port.clear();
    }

    /// The address, when the link has one.
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.address
    }

    /// Takes a frame off the air.
    pub fn receive(&mut self, ethernet: Vec<u8>) {
        self.port.push(ethernet);
    }

    /// Works at `now`; at most `room` frames come out.
    pub fn poll(&mut self, now: Time, room: usize) -> Vec<Vec<u8>> {
        self.port.allow(room);
        let now = instant(now);
        self.interface.poll(now, &mut self.port, &mut self.sockets);
        if self.take_lease() {
            self.connect_waiting();
            // What the lease made possible should not wait for the next event.
            self.interface.poll(now, &mut self.port, &mut self.sockets);
        }
        self.forget_finished();
        self.port.drain()
    }

    /// When [`Stack::poll`] must run.
    pub fn next_event(&mut self, now: Time) -> Time {
        match self.interface.poll_at(instant(now), &self.sockets) {
            // Never in the same instant again: an event that cannot be served must not stop time.
            Some(at) => Time::from_micros(at.total_micros() as u64).max(now + Time::from_micros(1)),
            None => Time::NEVER,
        }
    }

    /// Opens a connection to `port` of the access point; it waits until there is an address.
    pub fn connect(&mut self, port: u16) -> Conn {
        let conn = self.insert(Connection::Wanted { port });
        if self.address.is_some() {
            self.connect_waiting();
        }
        conn
    }

    /// Accepts connections to `port` from now on.
    pub fn listen(&mut self, port: u16) {
        if !self.listeners.contains_key(&port) {
            let sockets = (0..BACKLOG).map(|_| self.listener(port)).collect();
            self.listeners.insert(port, sockets);
        }
    }

    /// The next connection somebody opened to `port`.
    pub fn accept(&mut self, port: u16) -> Option<Conn> {
        let waiting = self.listeners.get(&port)?.clone();
        let ready = waiting.iter().position(|socket| {
            let state = self.sockets.get::<tcp::Socket>(*socket).state();
            !matches!(
                state,
                tcp::State::Listen | tcp::State::SynReceived | tcp::State::Closed
            )
        })?;
        let fresh = self.listener(port);
        let socket = core::mem::replace(self.listeners.get_mut(&port)?.get_mut(ready)?, fresh);
        Some(self.insert(Connection::Open {
            socket,
            released: false,
        }))
    }

    /// Queues bytes; returns how many were taken.
    pub fn send(&mut self, conn: Conn, bytes: &[u8]) -> usize {
        let socket = self.socket_mut(conn);
        socket.map_or(0, |socket| socket.send_slice(bytes).unwrap_or(0))
    }

    /// Takes what has arrived.
    pub fn recv(&mut self, conn: Conn) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some(socket) = self.socket_mut(conn) {
            while let Ok(count @ 1..) = socket.recv(|chunk| {
                bytes.extend_from_slice(chunk);
                (chunk.len(), chunk.len())
            }) {
                debug_assert!(count <= BUFFER_LEN);
            }
        }
        bytes
    }

    /// False once the connection is over: closed by both, refused, reset or timed out.
    pub fn is_open(&self, conn: Conn) -> bool {
        match self.connections.get(&conn) {
            Some(Connection::Wanted { .. }) => true,
            Some(Connection::Open { socket, .. }) => {
                self.sockets.get::<tcp::Socket>(*socket).is_open()
            }
            None => false,
        }
    }

    /// True once both ends have agreed to talk.
    pub fn is_established(&self, conn: Conn) -> bool {
        self.socket(conn).is_some_and(|socket| socket.may_send())
    }

    /// True when the peer will send nothing more, and all it sent was taken.
    pub fn peer_closed(&self, conn: Conn) -> bool {
        match self.connections.get(&conn) {
            Some(Connection::Wanted { .. }) => false,
            Some(Connection::Open { socket, .. }) => {
                let socket = self.sockets.get::<tcp::Socket>(*socket);
                let opening = matches!(
                    socket.state(),
                    tcp::State::SynSent | tcp::State::SynReceived
                );
                !opening && !socket.may_recv()
            }
            None => true,
        }
    }

    /// Bytes sent but not acknowledged by the peer yet.
    pub fn unsent(&self, conn: Conn) -> usize {
        self.socket(conn).map_or(0, |socket| socket.send_queue())
    }

    /// Sends the rest and then FIN. What the peer still sends can be taken.
    pub fn close(&mut self, conn: Conn) {
        if let Some(socket) = self.socket_mut(conn) {
            socket.close();
        }
        self.release(conn);
    }

    /// Sends RST.
    pub fn abort(&mut self, conn: Conn) {
        if let Some(socket) = self.socket_mut(conn) {
            socket.abort();
        }
        self.release(conn);
    }

    fn release(&mut self, conn: Conn) {
        match self.connections.get_mut(&conn) {
            Some(Connection::Open { released, .. }) => *released = true,
            _ => drop(self.connections.remove(&conn)),
        }
    }

    fn insert(&mut self, connection: Connection) -> Conn {
        let conn = Conn(self.next_conn);
        self.next_conn += 1;
        self.connections.insert(conn, connection);
        conn
    }

    fn socket(&self, conn: Conn) -> Option<&tcp::Socket<'static>> {
        match self.connections.get(&conn)? {
            Connection::Open { socket, .. } => Some(self.sockets.get(*socket)),
            Connection::Wanted { .. } => None,
        }
    }

    fn socket_mut(&mut self, conn: Conn) -> Option<&mut tcp::Socket<'static>> {
        match self.connections.get(&conn)? {
            Connection::Open { socket, .. } => Some(self.sockets.get_mut(*socket)),
            Connection::Wanted { .. } => None,
        }
    }

    fn new_socket(&mut self) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER_LEN]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        socket.set_timeout(Some(TIMEOUT));
        socket.set_nagle_enabled(false);
        self.sockets.add(socket)
    }

    fn listener(&mut self, port: u16) -> SocketHandle {
        let handle = self.new_socket();
        // Fails only for port 0, which then never accepts.
        let _ = self.sockets.get_mut::<tcp::Socket>(handle).listen(port);
        handle
    }

    /// Takes news from DHCP; true when there is a new lease.
    fn take_lease(&mut self) -> bool {
        let lease = match self.sockets.get_mut::<dhcpv4::Socket>(self.dhcp).poll() {
            Some(dhcpv4::Event::Configured(lease)) => lease,
            // Lost or renewed link. The address stays until there is another, as on a phone.
            _ => return false,
        };
        let cidr = lease.address;
        let router = lease.router.unwrap_or(lease.server.address);
        let moved = !self.interface.has_ip_addr(IpAddress::Ipv4(cidr.address()));
        if moved {
            self.interface.update_ip_addrs(|addresses| {
                addresses.clear();
                // The list has room for one: it was just cleared.
                let _ = addresses.push(IpCidr::Ipv4(cidr));
            });
            self.abort_all();
        }
        // Without a free entry there is no default route; the access point is on the link anyway.
        let _ = self.interface.routes_mut().add_default_ipv4_route(router);
        self.address = Some(cidr.address());
        self.router = Some(router);
        true
    }

    /// Connections from an address the station no longer has cannot go on.
    fn abort_all(&mut self) {
        for connection in self.connections.values() {
            if let Connection::Open { socket, .. } = connection {
                self.sockets.get_mut::<tcp::Socket>(*socket).abort();
            }
        }
    }

    fn connect_waiting(&mut self) {
        let (Some(router), true) = (self.router, self.address.is_some()) else {
            return;
        };
        let waiting: Vec<(Conn, u16)> = self
            .connections
            .iter()
            .filter_map(|(conn, connection)| match connection {
                Connection::Wanted { port } => Some((*conn, *port)),
                Connection::Open { .. } => None,
            })
            .collect();
        for (conn, port) in waiting {
            let socket = self.new_socket();
            let from = self.next_port;
            self.next_port = self.next_port.checked_add(1).unwrap_or(FIRST_PORT);
            // Fails only for port 0: then the socket stays closed, which the caller sees.
            let _ = self.sockets.get_mut::<tcp::Socket>(socket).connect(
                self.interface.context(),
                (router, port),
                from,
            );
            self.connections.insert(
                conn,
                Connection::Open {
                    socket,
                    released: false,
                },
            );
        }
    }

    /// Removes connections both TCP and the caller are done with, and reopens listeners that were reset before anybody accepted.
    fn forget_finished(&mut self) {
        let sockets = &mut self.sockets;
        self.connections.retain(|_, connection| match connection {
            Connection::Open {
                socket,
                released: true,
            } => {
                let tcp: &tcp::Socket = sockets.get(*socket);
                let finished = tcp.state() == tcp::State::Closed && !tcp.can_recv();
                if finished {
                    sockets.remove(*socket);
                }
                !finished
            }
            _ => true,
        });
        for (port, handles) in &self.listeners {
            for handle in handles {
                let socket = self.sockets.get_mut::<tcp::Socket>(*handle);
                if socket.state() == tcp::State::Closed {
                    let _ = socket.listen(*port);
                }
            }
        }
    }
}

fn instant(time: Time) -> Instant {
    Instant::from_micros(time.as_micros() as i64)
}
