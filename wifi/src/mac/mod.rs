//! Our own access point on the ESP8266's Wi-Fi MAC.
//!
//! Four layers, each ignorant of those above it:
//!
//! 1. [`frame`]: 802.11 bytes and their meanings. No state.
//! 2. [`access_point`]: who is joined and what to answer. No hardware; time is an argument.
//! 3. [`radio`]: registers, DMA descriptors, the receive ring and the transmit slot. No 802.11 beyond
//!    what the hardware itself knows.
//! 4. [`soft_ap`]: ties them to one smoltcp `Device`.

pub mod access_point;
pub mod frame;
pub mod radio;
pub mod soft_ap;

pub use access_point::StationInfo;
pub use radio::Resources;
pub use soft_ap::{Counters, SoftAp};

use crate::config::{Channel, Ssid};
use crate::MacAddress;
