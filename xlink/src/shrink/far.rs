//! Calls from flash into instruction RAM: `call0` does not reach, and `l32r a8; callx0 a8` takes twice its bytes.
//!
//! All calls of one function go through two instructions in flash, which jump on.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use super::code::Operand;
use super::flow::Line;
use super::{program, Function};

/// What the compiler calls for copies: `xtensa-lx-rt/link.x` has them in instruction RAM.
const COPIES: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];
/// Calls from which on it is worth it.
const WORTH_IT: usize = 4;

/// Shortens the calls of functions in flash, and returns what to append to the text.
pub fn shorten(functions: &mut [Function]) -> String {
    let mut far: HashSet<String> = COPIES.map(str::to_owned).into();
    let in_ram = functions
        .iter()
        .filter(|function| function.section.starts_with(".rwtext"));
    far.extend(in_ram.filter_map(|function| function.name().map(str::to_owned)));
    let mut calls: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (number, function) in functions.iter().enumerate() {
        if function.section != program::SECTION {
            continue;
        }
        for (line, code) in function
            .lines
            .iter()
            .enumerate()
            .filter_map(|(line, code)| Some((line, code.code()?)))
        {
            let called = code.name().filter(|_| code.mnemonic == "call0");
            if let Some(name) = called.filter(|name| far.contains(*name)) {
                calls
                    .entry(name.to_owned())
                    .or_default()
                    .push((number, line));
            }
        }
    }
    let mut text = String::new();
    for (name, places) in calls
        .into_iter()
        .filter(|(_, places)| places.len() >= WORTH_IT)
    {
        for (function, line) in places {
            if let Line::Code(code) = &mut functions[function].lines[line] {
                code.operands[0] = Operand::Name(format!("far.{name}").into());
            }
        }
        let _ = write!(
            text,
            "\t.section\t{}\n\t.literal_position\n\t.literal .LCPI_far_{name}, {name}\n\t.p2align\t2\n\
             \t.type\tfar.{name},@function\nfar.{name}:\n\tl32r\ta8, .LCPI_far_{name}\n\tjx\ta8\n\t.size\tfar.{name}, .-far.{name}\n",
            program::SECTION
        );
    }
    text
}
