//! From power to service.

use crate::beacons::Beacons;
use crate::{Bench, Images, Server, Wait};

/// What happened when, in microseconds since power was applied.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The first beacon begins.
    pub beacon: u64,
    /// A station that waits for the network has an address.
    pub address: u64,
    /// It has the whole status page.
    pub page: u64,
}

/// Switches a device on.
///
/// # Panics
/// When it does not come up.
pub fn start(images: &Images) -> Start {
    let mut bench = Bench::power_on(&images.flash, Server::absent());
    let air = Beacons::listen(&mut bench);
    bench.join();
    let address = bench.machine.now().as_micros();
    bench.page();
    let page = bench.machine.now().as_micros();
    bench.until("a beacon", Wait::PAGE, |_| !air.frames(0x80).is_empty());
    Start {
        beacon: air.frames(0x80)[0].at,
        address,
        page,
    }
}
