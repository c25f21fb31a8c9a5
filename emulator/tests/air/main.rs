//! The Wi-Fi MAC and the air, driven by a guest written in Rust.
//!
//! The guest is a small access point that reads docs/wifi-mac-registers.md and nothing else: it
//! touches the MAC through its registers and a RAM only, as firmware would, with frames written
//! out byte by byte. What a real driver needs of the emulator is shown here first.

mod conditions;
mod forwarding;
mod guest;
mod joining;
mod noise;
mod pcap;
mod ring;
mod slots;
mod traffic;
