//! Integers of every width, signed and unsigned.

use super::{Computation, Trial};

/// Rounds of each.
const ROUNDS: usize = 60;

macro_rules! computations {
    ($($type:ident)*) => {
        $(mod $type {
            use super::{Trial, ROUNDS};

            fn pair(trial: &mut Trial) -> ($type, $type) {
                (trial.wide() as $type, trial.wide() as $type)
            }
            fn put(trial: &mut Trial, number: $type) {
                trial.put(&number.to_le_bytes());
            }
            fn put_overflowing(trial: &mut Trial, (number, overflow): ($type, bool)) {
                put(trial, number);
                trial.put(&[u8::from(overflow)]);
            }

            pub fn sums(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = pair(trial);
                    put_overflowing(trial, a.overflowing_add(b));
                    put_overflowing(trial, a.overflowing_sub(b));
                    put(trial, a.saturating_add(b));
                    put(trial, a.saturating_sub(b));
                    put(trial, a.abs_diff(b) as $type);
                }
            }
            pub fn products(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = pair(trial);
                    put(trial, a.wrapping_mul(b));
                    put_overflowing(trial, a.overflowing_mul(b));
                    put(trial, a.saturating_mul(b));
                    let exponent = trial.below(40);
                    put(trial, a.wrapping_pow(exponent));
                }
            }
            pub fn quotients(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = pair(trial);
                    let b = if b == 0 { 3 } else { b };
                    put(trial, a.wrapping_div(b));
                    put(trial, a.wrapping_rem(b));
                    put(trial, a.wrapping_div_euclid(b));
                    put(trial, a.wrapping_rem_euclid(b));
                    put(trial, a / 10);
                    put(trial, a % 100);
                }
            }
            pub fn shifts(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, _) = pair(trial);
                    let by = trial.below($type::BITS);
                    put(trial, a << by);
                    put(trial, a >> by);
                    put(trial, a.rotate_left(by));
                    put(trial, a.rotate_right(by));
                    put(trial, a.wrapping_shl(by + 1));
                    put(trial, a.checked_shr(by * 2).unwrap_or(7));
                }
            }
            pub fn bits(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = pair(trial);
                    for count in [
                        a.leading_zeros(), a.trailing_zeros(), a.count_ones(), a.leading_ones(), a.trailing_ones(),
                    ] {
                        trial.put_u64(count.into());
                    }
                    put(trial, a.swap_bytes());
                    put(trial, a.reverse_bits());
                    put(trial, (a & b) ^ (a | !b));
                    trial.put(&[u8::from(a < b), u8::from(a <= b), u8::from(a == b), a.cmp(&b) as u8]);
                }
            }
            pub fn casts(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, _) = pair(trial);
                    put(trial, a as i8 as $type);
                    put(trial, a as u16 as $type);
                    put(trial, a as i32 as $type);
                    put(trial, a as u64 as $type);
                    put(trial, a as i128 as $type);
                    put(trial, u8::try_from(a).map_or(1, |byte| byte as $type));
                    put(trial, i64::try_from(a).map_or(2, |long| long as $type));
                }
            }
            pub fn texts(trial: &mut Trial) {
                use core::fmt::Write;
                for _ in 0..ROUNDS / 4 {
                    let (a, _) = pair(trial);
                    let mut text = heapless::String::<48>::new();
                    let _ = write!(text, "{a}");
                    put(trial, text.parse().unwrap_or(9));
                    let _ = write!(trial, "{text} {a:x} {a:#X} {a:b} {a:#o} {a:+} {a:050} {a:<45}| {a:?} {a:e}");
                }
            }
        })*

        /// Each kind of operation for each width.
        pub const ALL: &[Computation] = &[$(
            (concat!(stringify!($type), " sums"), $type::sums),
            (concat!(stringify!($type), " products"), $type::products),
            (concat!(stringify!($type), " quotients"), $type::quotients),
            (concat!(stringify!($type), " shifts"), $type::shifts),
            (concat!(stringify!($type), " bits"), $type::bits),
            (concat!(stringify!($type), " casts"), $type::casts),
            (concat!(stringify!($type), " texts"), $type::texts),
        )*];
    };
}

computations!(u8 i8 u16 i16 u32 i32 u64 i64 u128 i128);
