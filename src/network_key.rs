//! The network's master key: half a second of work at the first start, kept for all others.

use d1_wifi::wpa2::{Passphrase, Pmk};
use d1_wifi::Ssid;

use crate::flash::Flash;
use crate::identity::Identity;
use crate::kept;

/// The longest passphrase and the longest name, with zeros behind either.
const PARAMETERS_LEN: usize = Passphrase::MAX_LEN + Ssid::MAX_LEN;

/// The master key of a network, and where it is from.
pub struct Found {
    /// The key.
    pub key: Pmk,
    /// How it was come by.
    pub origin: Origin,
}

/// Where a master key is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was kept by an earlier start.
    Flash,
    /// It was derived, and the next start will find it.
    Kept,
    /// It was derived, and flash does not keep it.
    Lost,
}

/// The master key for `passphrase` and `ssid`: that of an earlier start, or a new one, which is kept.
// Never inlined: it would leave its room on the stack to the main loop.
#[inline(never)]
pub fn find<F: Flash>(
    flash: &mut F,
    identity: &Identity,
    passphrase: Passphrase,
    ssid: &Ssid,
) -> Found {
    let sector = identity.map.network_key();
    let parameters = parameters(passphrase, ssid);
    let mut bytes = [0; Pmk::LEN];
    if kept::load(flash, sector, &parameters, &mut bytes) {
        return Found {
            key: Pmk::new(bytes),
            origin: Origin::Flash,
        };
    }
    let key = Pmk::derive(passphrase, ssid);
    let origin = match kept::save(flash, identity, sector, &parameters, key.as_bytes()) {
        true => Origin::Kept,
        false => Origin::Lost,
    };
    Found { key, origin }
}

fn parameters(passphrase: Passphrase, ssid: &Ssid) -> [u8; PARAMETERS_LEN] {
    let mut parameters = [0; PARAMETERS_LEN];
    let (first, second) = parameters.split_at_mut(Passphrase::MAX_LEN);
    let (text, name) = (passphrase.as_str().as_bytes(), ssid.as_bytes());
    first[..text.len()].copy_from_slice(text);
    second[..name.len()].copy_from_slice(name);
    parameters
}
