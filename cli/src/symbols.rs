//! Names and source lines for the addresses in what an emulator or a board says.

use std::ops::Range;
use std::path::{Path, PathBuf};

use addr2line::Loader;

use crate::problem::Problem;

/// Instruction RAM and the flash window: where a program's own code can be.
const CODE: Range<u32> = 0x4010_0000..0x4030_0000;

/// Symbols in ELF files of assembly have no length; behind this one would be another program's code.
const LONGEST_FUNCTION: u64 = 0x4000;

/// The programs that may be on the board.
#[derive(Default)]
pub(crate) struct Symbols {
    programs: Vec<Program>,
}

struct Program {
    name: String,
    loader: Loader,
}

impl Symbols {
    /// Reads the debug information of these ELF files.
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Symbols, Problem> {
        let programs = paths.iter().map(|path| Program::open(path));
        Ok(Symbols {
            programs: programs.collect::<Result<_, _>>()?,
        })
    }

    /// For each code address in `text`, where it is in each program that has code there: the
    /// innermost function first, then those it is inlined into.
    pub(crate) fn explain(&self, text: &str) -> Vec<String> {
        let addresses = code_addresses(text);
        let mut lines = Vec::new();
        for address in addresses {
            for program in &self.programs {
                program.explain(address, &mut lines);
            }
        }
        lines
    }
}

impl Symbols {
    /// The function and source line at `address`, by each program that has code there.
    pub(crate) fn place(&self, address: u32) -> Option<String> {
        let programs = self.programs.iter();
        let places: Vec<String> = programs
            .filter_map(|program| program.place(address))
            .collect();
        (!places.is_empty()).then(|| places.join(" or "))
    }

    /// The symbol that has the code at `address`, by the first program that knows, as the
    /// linker has it.
    pub(crate) fn symbol(&self, address: u32) -> Option<&str> {
        if !CODE.contains(&address) {
            return None;
        }
        let mut programs = self.programs.iter();
        programs.find_map(|program| program.symbol(address))
    }

    /// The same, as its author would write it.
    pub(crate) fn function(&self, address: u32) -> Option<String> {
        self.symbol(address).map(readable)
    }
}

/// A linker's symbol as its author would write it.
pub(crate) fn readable(symbol: &str) -> String {
    addr2line::demangle_auto(symbol.into(), None).into_owned()
}

impl Program {
    fn open(path: &Path) -> Result<Program, Problem> {
        let loader = Loader::new(path).map_err(|error| {
            Problem::new(format!(
                "{} has no debug information: {error}",
                path.display()
            ))
            .with_help("--elf takes the ELF files `cargo xtask build` leaves beside the images")
        })?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Program {
            name: name.to_string_lossy().into_owned(),
            loader,
        })
    }

    fn explain(&self, address: u32, lines: &mut Vec<String>) {
        // Debug information that cannot be read is as good as none.
        let Ok(mut frames) = self.loader.find_frames(address.into()) else {
            return;
        };
        let mut named = false;
        while let Ok(Some(frame)) = frames.next() {
            let function = frame
                .function
                .as_ref()
                .and_then(|name| name.demangle().ok());
            let place = frame.location.as_ref().and_then(|location| {
                let line = location.line.unwrap_or_default();
                location.file.map(|file| format!(" at {file}:{line}"))
            });
            if let Some(function) = &function {
                let name = &self.name;
                let place = place.unwrap_or_default();
                let verb = if named { "inlined into" } else { "is" };
                lines.push(format!(
                    "  {address:#010x} {verb} {function}{place} ({name})"
                ));
                named = true;
            }
        }
        if !named {
            if let Some(place) = self.place(address) {
                lines.push(format!("  {address:#010x} is in {place}"));
            }
        }
    }

    /// The symbol before `address`, if it is near enough to be the function there.
    fn symbol(&self, address: u32) -> Option<&str> {
        let symbol = self.loader.find_symbol_info(address.into())?;
        let distance = u64::from(address).checked_sub(symbol.address())?;
        (distance < LONGEST_FUNCTION).then_some(symbol.name())
    }

    /// The linker's symbol and the source line, which need not be of that function: it may be inlined.
    fn place(&self, address: u32) -> Option<String> {
        let function = readable(self.symbol(address)?);
        let location = self.loader.find_location(address.into()).ok().flatten();
        let line = location.and_then(|location| {
            let (file, line) = (location.file?, location.line?);
            Some(format!(" at {file}:{line}"))
        });
        let line = line.unwrap_or_default();
        Some(format!("{function}{line} ({})", self.name))
    }
}

/// The addresses in `text` that may be code in instruction RAM or flash.
fn code_addresses(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for rest in text.split("0x").skip(1) {
        let digits = rest.get(..8).unwrap_or_default();
        match u32::from_str_radix(digits, 16) {
            Ok(address) if CODE.contains(&address) && !found.contains(&address) => {
                found.push(address);
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_addresses_are_found_once_and_others_are_not() {
        let text = "exception at 0x40201014: load prohibited (excvaddr 0x00000004), \
                    a0 0x40100e44, 0x40201014, 0x4000bfac, 0x, 0x402";
        assert_eq!(code_addresses(text), [0x4020_1014, 0x4010_0E44]);
    }

    #[test]
    fn file_without_debug_information_is_refused_by_name() {
        let path = std::env::temp_dir().join(format!("d1ota-no-elf-{}", std::process::id()));
        std::fs::write(&path, b"<html>").unwrap();
        let refused = Symbols::open(std::slice::from_ref(&path)).err().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(refused.message().contains("d1ota-no-elf"), "{refused}");
    }
}
