//! Stack addresses made short: LLVM computes those beyond an instruction's own offset in three instructions,
//! `movi a8, 252; addmi a8, a8, 1024; add a8, a1, a8`, and moves the stack pointer by way of another register.
//! `addmi a8, a1, 1280` does the first, and the rest is an offset again; the second is one `addi`.
//!
//! A pure function of text that [`crate::assembly::mend`] has mended. An address changes only where the register
//! that held it is certainly not looked at any more.

use crate::instruction::{ends_run, instruction, is_debug_label, mentions, SCRATCH};

/// Shortens what can be.
pub fn shorten(text: &str) -> String {
    let mut lines: Vec<Line> = text.lines().map(Line::Kept).collect();
    for index in 0..lines.len() {
        let run = straight_run(&lines, index);
        if let Some(edit) = shorter_move(&lines, &run).or_else(|| shorter_access(&lines, &run)) {
            for (at, line) in edit {
                lines[at] = line;
            }
        }
    }
    let mut short = String::with_capacity(text.len());
    for line in &lines {
        match line {
            Line::Kept(line) => short.push_str(line),
            Line::New(line) => short.push_str(line),
            Line::Gone => continue,
        }
        short.push('\n');
    }
    short
}

/// A line of the result.
enum Line<'a> {
    Kept(&'a str),
    New(String),
    Gone,
}

impl Line<'_> {
    fn text(&self) -> &str {
        match self {
            Line::Kept(line) => line,
            Line::New(line) => line,
            Line::Gone => "",
        }
    }
}

type Edit = Vec<(usize, Line<'static>)>;

/// An instruction and the line it is on.
struct At<'a> {
    line: usize,
    mnemonic: &'a str,
    operands: Vec<&'a str>,
}

/// The first instructions from line `start` on, if it has one, up to five that certainly follow each other.
fn straight_run<'a>(lines: &'a [Line], start: usize) -> Vec<At<'a>> {
    const MOST: usize = 5;
    let mut run = Vec::new();
    for (offset, line) in lines[start..].iter().enumerate() {
        let text = line.text();
        let Some((mnemonic, operands)) = instruction(text) else {
            if offset == 0 || ends_run(text) {
                break;
            }
            continue;
        };
        // Almost every line is asked, and begins nothing.
        if offset == 0 && !matches!(mnemonic, "movi" | "addi") {
            break;
        }
        let operands = operands.split(", ").collect();
        run.push(At {
            line: start + offset,
            mnemonic,
            operands,
        });
        if run.len() == MOST || ends_run(text) {
            break;
        }
    }
    run
}

/// `addi a8, a1, N; or a1, a8, a8`: the stack pointer moves, in a prologue or an epilogue.
fn shorter_move(lines: &[Line], run: &[At]) -> Option<Edit> {
    let [add, or, ..] = run else { return None };
    let [register, "a1", distance] = add.operands[..] else {
        return None;
    };
    let is_move = (add.mnemonic, or.mnemonic) == ("addi", "or")
        && or.operands[..] == ["a1", register, register]
        && SCRATCH.contains(&register);
    if !is_move || !is_dead(lines, or.line + 1, register) && !follows_label(lines, add.line) {
        return None;
    }
    let short = format!("\taddi\ta1, a1, {distance}");
    Some(vec![(add.line, Line::New(short)), (or.line, Line::Gone)])
}

/// `movi a8, N; (addmi a8, a8, M;) add a8, a1, a8`, and an access by a8 or a sum with it.
fn shorter_access(lines: &[Line], run: &[At]) -> Option<Edit> {
    let first = run.first().filter(|first| first.mnemonic == "movi")?;
    let [register, low] = first.operands[..] else {
        return None;
    };
    let mut distance: i32 = low.parse().ok()?;
    let mut rest = &run[1..];
    let mut gone = vec![first.line];
    if let [addmi, after @ ..] = rest {
        if addmi.mnemonic == "addmi" && addmi.operands[..2] == [register, register] {
            distance += addmi.operands[2].parse::<i32>().ok()?;
            gone.push(addmi.line);
            rest = after;
        }
    }
    let [add, access, ..] = rest else { return None };
    if add.mnemonic != "add" || add.operands[..] != [register, "a1", register] {
        return None;
    }
    let [target, base, offset] = access.operands[..] else {
        return None;
    };
    if base != register || target == "a1" {
        return None;
    }
    let is_sum = access.mnemonic == "addi";
    let is_load = access.mnemonic.starts_with('l');
    let is_store = matches!(access.mnemonic, "s8i" | "s16i" | "s32i") && target != register;
    if !(is_sum || is_load || is_store) {
        return None;
    }
    let distance = distance + offset.parse::<i32>().ok()?;
    let is_replaced = target == register && !is_store;
    if !is_replaced && !is_dead(lines, access.line + 1, register) {
        return None;
    }
    // What is left fits every access: below 256, aligned as before. A sum takes -128 to 127.
    let base_distance = match is_sum {
        true => (distance + 128).div_euclid(256) * 256,
        false => distance.div_euclid(256) * 256,
    };
    if !(-32_768..=32_512).contains(&base_distance) {
        return None;
    }
    let left = distance - base_distance;
    gone.push(add.line);
    let mut edit: Edit = gone.into_iter().map(|line| (line, Line::Gone)).collect();
    let mnemonic = access.mnemonic;
    // What LLVM says about the access still holds.
    let comment = lines[access.line]
        .text()
        .find('#')
        .map_or("", |at| &lines[access.line].text()[at..]);
    if base_distance == 0 || is_sum && left == 0 {
        let only = match base_distance {
            0 => format!("\t{mnemonic}\t{target}, a1, {left}{comment}"),
            _ => format!("\taddmi\t{target}, a1, {base_distance}"),
        };
        edit.push((access.line, Line::New(only)));
    } else {
        let base = format!("\taddmi\t{register}, a1, {base_distance}");
        let access_line = format!("\t{mnemonic}\t{target}, {register}, {left}{comment}");
        edit.push((add.line, Line::New(base)));
        edit.push((access.line, Line::New(access_line)));
    }
    Some(edit)
}

/// Whether nothing from line `start` on reads `register` before it is written, as far as this run can tell.
fn is_dead(lines: &[Line], start: usize, register: &str) -> bool {
    for line in &lines[start..] {
        let text = line.text();
        let Some((mnemonic, operands)) = instruction(text) else {
            if ends_run(text) {
                return false;
            }
            continue;
        };
        let (first, others) = operands.split_once(", ").unwrap_or((operands, ""));
        match mnemonic {
            "ret" | "call0" => return SCRATCH.contains(&register),
            "callx0" => return SCRATCH.contains(&register) && operands != register,
            _ if ends_run(text) => return false,
            _ if mentions(others, register) => return false,
            _ if first == register => return is_plain(mnemonic),
            _ => {}
        }
    }
    false
}

/// Instructions known to write their first operand and not to read it.
fn is_plain(mnemonic: &str) -> bool {
    const PLAIN: [&str; 27] = [
        "add", "addi", "addmi", "addx2", "addx4", "addx8", "and", "extui", "l16si", "l16ui",
        "l32i", "l32r", "l8ui", "movi", "mul16s", "mul16u", "mull", "neg", "or", "sll", "slli",
        "src", "srai", "srl", "srli", "sub", "xor",
    ];
    PLAIN.contains(&mnemonic)
}

/// Whether this is the first instruction of a function.
fn follows_label(lines: &[Line], start: usize) -> bool {
    for line in lines[..start].iter().rev() {
        let text = line.text();
        if instruction(text).is_some() {
            return false;
        }
        let is_label = !text.starts_with(char::is_whitespace) && text.contains(':');
        if is_label && !text.starts_with(".L") && !is_debug_label(text) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_pointer_moves_at_once() {
        let text = "f:\n.Lfunc_begin0:\n\t.loc\t1 2\n\taddi\ta8, a1, -32\n\tor\ta1, a8, a8\n\ts32i\ta0, a1, 0\n";
        let short = "f:\n.Lfunc_begin0:\n\t.loc\t1 2\n\taddi\ta1, a1, -32\n\ts32i\ta0, a1, 0\n";
        assert_eq!(shorten(text), short);
        let end = "\taddi\ta8, a1, 32\n\tor\ta1, a8, a8\n\tret\n";
        assert_eq!(shorten(end), "\taddi\ta1, a1, 32\n\tret\n");
    }

    #[test]
    fn far_places_in_the_frame_take_two_instructions() {
        let text = "\tmovi\ta8, 252\n\taddmi\ta8, a8, 4608\n\tadd\ta8, a1, a8\n\ts32i\ta12, a8, 0\n\tret\n";
        assert_eq!(
            shorten(text),
            "\taddmi\ta8, a1, 4608\n\ts32i\ta12, a8, 252\n\tret\n"
        );
        let text = "\tmovi\ta8, 1100\n\tadd\ta8, a1, a8\n\tl32i\ta8, a8, 4\n\tbeqz\ta8, .LBB0_1\n";
        assert_eq!(
            shorten(text),
            "\taddmi\ta8, a1, 1024\n\tl32i\ta8, a8, 80\n\tbeqz\ta8, .LBB0_1\n"
        );
    }

    #[test]
    fn addresses_of_places_are_sums() {
        let sum = |distance: i32| {
            let text = format!(
                "\tmovi\ta8, {distance}\n\tadd\ta8, a1, a8\n\taddi\ta2, a8, 0\n\tcall0\tf\n"
            );
            shorten(&text)
        };
        assert_eq!(sum(100), "\taddi\ta2, a1, 100\n\tcall0\tf\n");
        assert_eq!(sum(512), "\taddmi\ta2, a1, 512\n\tcall0\tf\n");
        assert_eq!(
            sum(800),
            "\taddmi\ta8, a1, 768\n\taddi\ta2, a8, 32\n\tcall0\tf\n"
        );
        assert_eq!(
            sum(1000),
            "\taddmi\ta8, a1, 1024\n\taddi\ta2, a8, -24\n\tcall0\tf\n"
        );
    }

    #[test]
    fn an_address_that_may_be_used_again_stays() {
        for after in [
            "\ts32i\ta3, a8, 4\n\tret\n",
            "\tj\t.LBB0_1\n",
            ".LBB0_1:\n\tret\n",
            "\tadd\ta2, a3, a8\n\tret\n",
            "\ts32i\ta8, a1, 0\n\tret\n",
            "\tcallx0\ta8\n",
        ] {
            let text = format!("\tmovi\ta8, 1100\n\tadd\ta8, a1, a8\n\ts32i\ta2, a8, 0\n{after}");
            assert_eq!(shorten(&text), text);
        }
        // An argument is looked at by whoever is called.
        let text = "\tmovi\ta4, 1100\n\tadd\ta4, a1, a4\n\ts32i\ta2, a4, 0\n\tcall0\tf\n";
        assert_eq!(shorten(text), text);
    }

    #[test]
    fn what_is_written_before_it_is_read_is_dead() {
        let text = "\tmovi\ta4, 1100\n\tadd\ta4, a1, a4\n\ts32i\ta2, a4, 0\n.Ltmp1:\n\tmovi\ta4, 3\n\tcall0\tf\n";
        let short =
            "\taddmi\ta4, a1, 1024\n\ts32i\ta2, a4, 76\n.Ltmp1:\n\tmovi\ta4, 3\n\tcall0\tf\n";
        assert_eq!(shorten(text), short);
    }
}
