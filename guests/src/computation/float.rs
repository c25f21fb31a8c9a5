//! Floating point, which this core does in software.

use super::{Computation, Trial};

/// Rounds of each.
const ROUNDS: usize = 60;

macro_rules! computations {
    ($($type:ident $other:ident)*) => {
        $(mod $type {
            use super::{Trial, ROUNDS};

            /// Any bits, or a number of moderate size, or one from the edges.
            fn number(trial: &mut Trial) -> $type {
                const EDGES: [$type; 8] = [
                    0.0, -0.0, 1.0, -1.5, $type::MAX, $type::MIN_POSITIVE, $type::INFINITY, $type::EPSILON,
                ];
                match trial.below(4) {
                    0 => EDGES[trial.below(8) as usize],
                    1 => $type::from_bits(trial.wide() as _),
                    _ => (trial.bits() as i32) as $type / (1 + trial.below(1000)) as $type,
                }
            }
            /// One NaN is like another: which one comes out, the standard leaves open.
            fn put(trial: &mut Trial, number: $type) {
                let bits = if number.is_nan() { 1 } else { number.to_bits() };
                trial.put(&bits.to_le_bytes());
            }

            pub fn arithmetic(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = (number(trial), number(trial));
                    for result in [a + b, a - b, a * b, a / b, -a, a.abs(), a.min(b), a.max(b), a.copysign(b)] {
                        put(trial, result);
                    }
                }
            }
            pub fn remainders(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = (number(trial), number(trial));
                    put(trial, a % b);
                    put(trial, a % 1.0);
                    put(trial, 1e30 % a);
                }
            }
            pub fn comparisons(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let (a, b) = (number(trial), number(trial));
                    trial.put(&[
                        u8::from(a < b), u8::from(a <= b), u8::from(a == b), u8::from(a != b), u8::from(a > b),
                        a.total_cmp(&b) as u8, a.partial_cmp(&b).map_or(9, |order| order as u8), a.classify() as u8,
                    ]);
                }
            }
            pub fn casts(trial: &mut Trial) {
                for _ in 0..ROUNDS {
                    let a = number(trial);
                    put(trial, a as $other as $type);
                    trial.put(&(a as i8).to_le_bytes());
                    trial.put(&(a as u32).to_le_bytes());
                    trial.put(&(a as i32).to_le_bytes());
                    trial.put(&(a as u64).to_le_bytes());
                    trial.put(&(a as i64).to_le_bytes());
                    trial.put(&(a as u128).to_le_bytes());
                    trial.put(&(a as i128).to_le_bytes());
                    let wide = trial.wide();
                    for result in [
                        wide as u8 as $type, wide as i16 as $type, wide as u32 as $type, wide as i32 as $type,
                        wide as u64 as $type, wide as i64 as $type, wide as $type, wide as i128 as $type,
                    ] {
                        put(trial, result);
                    }
                }
            }
            pub fn texts(trial: &mut Trial) {
                use core::fmt::Write;
                for _ in 0..ROUNDS {
                    let a = number(trial);
                    let _ = write!(trial, "{a} {a:?} {a:e} {a:+012.3}");
                    // The shortest text that means this number has to be read as this number.
                    let mut text = heapless::String::<400>::new();
                    let _ = write!(text, "{a:e}");
                    put(trial, text.parse().unwrap_or(9.0));
                }
            }
        })*

        /// Each kind of operation for each width.
        pub const ALL: &[Computation] = &[$(
            (concat!(stringify!($type), " arithmetic"), $type::arithmetic),
            (concat!(stringify!($type), " remainders"), $type::remainders),
            (concat!(stringify!($type), " comparisons"), $type::comparisons),
            (concat!(stringify!($type), " casts"), $type::casts),
            (concat!(stringify!($type), " texts"), $type::texts),
        )*];
    };
}

computations!(f32 f64 f64 f32);
