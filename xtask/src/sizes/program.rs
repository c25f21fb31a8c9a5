//! A linked program, taken apart into what its symbols and sections are and take.

use std::collections::BTreeMap;

use object::{File, Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

use super::frame::frame_len;
use super::name::{owner, readable};

/// What has no name: string literals, format descriptions and other constants the compiler made.
pub const CONSTANTS: &str = "(constants without a name)";

/// Bytes of one kind in three places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions with their literals, in flash or instruction RAM.
    pub code: u64,
    /// Constants and initial values.
    pub data: u64,
    /// Data RAM that costs no flash.
    pub ram: u64,
}

impl Cost {
    /// All of it.
    pub fn total(self) -> u64 {
        self.code + self.data + self.ram
    }
}

/// A section that is loaded or stays in flash.
#[derive(Clone, Debug)]
pub struct Section {
    pub name: String,
    pub address: u64,
    pub len: u64,
}

/// A function, a constant or a static.
#[derive(Clone, Debug)]
pub struct Item {
    pub name: String,
    pub section: String,
    pub len: u64,
    /// Stack that it takes for itself; 0 for what is no function.
    pub frame: u32,
    /// Whether it is a function. Constants may be among them.
    pub is_code: bool,
}

/// A program and all that is in it.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    /// Bytes of the flash image, if there is one beside the ELF file.
    pub image: Option<u64>,
    pub sections: Vec<Section>,
    /// Largest first.
    pub crates: Vec<(String, Cost)>,
    /// Largest first.
    pub items: Vec<Item>,
}

impl Program {
    /// Takes a linked ELF file apart.
    pub fn parse(name: &str, bytes: &[u8], image: Option<u64>) -> Result<Program, object::Error> {
        let elf = File::parse(bytes)?;
        let mut program = Program {
            name: name.to_owned(),
            image,
            sections: Vec::new(),
            crates: Vec::new(),
            items: Vec::new(),
        };
        let mut crates = BTreeMap::<String, Cost>::new();
        for section in elf.sections().filter(is_part_of_the_program) {
            let section_name = section.name()?.to_owned();
            let is_zeroed = section.kind() == SectionKind::UninitializedData;
            for item in items(&elf, &section)? {
                let crate_name = match item.name.as_str() {
                    CONSTANTS => CONSTANTS,
                    name => owner(name),
                };
                let cost = crates.entry(crate_name.to_owned()).or_default();
                match item.is_code {
                    true => cost.code += item.len,
                    false if is_zeroed => cost.ram += item.len,
                    false => cost.data += item.len,
                }
                program.items.push(Item {
                    name: item.name,
                    section: section_name.clone(),
                    len: item.len,
                    frame: item.frame,
                    is_code: item.is_code,
                });
            }
            program.sections.push(Section {
                name: section_name,
                address: section.address(),
                len: section.size(),
            });
        }
        program
            .items
            .sort_by(|a, b| b.len.cmp(&a.len).then_with(|| a.name.cmp(&b.name)));
        program.crates = crates.into_iter().collect();
        program
            .crates
            .sort_by_key(|(_, cost)| std::cmp::Reverse(cost.total()));
        Ok(program)
    }
}

fn is_part_of_the_program(section: &object::Section) -> bool {
    section.address() != 0
        && section.size() > 0
        && matches!(
            section.kind(),
            SectionKind::Text
                | SectionKind::Data
                | SectionKind::ReadOnlyData
                | SectionKind::ReadOnlyString
                | SectionKind::ReadOnlyDataWithRel
                | SectionKind::UninitializedData
                | SectionKind::OtherString
        )
}

struct Piece {
    name: String,
    len: u64,
    frame: u32,
    is_code: bool,
}

/// Divides a section among its symbols. What lies before a function is its literals; what lies elsewhere has no
/// name.
fn items(elf: &File, section: &object::Section) -> Result<Vec<Piece>, object::Error> {
    let data = section.data()?;
    let addresses = section.address()..section.address() + section.size();
    let mut symbols: Vec<_> = elf
        .symbols()
        .filter(|symbol| symbol.section_index() == Some(section.index()))
        // Neither sections, which are symbols too, nor marks that the linker script sets elsewhere.
        .filter(|symbol| {
            symbol.kind() != SymbolKind::Section && addresses.contains(&symbol.address())
        })
        .collect();
    // Of two names for one thing, the second finds nothing left.
    symbols.sort_by_key(|symbol| (symbol.address(), std::cmp::Reverse(symbol.size())));
    let mut pieces = Vec::new();
    let mut unnamed = 0;
    let mut at = section.address();
    for (index, symbol) in symbols.iter().enumerate() {
        // Assembly does not say where a function ends: where the next one begins.
        let is_assembly = symbol.size() == 0 && section.kind() == SectionKind::Text;
        let next = symbols[index + 1..]
            .iter()
            .map(|next| next.address())
            .next();
        let end = match next {
            Some(next) if is_assembly => next,
            _ => symbol.address() + symbol.size(),
        };
        if end <= at {
            continue;
        }
        let is_code = symbol.kind() == SymbolKind::Text || is_assembly;
        let gap = symbol.address().saturating_sub(at);
        let offset = (symbol.address() - section.address()) as usize;
        let len = match is_code {
            true => end - at,
            false => end - at - gap,
        };
        if !is_code {
            unnamed += gap;
        }
        pieces.push(Piece {
            name: readable(symbol.name()?),
            len,
            frame: match data.get(offset..) {
                Some(code) if is_code => frame_len(code),
                _ => 0,
            },
            is_code,
        });
        at = end;
    }
    unnamed += (section.address() + section.size()).saturating_sub(at);
    if unnamed > 0 {
        pieces.push(Piece {
            name: CONSTANTS.to_owned(),
            len: unnamed,
            frame: 0,
            is_code: false,
        });
    }
    Ok(pieces)
}
