//! Memory for one sector of flash that is read and written by whole aligned words only.
//!
//! Instruction RAM, of which the chip has more than its code needs, knows no other access. Atomic words are what the
//! compiler neither splits nor joins.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use d1_image::layout::SECTOR_LEN;

const WORD_LEN: usize = size_of::<u32>();

/// Bytes of a sector, in words.
#[derive(Debug)]
pub struct Sector([AtomicU32; Sector::LEN / WORD_LEN]);

impl Sector {
    /// Bytes that it holds.
    pub const LEN: usize = SECTOR_LEN as usize;

    /// A sector of zeros.
    pub const fn new() -> Sector {
        Sector([const { AtomicU32::new(0) }; Sector::LEN / WORD_LEN])
    }

    /// Takes bytes, from `at` on. What has no room is left out.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        let first = bytes.len().min(at.wrapping_neg() % WORD_LEN);
        let (first, rest) = bytes.split_at(first);
        self.merge(at, first);
        let at = at + first.len();
        let (words, last) = rest.as_chunks::<WORD_LEN>();
        for (place, word) in self.from(at).iter().zip(words) {
            place.store(u32::from_le_bytes(*word), Relaxed);
        }
        self.merge(at + rest.len() - last.len(), last);
    }

    /// Gives words back, from `at` on, which is the beginning of one.
    pub fn read(&self, at: usize, words: &mut [u32]) {
        debug_assert!(at.is_multiple_of(WORD_LEN));
        for (place, word) in self.from(at).iter().zip(words) {
            *word = place.load(Relaxed);
        }
    }

    /// Gives bytes back, from `at` on, which is the beginning of a word.
    pub fn read_bytes(&self, at: usize, bytes: &mut [u8]) {
        debug_assert!(at.is_multiple_of(WORD_LEN));
        for (place, bytes) in self.from(at).iter().zip(bytes.chunks_mut(WORD_LEN)) {
            let word = place.load(Relaxed).to_le_bytes();
            bytes.copy_from_slice(&word[..bytes.len()]);
        }
    }

    /// Takes bytes that are not a whole word of their own.
    fn merge(&self, at: usize, bytes: &[u8]) {
        let Some(place) = self.from(at).first().filter(|_| !bytes.is_empty()) else {
            return;
        };
        let mut word = place.load(Relaxed).to_le_bytes();
        word[at % WORD_LEN..][..bytes.len()].copy_from_slice(bytes);
        place.store(u32::from_le_bytes(word), Relaxed);
    }

    /// The words from the one on that has the byte at `at`.
    fn from(&self, at: usize) -> &[AtomicU32] {
        self.0.get(at / WORD_LEN..).unwrap_or_default()
    }
}

impl Default for Sector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_whatever_pieces_they_came_in() {
        let bytes: Vec<u8> = (0..Sector::LEN).map(|at| (at % 251) as u8).collect();
        for piece in [1, 2, 3, 4, 5, 7, 64, 1460, Sector::LEN] {
            let sector = Sector::new();
            for (number, bytes) in bytes.chunks(piece).enumerate() {
                sector.write(number * piece, bytes);
            }
            for len in [1, 6, 64, 256] {
                let mut read = vec![0xA5; len];
                for start in (0..Sector::LEN - len).step_by(len.next_multiple_of(WORD_LEN)) {
                    sector.read_bytes(start, &mut read);
                    assert_eq!(read, bytes[start..][..len], "{piece}: {start}, {len}");
                }
            }
        }
    }

    #[test]
    fn neighbours_of_what_is_written_stay() {
        for (at, len) in [(0, 1), (1, 1), (1, 2), (2, 4), (3, 9), (4090, 6)] {
            let sector = Sector::new();
            sector.write(0, &[0xA5; Sector::LEN]);
            sector.write(at, &vec![0x11; len]);
            let mut read = vec![0; Sector::LEN];
            sector.read_bytes(0, &mut read);
            let mut wanted = vec![0xA5; Sector::LEN];
            wanted[at..][..len].fill(0x11);
            assert_eq!(read, wanted, "{at}, {len}");
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let sector = Sector::new();
        sector.write(Sector::LEN - 2, &[1, 2, 3, 4, 5, 6, 7]);
        sector.write(Sector::LEN, &[1]);
        let mut read = [0];
        sector.read(Sector::LEN - 4, &mut read);
        assert_eq!(read, [0x0201_0000]);
    }
}
