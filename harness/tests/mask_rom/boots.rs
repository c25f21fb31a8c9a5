//! Whole boots on both ROMs: what the console shows must be the same.
//!
//! Not here: alignment faults, of which the ROM prints a trace of whatever the stack holds.

use d1_emulator::board::{Config, Machine, Strap};
use d1_emulator::rom::dump::Dump;
use d1_emulator::time::Time;
use d1_harness::mask_rom;
use fastrand::Rng;
use nor_model::{Chip, Nor};

use crate::seed;

const IRAM: u32 = 0x4010_0000;
const DRAM: u32 = 0x3FFE_8000;
/// Literals come first in a program's segment.
const ENTRY: u32 = IRAM + 0x40;
/// The ROM's own words after this file name are an integer taken for a string.
const HANGS: &str = "ets_main.c ";

/// What the ROM says of an exception nobody handles, and after a reset by software.
const REPEATED: [&str; 2] = ["Fatal exception", "rst cause:3"];

/// An image for flash 0 (boot facts 1.1).
fn image(segments: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xE9, segments.len() as u8, 2, 0];
    bytes.extend(ENTRY.to_le_bytes());
    let mut checksum = 0xEF;
    for (address, data) in segments {
        bytes.extend(address.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
    }
    bytes.resize(bytes.len() | 15, 0);
    bytes.push(checksum);
    bytes
}

/// A segment of literals and code: two L32R to a2 and a3, then `code`.
fn program(literals: [u32; 2], code: &[u8]) -> (u32, Vec<u8>) {
    let mut bytes: Vec<u8> = literals
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    bytes.resize((ENTRY - IRAM) as usize, 0);
    for (index, register) in [(0, 2), (1, 3)] {
        let pc = IRAM + bytes.len() as u32;
        let offset = (IRAM + 4 * index).wrapping_sub((pc + 3) & !3) >> 2 & 0xFFFF;
        let l32r = offset << 8 | register << 4 | 1;
        bytes.extend(&l32r.to_le_bytes()[..3]);
    }
    bytes.extend(code);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    (IRAM, bytes)
}

const RET: [u8; 3] = [0x80, 0, 0];
const ILL: [u8; 3] = [0, 0, 0];
/// l32i a4, a2, 0; ret
const LOAD: [u8; 6] = [0x42, 0x22, 0, 0x80, 0, 0];
/// l8ui a4, a2, 0; ret
const LOAD_BYTE: [u8; 6] = [0x42, 0x02, 0, 0x80, 0, 0];
/// s32i a3, a2, 0; j .
const STORE: [u8; 6] = [0x32, 0x62, 0, 0x06, 0xFF, 0xFF];

/// What the console shows in half a second, and in half a second after the reset button.
fn console(flash: &[u8], strap: Strap, rom: Option<&Dump>) -> [String; 2] {
    let nor = Nor::new(Chip::W25Q32, flash).expect("it fits");
    let config = Config {
        strap,
        ..Config::default()
    };
    let mut machine = Machine::new(config, nor);
    if let Some(dump) = rom {
        machine.use_rom(dump.clone());
    }
    let listen = |machine: &mut Machine| {
        machine.run_until(machine.now() + Time::from_micros(500_000));
        let text = String::from_utf8_lossy(&machine.console()).into_owned();
        let hangs = text.find(HANGS).map(|at| at + HANGS.len());
        // Said over and over: up to where that begins.
        let repeats = REPEATED
            .into_iter()
            .find_map(|said| text.match_indices(said).nth(1))
            .map(|(at, said)| at + said.len());
        text[..hangs.or(repeats).unwrap_or(text.len())].to_string()
    };
    let first = listen(&mut machine);
    machine.press_reset();
    [first, listen(&mut machine)]
}

#[track_caller]
fn the_same(what: &str, flash: &[u8], strap: Strap, dump: &Dump) -> String {
    let built_in = console(flash, strap, None);
    let dumped = console(flash, strap, Some(dump));
    assert_eq!(built_in, dumped, "{what}: built-in, dump");
    let [_, second] = built_in;
    second
}

#[test]
fn every_boot_reads_the_same_on_the_console() {
    let Some(dump) = mask_rom() else { return };
    let ends = |what: &str, segments: &[(u32, Vec<u8>)], expected: &str| {
        let console = the_same(what, &image(segments), Strap::Flash, &dump);
        assert!(console.contains(expected), "{what}: {console}");
    };
    let blank = the_same("erased flash", &[], Strap::Flash, &dump);
    assert!(blank.ends_with("rst cause:2, boot mode:(3,6)\r\n\r\nets_main.c "));
    the_same("the download strap", &[], Strap::Uart, &dump);
    let mut damaged = image(&[program([0; 2], &RET)]);
    *damaged.last_mut().expect("the checksum") ^= 1;
    let console = the_same("a wrong checksum", &damaged, Strap::Flash, &dump);
    assert!(console.contains("csum err\r\nets_main.c "));

    ends("a return", &[program([0; 2], &RET)], "user code done\r\n");
    ends(
        "an illegal instruction",
        &[program([0; 2], &ILL)],
        "Fatal exception (0):",
    );
    ends(
        "a load from nowhere",
        &[program([0x10, 0], &LOAD)],
        "Fatal exception (28):",
    );
    ends(
        "a store to nowhere",
        &[program([0x10, 0], &STORE)],
        "Fatal exception (29):",
    );
    ends(
        "a byte of instruction RAM",
        &[program([IRAM, 0], &LOAD_BYTE)],
        "Fatal exception (3):",
    );
    let reset = program([0x6000_0700, 1 << 31], &STORE);
    ends(
        "a software reset",
        &[reset],
        "rst cause:3, boot mode:(3,6)\r\n\r\nload",
    );
}

#[test]
fn segments_of_any_length_are_traced_the_same() {
    let Some(dump) = mask_rom() else { return };
    let seed = seed();
    println!("seed {seed}");
    let mut random = Rng::with_seed(seed);
    for round in 0..12 {
        let mut segments = vec![program([0; 2], &RET)];
        for number in 0..random.u32(1..4) {
            let address = DRAM + 0x400 * number;
            let length = random.usize(1..90);
            segments.push((address, (0..length).map(|_| random.u8(..)).collect()));
        }
        let what = format!("round {round}");
        // Some end in a fault: words go to odd addresses.
        let console = the_same(&what, &image(&segments), Strap::Flash, &dump);
        assert!(console.contains("load 0x3ffe8000"), "{what}: {console}");
    }
}
