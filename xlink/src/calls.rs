//! Calls made direct: LLVM calls every function through a register, `l32r a8, .LCPI; callx0 a8`, with a literal
//! that holds the function's address. `call0` does it in one instruction.
//!
//! Where a function is out of reach of `call0`, from instruction RAM to flash, the assembler and the linker
//! make the register call again (`--longcalls`).
//!
//! A pure function of text that [`crate::assembly::mend`] has mended. A call becomes direct only if the
//! register is loaded in the same straight run of instructions and nothing between looks at it.

use std::collections::{HashMap, HashSet};

use crate::instruction::{ends_run, instruction, mentions, SCRATCH};

/// A register that holds a function's address.
struct Loaded<'a> {
    register: &'a str,
    function: &'a str,
    /// Where it was loaded.
    line: usize,
}

/// Makes direct what calls can be, and drops the literals that nobody needs any more.
pub fn make_direct(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let functions = functions(&lines);
    let mut dropped = HashSet::new();
    let mut calls = HashMap::new();
    let mut loaded: Vec<Loaded> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if ends_run(line) {
            loaded.clear();
        }
        let Some((mnemonic, operands)) = instruction(line) else {
            continue;
        };
        if mnemonic == "callx0" {
            if let Some(call) = loaded.iter().find(|call| call.register == operands) {
                dropped.insert(call.line);
                calls.insert(index, call.function);
            }
            loaded.clear();
            continue;
        }
        loaded.retain(|call| !mentions(operands, call.register));
        if let Some((register, literal)) = operands.split_once(", ").filter(|_| mnemonic == "l32r")
        {
            if let Some(function) = functions
                .get(literal)
                .filter(|_| SCRATCH.contains(&register))
            {
                loaded.push(Loaded {
                    register,
                    function,
                    line: index,
                });
            }
        }
    }
    let wanted = wanted_literals(&lines, &dropped);
    let mut direct = String::with_capacity(text.len());
    for (index, line) in lines.iter().enumerate() {
        let is_unwanted = literal(line).is_some_and(|(name, _)| !wanted.contains(name));
        match calls.get(&index) {
            Some(function) => {
                direct.push_str("\tcall0\t");
                direct.push_str(function);
            }
            None if is_unwanted || dropped.contains(&index) => continue,
            None => direct.push_str(line),
        }
        direct.push('\n');
    }
    direct
}

/// The literals that hold nothing but a symbol's address, and the symbol.
fn functions<'a>(lines: &[&'a str]) -> HashMap<&'a str, &'a str> {
    let is_symbol = |value: &str| {
        value.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && value
                .chars()
                .all(|character| character.is_alphanumeric() || "_.$".contains(character))
    };
    lines
        .iter()
        .filter_map(|line| literal(line))
        .filter(|(_, value)| is_symbol(value))
        .collect()
}

/// The literals that some line still names.
fn wanted_literals<'a>(lines: &[&'a str], dropped: &HashSet<usize>) -> HashSet<&'a str> {
    let mut wanted = HashSet::new();
    for (index, line) in lines.iter().enumerate() {
        if dropped.contains(&index) || literal(line).is_some() || !line.contains(".LCPI") {
            continue;
        }
        let words =
            line.split(|character: char| !character.is_alphanumeric() && !"._".contains(character));
        wanted.extend(words.filter(|word| word.starts_with(".LCPI")));
    }
    wanted
}

/// Name and value, if the line is a `.literal`.
pub(crate) fn literal(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix(".literal")?;
    rest.starts_with(char::is_whitespace)
        .then(|| rest.trim().split_once(", "))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "\t.literal_position\n\t.literal .LCPI0_0, callee\n\t.literal .LCPI0_1, 65280\n\
                        \t.p2align\t2\ncaller:\n";

    fn direct(body: &str) -> String {
        let all = make_direct(&format!("{HEAD}{body}"));
        all.split_once("caller:\n")
            .expect("the label stays")
            .1
            .to_owned()
    }

    #[test]
    fn a_call_through_a_register_becomes_direct() {
        let body = "\tl32r\ta8, .LCPI0_0\n.Ltmp1:\n\tor\ta2, a4, a4\n\tcallx0\ta8\n\tret\n";
        assert_eq!(
            direct(body),
            ".Ltmp1:\n\tor\ta2, a4, a4\n\tcall0\tcallee\n\tret\n"
        );
    }

    #[test]
    fn literals_that_nobody_needs_go_and_their_place_stays() {
        let text = make_direct(&format!(
            "{HEAD}\tl32r\ta8, .LCPI0_0\n\tcallx0\ta8\n\tl32r\ta9, .LCPI0_1\n\tret\n"
        ));
        assert!(text.contains(".literal_position"));
        assert!(!text.contains(".LCPI0_0"));
        assert!(text.contains(".literal .LCPI0_1, 65280"));
        let still_wanted =
            format!("{HEAD}\tl32r\ta2, .LCPI0_0\n\tcallx0\ta2\n\tl32r\ta2, .LCPI0_1\n");
        assert_eq!(make_direct(&still_wanted), still_wanted);
    }

    #[test]
    fn what_is_not_certain_stays_as_it_is() {
        for body in [
            // Reached from elsewhere, with another function perhaps.
            "\tl32r\ta8, .LCPI0_0\n.LBB0_1:\n\tcallx0\ta8\n",
            "\tl32r\ta8, .LCPI0_0\n\tbeqz\ta2, .LBB0_1\n\tcallx0\ta8\n",
            // The register is looked at, or is not this function's any more.
            "\tl32r\ta8, .LCPI0_0\n\tor\ta3, a8, a8\n\tcallx0\ta8\n",
            "\tl32r\ta8, .LCPI0_0\n\tl32i\ta8, a2, 0\n\tcallx0\ta8\n",
            // Not a function, or a register that outlives the call.
            "\tl32r\ta8, .LCPI0_1\n\tcallx0\ta8\n\tl32r\ta2, .LCPI0_0\n",
            "\tl32r\ta12, .LCPI0_0\n\tcallx0\ta12\n",
            "\tl32r\ta2, .LCPI0_0\n\tcallx0\ta2\n",
        ] {
            assert_eq!(direct(body), body);
        }
    }

    #[test]
    fn a_second_call_needs_a_load_of_its_own() {
        let body = "\tl32r\ta8, .LCPI0_0\n\tcallx0\ta8\n\tcallx0\ta8\n";
        assert_eq!(direct(body), "\tcall0\tcallee\n\tcallx0\ta8\n");
    }
}
