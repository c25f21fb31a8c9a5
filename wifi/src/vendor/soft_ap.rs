//! The libraries' access point behind one smoltcp `Device`.

use core::fmt::{self, Write};

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::adapter::{critical, events, interrupts, log, memory, phy as rf, worker};
use super::calibration::Calibration;
use super::libraries::{
    self, esp_wifi_deauth_sta, esp_wifi_init_internal, esp_wifi_internal_reg_rxcb,
    esp_wifi_internal_set_log_level, esp_wifi_set_config, esp_wifi_set_mode,
    esp_wifi_set_rx_pbuf_mem_type, esp_wifi_start, AccessPointConfig, InitConfig,
};
use super::receive::{self, Received};
use super::security;
use super::transmit::{self, MAX_ETHERNET_LEN};
use crate::config::Config;
use crate::wpa2::Passphrase;
use crate::{efuse, wpa2, MacAddress};

/// The access point's interface and mode.
const INTERFACE: i32 = 1;
const ACCESS_POINT: i32 = 2;
/// Received frames in byte-addressable memory.
const IN_DATA_RAM: i32 = 1;
/// `WIFI_LOG_INFO`: errors, warnings, and what becomes of stations.
const LOG_LEVEL: i32 = 3;
/// Stations at a time.
const STATIONS: u8 = 4;
/// As every access point has it, in milliseconds of 1.024.
const BEACON_INTERVAL: u16 = 100;
/// How long ago the library's timers, which send the beacons, may have run while we call ourselves beaconing, in
/// microseconds: ten intervals.
const BEACONING: u64 = 10 * 102_400;

/// What the engine uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The libraries' heap.
    pub heap: memory::Usage,
    /// Bytes of the worker's stack that were ever used, of [`worker::STACK_LEN`].
    pub worker_stack: usize,
}

/// What happened so far. Each counter wraps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Ethernet frames from stations.
    pub received: u32,
    /// Of these, given up for want of room.
    pub dropped: u32,
    /// Ethernet frames sent, and acknowledged where that was due.
    pub sent: u32,
    /// Ethernet frames the libraries gave up, or did not take.
    pub failures: u32,
}

/// A soft-AP, open or with a key. There is one; the libraries are full of globals.
///
/// Used like [`crate::SoftAp`]: put a smoltcp interface with [`SoftAp::address`] on it and call [`SoftAp::poll`]
/// whenever an interrupt woke the core.
pub struct SoftAp {
    now: u64,
    timer_runs: u32,
    timers_ran_at: u64,
}

/// The libraries refused to start; which of their functions, and its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartError(pub &'static str, pub i32);

impl SoftAp {
    /// Starts clocks, RF part and access point at `now`, in microseconds since any fixed moment.
    ///
    /// `calibration` is from [`SoftAp::parameters`]; the results in it are used if they are good, and made anew
    /// otherwise.
    ///
    /// # Errors
    /// When a function of the libraries does not return success.
    ///
    /// # Safety
    /// Called once, with nothing on the UARTs' wires (the clocks change) and nothing else that drives
    /// the radio or FRC2. The program's level-1 handler calls [`SoftAp::on_interrupt`], and `narrow-loads` of
    /// xtensa-lx-rt is on.
    pub unsafe fn start(
        config: Config,
        calibration: &'static mut Calibration,
        now: u64,
    ) -> Result<SoftAp, StartError> {
        let checked = |name, result: i32| match result {
            0 => Ok(()),
            result => Err(StartError(name, result)),
        };
        // SAFETY: the caller's promises; the order is the SDK's.
        unsafe {
            memory::start();
            interrupts::start();
            rf::start_clocks(calibration);
            checked("mac_init", libraries::mac_init())?;
            esp_wifi_set_rx_pbuf_mem_type(IN_DATA_RAM);
            checked("esp_wifi_init_internal", esp_wifi_init_internal(&INIT))?;
            if !rf::is_good() {
                return Err(StartError("register_chipv6_phy", 1));
            }
            worker::run();
            esp_wifi_internal_set_log_level(LOG_LEVEL);
            checked("esp_wifi_set_mode", esp_wifi_set_mode(ACCESS_POINT))?;
            let mut access_point = access_point_config(&config);
            security::start(config, efuse::access_point_address(efuse::read));
            checked(
                "esp_wifi_set_config",
                esp_wifi_set_config(INTERFACE, &mut access_point),
            )?;
            worker::run();
            checked("esp_wifi_start", esp_wifi_start())?;
            worker::run();
            checked(
                "esp_wifi_internal_reg_rxcb",
                esp_wifi_internal_reg_rxcb(INTERFACE, receive::on_receive),
            )?;
        }
        Ok(SoftAp {
            now,
            timer_runs: worker::timer_runs(),
            timers_ran_at: now,
        })
    }

    /// Fills in the RF parameters, before [`SoftAp::start`].
    pub fn parameters(calibration: &mut Calibration) {
        rf::parameters(calibration);
    }

    /// The calibration, if this start made it anew and it is worth keeping.
    pub fn new_calibration(&self) -> Option<&Calibration> {
        rf::new_calibration()
    }

    /// Lets the libraries do what there is to do. Never waits.
    pub fn poll(&mut self, now: u64) {
        self.now = now;
        worker::run();
        security::poll(now);
        while let Some(ghost) = events::ghost(now) {
            // SAFETY: the access point runs. It refuses who is gone already.
            unsafe { esp_wifi_deauth_sta(ghost.into()) };
        }
        if self.timer_runs != worker::timer_runs() {
            self.timer_runs = worker::timer_runs();
            self.timers_ran_at = now;
        }
    }

    /// The time, in microseconds, at which [`SoftAp::poll`] has something to do even if no interrupt comes.
    pub fn next_deadline(&self) -> u64 {
        if worker::is_awaited() || receive::is_waiting() && transmit::is_vacant() {
            self.now
        } else {
            let patient = self.now + BEACONING;
            patient.min(security::next_deadline()).max(self.now)
        }
    }

    /// Whether there is something to do at once. To be asked with level 1 held off, before going to sleep: what
    /// comes later raises an interrupt.
    pub fn is_awaited(&self) -> bool {
        worker::is_awaited()
    }

    /// The access point's own address (BSSID): the interface's hardware address.
    pub fn address(&self) -> MacAddress {
        efuse::access_point_address(efuse::read)
    }

    /// What the authenticator has seen: nothing in an open network.
    pub fn handshakes(&self) -> Option<wpa2::Counters> {
        security::handshakes()
    }

    /// The joined stations' addresses: in a network with a key, of those that have proven to know it.
    pub fn stations(&self) -> impl Iterator<Item = MacAddress> {
        let stations = events::stations().iter().map(MacAddress);
        stations.filter(|station| security::is_open(*station))
    }

    /// Whether the access point has started and the timers that send its beacons ran in the second before the
    /// last poll.
    pub fn is_beaconing(&self) -> bool {
        events::is_started() && self.now.saturating_sub(self.timers_ran_at) <= BEACONING
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        let (received, dropped) = receive::counters();
        let transmit::Counters { sent, failures } = transmit::counters();
        Counters {
            received,
            dropped,
            sent,
            failures,
        }
    }

    /// What the engine uses.
    pub fn figures(&self) -> Figures {
        Figures {
            heap: memory::usage(),
            worker_stack: worker::stack_used(),
        }
    }

    /// Prints the next line of the libraries' log, if there is one and not too many came. Also when the start failed.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn print_line(now: u64, out: &mut dyn Write) -> fmt::Result {
        log::print_line(now, out)
    }

    /// Whether a line of the log waits.
    pub fn has_line() -> bool {
        log::has_line()
    }

    /// Serves those of the `pending` level-1 interrupts that are the engine's.
    pub fn on_interrupt(pending: u32) {
        interrupts::on_interrupt(pending);
        worker::run_if_busy();
    }

    /// Does `work`, which takes long and does not use the access point; beacons and frames go on meanwhile.
    pub fn while_busy<T>(&mut self, work: impl FnOnce() -> T) -> T {
        worker::while_busy(work)
    }

    /// Keeps interrupts and the radio's NMI out, until [`SoftAp::unlock`]: whoever turns the flash cache off must.
    /// Nests.
    pub fn lock() {
        critical::vPortETSIntrLock();
    }

    /// Undoes [`SoftAp::lock`].
    pub fn unlock() {
        critical::vPortETSIntrUnlock();
    }
}

/// The SDK's defaults, but for fewer receive buffers (the SDK recommends 14 or more), no storage in flash and
/// no aggregation.
const INIT: InitConfig = InitConfig {
    event_handler: core::ptr::null(),
    os_functions: core::ptr::null(),
    qos: 0,
    ampdu: 0,
    ampdu_window: 0,
    ampdu_count: 2,
    ampdu_len: 64,
    single_packet_len: 1600 - 524,
    receive_len: 524,
    amsdu: 0,
    receive_count: 14,
    packet_count: 7,
    continuous_count: 14,
    transmit_count: 6,
    storage: 0,
    nano: 0,
    wpa3: 0,
    magic: InitConfig::MAGIC,
};

/// `WIFI_AUTH_OPEN` and `WIFI_AUTH_WPA2_PSK`.
const OPEN: u32 = 0;
const WPA2_PSK: u32 = 3;

fn access_point_config(config: &Config) -> AccessPointConfig {
    let name = config.ssid.as_bytes();
    let mut ssid = [0; 32];
    ssid[..name.len()].copy_from_slice(name);
    let mut password = [0; 64];
    let mut authentication = OPEN;
    if config.key.is_some() {
        // They want to see one, and leave it to the callbacks what to make of it.
        password[..Passphrase::MIN_LEN].fill(b'*');
        authentication = WPA2_PSK;
    }
    AccessPointConfig {
        ssid,
        password,
        ssid_len: name.len() as u8,
        channel: config.channel.number(),
        authentication,
        hidden: 0,
        stations: STATIONS,
        beacon_interval: BEACON_INTERVAL,
        rest: [0; 24],
    }
}

/// One received Ethernet frame.
pub struct RxToken(Received);

impl phy::RxToken for RxToken {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, f: F) -> T {
        f(self.0.bytes())
    }
}

/// Room for one Ethernet frame, in the buffer it will be sent from.
pub struct TxToken(());

impl phy::TxToken for TxToken {
    /// # Panics
    /// When `len` is more than the capabilities allow.
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        transmit::send(len, f)
    }
}

impl Device for SoftAp {
    type RxToken<'a> = RxToken;
    type TxToken<'a> = TxToken;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken, TxToken)> {
        // Without room for an answer the frame waits.
        if !transmit::is_vacant() {
            return None;
        }
        receive::take().map(|frame| (RxToken(frame), TxToken(())))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken> {
        transmit::is_vacant().then_some(TxToken(()))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MAX_ETHERNET_LEN;
        capabilities.max_burst_size = Some(receive::MOST);
        capabilities
    }
}
