//! 128-bit division, because upstream rustc's never returns on this target.
//!
//! The compiler calls `__udivti3` and its three siblings with the divisor split between registers and stack;
//! compiler_builtins is compiled to find it on the stack whole (an ABI mismatch between LLVM's libcalls and
//! rustc's `extern "C"` for Xtensa). Eight words as arguments are the one description both agree on. These
//! definitions replace compiler_builtins' weak ones. `f64 % f64` needs them too.

/// Quotient and remainder. The divisor must not be 0, which the compiler checks before it calls.
fn divide(dividend: u128, divisor: u128) -> (u128, u128) {
    if let (Ok(dividend), Ok(divisor)) = (u64::try_from(dividend), u64::try_from(divisor)) {
        return ((dividend / divisor).into(), (dividend % divisor).into());
    }
    if dividend < divisor {
        return (0, dividend);
    }
    // Schoolbook in base 2, from the highest bit the quotient can have.
    let highest = divisor.leading_zeros() - dividend.leading_zeros();
    let mut shifted = divisor << highest;
    let mut quotient = 0;
    let mut remainder = dividend;
    for _ in 0..=highest {
        quotient <<= 1;
        if remainder >= shifted {
            remainder -= shifted;
            quotient |= 1;
        }
        shifted >>= 1;
    }
    (quotient, remainder)
}

/// Signed quotient, rounded towards zero, and remainder with the dividend's sign.
fn divide_signed(dividend: i128, divisor: i128) -> (i128, i128) {
    let (quotient, remainder) = divide(dividend.unsigned_abs(), divisor.unsigned_abs());
    let (quotient, remainder) = (quotient as i128, remainder as i128);
    (
        if (dividend < 0) != (divisor < 0) {
            quotient.wrapping_neg()
        } else {
            quotient
        },
        if dividend < 0 {
            remainder.wrapping_neg()
        } else {
            remainder
        },
    )
}

/// The number of four words, lowest first.
fn join(words: [u32; 4]) -> u128 {
    words
        .iter()
        .rev()
        .fold(0, |number, word| number << 32 | u128::from(*word))
}

/// Defines the symbols the compiler calls.
#[cfg(target_arch = "xtensa")]
mod symbols {
    use super::{divide, divide_signed, join};

    macro_rules! symbol {
        ($name:ident, $type:ty, $divide:ident, $part:tt) => {
            #[no_mangle]
            extern "C" fn $name(
                a: u32,
                b: u32,
                c: u32,
                d: u32,
                e: u32,
                f: u32,
                g: u32,
                h: u32,
            ) -> $type {
                $divide(join([a, b, c, d]) as $type, join([e, f, g, h]) as $type).$part
            }
        };
    }

    symbol!(__udivti3, u128, divide, 0);
    symbol!(__umodti3, u128, divide, 1);
    symbol!(__divti3, i128, divide_signed, 0);
    symbol!(__modti3, i128, divide_signed, 1);
}

#[cfg(test)]
mod tests {
    use super::{divide, divide_signed, join};
    use proptest::prelude::*;

    /// Numbers of every magnitude, not only of the largest.
    fn number() -> impl Strategy<Value = u128> {
        (any::<u128>(), 0..128u32).prop_map(|(bits, shift)| bits >> shift)
    }

    proptest! {
        #[test]
        fn unsigned_division_is_native_division(dividend in number(), divisor in number()) {
            prop_assume!(divisor != 0);
            prop_assert_eq!(divide(dividend, divisor), (dividend / divisor, dividend % divisor));
        }

        #[test]
        fn signed_division_is_native_division(dividend in number(), divisor in number(), signs in 0..4) {
            let dividend = if signs & 1 != 0 { (dividend as i128).wrapping_neg() } else { dividend as i128 };
            let divisor = if signs & 2 != 0 { (divisor as i128).wrapping_neg() } else { divisor as i128 };
            prop_assume!(divisor != 0);
            let native = (dividend.wrapping_div(divisor), dividend.wrapping_rem(divisor));
            prop_assert_eq!(divide_signed(dividend, divisor), native);
        }
    }

    #[test]
    fn division_is_right_at_the_edges() {
        let edges = [
            1,
            2,
            u64::MAX as u128,
            1 << 64,
            (1 << 64) + 1,
            1 << 127,
            u128::MAX - 1,
            u128::MAX,
        ];
        for dividend in edges.into_iter().chain([0]) {
            for divisor in edges {
                assert_eq!(
                    divide(dividend, divisor),
                    (dividend / divisor, dividend % divisor)
                );
            }
        }
        assert_eq!(divide_signed(i128::MIN, -1), (i128::MIN, 0));
    }

    #[test]
    fn words_are_joined_lowest_first() {
        assert_eq!(join([1, 2, 3, 4]), 4 << 96 | 3 << 64 | 2 << 32 | 1);
    }
}
