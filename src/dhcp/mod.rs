//! A DHCP server for a network of eight stations (RFC 2131).
//!
//! It hands out addresses, a subnet mask and this device as the name server, so that a phone finds the page by
//! itself. No router: there is nothing behind this network, and a laptop that is told so keeps its other connection for
//! the rest.
//!
//! The packets are smoltcp's; the leases are ours, because the `no_std` servers there are neither set a declined
//! address aside nor answer an INFORM.

mod lease;
mod message;

pub use lease::{Leases, POOL_FIRST, POOL_LEN};
pub use message::{Query, Reply};

use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{
    DhcpMessageType, EthernetAddress, IpEndpoint, Ipv4Address, DHCP_CLIENT_PORT, DHCP_SERVER_PORT,
};

use crate::network::ADDRESS;

/// Serves one UDP socket.
#[derive(Debug)]
pub struct Server {
    leases: Leases,
}

impl Server {
    /// A server that has promised nothing to anybody.
    pub const fn new() -> Server {
        Server {
            leases: Leases::new(),
        }
    }

    /// Who has which address.
    pub fn leases(&self) -> &Leases {
        &self.leases
    }

    /// Answers what has arrived. A client that is not here, as far as the access point knows, makes room if need be.
    pub fn poll(
        &mut self,
        now: Instant,
        socket: &mut udp::Socket,
        is_here: impl Fn(EthernetAddress) -> bool,
    ) {
        if !socket.is_open() {
            // Only port 0 and an open socket are refused.
            let _ = socket.bind(DHCP_SERVER_PORT);
        }
        while socket.can_send() {
            let Ok((bytes, _)) = socket.recv() else {
                return;
            };
            let reply = Query::parse(bytes).and_then(|query| {
                self.leases.make_room(now, query.client, &is_here);
                self.answer(now, &query)
            });
            if let Some(reply) = reply {
                let to = IpEndpoint::new(reply.to.into(), DHCP_CLIENT_PORT);
                if let Ok(buffer) = socket.send(Reply::LEN, to) {
                    reply.emit(buffer);
                }
            }
        }
    }

    /// What to answer, if anything.
    pub fn answer(&mut self, now: Instant, query: &Query) -> Option<Reply> {
        let client = query.client;
        match query.kind {
            DhcpMessageType::Discover => {
                let address = self.leases.offer(now, client, query.requested)?;
                Some(Reply::granting(query, DhcpMessageType::Offer, address))
            }
            DhcpMessageType::Request if query.is_for_another_server() => {
                self.leases.release(client);
                None
            }
            DhcpMessageType::Request => {
                let wanted = query.requested.or(query.current)?;
                if self.leases.grant(now, client, wanted) {
                    Some(Reply::granting(query, DhcpMessageType::Ack, wanted))
                } else {
                    Some(Reply::refusing(query))
                }
            }
            DhcpMessageType::Decline if !query.is_for_another_server() => {
                self.leases.set_aside(now, client, query.requested?);
                None
            }
            DhcpMessageType::Release if !query.is_for_another_server() => {
                self.leases.release(client);
                None
            }
            DhcpMessageType::Inform => Some(Reply::informing(query, query.current?)),
            _ => None,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

/// The network's mask: 255.255.255.0.
const SUBNET_MASK: Ipv4Address = Ipv4Address::new(255, 255, 255, 0);

/// Whether a station could have this address in this network.
fn is_station_address(address: Ipv4Address) -> bool {
    let [a, b, c, host] = address.octets();
    [a, b, c] == ADDRESS.octets()[..3] && host != 0 && host != 255 && address != ADDRESS
}

#[cfg(test)]
mod tests;
