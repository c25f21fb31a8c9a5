//! Other people's code, as firmware uses it.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use heapless::index_map::FnvIndexMap;
use heapless::{Deque, Vec};
use miniz_oxide::inflate::core::decompress;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use sha2::digest::FixedOutputReset;
use sha2::{Digest, Sha256};

use super::{Computation, Space, Trial};

/// All of them.
pub const ALL: &[Computation] = &[
    ("CRC-32", crc_32),
    ("SHA-256", sha_256),
    ("SHA-512", sha_512),
    ("heapless Vec", heapless_vec),
    ("heapless Deque", heapless_deque),
    ("heapless IndexMap", heapless_index_map),
    ("inflate", inflate),
    ("Ed25519", ed25519),
];

fn message<const LEN: usize>(trial: &mut Trial) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    trial.fill(&mut bytes);
    bytes
}

/// Random bytes outside of the stack: frames are better small.
#[inline(never)]
fn fill_space<'a>(trial: &'a mut Trial, len: usize) -> &'a [u8] {
    for place in 0..len {
        trial.space.text[place] = trial.bits() as u8;
    }
    &trial.space.text[..len]
}

fn crc_32(trial: &mut Trial) {
    for len in [0, 1, 7, 64, 255, 300] {
        let crc = crc32fast::hash(fill_space(trial, len));
        trial.put_u64(crc.into());
    }
}

fn sha_256(trial: &mut Trial) {
    for len in [0, 3, 55, 64, 300] {
        let digest = Sha256::digest(fill_space(trial, len));
        trial.put(&digest);
    }
}

/// With its state outside of the stack: two of them make a frame that LLVM cannot address.
fn sha_512(trial: &mut Trial) {
    for len in [0, 3, 111, 128, 300] {
        fill_space(trial, len);
        let Space { sha_512, text, .. } = &mut *trial.space;
        sha_512.update(&text[..len]);
        let mut digest = [0; 64];
        FixedOutputReset::finalize_into_reset(sha_512, (&mut digest).into());
        trial.put(&digest);
    }
}

fn heapless_vec(trial: &mut Trial) {
    let mut list = Vec::<u32, 40>::new();
    for _ in 0..200 {
        let number = trial.bits() as u32;
        let done = match number % 5 {
            0 => list.pop(),
            1 if !list.is_empty() => Some(list.swap_remove(number as usize % list.len())),
            2 => list.insert(list.len() / 2, number).err(),
            _ => list.push(number).err(),
        };
        trial.put_u64(done.map_or(1 << 40, u64::from));
    }
    list.retain(|number| number % 3 > 0);
    list.iter()
        .for_each(|number| trial.put_u64((*number).into()));
}

fn heapless_deque(trial: &mut Trial) {
    let mut queue = Deque::<u16, 24>::new();
    for _ in 0..200 {
        let number = trial.bits() as u16;
        let done = match number % 5 {
            0 => queue.pop_front(),
            1 => queue.pop_back(),
            2 => queue.push_front(number).err(),
            _ => queue.push_back(number).err(),
        };
        trial.put_u64(done.map_or(1 << 40, u64::from));
    }
    queue
        .iter()
        .for_each(|number| trial.put_u64((*number).into()));
}

fn heapless_index_map(trial: &mut Trial) {
    let mut map = FnvIndexMap::<u16, u64, 32>::new();
    for _ in 0..200 {
        let (key, value) = (trial.below(40) as u16, trial.bits());
        let done = match value % 3 {
            0 => map.remove(&key),
            _ => map.insert(key, value).unwrap_or(Some(1)),
        };
        trial.put_u64(done.unwrap_or(2));
    }
    map.iter()
        .for_each(|(key, value)| trial.put_u64(value ^ u64::from(*key)));
}

/// A page of text as `deflate` packs it, whole and with some bytes turned.
fn inflate(trial: &mut Trial) {
    const PACKED: &[u8] = include_bytes!("sample.deflate");
    for damage in 0..4 {
        trial.space.packed[..PACKED.len()].copy_from_slice(PACKED);
        for _ in 0..damage {
            let (place, bit) = (trial.below(PACKED.len() as u32), trial.below(8));
            trial.space.packed[place as usize] ^= 1 << bit;
        }
        let Space {
            packed,
            text,
            inflater,
            ..
        } = &mut *trial.space;
        inflater.init();
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let packed = &packed[..PACKED.len()];
        let (status, read, written) = decompress(inflater, packed, text, 0, flags);
        let digest = crc32fast::hash(&text[..written]);
        trial.put_u64(status as i8 as u64);
        trial.put_u64(read as u64);
        trial.put_u64(digest.into());
    }
}

fn ed25519(trial: &mut Trial) {
    let key = SigningKey::from_bytes(&message::<32>(trial));
    let text = message::<100>(trial);
    let mut signature = key.sign(&text).to_bytes();
    trial.put(&signature);
    trial.put(key.verifying_key().as_bytes());
    let public = VerifyingKey::from_bytes(key.verifying_key().as_bytes());
    for _ in 0..2 {
        let valid = public
            .as_ref()
            .is_ok_and(|public| public.verify_strict(&text, &signature.into()).is_ok());
        trial.put(&[u8::from(valid)]);
        signature[5] ^= 4;
    }
}
