//! An 802.11 frame, byte by byte: for what no station of ours would say by itself.

/// A frame to the access point `to`, with the next number after none. `kind` and `flags` are the bytes of frame
/// control; `third` is the BSSID in a management frame, in data the address that it is for (802.11-2016 9.2.4).
pub fn frame(kind: u8, flags: u8, [to, from, third]: [[u8; 6]; 3], body: &[u8]) -> Vec<u8> {
    let duration = [0, 0];
    let sequence = [0x10, 0];
    let head = [kind, flags];
    [&head[..], &duration, &to, &from, &third, &sequence, body].concat()
}
