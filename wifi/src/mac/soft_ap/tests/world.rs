//! A soft-AP, the stack on top of it, and the stations around it. Time moves when a test says so.

use smoltcp::iface::{Config as InterfaceConfig, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetFrame, EthernetProtocol, EthernetRepr,
    HardwareAddress, Icmpv4Packet, Icmpv4Repr, IpAddress, IpCidr, IpProtocol, Ipv4Address,
    Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr,
};
use std::boxed::Box;
use std::collections::VecDeque;
use std::vec;
use std::vec::Vec;

use crate::config::{Channel, Config, Ssid};
use crate::mac::frame::{
    association, authentication, data, header, Flags, Header, HeaderRepr, Kind, SequenceControl,
    StatusCode,
};
use crate::mac::radio::fake::{Fake, Links, NO_ACKNOWLEDGEMENT, SENT};
use crate::mac::{Resources, SoftAp};
use crate::MacAddress;

pub const ACCESS_POINT: MacAddress = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);
const OUR_IP: Ipv4Address = Ipv4Address::new(192, 168, 123, 1);
const TCP_PORT: u16 = 88;
/// Polls of the main loop come this often, in microseconds.
const STEP: u64 = 500;

pub fn station(number: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, number])
}

fn ip_of(station: MacAddress) -> Ipv4Address {
    Ipv4Address::new(192, 168, 123, 100 + station.0[5])
}

fn ssid() -> Ssid {
    Ssid::new(b"D1-OTA-DDEE0A").unwrap()
}

fn header(
    kind: Kind,
    flags: Flags,
    from: MacAddress,
    address_3: MacAddress,
    sequence: u16,
) -> Vec<u8> {
    let header = HeaderRepr {
        kind,
        flags,
        duration: 0,
        receiver: ACCESS_POINT,
        transmitter: from,
        address_3,
        sequence: SequenceControl::unfragmented(sequence),
    };
    let mut frame = vec![0; header::HEADER_LEN];
    header.emit(&mut frame);
    frame
}

/// A management frame from a station to the access point.
pub fn management(kind: Kind, from: MacAddress, body: &[u8]) -> Vec<u8> {
    [&header(kind, Flags::NONE, from, ACCESS_POINT, 0), body].concat()
}

/// An IPv4-typed data frame from a station through the access point.
pub fn data_frame(from: MacAddress, to: MacAddress, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = header(Kind::Data, Flags::TO_DS, from, to, sequence);
    [&header, &[0xAA, 0xAA, 3, 0, 0, 0, 8, 0][..], payload].concat()
}

/// What a station makes of an Ethernet frame.
fn to_air(ethernet: &[u8], sequence: u16) -> Vec<u8> {
    let address = MacAddress::from_bytes;
    let (to, from) = (address(&ethernet[..6]), address(&ethernet[6..12]));
    let mut frame = data_frame(from, to, sequence, &ethernet[14..]);
    frame[30..32].copy_from_slice(&ethernet[12..14]);
    frame
}

pub struct World {
    pub fake: Fake,
    pub soft_ap: SoftAp<Fake>,
    pub now: u64,
    /// Every frame that went over the air, retries included.
    pub sent: Vec<Vec<u8>>,
    /// A station that acknowledges nothing.
    pub deaf: Option<MacAddress>,
    /// The hardware reports on no transmission.
    pub hardware_is_silent: bool,
    /// How many frames in a hundred are lost, either way.
    pub lost_per_cent: u32,
    random: u32,
    sequence: u16,
    interface: Interface,
    sockets: SocketSet<'static>,
    udp: SocketHandle,
    tcp: SocketHandle,
}

impl World {
    pub fn new() -> World {
        World::starting_at(0)
    }

    pub fn starting_at(now: u64) -> World {
        let resources = Box::leak(Box::new(Resources::new()));
        let fake = Fake::new(resources, Links::Early);
        let config = Config {
            ssid: ssid(),
            channel: Channel::new(6).unwrap(),
            key: None,
        };
        let mut soft_ap = SoftAp::new(config, resources, fake.clone(), now);
        let instant = Instant::from_micros(now as i64);
        let hardware = HardwareAddress::Ethernet(soft_ap.address());
        let mut interface = Interface::new(InterfaceConfig::new(hardware), &mut soft_ap, instant);
        interface.update_ip_addrs(|addresses| {
            addresses
                .push(IpCidr::new(IpAddress::Ipv4(OUR_IP), 24))
                .unwrap();
        });
        let mut sockets = SocketSet::new(vec![]);
        let packets = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 8], vec![0; 4096]);
        let mut socket = udp::Socket::new(packets(), packets());
        socket.bind(67).unwrap();
        let udp = sockets.add(socket);
        let bytes = || tcp::SocketBuffer::new(vec![0; 4096]);
        let mut socket = tcp::Socket::new(bytes(), bytes());
        socket.listen(TCP_PORT).unwrap();
        let tcp = sockets.add(socket);
        World {
            fake,
            soft_ap,
            now,
            sent: vec![],
            deaf: None,
            hardware_is_silent: false,
            lost_per_cent: 0,
            random: 1,
            sequence: 0,
            interface,
            sockets,
            udp,
            tcp,
        }
    }

    pub fn poll_at(&mut self, now: u64) {
        self.now = now;
        self.soft_ap.poll(now);
    }

    /// The air takes what is being sent. Says what reached the stations.
    fn transmit_one(&mut self) -> Option<Vec<u8>> {
        let sending = self.fake.sending()?;
        if self.hardware_is_silent {
            return None;
        }
        let deaf = self.deaf.is_some_and(|deaf| sending.frame[4..10] == deaf.0);
        // What is lost is either the frame or its acknowledgement.
        let (frame_lost, answer_lost) = (deaf || self.loses(), self.loses());
        let lost = sending.wants_acknowledgement && (frame_lost || answer_lost);
        self.fake
            .report(if lost { NO_ACKNOWLEDGEMENT } else { SENT });
        self.sent.push(sending.frame.clone());
        (!frame_lost).then_some(sending.frame)
    }

    fn loses(&mut self) -> bool {
        self.random = self
            .random
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        (self.random >> 16) % 100 < self.lost_per_cent
    }

    /// One turn of the main loop. Returns the frame that stations heard.
    fn step(&mut self) -> Option<Vec<u8>> {
        self.poll_at(self.now + STEP);
        let instant = Instant::from_micros(self.now as i64);
        self.interface
            .poll(instant, &mut self.soft_ap, &mut self.sockets);
        self.transmit_one()
    }

    pub fn run_for(&mut self, microseconds: u64) {
        let end = self.now + microseconds;
        while self.now < end {
            self.step();
        }
    }

    /// Everything queued goes out, without the stack having its turn and without time passing.
    pub fn acknowledge_all(&mut self) {
        while self.fake.sending().is_some() {
            self.transmit_one();
            self.poll_at(self.now);
        }
    }

    /// The access point hears a frame, and the stack has no turn.
    pub fn hear(&mut self, frame: &[u8]) {
        assert!(self.fake.hear(frame), "the ring is full");
        self.poll_at(self.now);
        self.acknowledge_all();
    }

    pub fn sent_of(&self, kind: Kind) -> Vec<Vec<u8>> {
        let is_kind = |frame: &&Vec<u8>| Kind::from_byte(frame[0]) == kind;
        self.sent.iter().filter(is_kind).cloned().collect()
    }

    /// Authenticates and associates; says whether it was granted.
    pub fn join(&mut self, from: MacAddress) -> bool {
        self.sent.clear();
        let mut body = [0; authentication::BODY_LEN];
        let open = authentication::Repr {
            algorithm: authentication::OPEN_SYSTEM,
            transaction: 1,
            status: StatusCode::SUCCESS,
        };
        open.emit(&mut body);
        self.hear(&management(Kind::Authentication, from, &body));
        assert_eq!(self.sent_of(Kind::Authentication).len(), 1);
        let request = association::Request {
            listen_interval: 1,
            current_access_point: None,
            ssid: Some(ssid()),
            has_basic_rates: true,
            rsn: None,
        };
        let mut body = vec![0; request.buffer_len()];
        request.emit(&mut body);
        self.hear(&management(Kind::AssociationRequest, from, &body));
        let answers = self.sent_of(Kind::AssociationResponse);
        let header = Header::new_checked(&answers[0][..]).unwrap();
        assert_eq!(header.receiver(), from);
        association::Response::parse(header.body()).unwrap().status == StatusCode::SUCCESS
    }

    /// A station sends an Ethernet frame.
    fn send_ethernet(&mut self, ethernet: &[u8]) {
        self.sequence += 1;
        let frame = to_air(ethernet, self.sequence);
        assert!(self.fake.hear(&frame), "the ring is full");
    }

    /// A station asks who has our address, as it must before it can send there. Our stack learns its address
    /// from that.
    fn ask_for_us(&mut self, from: MacAddress) {
        let request = ArpRepr::EthernetIpv4 {
            operation: ArpOperation::Request,
            source_hardware_addr: from,
            source_protocol_addr: ip_of(from),
            target_hardware_addr: MacAddress::default(),
            target_protocol_addr: OUR_IP,
        };
        let to = MacAddress::BROADCAST;
        let len = request.buffer_len();
        let bytes = ethernet_frame(from, to, EthernetProtocol::Arp, len, |payload| {
            request.emit(&mut ArpPacket::new_unchecked(payload));
        });
        self.send_ethernet(&bytes);
    }

    /// Pings the access point's stack with so many bytes; says how many came back within 50 ms.
    pub fn ping(&mut self, from: MacAddress, len: usize) -> Option<usize> {
        let request = Icmpv4Repr::EchoRequest {
            ident: 1,
            seq_no: 1,
            data: &vec![0x5A; len],
        };
        let checksums = smoltcp::phy::ChecksumCapabilities::default();
        let bytes = ipv4_frame(
            from,
            ACCESS_POINT,
            OUR_IP,
            IpProtocol::Icmp,
            request.buffer_len(),
            |payload| {
                request.emit(&mut Icmpv4Packet::new_unchecked(payload), &checksums);
            },
        );
        // Whatever the ring held before this ping has its turn first.
        self.step();
        self.ask_for_us(from);
        self.send_ethernet(&bytes);
        for _ in 0..100 {
            let Some(mut frame) = self.step() else {
                continue;
            };
            let Ok(range) = data::into_ethernet(&mut frame) else {
                continue;
            };
            let ethernet = EthernetFrame::new_checked(&frame[range]).unwrap();
            if ethernet.ethertype() != EthernetProtocol::Ipv4 || ethernet.dst_addr() != from {
                continue;
            }
            let packet = Ipv4Packet::new_checked(ethernet.payload()).unwrap();
            let icmp = Icmpv4Packet::new_checked(packet.payload()).unwrap();
            if let Ok(Icmpv4Repr::EchoReply { data, .. }) = Icmpv4Repr::parse(&icmp, &checksums) {
                return Some(data.len());
            }
        }
        None
    }

    /// A station without an address of its own sends a datagram.
    pub fn send_datagram(&mut self, from: MacAddress, to: MacAddress, port: u16, bytes: &[u8]) {
        let datagram = UdpRepr {
            src_port: 68,
            dst_port: port,
        };
        let (source, destination) = (Ipv4Address::UNSPECIFIED, Ipv4Address::BROADCAST);
        let len = datagram.header_len() + bytes.len();
        let mut frame = ipv4_frame(from, to, destination, IpProtocol::Udp, len, |payload| {
            datagram.emit(
                &mut UdpPacket::new_unchecked(payload),
                &source.into(),
                &destination.into(),
                bytes.len(),
                |payload| payload.copy_from_slice(bytes),
                &smoltcp::phy::ChecksumCapabilities::default(),
            );
        });
        let mut packet = Ipv4Packet::new_unchecked(&mut frame[14..]);
        packet.set_src_addr(source);
        packet.fill_checksum();
        self.send_ethernet(&frame);
    }

    /// What the socket on port 67 received.
    pub fn received_datagrams(&mut self) -> Vec<Vec<u8>> {
        let socket = self.sockets.get_mut::<udp::Socket>(self.udp);
        let mut datagrams = vec![];
        while let Ok((bytes, _)) = socket.recv() {
            datagrams.push(Vec::from(bytes));
        }
        datagrams
    }

    /// The stack sends a datagram to everybody.
    pub fn broadcast_datagram(&mut self, bytes: &[u8]) {
        let socket = self.sockets.get_mut::<udp::Socket>(self.udp);
        let to = (IpAddress::Ipv4(Ipv4Address::BROADCAST), 68);
        socket.send_slice(bytes, to).unwrap();
    }

    /// A station with a stack of its own connects, and gets these bytes from our stack. Returns what it got
    /// within 60 s.
    pub fn download(&mut self, by: MacAddress, bytes: &[u8]) -> Vec<u8> {
        let mut device = StationDevice::default();
        let instant = Instant::from_micros(self.now as i64);
        let config = InterfaceConfig::new(HardwareAddress::Ethernet(by));
        let mut interface = Interface::new(config, &mut device, instant);
        interface.update_ip_addrs(|addresses| {
            addresses
                .push(IpCidr::new(IpAddress::Ipv4(ip_of(by)), 24))
                .unwrap();
        });
        let mut sockets = SocketSet::new(vec![]);
        let buffer = || tcp::SocketBuffer::new(vec![0; 8192]);
        let client = sockets.add(tcp::Socket::new(buffer(), buffer()));
        sockets
            .get_mut::<tcp::Socket>(client)
            .connect(
                interface.context(),
                (IpAddress::Ipv4(OUR_IP), TCP_PORT),
                50_000,
            )
            .unwrap();

        let (mut got, mut offered) = (vec![], 0);
        let mut last_heard = None;
        let end = self.now + 60_000_000;
        while self.now < end && got.len() < bytes.len() {
            if let Some(frame) = self.step() {
                // The station drops what it has already, as the access point does.
                let id = (frame[22], frame[23]);
                let duplicate = frame[1] & Flags::RETRY.0 != 0 && last_heard == Some(id);
                last_heard = Some(id);
                let mut frame = frame;
                if let (false, Ok(range)) = (duplicate, data::into_ethernet(&mut frame)) {
                    device.received.push_back(Vec::from(&frame[range]));
                }
            }
            let server = self.sockets.get_mut::<tcp::Socket>(self.tcp);
            if server.can_send() {
                offered += server.send_slice(&bytes[offered..]).unwrap();
            }
            let instant = Instant::from_micros(self.now as i64);
            interface.poll(instant, &mut device, &mut sockets);
            let socket = sockets.get_mut::<tcp::Socket>(client);
            if socket.can_recv() {
                socket
                    .recv(|received| {
                        got.extend(&*received);
                        (received.len(), ())
                    })
                    .unwrap();
            }
            // Two frames fit between two polls.
            for _ in 0..2 {
                if let Some(ethernet) = device.sent.pop_front() {
                    self.send_until_acknowledged(&ethernet);
                }
            }
        }
        got
    }

    /// A station's own retries: up to eight, some of which only lose the acknowledgement.
    fn send_until_acknowledged(&mut self, ethernet: &[u8]) {
        self.sequence += 1;
        let mut frame = to_air(ethernet, self.sequence);
        for _ in 0..8 {
            let heard = !self.loses() && self.fake.hear(&frame);
            if heard && !self.loses() {
                return;
            }
            frame[1] |= Flags::RETRY.0;
        }
    }
}

fn ethernet_frame(
    from: MacAddress,
    to: MacAddress,
    ethertype: EthernetProtocol,
    len: usize,
    payload: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let repr = EthernetRepr {
        src_addr: from,
        dst_addr: to,
        ethertype,
    };
    let mut bytes = vec![0; repr.buffer_len() + len];
    repr.emit(&mut EthernetFrame::new_unchecked(&mut bytes[..]));
    payload(&mut bytes[repr.buffer_len()..]);
    bytes
}

fn ipv4_frame(
    from: MacAddress,
    to: MacAddress,
    destination: Ipv4Address,
    next_header: IpProtocol,
    len: usize,
    payload: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let repr = Ipv4Repr {
        src_addr: ip_of(from),
        dst_addr: destination,
        next_header,
        payload_len: len,
        hop_limit: 64,
    };
    let checksums = smoltcp::phy::ChecksumCapabilities::default();
    ethernet_frame(
        from,
        to,
        EthernetProtocol::Ipv4,
        repr.buffer_len() + len,
        |bytes| {
            repr.emit(&mut Ipv4Packet::new_unchecked(&mut bytes[..]), &checksums);
            payload(&mut bytes[repr.buffer_len()..]);
        },
    )
}

/// A station's network card: queues of Ethernet frames.
#[derive(Default)]
struct StationDevice {
    received: VecDeque<Vec<u8>>,
    sent: VecDeque<Vec<u8>>,
}

struct Received(Vec<u8>);
struct Sender<'a>(&'a mut VecDeque<Vec<u8>>);

impl RxToken for Received {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, f: F) -> T {
        f(&self.0)
    }
}

impl TxToken for Sender<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.push_back(frame);
        result
    }
}

impl Device for StationDevice {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sender<'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Received, Sender<'_>)> {
        let received = self.received.pop_front()?;
        Some((Received(received), Sender(&mut self.sent)))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Sender<'_>> {
        Some(Sender(&mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}
