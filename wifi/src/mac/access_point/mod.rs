//! The access point's decisions: who is joined, and what each frame is answered with.

use super::MacAddress;

/// One joined station, for the status page and the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StationInfo {
    /// The station's address.
    pub address: MacAddress,
    /// Its association id, from 1.
    pub association_id: u16,
    /// When it joined, in the microseconds of [`super::SoftAp::poll`].
    pub joined_at: u64,
}
