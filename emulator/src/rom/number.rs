//! Integer and soft-float helpers: what libgcc would compute.
//!
//! Division by zero is undefined there; here it gives zero.

use super::layout::LIBC_POINTER;
use super::port::Port;

/// Multiplier of the linear congruential generator behind `rand`: Knuth's, for 64 bits.
const RANDOM_FACTOR: u64 = 6_364_136_223_846_793_005;
/// Where its state is, from what `layout::LIBC_POINTER` points to.
const RANDOM_STATE: u32 = 168;

/// `srand`.
pub async fn seed_random(port: &Port, seed: u32) {
    let state = port.load(LIBC_POINTER).await.wrapping_add(RANDOM_STATE);
    port.store(state, seed).await;
    port.store(state.wrapping_add(4), 0).await;
}

/// `rand`: 31 bits.
pub async fn random(port: &Port) -> u32 {
    let state = port.load(LIBC_POINTER).await.wrapping_add(RANDOM_STATE);
    let low = port.load(state).await;
    let high = port.load(state.wrapping_add(4)).await;
    let next = (u64::from(high) << 32 | u64::from(low))
        .wrapping_mul(RANDOM_FACTOR)
        .wrapping_add(1);
    port.store(state, next as u32).await;
    port.store(state.wrapping_add(4), (next >> 32) as u32).await;
    (next >> 32) as u32 & 0x7FFF_FFFF
}

/// `__divsi3`, wrapping at the one overflow.
pub fn divide(a: u32, b: u32) -> u32 {
    (a as i32)
        .checked_div(b as i32)
        .unwrap_or(if b == 0 { 0 } else { i32::MIN }) as u32
}

/// `__divdi3`.
pub fn divide_wide(a: u64, b: u64) -> u64 {
    (a as i64)
        .checked_div(b as i64)
        .unwrap_or(if b == 0 { 0 } else { i64::MIN }) as u64
}

/// A binary operation on single floats, given and returned as bits.
pub fn single(a: u32, b: u32, operation: fn(f32, f32) -> f32) -> u32 {
    operation(f32::from_bits(a), f32::from_bits(b)).to_bits()
}

/// `__fixunssfsi`, `__fixunsdfsi`: the fraction cut off. Negative numbers come out as signed ones.
pub fn to_unsigned(number: f64) -> u32 {
    if number.is_nan() {
        return u32::MAX;
    }
    let least = f64::from(i32::MIN);
    number.clamp(least, f64::from(u32::MAX)) as i64 as u32
}

/// A binary operation on double floats.
pub fn double(a: u64, b: u64, operation: fn(f64, f64) -> f64) -> u64 {
    operation(f64::from_bits(a), f64::from_bits(b)).to_bits()
}
