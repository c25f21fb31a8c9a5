//! What the page shows, for people and for programs alike, at one instant.

use d1_wifi::Ssid;

use crate::identity::Identity;
use crate::reset::ResetCause;
use crate::token::Token;
use crate::update::history::Moment;
use crate::update::{LastUpdate, Phase};

/// What there is to show.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The firmware.
    pub identity: Identity,
    /// The network's name.
    pub ssid: Ssid,
    /// A number of this start: another one means that the device has restarted.
    pub boot: u32,
    /// What the links that act carry.
    pub token: Token,
    /// Where the update is.
    pub phase: Phase,
    /// How many updates have begun since the start.
    pub attempt: u32,
    /// Bytes of the new image in flash.
    pub written: u32,
    /// Bytes of the new image; 0 while unknown.
    pub total: u32,
    /// What became of the last update.
    pub last: LastUpdate,
    /// Why the chip was started.
    pub reset: ResetCause,
    /// Seconds since then.
    pub uptime: u32,
    /// Bytes of RAM that nothing has a use for at this instant.
    pub free: u32,
    /// Whether the button was held at the start.
    pub is_recovery: bool,
    /// Stations that are joined.
    pub stations: u32,
    /// When that is, in the history.
    pub moment: Moment,
}
