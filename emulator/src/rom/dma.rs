//! `lldesc_*`: chains of DMA descriptors.
//!
//! A descriptor: word 0 has the size in bits 11:0, the length in 23:12, the owner in
//! bit 31; word 1 the buffer, word 2 the next (radio facts 9c; hardware facts 4.1).

use super::port::Port;

const DESCRIPTOR_LEN: u32 = 12;
const OWNED_BY_HARDWARE: u32 = 1 << 31;
const SIZE: u32 = 0xFFF;
const LENGTH_SHIFT: u32 = 12;
const FLAGS: u32 = 3 << 29;

/// What `lldesc_build_chain` is told.
pub struct Chain {
    /// Where the descriptors go.
    pub descriptors: u32,
    /// All buffers, one after the other, and the bytes of each.
    pub buffers: u32,
    pub buffers_len: u32,
    pub buffer_len: u32,
    /// The chain's length when its buffers are full; empty ones have length 0.
    pub full: bool,
    /// Where to store the first and the last descriptor's address.
    pub head: u32,
    pub tail: u32,
}

/// `lldesc_build_chain`: a descriptor for each whole buffer, given to the hardware; one at least.
pub async fn build(port: &Port, chain: &Chain) {
    let count = chain
        .buffers_len
        .checked_div(chain.buffer_len)
        .unwrap_or(0)
        .max(1);
    let mut at = chain.descriptors;
    let mut buffer = chain.buffers;
    for number in 0..count {
        let length = if chain.full {
            chain.buffer_len & SIZE
        } else {
            0
        };
        let kept = port.load(at).await & !(SIZE | SIZE << LENGTH_SHIFT | FLAGS);
        let word = kept | chain.buffer_len & SIZE | length << LENGTH_SHIFT | OWNED_BY_HARDWARE;
        port.store(at, word).await;
        port.store(at + 4, buffer).await;
        let last = number + 1 == count;
        let next = at.wrapping_add(DESCRIPTOR_LEN);
        port.store(at + 8, if last { 0 } else { next }).await;
        if last {
            break;
        }
        at = next;
        buffer = buffer.wrapping_add(chain.buffer_len);
    }
    port.store(chain.head, chain.descriptors).await;
    port.store(chain.tail, at).await;
}

/// `lldesc_num2link`: the `number`-th descriptor of a chain.
pub async fn nth(port: &Port, mut at: u32, number: u32) -> u32 {
    for _ in 1..number & 0xFFFF {
        at = port.load(at.wrapping_add(8)).await;
    }
    at
}

/// `lldesc_set_owner`: gives the first `number` to the hardware, or takes them.
pub async fn set_owner(port: &Port, mut at: u32, number: u32, owner: u32) {
    let mut left = number & 0xFFFF;
    loop {
        let word = port.load(at).await & !OWNED_BY_HARDWARE;
        port.store(at, word | (owner & 1) << 31).await;
        left = left.wrapping_sub(1) & 0xFFFF;
        if left == 0 {
            return;
        }
        at = port.load(at.wrapping_add(8)).await;
    }
}
