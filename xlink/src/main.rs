//! The linker that `xtensa-esp8266-none-elf.json` names. See the library.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    match xlink::link(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xlink: {error}");
            ExitCode::FAILURE
        }
    }
}
