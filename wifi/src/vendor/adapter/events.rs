//! What the libraries report: the access point's start, and stations that come and go.

use core::ptr::addr_of_mut;

use super::critical::critical;
use crate::vendor::stations::Stations;

/// Identifiers of the SDK's `esp_event_legacy.h`.
const STARTED: u32 = 14;
const STOPPED: u32 = 15;
const CAME: u32 = 16;
const LEFT: u32 = 17;

struct State {
    is_started: bool,
    stations: Stations,
}

static mut STATE: State = State {
    is_started: false,
    stations: Stations::new(),
};

/// Whether the access point has started.
pub fn is_started() -> bool {
    // SAFETY: written on the main loop or the worker, neither of which runs now.
    unsafe { (*addr_of_mut!(STATE)).is_started }
}

/// The joined stations.
pub fn stations() -> &'static Stations {
    // SAFETY: as in `is_started`.
    unsafe { &(*addr_of_mut!(STATE)).stations }
}

/// On the worker: a station sent a packet.
pub fn spoke(address: [u8; 6]) {
    // SAFETY: as in `ghost`, which does not run now.
    critical(|| unsafe { (*addr_of_mut!(STATE)).stations.spoke(address) });
}

/// The association id of a station that has said nothing for long, see [`Stations::ghost`].
pub fn ghost(now: u64) -> Option<u8> {
    // SAFETY: nothing else runs that uses the state.
    critical(|| unsafe { (*addr_of_mut!(STATE)).stations.ghost(now) })
}

/// Called on the main loop or on the worker. The event is copied.
#[no_mangle]
unsafe extern "C" fn esp_event_send(event: *const u32) -> i32 {
    // SAFETY: an event is a number and, for stations, an address and the association id behind it.
    let (id, address) = unsafe { (*event, event.add(1).cast::<[u8; 6]>()) };
    critical(|| {
        // SAFETY: nothing else runs that uses the state.
        let state = unsafe { &mut *addr_of_mut!(STATE) };
        match id {
            STARTED => state.is_started = true,
            STOPPED => state.is_started = false,
            // SAFETY: these events have an address and an id.
            CAME => unsafe { state.stations.came(*address, *address.add(1).cast()) },
            // SAFETY: as above.
            LEFT => state.stations.left(unsafe { *address }),
            _ => {}
        }
    });
    0
}
