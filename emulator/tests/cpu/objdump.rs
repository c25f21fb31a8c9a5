//! The decoder and the disassembly, against GNU's objdump for the lx106: every operand of every word.
//!
//! Two-byte words are compared all; of the three-byte ones every sixteenth block of 256, by a
//! seed (`D1_CPU_SEED`), or all with `D1_ALL_WORDS=1` (half a minute).

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::differential::random::Random;
use super::judge::{is_installed, setting};
use d1_emulator::cpu::decode::decode;
use d1_emulator::cpu::instruction::{Op, System};

const OBJDUMP: &str = "xtensa-lx106-elf-objdump";

#[test]
fn every_two_byte_word_reads_as_for_objdump() {
    // Op0 14 and 15 start nothing, of no known length; `decode` checks that.
    let words = (0..1 << 16).filter(|word| word & 8 != 0 && word & 15 < 14);
    compare("narrow", words.collect());
}

#[test]
fn sampled_three_byte_words_read_as_for_objdump() {
    let seed = setting("D1_CPU_SEED", 1);
    let all = setting("D1_ALL_WORDS", 0) != 0;
    let mut random = Random(seed);
    let blocks = (0..1 << 16).filter(|_| random.below(16) == 0 || all);
    let words = blocks.flat_map(|block| (0..256).map(move |low| block << 8 | low));
    let words: Vec<u32> = words.filter(|word| word & 8 == 0).collect();
    println!("{} three-byte words, seed {seed}", words.len());
    compare("wide", words);
}

/// Has objdump read `words`, one after the other, and compares each line.
fn compare(name: &str, words: Vec<u32>) {
    if !is_installed(OBJDUMP, "binutils-xtensa-lx106") {
        return;
    }
    let len = if words[0] & 8 == 0 { 3 } else { 2 };
    let bytes: Vec<u8> = words
        .iter()
        .flat_map(|word| word.to_le_bytes()[..len].to_vec())
        .collect();
    let file = format!("objdump-{name}-{}.bin", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    fs::write(&path, bytes).unwrap();
    let mut objdump = Command::new(OBJDUMP)
        .args(["-D", "-z", "-b", "binary", "-m", "xtensa"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(objdump.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    lines.find(|line| line.ends_with("<.data>:")).unwrap();
    for (word, address) in words.iter().zip((0..).step_by(len)) {
        let line = lines.next().expect("a line for each word");
        // "address:\tbytes\tmnemonic\toperands", and what a literal's place holds in parentheses.
        let text = line.splitn(3, '\t').nth(2).unwrap_or_default();
        let text = text.split(" (").next().unwrap_or_default();
        let mut ours = our_tokens(*word, address);
        if ["rer", "wer"].contains(&text) {
            // It names these without their operands.
            ours.truncate(1);
        }
        assert!(
            ours == tokens(text, address),
            "{word:#08x}: {ours:?}, objdump {text:?}"
        );
    }
    assert!(objdump.wait().unwrap().success());
    fs::remove_file(&path).unwrap();
}

/// A word of a line: what is no number stays text.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Number(u32),
}

fn our_tokens(word: u32, address: u32) -> Vec<Token> {
    let i = decode(word);
    if i.op == Op::System(System::Unknown) {
        // What objdump prints for a word it has no name for.
        return tokens("excw", address);
    }
    tokens(&i.to_string(), address)
}

/// Mnemonic and operands; distances from the instruction become addresses.
fn tokens(text: &str, address: u32) -> Vec<Token> {
    for (base, from) in [
        ("((. + 3) & -4)", (address + 3) & !3),
        ("(. & -4)", address & !3),
        (" .", address),
    ] {
        if let Some((operands, distance)) = text.split_once(base) {
            if let Ok(distance) = distance.parse::<i32>() {
                let mut tokens = tokens(operands, address);
                tokens.push(Token::Number(from.wrapping_add_signed(distance)));
                return tokens;
            }
        }
    }
    let words = text.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    words
        .map(|word| number(word).map_or_else(|| Token::Text(word.into()), Token::Number))
        .collect()
}

fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse::<i64>().ok().map(|value| value as u32),
    }
}
