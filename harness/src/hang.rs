//! An image that is whole and does nothing: the loader has no reason to refuse it.

use d1_image::header::{Inner, Outer};
use d1_signature::SecretKey;

/// `waiti 15`: sleeps with every interrupt masked, so only a reset ends it.
const SLEEP: [u8; 3] = [0x00, 0x7F, 0x00];

/// `image` with a sleep at its entry, and sums and a signature that say it is whole.
///
/// # Panics
/// When it is not an image.
pub fn hanging(image: &[u8]) -> Vec<u8> {
    let word = |at: usize| u32::from_le_bytes(image[at..at + 4].try_into().expect("four bytes"));
    let inner = Outer::LEN + word(12) as usize;
    let entry = word(inner + 4);
    let mut hanging = image.to_vec();
    let mut at = inner + Inner::LEN;
    for _ in 0..image[inner + 1] {
        let (address, len) = (word(at), word(at + 4));
        at += 8;
        if (address..address + len).contains(&entry) {
            let start = at + (entry - address) as usize;
            let checksum = image.len() - 5;
            for (index, byte) in SLEEP.into_iter().enumerate() {
                hanging[checksum] ^= hanging[start + index] ^ byte;
                hanging[start + index] = byte;
            }
        }
        at += len as usize;
    }
    d1_signature::sign(&mut hanging, &SecretKey::DEVELOPMENT).expect("our images have a manifest");
    hanging
}
