//! The soft-AP as this firmware's access point.

use d1_wifi::mac::radio::Registers;
use d1_wifi::SoftAp;
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;

use crate::firmware::AccessPoint;

impl<R: Registers> AccessPoint for SoftAp<R> {
    fn poll(&mut self, now: Instant) {
        SoftAp::poll(self, now.total_micros() as u64);
    }

    fn deadline(&self) -> Instant {
        Instant::from_micros(self.next_deadline() as i64)
    }

    fn address(&self) -> EthernetAddress {
        SoftAp::address(self)
    }

    fn is_joined(&self, station: EthernetAddress) -> bool {
        self.stations().any(|joined| joined.address == station)
    }

    fn station_count(&self) -> usize {
        self.stations().count()
    }

    fn is_beaconing(&self) -> bool {
        SoftAp::is_beaconing(self)
    }
}

#[cfg(all(feature = "vendor", target_arch = "xtensa"))]
impl AccessPoint for d1_wifi::vendor::SoftAp {
    fn poll(&mut self, now: Instant) {
        self.poll(now.total_micros() as u64);
    }

    fn deadline(&self) -> Instant {
        Instant::from_micros(self.next_deadline() as i64)
    }

    fn address(&self) -> EthernetAddress {
        self.address()
    }

    fn is_joined(&self, station: EthernetAddress) -> bool {
        self.stations().any(|joined| joined == station)
    }

    fn station_count(&self) -> usize {
        self.stations().count()
    }

    fn is_beaconing(&self) -> bool {
        self.is_beaconing()
    }

    fn while_busy<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.while_busy(work)
    }
}
