//! HMAC-SHA1 and the pseudo-random function made of it (IEEE 802.11-2016 12.7.1.2).

use hmac::digest::{FixedOutput, KeyInit, Update};
use hmac::Hmac;
use sha1::Sha1;

/// The bytes of a SHA-1 digest.
pub const DIGEST_LEN: usize = 20;

/// HMAC-SHA1 of `parts`, one after another.
// Never inlined: two hash states are on its stack.
#[inline(never)]
pub fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST_LEN] {
    // Cannot fail: HMAC takes keys of any length. An empty one never comes here.
    let Ok(mut hmac) = <Hmac<Sha1> as KeyInit>::new_from_slice(key) else {
        return [0; DIGEST_LEN];
    };
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize_fixed().into()
}

/// Fills `out` with PRF(`key`, `label`, `data`), whose length is that of `out`.
pub fn prf(key: &[u8], label: &str, data: &[&[u8]; 4], out: &mut [u8]) {
    let [a, b, c, d] = data;
    for (number, piece) in (0u8..).zip(out.chunks_mut(DIGEST_LEN)) {
        let digest = hmac_sha1(key, &[label.as_bytes(), &[0], a, b, c, d, &[number]]);
        piece.copy_from_slice(&digest[..piece.len()]);
    }
}

/// Whether two codes are the same, without telling by the time it takes where they differ.
pub fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let difference = one
        .iter()
        .zip(other)
        .fold(0, |difference, (a, b)| difference | (a ^ b));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn hmac_agrees_with_rfc_2202() {
        // Cases 1 and 2.
        assert_eq!(
            hmac_sha1(&[0x0B; 20], &[b"Hi ", b"There"]),
            hex!("b617318655057264e28bc0b6fb378c8ef146be00")
        );
        assert_eq!(
            hmac_sha1(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            hex!("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        );
    }

    #[test]
    fn the_pseudo_random_function_agrees_with_annex_j() {
        // IEEE 802.11-2016 J.3.2, cases 1 and 2, to 512 bits; the third says that a shorter one is a beginning.
        let mut out = [0; 64];
        prf(
            &[0x0B; 20],
            "prefix",
            &[b"Hi", b" ", b"There", b""],
            &mut out,
        );
        assert_eq!(
            out,
            hex!(
                "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee\
                 75df78c3d31e0f889f012120c0862beb67753e7439ae242edb8373698356cf5a"
            )
        );
        let mut out = [0; 64];
        let data: [&[u8]; 4] = [b"what do ya want for nothing?", b"", b"", b""];
        prf(b"Jefe", "prefix", &data, &mut out);
        assert_eq!(
            out,
            hex!(
                "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58244759ae58ef9009\
                 a99abf4eac2ca5fa87e692c440eb40023e7babb206d61de7b92f41529092b8fc"
            )
        );
        let mut short = [0; 24];
        prf(b"Jefe", "prefix", &data, &mut short);
        assert_eq!(short, out[..24]);
    }

    #[test]
    fn codes_are_equal_in_every_byte_or_not_at_all() {
        assert!(is_equal(&[1, 2, 3], &[1, 2, 3]));
        assert!(!is_equal(&[1, 2, 3], &[1, 2, 2]));
        assert!(!is_equal(&[1, 2, 3], &[1, 2]));
    }
}
