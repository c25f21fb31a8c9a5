//! UDP: one socket for each port the caller speaks from.

use std::collections::btree_map::Entry;
use std::net::{Ipv4Addr, SocketAddrV4};

use smoltcp::iface::SocketHandle;
use smoltcp::socket::udp;
use smoltcp::wire::{IpAddress, IpEndpoint};

use super::Stack;

/// Datagrams a port holds in each direction.
const PACKETS: usize = 8;
/// Bytes they may have together.
const BYTES: usize = 8 * 1024;

/// A datagram that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it.
    pub from: SocketAddrV4,
    /// To which address: a group's, if it was not for this station alone.
    pub to: Ipv4Addr,
    /// What it says.
    pub bytes: Vec<u8>,
}

impl Stack {
    /// Sends a datagram from `port`; what comes to that port can be taken from now on. False, and nothing is sent,
    /// while there is no address, and when there is no room.
    pub fn send_datagram(&mut self, port: u16, to: SocketAddrV4, bytes: &[u8]) -> bool {
        if self.address.is_none() {
            return false;
        }
        let Some(handle) = self.datagram_socket(port) else {
            return false;
        };
        let socket = self.sockets.get_mut::<udp::Socket>(handle);
        let to = IpEndpoint::new(IpAddress::Ipv4(*to.ip()), to.port());
        socket.send_slice(bytes, to).is_ok()
    }

    /// Takes the next datagram that came to `port`.
    pub fn receive_datagram(&mut self, port: u16) -> Option<Datagram> {
        let handle = self.datagrams.get(&port)?;
        let socket = self.sockets.get_mut::<udp::Socket>(*handle);
        let (bytes, about) = socket.recv().ok()?;
        let IpAddress::Ipv4(from) = about.endpoint.addr;
        let to = match about.local_address {
            Some(IpAddress::Ipv4(to)) => to,
            None => Ipv4Addr::UNSPECIFIED,
        };
        Some(Datagram {
            from: SocketAddrV4::new(from, about.endpoint.port),
            to,
            bytes: bytes.to_vec(),
        })
    }

    /// Hears what is sent to `group`. False when it is no group's address, or one of more than there is room for.
    pub fn join_group(&mut self, group: Ipv4Addr) -> bool {
        self.interface.join_multicast_group(group).is_ok()
    }

    /// The socket on `port`; none on port 0.
    fn datagram_socket(&mut self, port: u16) -> Option<SocketHandle> {
        let entry = match self.datagrams.entry(port) {
            Entry::Occupied(entry) => return Some(*entry.get()),
            Entry::Vacant(entry) => entry,
        };
        let buffer =
            || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; PACKETS], vec![0; BYTES]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).ok()?;
        Some(*entry.insert(self.sockets.add(socket)))
    }
}
