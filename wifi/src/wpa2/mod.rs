//! WPA2 with a pre-shared key (RSN, IEEE 802.11-2016 12), as an access point: written once, for both engines.
//!
//! Three layers:
//!
//! 1. [`rsn`], [`key_frame`]: bytes and their meanings.
//! 2. `hash`, [`pmk`], [`keys`], `random`: keys, on RustCrypto's primitives.
//! 3. [`authenticator`]: who has proven to know the key. No hardware; frames, keys and orders go out through a
//!    [`Port`], time is an argument.
//!
//! What protects data is not here: CCMP is the MAC's (docs/wifi-mac-registers.md, section 8).

pub mod authenticator;
mod hash;
pub mod key_frame;
pub mod keys;
mod passphrase;
pub mod pmk;
mod random;
pub mod rsn;
mod session;

pub use authenticator::{Authenticator, Counters, Port};
pub use keys::TemporalKey;
pub use passphrase::Passphrase;
pub use pmk::Pmk;

/// The Ethernet type of 802.1X, which EAPOL-Key frames are of.
pub const ETHERNET_TYPE: u16 = 0x888E;
