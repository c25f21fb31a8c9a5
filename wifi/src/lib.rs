//! A soft-AP for the ESP8266, as one smoltcp `phy::Device`.
//!
//! [`mac`] is our own access point on the Wi-Fi MAC's registers: it needs no vendor code. Whatever engine
//! is behind it, a firmware polls the device, puts a smoltcp interface on it, and knows nothing of 802.11.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod mac;

#[cfg(target_arch = "xtensa")]
pub use mac::radio::{on_interrupt, ChipRegisters};
pub use mac::{Channel, Config, Counters, MacAddress, Resources, SoftAp, Ssid, StationInfo};
