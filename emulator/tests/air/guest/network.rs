//! The access point's own IP side: 192.168.123.1, DHCP server, echo on port 80, a caller.

use std::collections::VecDeque;

use d1_emulator::time::Time;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{
    DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress, IpAddress, IpCidr, IpEndpoint,
    Ipv4Address,
};

const ADDRESS: Ipv4Address = Ipv4Address::new(192, 168, 123, 1);

pub struct Network {
    wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
    dhcp: SocketHandle,
    echo: SocketHandle,
    caller: SocketHandle,
    leases: Vec<[u8; 6]>,
    now: Time,
    greeting: Vec<u8>,
    /// What the station answered on the connection the device opened.
    pub answer: Vec<u8>,
    /// Bytes echoed.
    pub echoed: usize,
}

impl Network {
    pub fn new(mac: [u8; 6]) -> Network {
        let mut wire = Wire::default();
        let mut config = Config::new(EthernetAddress(mac).into());
        config.random_seed = 7;
        let mut interface = Interface::new(config, &mut wire, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses
                .push(IpCidr::new(IpAddress::Ipv4(ADDRESS), 24))
                .unwrap();
        });
        let mut sockets = SocketSet::new(Vec::new());
        let packets = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 4], vec![0; 4096]);
        let mut dhcp = udp::Socket::new(packets(), packets());
        dhcp.bind(67).unwrap();
        let tcp = || {
            let buffer = || tcp::SocketBuffer::new(vec![0; 4096]);
            tcp::Socket::new(buffer(), buffer())
        };
        Network {
            wire,
            interface,
            dhcp: sockets.add(dhcp),
            echo: sockets.add(tcp()),
            caller: sockets.add(tcp()),
            sockets,
            leases: Vec::new(),
            now: Time::default(),
            greeting: Vec::new(),
            answer: Vec::new(),
            echoed: 0,
        }
    }

    pub fn receive(&mut self, ethernet: Vec<u8>) {
        self.wire.incoming.push_back(ethernet);
    }

    /// The device opens a connection to `port` of the first station and sends `greeting`.
    pub fn call(&mut self, port: u16, greeting: &[u8]) {
        let to = (Ipv4Address::new(192, 168, 123, 100), port);
        let socket = self.sockets.get_mut::<tcp::Socket>(self.caller);
        socket
            .connect(self.interface.context(), to, 50_000)
            .unwrap();
        self.greeting = greeting.to_vec();
    }

    pub fn caller_state(&self) -> tcp::State {
        self.sockets.get::<tcp::Socket>(self.caller).state()
    }

    pub fn next_event(&mut self) -> Time {
        match self.interface.poll_at(instant(self.now), &self.sockets) {
            Some(at) => Time::from_micros(at.total_micros() as u64),
            None => Time::NEVER,
        }
    }

    pub fn poll(&mut self, now: Time) -> Vec<Vec<u8>> {
        self.now = now;
        for _ in 0..2 {
            self.interface
                .poll(instant(now), &mut self.wire, &mut self.sockets);
            self.serve_dhcp();
            self.serve_echo();
            self.serve_call();
        }
        self.interface
            .poll(instant(now), &mut self.wire, &mut self.sockets);
        self.wire.outgoing.drain(..).collect()
    }

    fn serve_echo(&mut self) {
        let socket = self.sockets.get_mut::<tcp::Socket>(self.echo);
        if !socket.is_open() {
            socket.listen(80).unwrap();
        }
        while socket.can_recv() && socket.can_send() {
            let room = socket.send_capacity() - socket.send_queue();
            let bytes = socket
                .recv(|chunk| {
                    let count = chunk.len().min(room);
                    (count, chunk[..count].to_vec())
                })
                .unwrap();
            self.echoed += bytes.len();
            assert_eq!(socket.send_slice(&bytes), Ok(bytes.len()));
        }
        if socket.state() == tcp::State::CloseWait && !socket.can_recv() {
            socket.close();
        }
    }

    fn serve_call(&mut self) {
        let socket = self.sockets.get_mut::<tcp::Socket>(self.caller);
        if socket.may_send() && !self.greeting.is_empty() {
            let sent = socket.send_slice(&self.greeting).unwrap();
            self.greeting.drain(..sent);
        }
        while socket.can_recv() {
            let answer = &mut self.answer;
            socket
                .recv(|chunk| {
                    answer.extend_from_slice(chunk);
                    (chunk.len(), ())
                })
                .unwrap();
        }
        if socket.state() == tcp::State::CloseWait {
            socket.close();
        }
    }

    fn serve_dhcp(&mut self) {
        let socket = self.sockets.get_mut::<udp::Socket>(self.dhcp);
        while let Ok((bytes, _)) = socket.recv() {
            let packet = DhcpPacket::new_checked(bytes).unwrap();
            let request = DhcpRepr::parse(&packet).unwrap();
            let client = request.client_hardware_address.0;
            let known = self.leases.iter().position(|lease| *lease == client);
            let number = known.unwrap_or_else(|| {
                self.leases.push(client);
                self.leases.len() - 1
            });
            let answer = DhcpRepr {
                message_type: match request.message_type {
                    DhcpMessageType::Discover => DhcpMessageType::Offer,
                    _ => DhcpMessageType::Ack,
                },
                transaction_id: request.transaction_id,
                secs: 0,
                client_hardware_address: request.client_hardware_address,
                client_ip: Ipv4Address::UNSPECIFIED,
                your_ip: Ipv4Address::new(192, 168, 123, 100 + number as u8),
                server_ip: ADDRESS,
                router: Some(ADDRESS),
                subnet_mask: Some(Ipv4Address::new(255, 255, 255, 0)),
                relay_agent_ip: Ipv4Address::UNSPECIFIED,
                broadcast: true,
                requested_ip: None,
                client_identifier: None,
                server_identifier: Some(ADDRESS),
                parameter_request_list: None,
                dns_servers: None,
                max_size: None,
                renew_duration: None,
                rebind_duration: None,
                lease_duration: Some(3600),
                additional_options: &[],
            };
            let mut bytes = vec![0; answer.buffer_len()];
            answer
                .emit(&mut DhcpPacket::new_unchecked(&mut bytes[..]))
                .unwrap();
            let to = IpEndpoint::new(IpAddress::Ipv4(Ipv4Address::BROADCAST), 68);
            socket.send_slice(&bytes, to).unwrap();
        }
    }
}

fn instant(time: Time) -> Instant {
    Instant::from_micros(time.as_micros() as i64)
}

#[derive(Default)]
struct Wire {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}
struct Incoming(Vec<u8>);
struct Outgoing<'a>(&'a mut Wire);

impl RxToken for Incoming {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}
impl TxToken for Outgoing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.outgoing.push_back(frame);
        result
    }
}
impl Device for Wire {
    type RxToken<'a> = Incoming;
    type TxToken<'a> = Outgoing<'a>;
    fn receive(&mut self, _now: Instant) -> Option<(Incoming, Outgoing<'_>)> {
        let frame = self.incoming.pop_front()?;
        Some((Incoming(frame), Outgoing(self)))
    }
    fn transmit(&mut self, _now: Instant) -> Option<Outgoing<'_>> {
        Some(Outgoing(self))
    }
    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}
