//! The mask ROM's MD5 against RFC 1321's examples.

use super::guest::Program;
use super::*;
use hex_literal::hex;

const CONTEXT: u32 = 0x3FFE_8000;
const DIGEST: u32 = 0x3FFE_8100;
const TEXT: u32 = 0x3FFE_8200;
const INIT: u32 = 0x4000_9818;
const UPDATE: u32 = 0x4000_9834;
const FINAL: u32 = 0x4000_9900;

/// The digest of `text`, given to the ROM in `pieces`.
fn digest_of(text: &[u8], pieces: &[u32]) -> [u8; 16] {
    let mut program = Program::default();
    for (index, bytes) in text.chunks(4).enumerate() {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        program.poke(TEXT + 4 * index as u32, u32::from_le_bytes(word));
    }
    program.call(INIT, &[CONTEXT]);
    let mut at = TEXT;
    for length in pieces {
        program.call(UPDATE, &[CONTEXT, at, *length]);
        at += length;
    }
    program.call(FINAL, &[DIGEST, CONTEXT]).stop();
    let mut machine = board(&program.image());
    machine.run_until(Time::from_micros(200_000));
    let mut digest = [0; 16];
    for (index, bytes) in digest.chunks_exact_mut(4).enumerate() {
        let address = DIGEST + 4 * index as u32;
        let word = load(&mut machine, address);
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    digest
}

#[test]
fn the_examples_of_the_rfc_come_out() {
    for (text, expected) in [
        ("", hex!("d41d8cd98f00b204e9800998ecf8427e")),
        ("abc", hex!("900150983cd24fb0d6963f7d28e17f72")),
    ] {
        let digest = digest_of(text.as_bytes(), &[text.len() as u32]);
        assert_eq!(digest, expected, "{text:?}");
    }
}

#[test]
fn pieces_across_a_block_give_the_digest_of_the_whole() {
    let text = "1234567890".repeat(8);
    let expected = hex!("57edf4a22be3c955ac49da2e2107b67a");
    for pieces in [&[80][..], &[55, 25], &[1, 62, 1, 16]] {
        assert_eq!(digest_of(text.as_bytes(), pieces), expected, "{pieces:?}");
    }
}
