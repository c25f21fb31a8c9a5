//! `MD5Init`, `MD5Update`, `MD5Final`: the state is in the caller's structure.
//!
//! 88 bytes: four words of state, the number of bits as two words, a block being
//! filled (facts 4.1; the structure is the one of esptool's stub).

use super::port::Port;
use md5::block_api::compress;

const INITIAL: [u32; 4] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
const BITS: u32 = 16;
const BLOCK: u32 = 24;
const BLOCK_LEN: u32 = 64;
/// Where the number of bits goes in the last block.
const LENGTH_AT: u32 = 56;
/// About what 64 steps of four instructions take.
const BLOCK_CYCLES: u64 = 600;

/// `MD5Init`.
pub async fn init(port: &Port, context: u32) {
    for (index, word) in INITIAL.into_iter().enumerate() {
        port.store(context.wrapping_add(4 * index as u32), word)
            .await;
    }
    set_bits(port, context, 0).await;
}

/// `MD5Update`.
pub async fn update(port: &Port, context: u32, mut data: u32, length: u32) {
    let bits = bits(port, context).await;
    set_bits(port, context, bits.wrapping_add(8 * u64::from(length))).await;
    let mut filled = (bits / 8) as u32 % BLOCK_LEN;
    for _ in 0..length {
        let byte = port.load_byte(data).await;
        data = data.wrapping_add(1);
        put(port, context, &mut filled, byte).await;
    }
}

/// `MD5Final`: the digest.
pub async fn finish(port: &Port, digest: u32, context: u32) {
    let bits = bits(port, context).await;
    let mut filled = (bits / 8) as u32 % BLOCK_LEN;
    put(port, context, &mut filled, 0x80).await;
    while filled != LENGTH_AT {
        put(port, context, &mut filled, 0).await;
    }
    for byte in bits.to_le_bytes() {
        put(port, context, &mut filled, byte).await;
    }
    for index in 0..16 {
        let byte = port.load_byte(context.wrapping_add(index)).await;
        port.store_byte(digest.wrapping_add(index), byte).await;
    }
    // It means to clear the structure, and clears as much as a pointer has bytes.
    port.store(context, 0).await;
}

async fn bits(port: &Port, context: u32) -> u64 {
    let low = port.load(context.wrapping_add(BITS)).await;
    u64::from(port.load(context.wrapping_add(BITS + 4)).await) << 32 | u64::from(low)
}

async fn set_bits(port: &Port, context: u32, bits: u64) {
    port.store(context.wrapping_add(BITS), bits as u32).await;
    port.store(context.wrapping_add(BITS + 4), (bits >> 32) as u32)
        .await;
}

/// Puts a byte into the block; a full one goes into the state.
async fn put(port: &Port, context: u32, filled: &mut u32, byte: u8) {
    port.store_byte(context.wrapping_add(BLOCK + *filled), byte)
        .await;
    *filled += 1;
    if *filled < BLOCK_LEN {
        return;
    }
    *filled = 0;
    let mut block = [0; BLOCK_LEN as usize];
    for (index, bytes) in block.chunks_exact_mut(4).enumerate() {
        let at = context.wrapping_add(BLOCK + 4 * index as u32);
        bytes.copy_from_slice(&port.load(at).await.to_le_bytes());
    }
    let mut state = [0; 4];
    for (index, word) in state.iter_mut().enumerate() {
        *word = port.load(context.wrapping_add(4 * index as u32)).await;
    }
    compress(&mut state, &[block]);
    for (index, word) in state.into_iter().enumerate() {
        port.store(context.wrapping_add(4 * index as u32), word)
            .await;
    }
    port.pass(BLOCK_CYCLES).await;
}
