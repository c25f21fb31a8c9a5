//! What this firmware is: its build, its slot, the flash it lives in.

use core::fmt;

use d1_image::manifest::Project;
use d1_image::{FlashMap, Slot};
use d1_signature::PublicKey;
use d1_wifi::wpa2::Passphrase;

/// Version of the project, from its manifest.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What this is a firmware of: updates have to be for the same.
pub const PROJECT: Project = Project::D1_OTA;

/// The number of the board it runs on: the D1 mini is the first.
pub const BOARD: u8 = 1;

/// The key that updates have to be signed by: `D1_PUBLIC_KEY` of the build, or the development key.
pub const TRUSTED_KEY: PublicKey = match option_env!("D1_PUBLIC_KEY") {
    None => d1_signature::DEVELOPMENT,
    Some(text) => match PublicKey::from_hex(text) {
        Some(key) => key,
        None => panic!("D1_PUBLIC_KEY: 64 hex digits"),
    },
};

/// What it takes to join the network: `D1_PSK` of the build. Without it, nothing.
pub const PASSPHRASE: Option<Passphrase> = match option_env!("D1_PSK") {
    None => None,
    Some(text) => match Passphrase::new(text) {
        None => panic!("D1_PSK: 8 to 63 printable ASCII characters"),
        passphrase => passphrase,
    },
};

/// What has to be said about the network wherever it is named.
pub fn openness() -> &'static str {
    match PASSPHRASE {
        Some(_) => "",
        None => ", open to anybody",
    }
}

/// What has to be said about that key wherever it is named.
pub fn caveat() -> &'static str {
    match TRUSTED_KEY.is_development() {
        true => ", which everybody has",
        false => "",
    }
}

/// What this firmware is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Build number, given at link time.
    pub build: u32,
    /// Release, given at link time; 0 for a development build. No lower one takes its place unless forced to.
    pub release: u32,
    /// The slot it runs from.
    pub slot: Slot,
    /// The flash map it was linked for.
    pub map: FlashMap,
    /// Bytes of the flash chip, by its JEDEC id.
    pub chip_len: u32,
}

impl Identity {
    /// The running slot with its flash offset, as the console and the page spell it: `user1 @ 0x1000`.
    pub fn place(&self) -> impl fmt::Display {
        Place(self.slot, self.map)
    }
}

struct Place(Slot, FlashMap);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place(slot, map) = self;
        write!(f, "{} @ {:#x}", slot.name(), map.slot(*slot).start.get())
    }
}
