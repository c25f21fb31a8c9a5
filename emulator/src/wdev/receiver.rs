//! From the air into the guest's ring of buffers (docs/wifi-mac-registers.md, section 2).

use super::descriptor::Descriptor;
use super::filter::Match;
use super::rate;
use crate::air::medium::Frame;
use crate::bus::Dma;

/// Bytes before the frame.
const HEADER_LEN: usize = 12;

/// Where the next frame goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    /// Software has given no ring.
    #[default]
    Nowhere,
    /// Into this descriptor.
    At(u32),
    /// Into whatever follows this descriptor when the frame comes.
    After(u32),
}

/// Why a frame was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// All buffers are the software's.
    NoBuffer,
    /// There is no usable descriptor at this address.
    BadDescriptor(u32),
    /// This descriptor's buffer is not in data RAM.
    BadBuffer(u32),
}

/// The ring.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    position: Position,
}

impl Receiver {
    /// Starts over at the descriptor at `address`.
    pub fn set_base(&mut self, address: u32) {
        self.position = match address {
            0 => Position::Nowhere,
            address => Position::At(address),
        };
    }

    /// Stores a frame; returns the address of its last descriptor and of the one after it.
    pub fn store(
        &mut self,
        frame: &Frame,
        found: Match,
        memory: &mut dyn Dma,
    ) -> Result<(u32, u32), Lost> {
        let bytes = with_header_and_fcs(frame, found);
        let chain = self.chain(bytes.len(), memory)?;
        let mut rest = &bytes[..];
        for descriptor in &chain {
            let (piece, more) = rest.split_at(descriptor.size().min(rest.len()));
            if !memory.write(descriptor.buffer, piece) {
                return Err(Lost::BadBuffer(descriptor.address));
            }
            rest = more;
        }
        let mut left = bytes.len();
        let mut last = (0, 0);
        for (number, descriptor) in chain.iter().enumerate() {
            let length = descriptor.size().min(left);
            left -= length;
            let written = descriptor.give_back(length, number == 0, left == 0, memory);
            debug_assert!(written, "it was read from there");
            last = (descriptor.address, descriptor.next);
        }
        self.position = Position::After(last.0);
        Ok(last)
    }

    /// The descriptors that `len` bytes need.
    fn chain(&self, len: usize, memory: &dyn Dma) -> Result<Vec<Descriptor>, Lost> {
        let mut next = match self.position {
            Position::Nowhere => return Err(Lost::NoBuffer),
            Position::At(address) => address,
            Position::After(address) => {
                Descriptor::load(address, memory)
                    .ok_or(Lost::BadDescriptor(address))?
                    .next
            }
        };
        let mut chain: Vec<Descriptor> = Vec::new();
        let mut room = 0;
        while room < len {
            if next == 0 {
                return Err(Lost::NoBuffer);
            }
            let descriptor = Descriptor::load(next, memory).ok_or(Lost::BadDescriptor(next))?;
            // A ring closes in on itself when a frame needs more than all of it.
            if !descriptor.is_hardwares() || chain.iter().any(|seen| seen.address == next) {
                return Err(Lost::NoBuffer);
            }
            if descriptor.size() == 0 {
                return Err(Lost::BadDescriptor(next));
            }
            room += descriptor.size();
            next = descriptor.next;
            chain.push(descriptor);
        }
        Ok(chain)
    }
}

/// The 12-byte receive header, the frame, and its FCS.
fn with_header_and_fcs(frame: &Frame, found: Match) -> Vec<u8> {
    let group = frame.bytes.get(4).is_some_and(|byte| byte & 1 != 0);
    let word = u32::from(frame.signal as u8)
        | rate::to_code(frame.rate) << 8
        | u32::from(group) << 12
        | (frame.air_len() as u32 & 0xfff) << 16
        | found.header_bits();
    let mut bytes = word.to_le_bytes().to_vec();
    bytes.resize(HEADER_LEN, 0);
    bytes.extend(&frame.bytes);
    bytes.extend(crc32fast::hash(&frame.bytes).to_le_bytes());
    bytes
}
