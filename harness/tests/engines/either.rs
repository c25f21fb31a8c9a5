//! What a scenario needs to run on either engine.

use d1_emulator::air::{Saving, State, StationConfig, StationId};
use d1_harness::{frame, image_directory, Bench, Images, Symbols, Wait};

/// The access point's address, from the bench's efuses.
pub const DEVICE: [u8; 6] = [0x5e, 0xcf, 0x7f, 0xdd, 0xee, 0xaa];
/// The bench's first station.
pub const FIRST: [u8; 6] = [0x02, 0xd1, 0, 0, 0, 1];

/// An engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Ours.
    Mac,
    /// Espressif's libraries.
    Vendor,
}

impl Engine {
    /// Its images; none, and a line that says why, without the SDK.
    pub fn images(self) -> Option<Images> {
        match self {
            Engine::Mac => Some(Images::load()),
            Engine::Vendor => Images::load_vendor(),
        }
    }

    /// Its images whose network has a key; none without the SDK.
    pub fn images_with_key(self) -> Option<Images> {
        match self {
            Engine::Mac => Some(Images::load_wpa2()),
            Engine::Vendor => Images::load_vendor_wpa2(),
        }
    }

    /// Stations that may be joined at a time.
    pub fn places(self) -> usize {
        match self {
            Engine::Mac => 8,
            Engine::Vendor => 4,
        }
    }

    /// Bytes of heap that are free, of the images with a key or without; ours has none to lose.
    pub fn free_heap(self, bench: &mut Bench, has_key: bool) -> u32 {
        let elf = match (self, has_key) {
            (Engine::Mac, _) => return 0,
            (Engine::Vendor, false) => "vendor/user1.elf",
            (Engine::Vendor, true) => "vendor/wpa2/user1.elf",
        };
        let symbols = Symbols::of(&image_directory().join(elf));
        symbols.word(&mut bench.machine, "6memory4HEAP", 4)
    }
}

/// Adds stations with addresses of their own.
pub fn add_stations(bench: &mut Bench, group: u8, count: usize, saving: Saving) -> Vec<StationId> {
    let station = |number| StationConfig {
        mac: [0x02, 0xd1, 0, 0, group, number],
        saving,
        ..StationConfig::default()
    };
    let air = bench.machine.air();
    (0..count as u8)
        .map(|number| air.add_station(station(number)))
        .collect()
}

/// Whether it is joined and has an address.
pub fn has_address(bench: &mut Bench, id: StationId) -> bool {
    let state = bench.machine.air().station(id).state();
    matches!(state, State::Joined { address: Some(_) })
}

/// Waits until all of them have addresses.
#[track_caller]
pub fn join_all(bench: &mut Bench, stations: &[StationId]) {
    bench.until("all to have addresses", Wait(30_000), |bench| {
        stations.iter().all(|id| has_address(bench, *id))
    });
}

/// Loads the page by that station.
#[track_caller]
pub fn page_by(bench: &mut Bench, id: StationId) -> String {
    let own = core::mem::replace(&mut bench.station, id);
    let page = bench.page();
    bench.station = own;
    page
}

/// What the emulator reported, but for the vendor engine's narrow loads from flash, which the firmware serves; and
/// what the flash chip found wrong.
#[track_caller]
pub fn assert_faultless(bench: &Bench) {
    let is_fault =
        |line: &&String| !line.contains("load/store error") || !line.contains("excvaddr 0x402");
    let faults: Vec<_> = bench.reports.iter().filter(is_fault).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let violations = bench.machine.flash().violations();
    assert!(violations.is_empty(), "{violations:?}");
    let restarted = ["exception", "wdt reset", "restarting"];
    let is_calm = restarted.iter().all(|word| !bench.console.contains(word));
    assert!(is_calm, "{}", bench.console);
}

/// A data frame to the device that carries an Ethernet frame to `to`.
pub fn data(from: [u8; 6], to: [u8; 6], ethernet_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut body = vec![0xaa, 0xaa, 3, 0, 0, 0];
    body.extend(ethernet_type.to_be_bytes());
    body.extend(payload);
    frame(0x08, 0x01, [DEVICE, from, to], &body)
}

/// The internet checksum (RFC 1071).
pub fn checksum(bytes: &[u8]) -> u16 {
    let word = |two: &[u8]| u32::from(two[0]) << 8 | two.get(1).map_or(0, |low| u32::from(*low));
    let sum = bytes.chunks(2).map(word).sum::<u32>();
    let sum = (sum & 0xffff) + (sum >> 16);
    !(sum + (sum >> 16)) as u16
}

/// Runs scenarios of `super` on both engines: the same code, the same demands.
macro_rules! on_both {
    ($($scenario:ident)*) => {
        mod mac {
            $(#[test] fn $scenario() { super::$scenario(super::Engine::Mac); })*
        }
        mod vendor {
            $(#[test] fn $scenario() { super::$scenario(super::Engine::Vendor); })*
        }
    };
}
pub(crate) use on_both;
