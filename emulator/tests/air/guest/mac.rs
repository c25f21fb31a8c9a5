//! The registers, as docs/wifi-mac-registers.md describes them. Addresses are written
//! out here again on purpose: a wrong one must not be wrong on both sides.

use d1_emulator::bus::Peripheral;
use d1_emulator::time::Time;
use d1_emulator::wdev::Wdev;

use super::memory::Ram;

pub const AP_MAC: [u8; 6] = [0x5e, 0xcf, 0x7f, 0xdd, 0xee, 0xaa];

const RECEIVED: u32 = 1 << 8;
const SENT: u32 = 1 << 19;
const EXPIRED: u32 = 1 << 29;
const OWNER: u32 = 1 << 31;
const END: u32 = 1 << 30;

pub fn store(wdev: &mut Wdev, address: u32, value: u32, now: Time) {
    wdev.write(address - 0x3ff2_0000, value, now);
}

pub fn load(wdev: &mut Wdev, address: u32, now: Time) -> u32 {
    wdev.read(address - 0x3ff2_0000, now).unwrap_or(0)
}

/// What became of a transmission: 0 sent, 5 not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Result {
    pub slot: u32,
    pub code: u32,
}

/// One received frame with its header.
#[derive(Clone, Debug)]
pub struct Reception {
    pub header: [u32; 3],
    pub frame: Vec<u8>,
    /// How many descriptors it took.
    pub pieces: usize,
}

pub struct MacDriver {
    pub first: u32,
    pub count: usize,
    size: usize,
    head: u32,
    transmit: [(u32, u32); 2],
}

impl MacDriver {
    /// Brings the MAC up as an access point with a ring of `count` buffers of `size` bytes.
    pub fn start(
        wdev: &mut Wdev,
        ram: &mut Ram,
        count: usize,
        size: usize,
        now: Time,
    ) -> MacDriver {
        let first = ram.reserve(12 * count);
        for number in 0..count {
            let buffer = ram.reserve(size);
            let at = first + 12 * number as u32;
            ram.set_word(at, OWNER | (size as u32) << 12 | size as u32);
            ram.set_word(at + 4, buffer);
            ram.set_word(at + 8, first + 12 * ((number + 1) % count) as u32);
        }
        let transmit = [0, 1].map(|_| (ram.reserve(12), ram.reserve(1600)));
        let low = u32::from_le_bytes([AP_MAC[0], AP_MAC[1], AP_MAC[2], AP_MAC[3]]);
        let high = u32::from_le_bytes([AP_MAC[4], AP_MAC[5], 0, 0]);
        for (address, value) in [
            (0x3ff2_0c18, 0),
            (0x3ff2_0c24, u32::MAX),
            (0x3ff2_0c94, 3),
            (0x3ff2_0008, first),
            (0x3ff2_0400, 0x7650_3210),
            (0x3ff2_0404, 0xbbbb_bbbb),
            (0x3ff2_006c, 0x707),
            (0x3ff2_0c50, low),
            (0x3ff2_0c54, high),
            (0x3ff2_0c60, u32::MAX),
            (0x3ff2_0c64, 0x1ffff),
            (0x3ff2_0c30, low),
            (0x3ff2_0c34, high),
            (0x3ff2_0c40, u32::MAX),
            (0x3ff2_0c44, 0x1ffff),
            (0x3ff2_0c18, 0x2c88_0300),
            (0x3ff2_0004, 1 << 31),
        ] {
            store(wdev, address, value, now);
        }
        MacDriver {
            first,
            count,
            size,
            head: first,
            transmit,
        }
    }

    /// Takes and clears the events.
    pub fn events(&mut self, wdev: &mut Wdev, now: Time) -> (bool, Option<Result>, bool) {
        let events = load(wdev, 0x3ff2_0c20, now);
        let status = load(wdev, 0x3ff2_0c84, now);
        store(wdev, 0x3ff2_0c24, events, now);
        let result = (events & SENT != 0).then_some(Result {
            slot: status >> 8 & 0xf,
            code: status >> 28,
        });
        (events & RECEIVED != 0, result, events & EXPIRED != 0)
    }

    /// Takes the next complete frame out of the ring and hands its buffers over again.
    pub fn receive(&mut self, wdev: &mut Wdev, ram: &mut Ram, now: Time) -> Option<Reception> {
        let last = load(wdev, 0x3ff2_0014, now);
        let mut ends = self.head;
        let mut pieces = 1;
        while ram.word(ends) & END == 0 {
            // Not complete, as long as the walk meets the hardware's last descriptor or a whole turn first.
            if ends == last || pieces == self.count {
                return None;
            }
            ends = self.next(ends);
            pieces += 1;
        }
        let mut bytes = Vec::new();
        for _ in 0..pieces {
            let at = self.head;
            let flags = ram.word(at);
            bytes.extend(ram.copy(ram.word(at + 4), (flags >> 12 & 0xfff) as usize));
            self.recycle(ram, at);
        }
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let header = [word(0), word(4), word(8)];
        let length = (header[0] >> 16 & 0xfff) as usize;
        // The FCS is counted, but not there.
        let end = 12 + length - 4;
        assert_eq!(bytes.len(), end.next_multiple_of(4), "in whole words");
        Some(Reception {
            header,
            frame: bytes[12..end].to_vec(),
            pieces,
        })
    }

    /// Cuts the link in front of a descriptor, and restores it once the descriptor is ready again.
    fn recycle(&mut self, ram: &mut Ram, at: u32) {
        let previous = self.previous(at);
        ram.set_word(previous + 8, 0);
        ram.set_word(at, OWNER | (self.size as u32) << 12 | self.size as u32);
        ram.set_word(previous + 8, at);
        self.head = self.next(at);
    }

    /// Ends the list two buffers before the next to be read: the link of the one right before that may have been
    /// fetched. The new last one.
    pub fn end_list(&self, ram: &mut Ram) -> u32 {
        let last = self.previous(self.previous(self.head));
        ram.set_word(last + 8, 0);
        last
    }

    /// Makes a circle again of the list that ends at `last`.
    pub fn close_list(&self, ram: &mut Ram, last: u32) {
        ram.set_word(last + 8, self.next(last));
    }

    fn next(&self, at: u32) -> u32 {
        if at == self.first + 12 * (self.count as u32 - 1) {
            self.first
        } else {
            at + 12
        }
    }

    fn previous(&self, at: u32) -> u32 {
        if at == self.first {
            self.first + 12 * (self.count as u32 - 1)
        } else {
            at - 12
        }
    }

    /// Starts `frame` in `slot` (0 or 1) at a rate code.
    pub fn send(
        &mut self,
        wdev: &mut Wdev,
        ram: &mut Ram,
        slot: u32,
        frame: &[u8],
        rate: u32,
        now: Time,
    ) {
        let (descriptor, buffer) = self.transmit[slot as usize];
        let length = frame.len() as u32 + 4;
        use d1_emulator::bus::Dma;
        assert!(ram.write(buffer, frame));
        ram.set_word(descriptor, OWNER | END | length << 12 | 1600);
        ram.set_word(descriptor + 4, buffer);
        ram.set_word(descriptor + 8, 0);
        let ack = u32::from(frame[4] & 1 == 0) << 24;
        let base = 0x3ff2_0dc4 - 24 * slot;
        store(wdev, base + 16, 500 << 12, now);
        store(wdev, base, descriptor & 0x3ffff | 1 << 21 | ack, now);
        store(wdev, base + 12, 0, now);
        store(wdev, base + 4, rate << 12 | length, now);
        store(wdev, base - 4, 3 << 12, now);
        let control = load(wdev, base, now);
        store(wdev, base, control | 0xc000_0000, now);
    }
}
