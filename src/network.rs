//! The network stack: one Ethernet interface, its address, and a fixed set of sockets.

use core::mem::MaybeUninit;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy::Device;
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv4Address};

use crate::names;

/// The device's address in its own network.
pub const ADDRESS: Ipv4Address = Ipv4Address::new(192, 168, 123, 1);
const PREFIX_LEN: u8 = 24;

/// The status page's port.
pub const PAGE_PORT: u16 = 80;
/// The port that begins an update. Pages link to it as their own port plus eight.
pub const TRIGGER_PORT: u16 = 88;

/// Sockets for the status page: a browser opens a few at once.
pub const PAGE_SOCKETS: usize = 3;
/// Sockets for the trigger: one that watches an update, one that ends it or is told to wait.
pub const TRIGGER_SOCKETS: usize = 2;

/// The longest request, in bytes. Browsers say much about themselves, and send `localhost` the cookies of
/// everything else that runs there.
const REQUEST_LEN: usize = 1216;
/// A segment of it takes 7 ms at 1 Mbit/s, the rate that every station starts at: a beacon that has to wait for it, and for
/// an answer, goes out within 10 ms of its time.
const PAGE_SEND_LEN: usize = 768;
const TRIGGER_SEND_LEN: usize = 768;
/// Two full TCP segments, beside the sector that is being written: what arrives while some pages of it are programmed.
const FETCH_RECEIVE_LEN: usize = 2 * 1460;
const FETCH_SEND_LEN: usize = 256;
/// Two of what clients say, or one as long as they may without asking (RFC 2131, section 2).
const DHCP_RECEIVE_LEN: usize = 640;
const DHCP_SEND_LEN: usize = crate::dhcp::Reply::LEN;

const SOCKETS: usize = PAGE_SOCKETS + TRIGGER_SOCKETS + 4;

/// The sockets' memory. All of it is zero at the start, so that a static of it costs no flash.
pub struct Storage {
    tables: MaybeUninit<Tables>,
    page: [Buffers<REQUEST_LEN, PAGE_SEND_LEN>; PAGE_SOCKETS],
    trigger: [Buffers<REQUEST_LEN, TRIGGER_SEND_LEN>; TRIGGER_SOCKETS],
    fetch: Buffers<FETCH_RECEIVE_LEN, FETCH_SEND_LEN>,
    dhcp: Buffers<DHCP_RECEIVE_LEN, DHCP_SEND_LEN>,
    dns: Buffers<{ names::QUERY_LEN }, { names::ANSWER_LEN_MAX }>,
    mdns: Buffers<{ names::QUERY_LEN }, { names::MDNS_SEND_LEN }>,
}

/// What smoltcp wants empty, which is not all zero.
struct Tables {
    sockets: [SocketStorage<'static>; SOCKETS],
    /// Of DHCP, DNS and mDNS: received and sent.
    packets: [[[udp::PacketMetadata; 2]; 2]; 3],
}

impl Tables {
    /// Empties each place by itself: all of them on the stack first would be 3 KB of it.
    #[inline(never)]
    fn empty(place: &mut MaybeUninit<Tables>) -> &mut Tables {
        let tables = place.as_mut_ptr();
        // SAFETY: places of the whole's two arrays, each written, and read when all are.
        unsafe {
            let sockets = (&raw mut (*tables).sockets).cast::<SocketStorage>();
            for number in 0..SOCKETS {
                sockets.add(number).write(SocketStorage::EMPTY);
            }
            (&raw mut (*tables).packets).write([[[udp::PacketMetadata::EMPTY; 2]; 2]; 3]);
            place.assume_init_mut()
        }
    }
}

struct Buffers<const RECEIVE: usize, const SEND: usize> {
    receive: [u8; RECEIVE],
    send: [u8; SEND],
}

impl<const RECEIVE: usize, const SEND: usize> Buffers<RECEIVE, SEND> {
    const NEW: Self = Buffers {
        receive: [0; RECEIVE],
        send: [0; SEND],
    };

    fn tcp(&'static mut self) -> tcp::Socket<'static> {
        let mut socket = tcp::Socket::new(
            tcp::SocketBuffer::new(&mut self.receive[..]),
            tcp::SocketBuffer::new(&mut self.send[..]),
        );
        // Answers are written in one go; nothing is gained by waiting for more.
        socket.set_nagle_enabled(false);
        socket
    }

    fn udp(
        &'static mut self,
        [received, sent]: &'static mut [[udp::PacketMetadata; 2]; 2],
    ) -> udp::Socket<'static> {
        udp::Socket::new(
            udp::PacketBuffer::new(&mut received[..], &mut self.receive[..]),
            udp::PacketBuffer::new(&mut sent[..], &mut self.send[..]),
        )
    }
}

impl Storage {
    /// Unused memory.
    pub const fn new() -> Storage {
        Storage {
            tables: MaybeUninit::zeroed(),
            page: [Buffers::NEW; PAGE_SOCKETS],
            trigger: [Buffers::NEW; TRIGGER_SOCKETS],
            fetch: Buffers::NEW,
            dhcp: Buffers::NEW,
            dns: Buffers::NEW,
            mdns: Buffers::NEW,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self::new()
    }
}

/// The interface and its sockets.
pub struct Network {
    /// The interface.
    pub interface: Interface,
    /// All sockets.
    pub sockets: SocketSet<'static>,
    /// The status page's.
    pub page: [SocketHandle; PAGE_SOCKETS],
    /// The trigger's.
    pub trigger: [SocketHandle; TRIGGER_SOCKETS],
    /// The update's.
    pub fetch: SocketHandle,
    /// The DHCP server's.
    pub dhcp: SocketHandle,
    /// The name servers', DNS and mDNS.
    pub names: [SocketHandle; 2],
}

impl Network {
    /// A stack with closed sockets on `device`. `seed` is any number, different at each start.
    pub fn new<D: Device>(
        now: Instant,
        device: &mut D,
        address: EthernetAddress,
        seed: u32,
        storage: &'static mut Storage,
    ) -> Network {
        let mut config = Config::new(address.into());
        config.random_seed = u64::from(seed);
        let mut interface = Interface::new(config, device, now);
        interface.update_ip_addrs(|addresses| {
            // The list is empty and has room for two.
            let _ = addresses.push(IpCidr::new(ADDRESS.into(), PREFIX_LEN));
        });

        let tables = Tables::empty(&mut storage.tables);
        let mut sockets = SocketSet::new(&mut tables.sockets[..]);
        let page = storage
            .page
            .each_mut()
            .map(|buffers| sockets.add(buffers.tcp()));
        let trigger = storage
            .trigger
            .each_mut()
            .map(|buffers| sockets.add(buffers.tcp()));
        let fetch = sockets.add(storage.fetch.tcp());
        let [dhcp, dns, mdns] = tables.packets.each_mut();
        let dhcp = sockets.add(storage.dhcp.udp(dhcp));
        let dns = sockets.add(storage.dns.udp(dns));
        let mdns = sockets.add(storage.mdns.udp(mdns));
        // There is room for it.
        let _ = interface.join_multicast_group(names::MDNS_GROUP);
        Network {
            interface,
            sockets,
            page,
            trigger,
            fetch,
            dhcp,
            names: [dns, mdns],
        }
    }

    /// Moves frames between the device and the sockets.
    // Never inlined, for the reason given at `Firmware::advance_update`.
    #[inline(never)]
    pub fn poll<D: Device>(&mut self, now: Instant, device: &mut D) {
        self.interface.poll(now, device, &mut self.sockets);
    }

    /// When [`Network::poll`] has something to do even if no frame comes.
    pub fn deadline(&mut self, now: Instant) -> Option<Instant> {
        self.interface.poll_at(now, &self.sockets)
    }
}
