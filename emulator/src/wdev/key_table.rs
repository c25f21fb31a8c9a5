//! The key table (docs/wifi-mac-registers.md, section 8): what the hardware encrypts and decrypts with.

use std::collections::HashMap;

use super::registers as reg;
use super::words::Words;
use crate::air::ccmp::{self, Key};

/// Words of an entry.
const ENTRY_WORDS: u32 = 10;
/// Entries there are.
const ENTRIES: u32 = 25;
/// In the second word.
const ALGORITHM: u32 = 7 << 18;
const CCMP: u32 = 3 << 18;
const USE: u32 = 7 << 21;
const PAIRWISE: [u32; 2] = [2 << 21, 3 << 21];
const INTERFACE: u32 = 1 << 24;
/// Decryption of interface 1 is on when these are set in its control word.
const DECRYPTION_ON: u32 = 0x0001_0303;

/// What became of a protected frame that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is to be stored as it came: in the clear, or under no key of the table.
    AsItCame,
    /// Decrypted, without its code.
    Plain(Vec<u8>),
    /// Its code, cut off here, is wrong under the sender's key.
    Forged(Vec<u8>),
}

/// Why a frame cannot be encrypted as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The slot names an entry that holds no valid key of CCMP.
    NoKey(u32),
    /// There is no CCMP header in the frame, or no room for the code.
    NoHeader,
    /// Its packet number was used before under this key.
    NumberReused(u64),
}

/// The highest packet number sent under each key there ever was, and the frame that had it.
#[derive(Clone, Debug, Default)]
pub struct Sent(HashMap<Key, (u64, [u8; 2])>);

/// Encrypts `frame`, which ends in room for the code, if its header says so.
pub fn seal(
    words: &Words,
    entry: u32,
    mut frame: Vec<u8>,
    sent: &mut Sent,
) -> Result<Vec<u8>, (Fault, Vec<u8>)> {
    if !ccmp::is_protected(&frame) {
        return Ok(frame);
    }
    let Some(key) = key(words, entry) else {
        return Err((Fault::NoKey(entry), frame));
    };
    let Some((_, number)) = ccmp::numbers(&frame).filter(|_| frame.len() >= ccmp::CODE_LEN + 32)
    else {
        return Err((Fault::NoHeader, frame));
    };
    frame.truncate(frame.len() - ccmp::CODE_LEN);
    // A frame that is sent again is the same frame: same sequence number.
    let sequence = [frame[22], frame[23]];
    let last = sent.0.entry(key).or_insert((0, sequence));
    let is_new = number > last.0 || *last == (number, sequence);
    if number > last.0 {
        *last = (number, sequence);
    }
    if ccmp::encrypt(&mut frame, &key).is_none() {
        return Err((Fault::NoHeader, frame));
    }
    if is_new {
        Ok(frame)
    } else {
        Err((Fault::NumberReused(number), frame))
    }
}

/// Decrypts a frame that arrived, if there is a key for it.
pub fn open(words: &Words, frame: &[u8]) -> Opened {
    let is_on = words.get(reg::DECRYPTION_1) & DECRYPTION_ON == DECRYPTION_ON;
    if !is_on || !ccmp::is_protected(frame) {
        return Opened::AsItCame;
    }
    let Some(key) = (0..ENTRIES).find_map(|entry| {
        let is_senders = frame.get(10..16) == Some(&address(words, entry)[..]);
        let control = words.get(word(entry, 1));
        let is_pairwise = PAIRWISE.contains(&(control & USE)) && control & INTERFACE != 0;
        (is_senders && is_pairwise).then(|| key(words, entry))?
    }) else {
        return Opened::AsItCame;
    };
    match ccmp::decrypt(frame, &key) {
        Some(plain) => Opened::Plain(plain),
        None => {
            let len = frame.len().saturating_sub(ccmp::CODE_LEN);
            Opened::Forged(frame[..len].to_vec())
        }
    }
}

/// The key in an entry, if it is valid and CCMP's.
fn key(words: &Words, entry: u32) -> Option<Key> {
    let is_valid = entry < ENTRIES && words.get(reg::KEYS_VALID) & 1 << entry != 0;
    (is_valid && words.get(word(entry, 1)) & ALGORITHM == CCMP).then(|| {
        let bytes = (2..6).flat_map(|number| words.get(word(entry, number)).to_le_bytes());
        let mut key = Key::default();
        key.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
        key
    })
}

fn address(words: &Words, entry: u32) -> [u8; 6] {
    let [a, b, c, d] = words.get(word(entry, 0)).to_le_bytes();
    let [e, f, _, _] = words.get(word(entry, 1)).to_le_bytes();
    [a, b, c, d, e, f]
}

fn word(entry: u32, number: u32) -> u32 {
    reg::KEY_TABLE + 4 * (ENTRY_WORDS * entry + number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATION: [u8; 6] = [2, 0xd1, 0, 0, 0, 1];
    const KEY: Key = [0x42; 16];

    fn words(entry: u32, purpose: u32) -> Words {
        let mut words = Words::new();
        words.set(reg::DECRYPTION_1, 0x0003_0303);
        words.set(word(entry, 0), u32::from_le_bytes([2, 0xd1, 0, 0]));
        words.set(word(entry, 1), 0x0100 | CCMP | purpose << 21 | INTERFACE);
        for number in 2..6 {
            words.set(word(entry, number), 0x4242_4242);
        }
        words.set(reg::KEYS_VALID, 1 << entry);
        words
    }

    /// A frame from `STATION` in the clear, with its CCMP header.
    fn frame(number: u64) -> Vec<u8> {
        let mut frame = vec![0x08, 0x01, 0, 0, 9, 9, 9, 9, 9, 9];
        frame.extend(STATION);
        frame.extend([9, 9, 9, 9, 9, 9, number as u8, 0]);
        frame.extend(b"what nobody else may know");
        ccmp::number(&mut frame, 0, number).unwrap();
        frame
    }

    fn with_room(mut frame: Vec<u8>) -> Vec<u8> {
        frame.extend([0; 8]);
        frame
    }

    #[test]
    fn a_frame_is_sealed_with_the_entry_its_slot_names() {
        let (words, mut sent) = (words(7, 2), Sent::default());
        let sealed = seal(&words, 7, with_room(frame(1)), &mut sent).unwrap();
        assert_eq!(ccmp::decrypt(&sealed, &KEY), Some(frame(1)));
        let fault = seal(&words, 6, with_room(frame(2)), &mut sent).unwrap_err();
        assert_eq!(fault.0, Fault::NoKey(6));
        let clear = [0x08, 0x02, 3, 4].to_vec();
        assert_eq!(seal(&words, 0, clear.clone(), &mut sent), Ok(clear));
    }

    #[test]
    fn a_packet_number_that_comes_again_is_reported_unless_the_frame_does() {
        let (words, mut sent) = (words(7, 2), Sent::default());
        let mut send = |frame| seal(&words, 7, with_room(frame), &mut sent);
        assert!(send(frame(5)).is_ok());
        let mut again = frame(5);
        again[1] |= 0x08;
        assert!(send(again).is_ok(), "a retry");
        let mut other = frame(5);
        other[22] = 6;
        assert_eq!(send(other).unwrap_err().0, Fault::NumberReused(5));
        assert_eq!(send(frame(4)).unwrap_err().0, Fault::NumberReused(4));
        assert!(send(frame(6)).is_ok());
    }

    #[test]
    fn a_frame_is_opened_with_its_senders_key_only() {
        let mut sealed = frame(1);
        ccmp::encrypt(&mut sealed, &KEY).unwrap();
        assert_eq!(open(&words(7, 2), &sealed), Opened::Plain(frame(1)));
        assert_eq!(open(&words(4, 6), &sealed), Opened::AsItCame, "a group key");
        let mut off = words(7, 2);
        off.set(reg::DECRYPTION_1, 0x0003_0000);
        assert_eq!(open(&off, &sealed), Opened::AsItCame);
        let mut stranger = sealed.clone();
        stranger[15] = 2;
        assert_eq!(open(&words(7, 2), &stranger), Opened::AsItCame);
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        let len = sealed.len() - 8;
        let forged = Opened::Forged(sealed[..len].to_vec());
        assert_eq!(open(&words(7, 2), &sealed), forged);
        let torso = Opened::Forged(sealed[..12].to_vec());
        assert_eq!(open(&words(7, 2), &sealed[..20]), torso);
    }
}
