//! Which network the built firmware will make: kept beside the images, for whoever joins it.

use std::fs;
use std::path::Path;

use d1ota::join::{key_of_images, Network, NOTE};
use d1ota::problem::Problem;

use crate::Result;

/// Notes what the images in `directory` were built with.
pub fn write(directory: &Path, ssid: Option<&str>, key: Option<&str>) -> Result {
    let path = directory.join(NOTE);
    let mut text = format!("{}\n", ssid.unwrap_or_default());
    if let Some(key) = key {
        text.push_str(&format!("{key}\n"));
    }
    fs::write(&path, text).map_err(|error| Problem::file("write", &path, &error))
}

/// The network of a board with that MAC address and the images in `directory`.
pub fn read(directory: &Path, mac: Option<[u8; 6]>) -> Option<Network> {
    let text = fs::read_to_string(directory.join(NOTE)).unwrap_or_default();
    let ssid = match text.lines().next().unwrap_or_default() {
        "" => Network::default_ssid(mac?),
        chosen => chosen.to_owned(),
    };
    let key = key_of_images(directory);
    Some(Network { ssid, key })
}
