//! A soft-AP for the ESP8266, open or with a key, as one smoltcp `phy::Device`.
//!
//! Two engines of one shape: a firmware polls the device, puts a smoltcp interface on it, and knows nothing
//! of 802.11.
//!
//! - [`mac`] is our own access point on the Wi-Fi MAC's registers: it needs no vendor code.
//! - `vendor` (feature `vendor`) is Espressif's, in libraries of the user's SDK: it calibrates the RF part,
//!   which a board needs.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod config;
pub mod efuse;
pub mod mac;
#[cfg(any(test, feature = "vendor"))]
pub mod vendor;
pub mod wpa2;

pub use config::{Channel, Config, Ssid};
#[cfg(target_arch = "xtensa")]
pub use mac::radio::{on_interrupt, ChipRegisters};
pub use mac::{Counters, Resources, SoftAp, StationInfo};

/// A station's or an access point's address.
pub use smoltcp::wire::EthernetAddress as MacAddress;
