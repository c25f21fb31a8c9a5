//! The libraries' own names and structures, as far as they are used.
//!
//! Source: the SDK's headers `esp_wifi.h`, `esp_wifi_types.h`, `esp_aio.h`, `esp_private/wifi.h` and
//! `source/phy.h` for signatures; written anew for this crate.

use core::ffi::{c_char, c_void};

unsafe extern "C" {
    /// Non-zero while the NMI's handler runs.
    pub static NMIIrqIsOn: u8;
    /// The MAC's events that the libraries want interrupts for.
    pub static WDEV_INTEREST_EVENT: u32;
    /// Where calibration finds its table of receive gains: 125 words in RAM.
    pub static mut phy_rx_gain_dc_table: *mut u32;
    /// Copies 128 bytes of RF parameters from the SDK's header (`phy_parameters.c`).
    pub fn d1_wifi_phy_parameters(to: *mut u8);

    /// Starts the RTC's part of the clocks.
    pub fn rtc_init() -> i32;
    /// Sets the clocks by the RF parameters.
    pub fn rtc_init_clk(parameters: *mut u8);
    /// Asks for both addresses.
    pub fn mac_init() -> i32;
    /// Serves the interrupt by which the NMI asks for its messages to be delivered.
    pub fn MacIsrSigPostDefHdl() -> i32;

    /// What to calibrate after waking up.
    pub fn phy_afterwake_set_rfoption(option: u8);
    /// What to calibrate at power-up: 1 little, 3 everything.
    pub fn phy_set_powerup_option(option: u8);
    /// Calibrates and starts the RF part; takes parameters and calibration, 128 bytes each.
    pub fn register_chipv6_phy(block: *mut u8) -> i32;
    /// Stops the automatic gain until the rest of the start turns it on.
    pub fn phy_disable_agc();
    /// Fetches the calibration, 128 bytes.
    pub fn get_data_from_rtc(data: *mut u8);

    /// Where received frames are handed over: 1 is byte-addressable memory.
    pub fn esp_wifi_set_rx_pbuf_mem_type(kind: i32);
    /// Starts the libraries.
    pub fn esp_wifi_init_internal(config: *const InitConfig) -> i32;
    /// How much the libraries say.
    pub fn esp_wifi_internal_set_log_level(level: i32) -> i32;
    /// Chooses station or access point.
    pub fn esp_wifi_set_mode(mode: i32) -> i32;
    /// Configures an interface.
    pub fn esp_wifi_set_config(interface: i32, config: *mut AccessPointConfig) -> i32;
    /// Starts the configured interfaces.
    pub fn esp_wifi_start() -> i32;
    /// Who does the handshakes of a network with a key.
    pub fn esp_wifi_register_wpa_cb_internal(callbacks: *const Callbacks) -> i32;
    /// Gives a station's key, or for the broadcast address the group's: algorithm, address, id, key, length.
    pub fn esp_wifi_set_ap_key_internal(
        algorithm: i32,
        station: *const u8,
        id: i32,
        key: *const u8,
        len: usize,
    ) -> i32;
    /// The station whose frame is being handled may send data from now on. The argument is not used.
    pub fn esp_wifi_wpa_ptk_init_done_internal(state: *mut c_void) -> bool;
    /// Sends the station with this association id away.
    pub fn esp_wifi_deauth_sta(id: u16) -> i32;
    /// Who gets received frames.
    pub fn esp_wifi_internal_reg_rxcb(interface: i32, callback: ReceiveCallback) -> i32;
    /// Gives a received frame's hardware buffer back.
    pub fn esp_wifi_internal_free_rx_buffer(buffer: *mut c_void);
    /// Sends an Ethernet frame; anything but 0 means it was not taken.
    pub fn ieee80211_output_pbuf(operation: *mut Operation) -> i32;
}

/// What the libraries ask of whoever does the handshakes: `struct wpa_funcs` of the SDK, 19 pointers. The places of
/// those for an access point are known from the code that calls them (docs/vendor-engine.md).
#[repr(C)]
pub struct Callbacks {
    /// For a station's interface, which is not used.
    pub station: [*mut c_void; 6],
    /// The access point starts. Null means an open one.
    pub init: extern "C" fn() -> *mut c_void,
    /// It stops.
    pub deinit: extern "C" fn(*mut c_void) -> bool,
    /// A station asks to associate: where what is to come back for it goes, its address, its RSN element with its
    /// length. False refuses it.
    pub join: unsafe extern "C" fn(*mut *mut c_void, *mut u8, *const u8, u8) -> bool,
    /// It is gone.
    pub remove: unsafe extern "C" fn(*mut c_void) -> bool,
    /// The RSN element and its length.
    pub element: unsafe extern "C" fn(*mut u8) -> *mut u8,
    /// An EAPOL frame: what `init` returned, what `join` left, the frame from the 802.1X header on, its length.
    pub receive: unsafe extern "C" fn(*mut c_void, *mut c_void, *const u8, usize) -> bool,
    /// For scanning, for TKIP and for WPA3.
    pub rest: [*mut c_void; 7],
}

// SAFETY: it is only read.
unsafe impl Sync for Callbacks {}

/// Gets an Ethernet frame and its length. Either the frame is a copy on the heap and the last argument is
/// null, or the last argument is the hardware buffer that the frame is in. 0: taken.
pub type ReceiveCallback = extern "C" fn(*mut u8, u16, *mut c_void) -> i32;

/// `wifi_init_config_t`.
#[repr(C)]
pub struct InitConfig {
    /// Not called: the libraries import `esp_event_send` by name.
    pub event_handler: *const c_void,
    /// Not used: the adapter is imported by name.
    pub os_functions: *const c_void,
    /// Traffic classes.
    pub qos: u8,
    /// Aggregated receive.
    pub ampdu: u8,
    /// Window of aggregated receive.
    pub ampdu_window: u8,
    /// Buffers of aggregated receive. They are made even when it is off; not 0.
    pub ampdu_count: u8,
    /// Bytes of each.
    pub ampdu_len: u32,
    /// The largest packet.
    pub single_packet_len: u32,
    /// Bytes of a receive buffer.
    pub receive_len: u32,
    /// Aggregated service units.
    pub amsdu: u8,
    /// Receive buffers.
    pub receive_count: u8,
    /// Packets.
    pub packet_count: u8,
    /// Receive buffers that stay in one piece.
    pub continuous_count: u8,
    /// Transmit buffers.
    pub transmit_count: u8,
    /// Keep settings in flash.
    pub storage: u8,
    /// Which printf.
    pub nano: u8,
    /// WPA3.
    pub wpa3: u8,
    /// [`InitConfig::MAGIC`].
    pub magic: u32,
}

impl InitConfig {
    /// What the libraries know the structure by.
    pub const MAGIC: u32 = 0x1F2F_3F4F;
}

/// `wifi_config_t` as the access point's variant, as long as the longest.
#[repr(C)]
pub struct AccessPointConfig {
    /// The network's name.
    pub ssid: [u8; 32],
    /// Empty for an open network.
    pub password: [u8; 64],
    /// Bytes of the name.
    pub ssid_len: u8,
    /// 1 to 13.
    pub channel: u8,
    /// 0: open. 3: WPA2 with a pre-shared key.
    pub authentication: u32,
    /// Do not tell the name in beacons.
    pub hidden: u8,
    /// Stations that may join.
    pub stations: u8,
    /// Milliseconds.
    pub beacon_interval: u16,
    /// The rest of the union.
    pub rest: [u8; 24],
}

/// `esp_aio_t`: a frame to send and what became of it.
#[repr(C)]
pub struct Operation {
    /// The interface.
    pub interface: i32,
    /// The Ethernet frame, with room before it for the 802.11 header.
    pub frame: *const c_char,
    /// Its length.
    pub len: usize,
    /// Called on the worker when the frame is done with.
    pub callback: Option<extern "C" fn(*mut Operation) -> i32>,
    /// Whatever the callback likes to know.
    pub argument: *mut c_void,
    /// 1: sent.
    pub result: i32,
}

const _: () = assert!(size_of::<InitConfig>() == 36 || size_of::<usize>() != 4);
const _: () = assert!(size_of::<AccessPointConfig>() == 132);
