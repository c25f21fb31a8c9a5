//! The network's master key: derived once, found by every later start, and right whatever flash does.

use std::vec::Vec;

use d1_wifi::wpa2::{Passphrase, Pmk};

use super::chip::Chip;
use super::*;
use crate::network_key::{find, Found, Origin};
use crate::update::FlashStep;

/// IEEE 802.11-2016 J.4.2, the first vector.
const PASSPHRASE: &str = "password";
const SSID: &[u8] = b"IEEE";
const FIRST_BYTES: [u8; 8] = [0xF4, 0x2C, 0x6F, 0xC5, 0x2D, 0xF0, 0xEB, 0xEF];

/// What a start finds out with `passphrase` and the name `ssid`.
fn start(chip: &mut Chip, passphrase: &'static str, ssid: &[u8]) -> Found {
    let me = Identity {
        build: 1,
        release: 0,
        slot: Slot::One,
        map: MAP,
        chip_len: MAP.flash_len(),
    };
    let passphrase = Passphrase::new(passphrase).unwrap();
    find(chip, &me, passphrase, &Ssid::new(ssid).unwrap())
}

#[test]
fn it_is_derived_once_and_found_by_every_later_start() {
    let mut chip = Chip::new();
    let first = start(&mut chip, PASSPHRASE, SSID);
    assert_eq!(first.origin, Origin::Kept);
    assert_eq!(first.key.as_bytes()[..8], FIRST_BYTES);
    let operations = chip.operations();
    let second = start(&mut chip, PASSPHRASE, SSID);
    assert_eq!(second.origin, Origin::Flash);
    assert_eq!(second.key, first.key);
    assert_eq!(chip.operations(), operations, "a later start only reads");
}

#[test]
fn another_passphrase_or_name_is_another_key() {
    let mut chip = Chip::new();
    let mut keys: Vec<Pmk> = Vec::new();
    // The last two say the same bytes, divided differently.
    for (passphrase, ssid) in [
        (PASSPHRASE, SSID),
        ("passw0rd", SSID),
        (PASSPHRASE, b"IEEF"),
        ("passwordI", b"EEE"),
    ] {
        let found = start(&mut chip, passphrase, ssid);
        assert_eq!(found.origin, Origin::Kept, "{passphrase}");
        assert!(!keys.contains(&found.key), "{passphrase}");
        assert_eq!(start(&mut chip, passphrase, ssid).origin, Origin::Flash);
        keys.push(found.key);
    }
}

#[test]
fn without_flash_that_keeps_it_the_key_is_right_all_the_same() {
    for broken in [FlashStep::Erase, FlashStep::Program, FlashStep::Read] {
        let mut chip = Chip::new();
        chip.broken = Some(broken);
        for _ in 0..2 {
            let found = start(&mut chip, PASSPHRASE, SSID);
            assert_eq!(found.key.as_bytes()[..8], FIRST_BYTES, "{broken:?}");
            assert_ne!(found.origin, Origin::Flash, "{broken:?}");
        }
    }
}
