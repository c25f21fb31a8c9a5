//! The soft-AP: radio and access point behind one smoltcp `Device`.

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::radio::{Registers, Resources};
use super::{Config, MacAddress, StationInfo};

/// What happened so far. Each counter wraps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Good frames of any kind taken from the air.
    pub received: u32,
    /// Received frames given up: damaged, malformed, or no room for them.
    pub dropped: u32,
    /// Frames whose transmission was completed (acknowledged, where an acknowledgement was due).
    pub sent: u32,
    /// Second and later attempts at a frame.
    pub retries: u32,
    /// Frames given up after the last attempt, or for want of a queue place.
    pub failures: u32,
}

/// An open soft-AP. Make a smoltcp interface with [`SoftAp::address`] on it and call [`SoftAp::poll`] whenever the MAC
/// interrupt woke the core or [`SoftAp::next_deadline`] has come.
pub struct SoftAp<R: Registers> {
    registers: R,
    address: MacAddress,
    now: u64,
}

impl<R: Registers> SoftAp<R> {
    /// Starts the access point at `now`, in microseconds since any fixed moment. The first beacon goes out at the first poll.
    pub fn new(
        _config: Config,
        _resources: &'static mut Resources,
        registers: R,
        now: u64,
    ) -> Self {
        let address = super::radio::efuse::access_point_address(&registers);
        SoftAp {
            registers,
            address,
            now,
        }
    }

    /// Takes in what the air brought, runs the timers, feeds the transmitter. Never waits.
    pub fn poll(&mut self, now: u64) {
        self.now = now;
    }

    /// The time, in microseconds, at which [`SoftAp::poll`] has something to do even if no interrupt comes.
    pub fn next_deadline(&self) -> u64 {
        self.now
    }

    /// The access point's own address (BSSID): the interface's hardware address.
    pub fn address(&self) -> MacAddress {
        self.address
    }

    /// The joined stations.
    pub fn stations(&self) -> impl Iterator<Item = StationInfo> + '_ {
        core::iter::empty()
    }

    /// Whether a beacon went out within the last second before the last poll.
    pub fn is_beaconing(&self) -> bool {
        false
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        Counters::default()
    }

    /// Lets the MAC's interrupt wake the core again, after `on_interrupt` silenced it. Call when a poll has drained everything, right before WAITI:
    /// an event that came in between raises the interrupt at once.
    pub fn enable_wakeup(&mut self) {
        self.registers.write(0, 0);
    }
}

/// One received Ethernet frame, still in its DMA buffer.
pub struct RxToken<'a>(&'a [u8]);

impl phy::RxToken for RxToken<'_> {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, f: F) -> T {
        f(self.0)
    }
}

/// Room for one Ethernet frame to send.
pub struct TxToken<'a>(&'a mut [u8]);

impl phy::TxToken for TxToken<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        f(&mut self.0[..len])
    }
}

impl<R: Registers> Device for SoftAp<R> {
    type RxToken<'a>
        = RxToken<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        None
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken<'_>> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}
