//! Integer and soft-float helpers: what libgcc would compute.
//!
//! Division by zero is undefined there; here it gives zero.

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

/// A binary operation on double floats.
pub fn double(a: u64, b: u64, operation: fn(f64, f64) -> f64) -> u64 {
    operation(f64::from_bits(a), f64::from_bits(b)).to_bits()
}
