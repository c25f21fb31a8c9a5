//! Frames of an open access point, byte by byte.

use super::mac::AP_MAC;

pub const SSID: &[u8] = b"D1-OTA-DDEEAA";

fn management(kind: u8, to: [u8; 6], body: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind, 0, 0, 0];
    frame.extend(to);
    frame.extend(AP_MAC);
    frame.extend(AP_MAC);
    frame.extend([0, 0]);
    frame.extend(body);
    frame
}

fn network(timestamp: u64) -> Vec<u8> {
    let mut body = timestamp.to_le_bytes().to_vec();
    body.extend([100, 0, 0x21, 0]);
    body.extend([0, SSID.len() as u8]);
    body.extend(SSID);
    body.extend(rates());
    body.extend([3, 1, 6]);
    body
}

fn rates() -> [u8; 16] {
    [
        1, 8, 0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36, 50, 4, 48, 72, 96, 108,
    ]
}

pub fn beacon(timestamp: u64) -> Vec<u8> {
    let mut body = network(timestamp);
    body.extend([5, 4, 0, 1, 0, 0]);
    management(0x80, [0xff; 6], &body)
}

pub fn probe_response(to: [u8; 6], timestamp: u64) -> Vec<u8> {
    management(0x50, to, &network(timestamp))
}

pub fn authentication(to: [u8; 6], status: u16) -> Vec<u8> {
    let [low, high] = status.to_le_bytes();
    management(0xb0, to, &[0, 0, 2, 0, low, high])
}

pub fn association(to: [u8; 6], again: bool, status: u16, aid: u16) -> Vec<u8> {
    let mut body = vec![0x21, 0];
    body.extend(status.to_le_bytes());
    body.extend((aid | 0xc000).to_le_bytes());
    body.extend(rates());
    management(if again { 0x30 } else { 0x10 }, to, &body)
}

pub fn deauthentication(to: [u8; 6], reason: u16) -> Vec<u8> {
    management(0xc0, to, &reason.to_le_bytes())
}

pub fn disassociation(to: [u8; 6], reason: u16) -> Vec<u8> {
    management(0xa0, to, &reason.to_le_bytes())
}

/// From the distribution system.
pub fn data(ethernet: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x08, 0x02, 0, 0];
    frame.extend(&ethernet[..6]);
    frame.extend(AP_MAC);
    frame.extend(&ethernet[6..12]);
    frame.extend([0, 0]);
    frame.extend([0xaa, 0xaa, 3, 0, 0, 0]);
    frame.extend(&ethernet[12..]);
    frame
}

/// The Ethernet frame in a data frame to the distribution system.
pub fn ethernet(frame: &[u8]) -> Option<Vec<u8>> {
    if frame[0] != 0x08 || frame[1] & 3 != 1 || frame[24..30] != [0xaa, 0xaa, 3, 0, 0, 0] {
        return None;
    }
    let mut ethernet = frame[16..22].to_vec();
    ethernet.extend(&frame[10..16]);
    ethernet.extend(&frame[30..]);
    Some(ethernet)
}
