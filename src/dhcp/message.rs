//! DHCP messages: what is read from a client's, what is written into ours.

use smoltcp::wire::{
    DhcpMessageType, DhcpOpCode, DhcpPacket, DhcpRepr, EthernetAddress, Ipv4Address,
};

use super::lease::LEASE_TIME;
use super::{is_station_address, SUBNET_MASK};
use crate::network::ADDRESS;

/// Options by number (RFC 2132, sections 9.1, 9.6, 9.7).
mod option {
    pub const REQUESTED_ADDRESS: u8 = 50;
    pub const MESSAGE_TYPE: u8 = 53;
    pub const SERVER: u8 = 54;
}

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// What kind of message this is.
    pub kind: DhcpMessageType,
    /// The client's hardware address.
    pub client: EthernetAddress,
    /// The address it would like to have.
    pub requested: Option<Ipv4Address>,
    /// The address it has, and can be answered at.
    pub current: Option<Ipv4Address>,
    transaction: u32,
    seconds: u16,
    wants_broadcast: bool,
    server: Option<Ipv4Address>,
}

impl Query {
    /// Reads a client's message; `None` for anything malformed, relayed, or not from Ethernet.
    pub fn parse(bytes: &[u8]) -> Option<Query> {
        const COOKIE: u32 = 0x6382_5363;
        let packet = DhcpPacket::new_checked(bytes).ok()?;
        let is_ethernet = packet.hardware_type() == smoltcp::wire::ArpHardware::Ethernet
            && packet.hardware_len() == 6;
        if packet.opcode() != DhcpOpCode::Request
            || !is_ethernet
            || packet.magic_number() != COOKIE
            || !packet.relay_agent_ip().is_unspecified()
        {
            return None;
        }
        let mut kind = None;
        let mut query = Query {
            kind: DhcpMessageType::Unknown(0),
            client: packet.client_hardware_address(),
            requested: None,
            current: Some(packet.client_ip()).filter(|address| is_station_address(*address)),
            transaction: packet.transaction_id(),
            seconds: packet.secs(),
            wants_broadcast: packet.flags().contains(smoltcp::wire::DhcpFlags::BROADCAST),
            server: None,
        };
        for item in packet.options() {
            let address = || <[u8; 4]>::try_from(item.data).ok().map(Ipv4Address::from);
            match item.kind {
                option::MESSAGE_TYPE => kind = item.data.first().copied(),
                option::REQUESTED_ADDRESS => query.requested = address(),
                option::SERVER => query.server = address(),
                _ => {}
            }
        }
        query.kind = kind?.into();
        query.client.is_unicast().then_some(query)
    }

    /// Whether the client speaks to another server.
    pub fn is_for_another_server(&self) -> bool {
        self.server.is_some_and(|server| server != ADDRESS)
    }
}

/// What the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Where to send it. Without an address of its own a client can only be broadcast to.
    pub to: Ipv4Address,
    /// What kind of message this is.
    pub kind: DhcpMessageType,
    /// The client's address from now on; 0.0.0.0 if that is none of this message's business.
    pub address: Ipv4Address,
    lease_seconds: Option<u32>,
    query: Query,
}

impl Reply {
    /// Bytes of a reply: what BOOTP clients expect at least (RFC 1542, section 2.1).
    pub const LEN: usize = 300;

    /// An offer or an acknowledgement.
    pub fn granting(query: &Query, kind: DhcpMessageType, address: Ipv4Address) -> Reply {
        Reply {
            to: query.current.unwrap_or(Ipv4Address::BROADCAST),
            kind,
            address,
            lease_seconds: Some(LEASE_TIME.secs() as u32),
            query: *query,
        }
    }

    /// No. Always broadcast: the client's own idea of its address is what is wrong.
    pub fn refusing(query: &Query) -> Reply {
        Reply {
            to: Ipv4Address::BROADCAST,
            kind: DhcpMessageType::Nak,
            address: Ipv4Address::UNSPECIFIED,
            lease_seconds: None,
            query: *query,
        }
    }

    /// The network's settings, for a client that has its `address` from elsewhere.
    pub fn informing(query: &Query, address: Ipv4Address) -> Reply {
        Reply {
            to: address,
            kind: DhcpMessageType::Ack,
            address: Ipv4Address::UNSPECIFIED,
            lease_seconds: None,
            query: *query,
        }
    }

    /// Writes the message into a buffer of [`Reply::LEN`] bytes.
    pub fn emit(&self, buffer: &mut [u8]) {
        buffer.fill(0);
        let is_refusal = self.kind == DhcpMessageType::Nak;
        let repr = DhcpRepr {
            message_type: self.kind,
            transaction_id: self.query.transaction,
            secs: self.query.seconds,
            client_hardware_address: self.query.client,
            client_ip: self
                .query
                .current
                .filter(|_| !is_refusal)
                .unwrap_or(Ipv4Address::UNSPECIFIED),
            your_ip: self.address,
            server_ip: Ipv4Address::UNSPECIFIED,
            router: None,
            subnet_mask: (!is_refusal).then_some(SUBNET_MASK),
            relay_agent_ip: Ipv4Address::UNSPECIFIED,
            broadcast: self.query.wants_broadcast,
            requested_ip: None,
            client_identifier: None,
            server_identifier: Some(ADDRESS),
            parameter_request_list: None,
            // Ours, which leads everywhere to this device.
            dns_servers: (!is_refusal)
                .then(|| heapless::Vec::from_slice(&[ADDRESS]).unwrap_or_default()),
            max_size: None,
            lease_duration: self.lease_seconds,
            renew_duration: None,
            rebind_duration: None,
            additional_options: &[],
        };
        // Fails for want of room only, and a reply's few options need a tenth of it.
        let _ = repr.emit(&mut DhcpPacket::new_unchecked(buffer));
    }
}
