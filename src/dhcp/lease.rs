//! Who has which address, and until when.

use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, Ipv4Address};

use crate::network::ADDRESS;

/// Last byte of the first address that is handed out.
pub const POOL_FIRST: u8 = 100;
/// Addresses that are handed out: as many stations as the access point takes.
pub const POOL_LEN: u8 = 8;

/// How long an address is granted for.
pub const LEASE_TIME: Duration = Duration::from_secs(2 * 60 * 60);
/// How long an offer stands.
const OFFER_TIME: Duration = Duration::from_secs(30);
/// How long an address is left alone after a station found somebody else there.
const QUARANTINE: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Copy, Debug)]
struct Lease {
    /// `None`: set aside, for no one.
    client: Option<EthernetAddress>,
    ends: Instant,
}

/// All leases.
#[derive(Debug)]
pub struct Leases([Option<Lease>; POOL_LEN as usize]);

impl Leases {
    /// Nobody has an address.
    pub const fn new() -> Leases {
        Leases([None; POOL_LEN as usize])
    }

    /// The address to offer: the client's own, or the one it asks for, or any that is free.
    pub fn offer(
        &mut self,
        now: Instant,
        client: EthernetAddress,
        wish: Option<Ipv4Address>,
    ) -> Option<Ipv4Address> {
        if let Some(index) = self.find(client) {
            return Some(address(index));
        }
        let wished = wish
            .and_then(index)
            .filter(|index| self.is_free(now, *index));
        let index = wished.or_else(|| (0..self.0.len()).find(|index| self.is_free(now, *index)))?;
        self.hold(index, Some(client), now + OFFER_TIME);
        Some(address(index))
    }

    /// When every address is taken and none is the client's, frees one whose holder is not here.
    pub fn make_room(
        &mut self,
        now: Instant,
        client: EthernetAddress,
        is_here: impl Fn(EthernetAddress) -> bool,
    ) {
        let is_full = !(0..self.0.len()).any(|index| self.is_free(now, index));
        if is_full && self.find(client).is_none() {
            let is_absent = |lease: &&mut Option<Lease>| {
                lease.is_some_and(|lease| lease.client.is_some_and(|client| !is_here(client)))
            };
            if let Some(lease) = self.0.iter_mut().find(is_absent) {
                *lease = None;
            }
        }
    }

    /// Grants an address to a client, if it may have it.
    pub fn grant(&mut self, now: Instant, client: EthernetAddress, wanted: Ipv4Address) -> bool {
        let Some(index) = index(wanted) else {
            return false;
        };
        let is_its_own = self.0[index].is_some_and(|lease| lease.client == Some(client));
        if !is_its_own && !self.is_free(now, index) {
            return false;
        }
        self.release(client);
        self.hold(index, Some(client), now + LEASE_TIME);
        true
    }

    /// The client found somebody else at its address: nobody gets it for a while.
    pub fn set_aside(&mut self, now: Instant, client: EthernetAddress, address: Ipv4Address) {
        match index(address) {
            Some(index) if self.find(client) == Some(index) => {
                self.hold(index, None, now + QUARANTINE);
            }
            _ => {}
        }
    }

    /// The client does not need its address any more.
    pub fn release(&mut self, client: EthernetAddress) {
        if let Some(index) = self.find(client) {
            self.0[index] = None;
        }
    }

    /// Who was given this address.
    pub fn holder(&self, address: Ipv4Address) -> Option<EthernetAddress> {
        self.0[index(address)?]?.client
    }

    fn find(&self, client: EthernetAddress) -> Option<usize> {
        let is_its_own =
            |lease: &Option<Lease>| lease.is_some_and(|lease| lease.client == Some(client));
        self.0.iter().position(is_its_own)
    }

    fn is_free(&self, now: Instant, index: usize) -> bool {
        self.0[index].is_none_or(|lease| lease.ends <= now)
    }

    fn hold(&mut self, index: usize, client: Option<EthernetAddress>, ends: Instant) {
        self.0[index] = Some(Lease { client, ends });
    }
}

impl Default for Leases {
    fn default() -> Self {
        Self::new()
    }
}

fn address(index: usize) -> Ipv4Address {
    let [a, b, c, _] = ADDRESS.octets();
    Ipv4Address::new(a, b, c, POOL_FIRST + index as u8)
}

fn index(address: Ipv4Address) -> Option<usize> {
    let [a, b, c, host] = address.octets();
    let index = host
        .checked_sub(POOL_FIRST)
        .filter(|index| *index < POOL_LEN)?;
    ([a, b, c] == ADDRESS.octets()[..3]).then_some(usize::from(index))
}
