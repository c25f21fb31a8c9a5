//! SHA-512 (FIPS 180-4), block by block.
//!
//! The library's would be in flash with its constants. This one, which `link.x` puts into instruction RAM with all it needs,
//! goes on while flash is busy with a program.

/// Bytes of a block.
pub const BLOCK_LEN: usize = 128;
/// Bytes of a hash.
pub const HASH_LEN: usize = 64;

/// Section 4.2.3: of the cube roots of the first eighty primes, 64 bits behind the point, the higher half first.
/// (In one piece it would be the library's table, and the compiler makes one of the two: that in flash.)
#[rustfmt::skip]
static ROUNDS: [[u32; 2]; 80] = [
    [0x428a2f98, 0xd728ae22], [0x71374491, 0x23ef65cd], [0xb5c0fbcf, 0xec4d3b2f], [0xe9b5dba5, 0x8189dbbc],
    [0x3956c25b, 0xf348b538], [0x59f111f1, 0xb605d019], [0x923f82a4, 0xaf194f9b], [0xab1c5ed5, 0xda6d8118],
    [0xd807aa98, 0xa3030242], [0x12835b01, 0x45706fbe], [0x243185be, 0x4ee4b28c], [0x550c7dc3, 0xd5ffb4e2],
    [0x72be5d74, 0xf27b896f], [0x80deb1fe, 0x3b1696b1], [0x9bdc06a7, 0x25c71235], [0xc19bf174, 0xcf692694],
    [0xe49b69c1, 0x9ef14ad2], [0xefbe4786, 0x384f25e3], [0x0fc19dc6, 0x8b8cd5b5], [0x240ca1cc, 0x77ac9c65],
    [0x2de92c6f, 0x592b0275], [0x4a7484aa, 0x6ea6e483], [0x5cb0a9dc, 0xbd41fbd4], [0x76f988da, 0x831153b5],
    [0x983e5152, 0xee66dfab], [0xa831c66d, 0x2db43210], [0xb00327c8, 0x98fb213f], [0xbf597fc7, 0xbeef0ee4],
    [0xc6e00bf3, 0x3da88fc2], [0xd5a79147, 0x930aa725], [0x06ca6351, 0xe003826f], [0x14292967, 0x0a0e6e70],
    [0x27b70a85, 0x46d22ffc], [0x2e1b2138, 0x5c26c926], [0x4d2c6dfc, 0x5ac42aed], [0x53380d13, 0x9d95b3df],
    [0x650a7354, 0x8baf63de], [0x766a0abb, 0x3c77b2a8], [0x81c2c92e, 0x47edaee6], [0x92722c85, 0x1482353b],
    [0xa2bfe8a1, 0x4cf10364], [0xa81a664b, 0xbc423001], [0xc24b8b70, 0xd0f89791], [0xc76c51a3, 0x0654be30],
    [0xd192e819, 0xd6ef5218], [0xd6990624, 0x5565a910], [0xf40e3585, 0x5771202a], [0x106aa070, 0x32bbd1b8],
    [0x19a4c116, 0xb8d2d0c8], [0x1e376c08, 0x5141ab53], [0x2748774c, 0xdf8eeb99], [0x34b0bcb5, 0xe19b48a8],
    [0x391c0cb3, 0xc5c95a63], [0x4ed8aa4a, 0xe3418acb], [0x5b9cca4f, 0x7763e373], [0x682e6ff3, 0xd6b2b8a3],
    [0x748f82ee, 0x5defb2fc], [0x78a5636f, 0x43172f60], [0x84c87814, 0xa1f0ab72], [0x8cc70208, 0x1a6439ec],
    [0x90befffa, 0x23631e28], [0xa4506ceb, 0xde82bde9], [0xbef9a3f7, 0xb2c67915], [0xc67178f2, 0xe372532b],
    [0xca273ece, 0xea26619c], [0xd186b8c7, 0x21c0c207], [0xeada7dd6, 0xcde0eb1e], [0xf57d4f7f, 0xee6ed178],
    [0x06f067aa, 0x72176fba], [0x0a637dc5, 0xa2c898a6], [0x113f9804, 0xbef90dae], [0x1b710b35, 0x131c471b],
    [0x28db77f5, 0x23047d84], [0x32caab7b, 0x40c72493], [0x3c9ebe0a, 0x15c9bebc], [0x431d67c4, 0x9c100d4c],
    [0x4cc5d4be, 0xcb3e42b6], [0x597f299c, 0xfc657e2a], [0x5fcb6fab, 0x3ad6faec], [0x6c44198c, 0x4a475817],
];

/// Section 5.3.5: of the square roots of the first eight primes.
#[rustfmt::skip]
const START: [u64; 8] = [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
];

/// A hash of whole blocks.
#[derive(Clone, Debug)]
pub struct Sha512([u64; 8]);

impl Sha512 {
    /// The hash of no blocks yet.
    pub const fn new() -> Sha512 {
        Sha512(START)
    }

    /// Takes in a block: section 6.4.2, with the message schedule in place of its first sixteen words.
    // Never inlined, so that the linker finds it.
    #[inline(never)]
    pub fn block(&mut self, block: &[u8; BLOCK_LEN]) {
        let mut schedule = [0; 16];
        let (words, _) = block.as_chunks::<8>();
        for (word, bytes) in schedule.iter_mut().zip(words) {
            *word = u64::from_be_bytes(*bytes);
        }
        let mut state = self.0;
        let mut at = 0;
        while at < ROUNDS.len() {
            if at >= 16 {
                extend(&mut schedule, at);
            }
            let [high, low] = ROUNDS[at];
            let constant = u64::from(high) << 32 | u64::from(low);
            round(&mut state, constant.wrapping_add(schedule[at % 16]));
            at += 1;
        }
        for (sum, value) in self.0.iter_mut().zip(state) {
            *sum = sum.wrapping_add(value);
        }
    }

    /// The hash of all blocks and of `rest`, fewer bytes than one, which are the last of `len`.
    pub fn finish(&self, rest: &[u8], len: u64) -> [u8; HASH_LEN] {
        let mut all = self.clone();
        let mut last = [0; BLOCK_LEN];
        last[..rest.len()].copy_from_slice(rest);
        last[rest.len()] = 0x80;
        // The length in bits has sixteen bytes; eight are enough here.
        if rest.len() >= BLOCK_LEN - 16 {
            all.block(&last);
            last = [0; BLOCK_LEN];
        }
        last[BLOCK_LEN - 8..].copy_from_slice(&(8 * len).to_be_bytes());
        all.block(&last);
        let mut hash = [0; HASH_LEN];
        for (bytes, word) in hash.chunks_exact_mut(8).zip(all.0) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        hash
    }
}

/// The schedule's word for round `at`, in the place of the one for sixteen rounds before.
#[inline(always)]
fn extend(schedule: &mut [u64; 16], at: usize) {
    let (early, late) = (schedule[(at + 1) % 16], schedule[(at + 14) % 16]);
    let early = early.rotate_right(1) ^ early.rotate_right(8) ^ early >> 7;
    let late = late.rotate_right(19) ^ late.rotate_right(61) ^ late >> 6;
    schedule[at % 16] = schedule[at % 16]
        .wrapping_add(early)
        .wrapping_add(schedule[(at + 9) % 16])
        .wrapping_add(late);
}

#[inline(always)]
fn round(state: &mut [u64; 8], input: u64) {
    let [a, b, c, d, e, f, g, h] = *state;
    let first = (e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41))
        .wrapping_add(g ^ e & (f ^ g))
        .wrapping_add(h)
        .wrapping_add(input);
    let second = (a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39))
        .wrapping_add(a & b | c & (a | b));
    let (a_next, e_next) = (first.wrapping_add(second), d.wrapping_add(first));
    *state = [a_next, a, b, c, e_next, e, f, g];
}
