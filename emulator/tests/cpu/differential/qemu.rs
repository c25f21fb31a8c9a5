//! QEMU's `sim` machine as the reference: memory, no devices, semihosting for output.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::program::Program;
use crate::judge;
use crate::ram::{CODE, DATA};

const PROGRAM: &str = "qemu-system-xtensa";

/// Whether QEMU is here; if not, says so.
pub fn is_installed() -> bool {
    judge::is_installed(PROGRAM, "qemu-system-misc")
}

/// What `program` writes to its standard output: the data memory at its end.
pub fn run(program: &Program) -> Vec<u8> {
    // Time by instructions, so that waiting for the timer has an end.
    let timing = ["-icount", "shift=0,sleep=off"];
    let segments = [(CODE, &program.code[..]), (DATA, &program.data[..])];
    run_segments(&format!("cpu-{}", program.seed), &segments, &timing)
}

/// What a program in these segments writes before it asks the simulator to exit.
pub fn run_segments(name: &str, segments: &[(u32, &[u8])], options: &[&str]) -> Vec<u8> {
    let name = format!("{name}-{}.elf", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, elf(segments)).unwrap();
    let output = Command::new("timeout")
        .args(["60", PROGRAM, "-M", "sim", "-cpu", "lx106", "-semihosting"])
        .args(options)
        .args([
            "-display", "none", "-monitor", "none", "-serial", "none", "-kernel",
        ])
        .arg(&path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    fs::remove_file(&path).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A minimal little-endian ELF32 executable for Xtensa.
fn elf(segments: &[(u32, &[u8])]) -> Vec<u8> {
    const HEADER_LEN: u32 = 52;
    const PROGRAM_HEADER_LEN: u32 = 32;
    const EM_XTENSA: u16 = 94;
    let mut file = vec![0x7F, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let half = |file: &mut Vec<u8>, value: u16| file.extend(value.to_le_bytes());
    let word = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
    half(&mut file, 2); // executable
    half(&mut file, EM_XTENSA);
    word(&mut file, 1); // version
    word(&mut file, CODE); // entry
    word(&mut file, HEADER_LEN); // program headers follow
    word(&mut file, 0); // no sections
    word(&mut file, 0); // flags
    for value in [
        HEADER_LEN as u16,
        PROGRAM_HEADER_LEN as u16,
        segments.len() as u16,
        0,
        0,
        0,
    ] {
        half(&mut file, value);
    }
    let mut offset = HEADER_LEN + PROGRAM_HEADER_LEN * segments.len() as u32;
    for &(address, bytes) in segments {
        let len = bytes.len() as u32;
        // Loadable; offset, virtual and physical address, sizes, rwx, alignment.
        for value in [1, offset, address, address, len, len, 7, 1] {
            word(&mut file, value);
        }
        offset += len;
    }
    for (_, bytes) in segments {
        file.extend(*bytes);
    }
    file
}
