//! The report, for people and for programs.

use std::fmt::Write;

use super::program::{Item, Program};

/// Characters of a name that a line has room for.
const NAME_LEN: usize = 96;

/// A program's report, with `top` lines to each list.
pub fn text(program: &Program, top: usize) -> String {
    let mut out = String::new();
    // A string takes everything.
    let _ = write_text(program, top, &mut out);
    out
}

fn write_text(program: &Program, top: usize, out: &mut String) -> std::fmt::Result {
    write!(out, "{}", program.name)?;
    match program.image {
        Some(len) => writeln!(out, ": {len} bytes in flash")?,
        None => writeln!(out)?,
    }
    for section in &program.sections {
        writeln!(
            out,
            "{:>8}  {} at {:#010x}",
            section.len, section.name, section.address
        )?;
    }
    writeln!(out, "\n   total     code     data      RAM  crate")?;
    for (name, cost) in program.crates.iter().take(top) {
        let (total, code, data, ram) = (cost.total(), cost.code, cost.data, cost.ram);
        writeln!(out, "{total:>8} {code:>8} {data:>8} {ram:>8}  {name}")?;
    }
    let functions = || program.items.iter().filter(|item| item.is_code);
    writeln!(out, "\n   bytes    frame  function")?;
    for item in functions().take(top) {
        writeln!(
            out,
            "{:>8} {:>8}  {}",
            item.len,
            item.frame,
            short(&item.name)
        )?;
    }
    let mut deep: Vec<&Item> = functions().collect();
    deep.sort_by_key(|item| std::cmp::Reverse(item.frame));
    writeln!(out, "\n   frame    bytes  function, by the stack it takes")?;
    for item in deep.iter().take(top) {
        writeln!(
            out,
            "{:>8} {:>8}  {}",
            item.frame,
            item.len,
            short(&item.name)
        )?;
    }
    writeln!(out, "\n   bytes  static or constant")?;
    for item in program.items.iter().filter(|item| !item.is_code).take(top) {
        writeln!(
            out,
            "{:>8}  {} ({})",
            item.len,
            short(&item.name),
            item.section
        )?;
    }
    writeln!(out)
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_LEN {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME_LEN - 3).collect();
    format!("{start}...")
}

/// All of every program, as a JSON array.
pub fn json(programs: &[Program]) -> String {
    list(programs.iter().map(|program| {
        let sections = list(program.sections.iter().map(|section| {
            let (name, address, len) = (text_of(&section.name), section.address, section.len);
            format!("{{\"name\":{name},\"address\":{address},\"bytes\":{len}}}")
        }));
        let crates = list(program.crates.iter().map(|(name, cost)| {
            let (name, code, data, ram) = (text_of(name), cost.code, cost.data, cost.ram);
            format!("{{\"name\":{name},\"code\":{code},\"data\":{data},\"ram\":{ram}}}")
        }));
        let items = list(program.items.iter().map(|item| {
            let (name, section) = (text_of(&item.name), text_of(&item.section));
            let (len, frame) = (item.len, item.frame);
            format!("{{\"name\":{name},\"section\":{section},\"bytes\":{len},\"frame\":{frame}}}")
        }));
        let name = text_of(&program.name);
        let image = program.image.map_or("null".to_owned(), |len| len.to_string());
        format!(
            "{{\"name\":{name},\"image\":{image},\"sections\":{sections},\"crates\":{crates},\"items\":{items}}}"
        )
    }))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A JSON string. Names of symbols and files have no control characters.
fn text_of(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
