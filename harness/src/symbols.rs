//! Looking at a running program's variables by their names.

use std::fs;
use std::path::Path;

use d1_emulator::board::Machine;
use object::{Object, ObjectSymbol};

/// The symbols of a linked program.
pub struct Symbols(Vec<(String, u32)>);

impl Symbols {
    /// Those of an ELF file.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn of(path: &Path) -> Symbols {
        let bytes = fs::read(path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let elf = object::File::parse(&*bytes).expect("the linker writes ELF files");
        let symbols = elf
            .symbols()
            .filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.address() as u32)));
        Symbols(symbols.collect())
    }

    /// Where the variable or function is whose name is `name` or ends in it, as the compiler spells it: `6memory4HEAP`.
    ///
    /// # Panics
    /// When there is none.
    pub fn address(&self, name: &str) -> u32 {
        let mut symbols = self.0.iter();
        let found = symbols.clone().find(|(symbol, _)| symbol == name);
        let found = found.or_else(|| symbols.find(|(symbol, _)| symbol.ends_with(name)));
        found.unwrap_or_else(|| panic!("no symbol {name}")).1
    }

    /// A word of memory, `offset` bytes into a variable.
    pub fn word(&self, machine: &mut Machine, name: &str, offset: u32) -> u32 {
        let mut bytes = [0; 4];
        machine.read_memory(self.address(name) + offset, &mut bytes);
        u32::from_le_bytes(bytes)
    }
}
