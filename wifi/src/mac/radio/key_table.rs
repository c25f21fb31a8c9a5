//! The MAC's key table: with a key in it, the hardware encrypts and decrypts (docs/wifi-mac-registers.md, section 8).

use super::super::access_point::Key;
use super::registers::{
    DECRYPTION, DECRYPTION_ON, KEYS_VALID, KEY_ACCESS_POINT, KEY_CCMP, KEY_ENTRY_COUNT,
    KEY_ENTRY_LEN, KEY_GROUP, KEY_ID_SHIFT, KEY_PAIRWISE, KEY_TABLE,
};
use super::{modify, Registers};

/// Puts a key into an entry, and switches decryption on.
pub fn set<R: Registers>(registers: &R, entry: u8, key: &Key<'_>) {
    clear(registers, entry);
    let [a, b, c, d, e, f] = key.station.0;
    let purpose = if key.station.is_multicast() {
        KEY_GROUP
    } else {
        KEY_PAIRWISE
    };
    let high = u32::from_le_bytes([e, f, 0, 0]) | KEY_CCMP | purpose | KEY_ACCESS_POINT;
    let words = key.bytes.chunks_exact(4);
    for (number, word) in (2..).zip(words) {
        let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        registers.write(word_of(entry, number), word);
    }
    registers.write(word_of(entry, 0), u32::from_le_bytes([a, b, c, d]));
    registers.write(word_of(entry, 1), high | u32::from(key.id) << KEY_ID_SHIFT);
    modify(registers, KEYS_VALID, 0, 1 << entry);
    registers.write(DECRYPTION, DECRYPTION_ON);
}

/// Empties an entry: nothing of the key remains.
pub fn clear<R: Registers>(registers: &R, entry: u8) {
    modify(registers, KEYS_VALID, 1 << entry, 0);
    for number in 0..KEY_ENTRY_LEN / 4 {
        registers.write(word_of(entry, number), 0);
    }
}

/// Empties every entry.
pub fn clear_all<R: Registers>(registers: &R) {
    for entry in 0..KEY_ENTRY_COUNT {
        clear(registers, entry);
    }
}

fn word_of(entry: u8, number: u32) -> u32 {
    KEY_TABLE + KEY_ENTRY_LEN * u32::from(entry) + 4 * number
}
