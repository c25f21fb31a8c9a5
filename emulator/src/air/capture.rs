//! Writes what is on the air to a pcap file (radiotap, link type 127).
//!
//! Time stamps are emulated microseconds since power-on. Frames carry no FCS; one that was
//! damaged on the way has radiotap's bad-FCS flag. ACKs are frames like any other.

use std::io::{self, Write};
use std::time::Duration;

use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, Endianness, PcapError};

use super::medium::Frame;
use super::rate::Modulation;
use crate::time::Time;

/// radiotap: TSFT, flags, rate, channel and antenna signal follow.
const PRESENT: u32 = 1 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5;
const RADIOTAP_LEN: u16 = 23;
const FLAG_SHORT_PREAMBLE: u8 = 0x02;
const FLAG_BAD_FCS: u8 = 0x40;
const CHANNEL_CCK: u16 = 0x0020;
const CHANNEL_OFDM: u16 = 0x0040;
const CHANNEL_2_GHZ: u16 = 0x0080;
/// Channel 6. The emulator has one channel; RF settings are not modelled.
const FREQUENCY_MHZ: u16 = 2437;

/// An open capture.
pub struct Capture {
    writer: PcapWriter<Box<dyn Write>>,
}

impl Capture {
    /// Starts a capture by writing the file header.
    pub fn new(file: Box<dyn Write>) -> io::Result<Capture> {
        let header = PcapHeader {
            datalink: DataLink::IEEE802_11_RADIOTAP,
            endianness: Endianness::Little,
            ..PcapHeader::default()
        };
        let writer = PcapWriter::with_header(file, header).map_err(plain)?;
        Ok(Capture { writer })
    }

    /// Writes one frame that started at `at`.
    pub fn frame(&mut self, frame: &Frame, intact: bool, at: Time) -> io::Result<()> {
        let mut data = Vec::with_capacity(usize::from(RADIOTAP_LEN) + frame.bytes.len());
        let mut flags = 0;
        if frame.rate.modulation == Modulation::ShortPreamble {
            flags |= FLAG_SHORT_PREAMBLE;
        }
        if !intact {
            flags |= FLAG_BAD_FCS;
        }
        let channel = CHANNEL_2_GHZ
            | match frame.rate.modulation {
                Modulation::Ofdm => CHANNEL_OFDM,
                _ => CHANNEL_CCK,
            };
        data.extend([0, 0]);
        data.extend(RADIOTAP_LEN.to_le_bytes());
        data.extend(PRESENT.to_le_bytes());
        data.extend(at.as_micros().to_le_bytes());
        data.extend([flags, frame.rate.half_megabits]);
        data.extend(FREQUENCY_MHZ.to_le_bytes());
        data.extend(channel.to_le_bytes());
        data.push(frame.signal as u8);
        debug_assert_eq!(data.len(), usize::from(RADIOTAP_LEN));
        data.extend(&frame.bytes);
        let stamp = Duration::from_micros(at.as_micros());
        let packet = PcapPacket::new_owned(stamp, data.len() as u32, data);
        self.writer.write_packet(&packet).map(drop).map_err(plain)
    }
}

fn plain(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
