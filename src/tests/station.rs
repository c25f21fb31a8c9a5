//! A station: an address by DHCP, and connections.

use std::string::String;
use std::vec::Vec;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{dhcpv4, tcp};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, EthernetRepr, IpCidr, IpProtocol, Ipv4Address, Ipv4Packet,
    Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};

use super::link::{Link, Side, DEVICE, STATION};
use crate::network::ADDRESS;

pub struct Station {
    side: Side,
    interface: Interface,
    sockets: SocketSet<'static>,
    dhcp: SocketHandle,
    connections: Vec<Connection>,
    next_port: u16,
}

struct Connection {
    socket: SocketHandle,
    to_send: Vec<u8>,
    received: Vec<u8>,
}

impl Station {
    pub fn new(link: &Link) -> Station {
        let mut side = link.station();
        let interface = Interface::new(Config::new(STATION.into()), &mut side, Instant::ZERO);
        let mut sockets = SocketSet::new(Vec::new());
        let dhcp = sockets.add(dhcpv4::Socket::new());
        Station {
            side,
            interface,
            sockets,
            dhcp,
            connections: Vec::new(),
            next_port: 50_000,
        }
    }

    pub fn address(&self) -> Option<Ipv4Address> {
        self.interface.ipv4_addr()
    }

    pub fn poll(&mut self, now: Instant) {
        self.interface.poll(now, &mut self.side, &mut self.sockets);
        let dhcp = self.sockets.get_mut::<dhcpv4::Socket>(self.dhcp);
        if let Some(dhcpv4::Event::Configured(config)) = dhcp.poll() {
            self.interface.update_ip_addrs(|addresses| {
                addresses.clear();
                addresses.push(IpCidr::Ipv4(config.address)).unwrap();
            });
        }
        for connection in &mut self.connections {
            let socket = self.sockets.get_mut::<tcp::Socket>(connection.socket);
            if socket.can_send() && !connection.to_send.is_empty() {
                let sent = socket.send_slice(&connection.to_send).unwrap();
                connection.to_send.drain(..sent);
            }
            while socket.can_recv() {
                let more = socket.recv(|bytes| (bytes.len(), bytes.to_vec())).unwrap();
                connection.received.extend(more);
            }
        }
        self.interface.poll(now, &mut self.side, &mut self.sockets);
    }

    pub fn deadline(&mut self, now: Instant) -> Instant {
        let far = now + Duration::from_secs(60);
        self.interface.poll_at(now, &self.sockets).unwrap_or(far)
    }

    pub fn connect(&mut self, port: u16) -> usize {
        self.next_port += 1;
        let index = self.add_socket();
        let socket = self
            .sockets
            .get_mut::<tcp::Socket>(self.connections[index].socket);
        let context = self.interface.context();
        socket
            .connect(context, (ADDRESS, port), self.next_port)
            .unwrap();
        index
    }

    pub fn listen(&mut self, port: u16) -> usize {
        let index = self.add_socket();
        self.socket(index).listen(port).unwrap();
        index
    }

    fn add_socket(&mut self) -> usize {
        let buffer = || tcp::SocketBuffer::new(vec![0; 8192]);
        let socket = self.sockets.add(tcp::Socket::new(buffer(), buffer()));
        self.connections.push(Connection {
            socket,
            to_send: Vec::new(),
            received: Vec::new(),
        });
        self.connections.len() - 1
    }

    pub fn socket(&mut self, connection: usize) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.connections[connection].socket)
    }

    pub fn send(&mut self, connection: usize, bytes: &[u8]) {
        self.connections[connection]
            .to_send
            .extend_from_slice(bytes);
    }

    /// Whether everything given to [`Station::send`] has been acknowledged.
    pub fn has_sent(&mut self, connection: usize) -> bool {
        self.connections[connection].to_send.is_empty() && self.socket(connection).send_queue() == 0
    }

    pub fn received(&self, connection: usize) -> &[u8] {
        &self.connections[connection].received
    }

    /// Whether the device has closed its side, or reset the connection.
    pub fn has_ended(&mut self, connection: usize) -> bool {
        matches!(
            self.socket(connection).state(),
            tcp::State::CloseWait | tcp::State::Closed | tcp::State::LastAck | tcp::State::TimeWait
        )
    }

    /// The first packet of a handshake, from a port that this station knows nothing of.
    pub fn syn(&self, from_port: u16, to_port: u16) -> Vec<u8> {
        let from = self.address().unwrap();
        let tcp = TcpRepr {
            src_port: from_port,
            dst_port: to_port,
            control: TcpControl::Syn,
            seq_number: TcpSeqNumber(1),
            ack_number: None,
            window_len: 1000,
            window_scale: None,
            max_seg_size: Some(1460),
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload: &[],
        };
        let ip = Ipv4Repr {
            src_addr: from,
            dst_addr: ADDRESS,
            next_header: IpProtocol::Tcp,
            payload_len: tcp.buffer_len(),
            hop_limit: 64,
        };
        let ethernet = EthernetRepr {
            src_addr: STATION,
            dst_addr: DEVICE,
            ethertype: EthernetProtocol::Ipv4,
        };
        let checksums = ChecksumCapabilities::default();
        let mut bytes = vec![0; ethernet.buffer_len() + ip.buffer_len() + tcp.buffer_len()];
        let mut frame = EthernetFrame::new_unchecked(&mut bytes);
        ethernet.emit(&mut frame);
        let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
        ip.emit(&mut packet, &checksums);
        let mut segment = TcpPacket::new_unchecked(packet.payload_mut());
        tcp.emit(&mut segment, &from.into(), &ADDRESS.into(), &checksums);
        bytes
    }

    /// The connection's port on this side.
    pub fn port(&mut self, connection: usize) -> u16 {
        self.socket(connection).local_endpoint().unwrap().port
    }

    pub fn close(&mut self, connection: usize) {
        self.socket(connection).close();
    }

    pub fn abort(&mut self, connection: usize) {
        self.socket(connection).abort();
    }

    /// Everything received; closes this side too.
    pub fn take_text(&mut self, connection: usize) -> String {
        self.close(connection);
        String::from_utf8(std::mem::take(&mut self.connections[connection].received)).unwrap()
    }
}
