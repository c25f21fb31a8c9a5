//! Names for those who do not want to type an address: DNS, and `d1-ota.local` by mDNS.
//!
//! The DNS server answers every question with this device, because there is nothing else in this network. That
//! is what makes a phone notice that it has to show the page (`crate::page`, on the addresses phones probe). Nobody
//! may keep such an answer: it would be wrong in the next network.

mod message;

pub use message::{announce, Query, ANSWER_LEN_MAX};

use smoltcp::socket::udp;
use smoltcp::wire::{IpEndpoint, Ipv4Address};

use crate::network::ADDRESS;

/// DNS.
const DNS_PORT: u16 = 53;
/// mDNS (RFC 6762).
const MDNS_PORT: u16 = 5353;
/// Where mDNS is spoken.
pub const MDNS_GROUP: Ipv4Address = Ipv4Address::new(224, 0, 0, 251);

/// Our name there: `d1-ota.local`.
pub const NAME: &[u8] = b"\x06d1-ota\x05local\0";
/// How long an address record should live (RFC 6762, section 10), in seconds.
const NAME_TTL: u32 = 120;
/// At most so long if who asks is no mDNS speaker (RFC 6762, section 6.7), in seconds.
const LEGACY_TTL: u32 = 10;

/// Bytes of a query that is heard: more than a question with the longest name, and the options of EDNS.
pub const QUERY_LEN: usize = 256;
/// Bytes of the longest thing said by mDNS: an answer to a legacy query for our name.
pub const MDNS_SEND_LEN: usize = 64;

/// Answers what has arrived by DNS.
pub fn serve_dns(socket: &mut udp::Socket) {
    serve(socket, DNS_PORT, |query, from, buffer| {
        let len = query.answer(ADDRESS, 0, buffer)?;
        Some((len, from))
    });
}

/// Answers what has arrived by mDNS and is about us.
pub fn serve_mdns(socket: &mut udp::Socket) {
    serve(socket, MDNS_PORT, |query, from, buffer| {
        let mut questions = query.questions();
        if !questions.any(|question| question.wants_address() && question.is_about(NAME)) {
            return None;
        }
        if from.port != MDNS_PORT {
            return Some((query.answer(ADDRESS, LEGACY_TTL, buffer)?, from));
        }
        let all = IpEndpoint::new(MDNS_GROUP.into(), MDNS_PORT);
        Some((announce(NAME, ADDRESS, NAME_TTL, buffer)?, all))
    });
}

fn serve(
    socket: &mut udp::Socket,
    port: u16,
    answer: impl Fn(Query, IpEndpoint, &mut [u8]) -> Option<(usize, IpEndpoint)>,
) {
    if !socket.is_open() {
        // Only port 0 and an open socket are refused.
        let _ = socket.bind(port);
    }
    while socket.can_send() {
        let mut buffer = [0; ANSWER_LEN_MAX];
        let Ok((bytes, from)) = socket.recv() else {
            return;
        };
        let said = Query::parse(bytes).and_then(|query| answer(query, from.endpoint, &mut buffer));
        if let Some((len, to)) = said {
            // Fails for want of room only; who asked will ask again.
            let _ = socket.send_slice(&buffer[..len], to);
        }
    }
}

#[cfg(test)]
mod tests;
