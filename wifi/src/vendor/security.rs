//! A network with a key on the libraries: the authenticator behind their table of callbacks.
//!
//! The libraries know RSN elements, ciphers and the key table; the handshakes they leave to whoever registers the
//! table that `esp_wifi_register_wpa_cb_internal` takes (the SDK's wpa_supplicant, whose place we take with no code of
//! it). Associations are noted on the worker and taken up on the main loop, since the first message must not
//! overtake the association response. EAPOL frames are answered where they arrive, on the worker: only there do the
//! libraries know which station is meant when they are told that it has its keys.

use core::ffi::c_void;
use core::ptr::{addr_of_mut, null_mut};

use heapless::Deque;

use super::adapter::events;
use super::libraries::{
    esp_wifi_deauth_sta, esp_wifi_register_wpa_cb_internal, esp_wifi_set_ap_key_internal,
    esp_wifi_wpa_ptk_init_done_internal, Callbacks,
};
use super::transmit;
use crate::wpa2::authenticator::MAX_STATIONS;
use crate::wpa2::{rsn, Authenticator, Counters, Port, TemporalKey, ETHERNET_TYPE};
use crate::{Config, MacAddress};

/// `WIFI_WPA_ALG_CCMP`.
const CCMP: i32 = 3;
/// The id of every station's key.
const PAIRWISE_ID: i32 = 0;
const ETHERNET_HEADER_LEN: usize = 14;
/// Noise of the radio, another word at each read.
const RANDOM: *const u32 = 0x3FF2_0E44 as *const u32;

/// What happened on the worker.
enum Change {
    Joined(MacAddress, rsn::Repr),
    Left(MacAddress),
}

struct Security {
    address: MacAddress,
    authenticator: Authenticator,
    changes: Deque<Change, { 2 * MAX_STATIONS }>,
    now: u64,
}

static mut SECURITY: Option<Security> = None;
/// The RSN element, where the libraries can read bytes.
static mut ELEMENT: [u8; rsn::LEN] = rsn::OURS;

static CALLBACKS: Callbacks = Callbacks {
    station: [null_mut(); 6],
    init: on_init,
    deinit: on_deinit,
    join: on_join,
    remove: on_remove,
    element: on_element,
    receive: on_receive,
    rest: [null_mut(); 7],
};

fn security() -> Option<&'static mut Security> {
    // SAFETY: main loop and worker, the only ones to come here, never run at the same time, and nobody keeps the
    // reference across a switch between them.
    unsafe { (*addr_of_mut!(SECURITY)).as_mut() }
}

/// Prepares the network that `config` wants. To be called before the libraries start it.
pub fn start(config: Config, address: MacAddress) {
    let Some(key) = config.key else {
        return;
    };
    let security = Security {
        address,
        authenticator: Authenticator::new(address, key),
        changes: Deque::new(),
        now: 0,
    };
    // SAFETY: called once, before the libraries know the callbacks.
    unsafe {
        addr_of_mut!(SECURITY).write(Some(security));
        esp_wifi_register_wpa_cb_internal(&CALLBACKS);
    }
}

/// On the main loop: takes up what happened on the worker, and runs the timers.
pub fn poll(now: u64) {
    let Some(security) = security() else {
        return;
    };
    security.now = now;
    let address = security.address;
    let mut libraries = Libraries { address };
    while let Some(change) = security.changes.pop_front() {
        match change {
            Change::Joined(station, element) => {
                security
                    .authenticator
                    .join(station, element, now, &mut libraries);
            }
            Change::Left(station) => security.authenticator.leave(station, &mut libraries),
        }
    }
    security.authenticator.poll(now, &mut libraries);
}

/// When [`poll`] has something to do, in microseconds.
pub fn next_deadline() -> u64 {
    match security() {
        Some(security) if !security.changes.is_empty() => 0,
        Some(security) => security.authenticator.next_deadline(),
        None => u64::MAX,
    }
}

/// Whether data may flow to and from this station.
pub fn is_open(station: MacAddress) -> bool {
    security().is_none_or(|security| security.authenticator.is_open(station))
}

/// What the authenticator has seen: nothing in an open network.
pub fn handshakes() -> Option<Counters> {
    security().map(|security| security.authenticator.counters())
}

fn note(change: Change) -> bool {
    security().is_some_and(|security| security.changes.push_back(change).is_ok())
}

/// The libraries as the authenticator sees them.
struct Libraries {
    address: MacAddress,
}

impl Port for Libraries {
    fn send(&mut self, station: MacAddress, len: usize, fill: impl FnOnce(&mut [u8])) {
        if !transmit::is_vacant() {
            return;
        }
        transmit::send(ETHERNET_HEADER_LEN + len, |frame| {
            frame[..6].copy_from_slice(&station.0);
            frame[6..12].copy_from_slice(&self.address.0);
            frame[12..14].copy_from_slice(&ETHERNET_TYPE.to_be_bytes());
            fill(&mut frame[ETHERNET_HEADER_LEN..]);
        });
    }

    /// The libraries would encrypt with it at once: it waits for [`Port::open`].
    fn set_key(&mut self, _place: usize, _station: MacAddress, _key: &TemporalKey) {}

    fn open(&mut self, _place: usize, station: MacAddress, key: &TemporalKey) {
        // SAFETY: on the worker, within `on_receive`; the libraries copy both.
        unsafe {
            esp_wifi_set_ap_key_internal(
                CCMP,
                station.0.as_ptr(),
                PAIRWISE_ID,
                key.as_ptr(),
                key.len(),
            );
            esp_wifi_wpa_ptk_init_done_internal(null_mut());
        }
    }

    /// The libraries forget a station's key with the station.
    fn close(&mut self, _place: usize, _station: MacAddress) {}

    fn set_group_key(&mut self, id: u8, key: &TemporalKey) {
        let all = MacAddress::BROADCAST;
        // SAFETY: the access point runs; the libraries copy both.
        unsafe {
            esp_wifi_set_ap_key_internal(CCMP, all.0.as_ptr(), id.into(), key.as_ptr(), key.len());
        }
    }

    /// The libraries keep it to themselves. With 0 a new station takes group frames from before it came.
    fn group_sequence(&self) -> u64 {
        0
    }

    fn expel(&mut self, station: MacAddress, _reason: u16) {
        if let Some(id) = events::stations().id_of(station.0) {
            // SAFETY: the access point runs.
            unsafe { esp_wifi_deauth_sta(id.into()) };
        }
    }

    fn random(&mut self) -> u32 {
        // SAFETY: a register that only reads.
        unsafe { RANDOM.read_volatile() }
    }
}

/// The access point starts: anything but null makes it one with a key.
extern "C" fn on_init() -> *mut c_void {
    addr_of_mut!(ELEMENT).cast()
}

extern "C" fn on_deinit(_network: *mut c_void) -> bool {
    true
}

/// A station asks to associate. What is put into `state` comes back with its frames.
///
/// # Safety
/// `station` are the 6 bytes of its address, which live as long as it is associated; `element` are `len` bytes.
unsafe extern "C" fn on_join(
    state: *mut *mut c_void,
    station: *mut u8,
    element: *const u8,
    len: u8,
) -> bool {
    // SAFETY: the caller's promises.
    let (address, element) = unsafe {
        let address = MacAddress::from_bytes(core::slice::from_raw_parts(station, 6));
        state.write(station.cast());
        (address, core::slice::from_raw_parts(element, len.into()))
    };
    let element = rsn::find(element).map(rsn::Repr::parse);
    match element {
        Some(Ok(element)) if element.is_acceptable() => note(Change::Joined(address, element)),
        _ => false,
    }
}

/// A station is gone.
///
/// # Safety
/// `state` is what [`on_join`] left, or null.
unsafe extern "C" fn on_remove(state: *mut c_void) -> bool {
    if state.is_null() {
        return false;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(state.cast::<u8>(), 6) };
    note(Change::Left(MacAddress::from_bytes(bytes)))
}

/// The RSN element for beacons and probe responses.
///
/// # Safety
/// `len` can be written.
unsafe extern "C" fn on_element(len: *mut u8) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { len.write(rsn::LEN as u8) };
    addr_of_mut!(ELEMENT).cast()
}

/// A station sent an EAPOL frame.
///
/// # Safety
/// `state` is what [`on_join`] left; `bytes` are `len` bytes.
unsafe extern "C" fn on_receive(
    _network: *mut c_void,
    state: *mut c_void,
    bytes: *const u8,
    len: usize,
) -> bool {
    let Some(security) = security().filter(|_| !state.is_null()) else {
        return false;
    };
    // SAFETY: the caller's promises.
    let (station, bytes) = unsafe {
        (
            core::slice::from_raw_parts(state.cast::<u8>(), 6),
            core::slice::from_raw_parts(bytes, len),
        )
    };
    let address = security.address;
    security.authenticator.receive(
        MacAddress::from_bytes(station),
        bytes,
        security.now,
        &mut Libraries { address },
    );
    true
}
