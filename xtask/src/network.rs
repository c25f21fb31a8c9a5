//! Which network the built firmware will make: kept beside the images, for the code that phones scan.

use std::fs;
use std::path::Path;

use d1ota::join::Network;
use d1ota::problem::Problem;

use crate::Result;

/// The file's name.
const FILE: &str = "network.txt";

/// Notes what the images in `directory` were built with: the network's name, if one was chosen.
pub fn write(directory: &Path, ssid: Option<&str>) -> Result {
    let path = directory.join(FILE);
    fs::write(&path, ssid.unwrap_or_default())
        .map_err(|error| Problem::file("write", &path, &error))
}

/// The network of a board with that MAC address and the images in `directory`.
pub fn read(directory: &Path, mac: Option<[u8; 6]>) -> Option<Network> {
    let chosen = fs::read_to_string(directory.join(FILE)).unwrap_or_default();
    let ssid = match chosen.is_empty() {
        true => Network::default_ssid(mac?),
        false => chosen,
    };
    Some(Network { ssid, key: None })
}
