//! From the air into the guest's ring of buffers (docs/wifi-mac-registers.md, section 2).

use super::descriptor::Descriptor;
use super::filter::Match;
use super::rate;
use crate::air::medium::Frame;
use crate::bus::Dma;

/// Bytes before the frame.
const HEADER_LEN: usize = 12;
/// What the last word is filled up with: nothing that software may count on.
const PADDING: u8 = 0xa5;

/// Where the next frame goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    /// Software has given no ring.
    #[default]
    Nowhere,
    /// Into this descriptor.
    At(u32),
    /// Into what followed the descriptor at `last` when it was filled; if that was nothing, into what follows it by now.
    After { last: u32, next: u32 },
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

/// Where a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its last descriptor.
    pub last: u32,
    /// What follows that, 0 = nothing.
    pub next: u32,
    /// Software has changed what follows the frame before this one: silicon might have gone there instead.
    pub disputed: Option<u32>,
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

    /// Stores `bytes`, what is left of a frame without FCS and, where it was decrypted, code; with this end state in
    /// its header.
    pub fn store(
        &mut self,
        frame: &Frame,
        bytes: &[u8],
        found: Match,
        end_state: u8,
        memory: &mut dyn Dma,
    ) -> Result<Stored, Lost> {
        let bytes = with_header(frame, bytes, found, end_state);
        let (first, disputed) = self.first(memory)?;
        let chain = chain(first, bytes.len(), memory)?;
        let mut rest = &bytes[..];
        for descriptor in &chain {
            let (piece, more) = rest.split_at(descriptor.size().min(rest.len()));
            if !memory.write(descriptor.buffer, piece) {
                return Err(Lost::BadBuffer(descriptor.address));
            }
            rest = more;
        }
        let mut left = bytes.len();
        for (number, descriptor) in chain.iter().enumerate() {
            let length = descriptor.size().min(left);
            left -= length;
            let written = descriptor.fill(length, number == 0, left == 0, memory);
            debug_assert!(written, "it was read from there");
        }
        let end = chain.last().ok_or(Lost::NoBuffer)?;
        let (last, next) = (end.address, end.next);
        self.position = Position::After { last, next };
        Ok(Stored {
            last,
            next,
            disputed,
        })
    }

    /// The descriptor for the first piece, and the one it would be by another reading of the evidence.
    fn first(&self, memory: &dyn Dma) -> Result<(u32, Option<u32>), Lost> {
        match self.position {
            Position::Nowhere => Err(Lost::NoBuffer),
            Position::At(address) => Ok((address, None)),
            Position::After { last, next } => {
                let now = Descriptor::load(last, memory)
                    .ok_or(Lost::BadDescriptor(last))?
                    .next;
                match next {
                    0 => Ok((now, None)),
                    next => Ok((next, (now != next).then_some(last))),
                }
            }
        }
    }
}

/// The descriptors that `len` bytes need, from the one at `next` on.
fn chain(mut next: u32, len: usize, memory: &dyn Dma) -> Result<Vec<Descriptor>, Lost> {
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

/// The 12-byte receive header and the bytes behind it, in whole words.
fn with_header(frame: &Frame, rest: &[u8], found: Match, end_state: u8) -> Vec<u8> {
    let group = frame.bytes.get(4).is_some_and(|byte| byte & 1 != 0);
    let word = u32::from(frame.signal as u8)
        | rate::to_code(frame.rate) << 8
        | u32::from(group) << 12
        | (frame.air_len() as u32 & 0xfff) << 16
        | found.header_bits();
    let mut bytes = word.to_le_bytes().to_vec();
    bytes.resize(HEADER_LEN, 0);
    bytes[8] = end_state;
    bytes.extend(rest);
    bytes.resize(bytes.len().next_multiple_of(4), PADDING);
    bytes
}
