//! An updater as the vendor's library is one: what ours is compared with.
//!
//! For measurements only (feature `faults`). It does what `system_upgrade` of Espressif's NONOS SDK does, on our
//! drivers and at that SDK's 80 MHz: asks for the length with HEAD, erases as many sectors of 4 KB, one after the other, then fetches with
//! GET; each segment is programmed in pieces of 32 bytes before the next one may come; at the end a CRC over what
//! flash holds is compared with the image's last word. Nothing else is checked and nothing is selected.

use core::fmt::Write;

use d1_image::crc::Crc32;
use d1_image::layout::SECTOR_LEN;
use d1_image::{FlashMap, Slot};
use embedded_storage::nor_flash::ReadNorFlash;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant;
use smoltcp::wire::{IpCidr, Ipv4Address};

use crate::chip::clock::{self, Clock};
use crate::chip::engine;
use crate::chip::uart::Uart0;
use crate::console::Console;
use crate::dhcp::{self, Reply};
use crate::firmware::AccessPoint;
use crate::flash::Flash;
use crate::http::SocketWriter;
use crate::identity::Identity;
use crate::network::ADDRESS;
use crate::update::{reply, SERVER_PORT};

/// One full segment: the window, so that the server waits for each.
const WINDOW: usize = 1460;
const WANTED: reply::Wanted = reply::Wanted {
    slot: Slot::Two,
    start: 0,
};
/// What one command programs.
const PIECE_LEN: usize = 32;

/// Bytes for DHCP packets in each direction.
const DHCP_LEN: usize = 2 * Reply::LEN;

/// Its buffers.
pub type Memory = [u8; WINDOW + 256 + 2 * DHCP_LEN];

/// What it does at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nobody has an address yet.
    Waiting,
    Asking(&'static str),
    /// The head of the answer is awaited.
    Answer(&'static str),
    /// Sectors erased.
    Erasing(u32),
    /// Bytes written.
    Receiving(u32),
    Done,
}

/// Updates slot 2 of the 1M map from the first station that gets an address, says `baseline: done` on the console,
/// and goes on as an access point.
pub fn run<F: Flash>(
    flash: &mut F,
    memory: &'static mut Memory,
    identity: &Identity,
    config: d1_wifi::Config,
    console: &mut Console<Uart0, 512>,
    mut feed: impl FnMut(),
) -> ! {
    clock::halve_speed();
    let mut clock = Clock::start();
    // The clock counts on the full speed.
    let mut time = move || Instant::from_micros(2 * clock.now().total_micros());
    let access_point = engine::start(time(), config, identity, flash, console);
    let (receive, memory) = memory.split_at_mut(WINDOW);
    let (send, memory) = memory.split_at_mut(256);
    let (dhcp_receive, memory) = memory.split_at_mut(DHCP_LEN);
    let (dhcp_send, _) = memory.split_at_mut(DHCP_LEN);
    let config = Config::new(AccessPoint::address(access_point).into());
    let mut interface = Interface::new(config, access_point, time());
    interface.update_ip_addrs(|addresses| {
        // The list is empty and has room for two.
        let _ = addresses.push(IpCidr::new(ADDRESS.into(), 24));
    });
    let mut storage = [SocketStorage::EMPTY; 2];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let mut socket = tcp::Socket::new(
        tcp::SocketBuffer::new(receive),
        tcp::SocketBuffer::new(send),
    );
    socket.set_ack_delay(None);
    let fetch = sockets.add(socket);
    let mut packets = [[udp::PacketMetadata::EMPTY; 2]; 2];
    let [received, sent] = packets.each_mut();
    let dhcp_socket = sockets.add(udp::Socket::new(
        udp::PacketBuffer::new(&mut received[..], dhcp_receive),
        udp::PacketBuffer::new(&mut sent[..], dhcp_send),
    ));
    let mut dhcp = dhcp::Server::new();

    let slot = FlashMap::M1.slot(Slot::Two).start.get();
    let (mut phase, mut len, mut port) = (Phase::Waiting, 0, 50_000);
    let server = Ipv4Address::new(192, 168, 123, dhcp::POOL_FIRST);
    loop {
        feed();
        console.pump();
        let now = time();
        AccessPoint::poll(access_point, now);
        interface.poll(now, access_point, &mut sockets);
        dhcp.poll(now, sockets.get_mut(dhcp_socket), |_| true);
        let socket = sockets.get_mut::<tcp::Socket>(fetch);
        phase = match phase {
            Phase::Waiting if dhcp.leases().holder(server).is_some() => Phase::Asking("HEAD"),
            Phase::Asking(method) if !socket.is_open() => {
                port += 1;
                let _ = socket.connect(interface.context(), (server, SERVER_PORT), port);
                Phase::Asking(method)
            }
            Phase::Asking(method) if socket.can_send() => {
                let request = format_args!("{method} /user2.bin HTTP/1.1\r\nHost: x\r\n\r\n");
                let _ = write!(SocketWriter(socket), "{request}");
                Phase::Answer(method)
            }
            Phase::Answer(method) => {
                let mut next = Phase::Answer(method);
                let _ = socket.recv(|bytes| match reply::parse(bytes, WANTED) {
                    Ok(Some(reply)) => {
                        len = reply.image_len;
                        next = match method {
                            "HEAD" => Phase::Erasing(0),
                            _ => Phase::Receiving(0),
                        };
                        (reply.head_len, ())
                    }
                    _ => (0, ()),
                });
                next
            }
            Phase::Erasing(sectors) if sectors * SECTOR_LEN < len => {
                socket.abort();
                let start = slot + sectors * SECTOR_LEN;
                let _ = flash.erase(start, start + SECTOR_LEN);
                Phase::Erasing(sectors + 1)
            }
            Phase::Erasing(_) => Phase::Asking("GET"),
            Phase::Receiving(written) if written < len => {
                let mut at = written;
                loop {
                    // Whole words: what is left over comes with the next segment.
                    let rest = (len - at) as usize;
                    let count = match socket.recv_queue() {
                        all if all >= rest => rest,
                        some => some & !3,
                    };
                    let mut piece = [0; PIECE_LEN];
                    let piece = &mut piece[..count.min(PIECE_LEN)];
                    if piece.is_empty() || socket.recv_slice(piece).is_err() {
                        break;
                    }
                    let _ = flash.write(slot + at, piece);
                    at += piece.len() as u32;
                }
                Phase::Receiving(at)
            }
            Phase::Receiving(_) => {
                let is_good = crc_is_good(flash, slot, len);
                let _ = writeln!(
                    console,
                    "baseline: {}",
                    if is_good { "done" } else { "bad" }
                );
                Phase::Done
            }
            phase => phase,
        };
        interface.poll(now, access_point, &mut sockets);
    }
}

fn crc_is_good<F: ReadNorFlash>(flash: &mut F, slot: u32, len: u32) -> bool {
    let mut crc = Crc32::new();
    let mut piece = [0; 64];
    let end = slot + len - 4;
    let mut at = slot;
    while at < end {
        let piece = &mut piece[..64.min((end - at) as usize)];
        let _ = flash.read(at, piece);
        crc.update(piece);
        at += piece.len() as u32;
    }
    let mut word = [0; 4];
    let _ = flash.read(end, &mut word);
    crc.image_word() == u32::from_le_bytes(word)
}
