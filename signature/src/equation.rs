//! The equation that makes a signature true (RFC 8032, section 5.1.7), on curve25519-dalek's points.
//!
//! As strict as ed25519-dalek's `verify_strict`, with the same answers. It stands here since that brings a second SHA-512
//! and arithmetic of scalars along, 9 KB on the device, for one remainder.

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::{EdwardsPoint, Scalar};
use d1_image::manifest::SIGNATURE_LEN;

use crate::sha512::{Sha512, BLOCK_LEN, HASH_LEN};
use crate::{PublicKey, MESSAGE_LEN};

/// A number of 256 bits, the lowest word first.
type Number = [u32; 8];

/// The order of the base point, 2^252 + 27742317777372353535851937790883648493.
const ORDER: Number = [
    0x5CF5_D3ED,
    0x5812_631A,
    0xA2F7_9CD6,
    0x14DE_F9DE,
    0,
    0,
    0,
    0x1000_0000,
];

/// Whether `signature` is that of `key` on `message`.
// Never inlined, as the next ones: LLVM's Xtensa backend fails in functions with large frames
// (docs/toolchain.md).
#[inline(never)]
pub fn is_true(
    key: &PublicKey,
    message: &[u8; MESSAGE_LEN],
    signature: &[u8; SIGNATURE_LEN],
) -> bool {
    let ([commitment, response], []) = signature.as_chunks::<32>() else {
        return false;
    };
    let Some(point) = CompressedEdwardsY(*key.bytes()).decompress() else {
        return false;
    };
    let (_, is_below) = minus_order(&words(response));
    // With keys and points of low order, one signature would fit many messages.
    if !is_below || point.is_small_order() {
        return false;
    }
    let challenge = reduce(&hash(commitment, key, message));
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(
        &scalar(challenge),
        &-point,
        &scalar(*response),
    );
    // So the commitment is a point, written as it has to be, and of no low order either.
    !expected.is_small_order() && expected.compress().0 == *commitment
}

/// A number below the order, for multiplying points.
fn scalar(bytes: [u8; 32]) -> Scalar {
    // Deprecated for what happens to numbers that are not below the order.
    #[allow(deprecated)]
    Scalar::from_bits(bytes)
}

#[inline(never)]
fn hash(commitment: &[u8; 32], key: &PublicKey, message: &[u8; MESSAGE_LEN]) -> [u8; HASH_LEN] {
    let mut text = [0; 64 + MESSAGE_LEN];
    text[..32].copy_from_slice(commitment);
    text[32..64].copy_from_slice(key.bytes());
    text[64..].copy_from_slice(message);
    let (blocks, rest) = text.as_chunks::<BLOCK_LEN>();
    let mut hash = Sha512::new();
    for block in blocks {
        hash.block(block);
    }
    hash.finish(rest, text.len() as u64)
}

/// What is left of a number, lowest byte first, divided by the order. Bit by bit: a hundredth of the verification.
#[inline(never)]
fn reduce(number: &[u8; HASH_LEN]) -> [u8; 32] {
    let mut rest = [0; 8];
    for bit in (0..8 * HASH_LEN).rev() {
        // The order has 253 bits, so twice the rest has at most 254.
        let mut carry = u32::from(number[bit / 8] >> (bit % 8) & 1);
        for word in &mut rest {
            (*word, carry) = (*word << 1 | carry, *word >> 31);
        }
        let (less, is_below) = minus_order(&rest);
        if !is_below {
            rest = less;
        }
    }
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(rest) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// A number less the order, and whether it was below.
#[inline(never)]
fn minus_order(number: &Number) -> (Number, bool) {
    let mut less = [0; 8];
    let mut borrow = false;
    for (place, (word, order)) in less.iter_mut().zip(number.iter().zip(ORDER)) {
        let (difference, is_less) = word.overflowing_sub(order);
        let (difference, is_none_left) = difference.overflowing_sub(borrow.into());
        *place = difference;
        borrow = is_less || is_none_left;
    }
    (less, borrow)
}

fn words(bytes: &[u8; 32]) -> Number {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use ed25519_dalek::{Signature, VerifyingKey};
    use proptest::prelude::*;
    use sha2::{Digest, Sha512};

    use super::*;

    /// What ed25519-dalek says.
    fn is_true_there(key: &PublicKey, message: &[u8; MESSAGE_LEN], signature: &[u8; 64]) -> bool {
        let key = VerifyingKey::from_bytes(key.bytes());
        let signature = Signature::from_bytes(signature);
        key.is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    fn message() -> impl Strategy<Value = [u8; MESSAGE_LEN]> {
        any::<([u8; 32], [u8; 32], [u8; 16])>().prop_map(|(a, b, c)| {
            let mut message = [0; MESSAGE_LEN];
            for (place, byte) in message.iter_mut().zip(a.into_iter().chain(b).chain(c)) {
                *place = byte;
            }
            message
        })
    }

    /// Adds the order, byte by byte: another number that multiplies points alike.
    fn plus_order(number: [u8; 32]) -> [u8; 32] {
        let mut carry = 0;
        let order = ORDER.into_iter().flat_map(u32::to_le_bytes);
        let mut sum = number;
        for (byte, order) in sum.iter_mut().zip(order) {
            carry += u32::from(*byte) + u32::from(order);
            *byte = carry as u8;
            carry >>= 8;
        }
        sum
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        // Points of low order added to key and commitment: one in eight of these signatures is true. Zero for a
        // secret makes one of the two a point of low order itself.
        #[test]
        fn answers_are_those_of_ed25519_dalek(
            message in message(), secret: [u8; 32], nonce: [u8; 32], zeros in 0..8_u8, torsions in (0..8_usize, 0..8_usize),
            is_again in prop::bool::weighted(0.1), flip in prop::option::weighted(0.1, 0..512_usize),
        ) {
            let number = |bytes, is_zero| Scalar::from_bytes_mod_order(if is_zero { [0; 32] } else { bytes });
            let (secret, nonce) = (number(secret, zeros == 1), number(nonce, zeros == 2));
            let point = EdwardsPoint::mul_base(&secret) + EIGHT_TORSION[torsions.0];
            let commitment = (EdwardsPoint::mul_base(&nonce) + EIGHT_TORSION[torsions.1]).compress().0;
            let key = PublicKey::new(point.compress().0);
            let challenge = Sha512::new().chain_update(commitment).chain_update(key.bytes()).chain_update(message);
            let challenge = Scalar::from_bytes_mod_order_wide(&challenge.finalize().into());
            let response = (nonce + challenge * secret).to_bytes();
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&commitment);
            signature[32..].copy_from_slice(&if is_again { plus_order(response) } else { response });
            if let Some(bit) = flip {
                signature[bit / 8] ^= 1 << (bit % 8);
            }
            let truth = is_true(&key, &message, &signature);
            prop_assert_eq!(truth, is_true_there(&key, &message, &signature));
            let is_plain = torsions == (0, 0) && zeros != 1 && zeros != 2;
            if is_plain || is_again || flip.is_some() {
                prop_assert_eq!(truth, is_plain && !is_again && flip.is_none());
            }
        }

        #[test]
        fn remainders_are_the_librarys(low: [u8; 32], high: [u8; 32]) {
            let mut number = [0; 64];
            number[..32].copy_from_slice(&low);
            number[32..].copy_from_slice(&high);
            prop_assert_eq!(reduce(&number), Scalar::from_bytes_mod_order_wide(&number).to_bytes());
        }
    }

    #[test]
    fn remainders_are_right_at_the_edges() {
        let wide = |number: [u8; 32]| {
            let mut wide = [0; 64];
            wide[..32].copy_from_slice(&number);
            wide
        };
        let mut multiple = [0; 32];
        for _ in 0..15 {
            assert_eq!(reduce(&wide(multiple)), [0; 32]);
            let mut more = multiple;
            more[0] += 1;
            assert_eq!(reduce(&wide(more))[0], 1);
            multiple = plus_order(multiple);
        }
        let most = [0xFF; 64];
        assert_eq!(
            reduce(&most),
            Scalar::from_bytes_mod_order_wide(&most).to_bytes()
        );
    }
}
