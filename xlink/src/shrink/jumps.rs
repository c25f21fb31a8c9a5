//! Jumps that need not be: over other jumps, to other jumps, and to what could as well stand here.
//!
//! Where a branch then reaches too far, the assembler makes it a branch over a jump again.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::code::{Code, Kind, Operand};
use super::flow::{is_end, named_labels, Line};
use super::Context;

/// Straightens a function.
pub fn straighten(lines: &mut Vec<Line>, context: &Context) {
    loop {
        thread(lines);
        drop_unreachable(lines, context);
        if !(turn_branches(lines) | drop_jumps_to_next(lines) | follow_jumps(lines, context)) {
            return;
        }
    }
}

/// Index of the first instruction from `start` on, and the labels before it.
fn next_code<'l>(lines: &'l [Line], start: usize) -> (Option<usize>, Vec<&'l str>) {
    let mut labels = Vec::new();
    for (index, line) in lines.iter().enumerate().skip(start) {
        match line {
            Line::Code(_) => return (Some(index), labels),
            Line::Label(label) => labels.push(label.as_ref()),
            Line::Other(_) => {}
        }
    }
    (None, labels)
}

/// Whoever jumps to a jump jumps to where that goes.
fn thread(lines: &mut [Line]) {
    let mut goes_to: HashMap<String, String> = HashMap::new();
    for index in 0..lines.len() {
        if let Line::Label(label) = &lines[index] {
            let code = next_code(lines, index)
                .0
                .and_then(|next| lines[next].code());
            if let Some(target) = code
                .filter(|code| code.mnemonic == "j")
                .and_then(|code| code.name())
            {
                goes_to.insert(label.to_string(), target.to_owned());
            }
        }
    }
    for line in lines {
        let Line::Code(code) = line else { continue };
        if !matches!(
            code.effects().map(|effects| effects.kind),
            Some(Kind::Branch | Kind::Jump)
        ) {
            continue;
        }
        let mut target = code.name().unwrap_or_default();
        // A loop of jumps has no end.
        for _ in 0..8 {
            match goes_to.get(target) {
                Some(next) => target = next,
                None => break,
            }
        }
        let target = Operand::Name(Cow::Owned(target.to_owned()));
        if let Some(last) = code.operands.last_mut().filter(|last| **last != target) {
            *last = target;
        }
    }
}

/// Drops what nobody comes to, and labels that nobody names.
fn drop_unreachable(lines: &mut Vec<Line>, context: &Context) {
    let named: HashSet<String> = named_labels(lines).into_iter().map(str::to_owned).collect();
    let is_wanted = |label: &str| {
        named.contains(label) || context.named_elsewhere.contains(label) || !label.starts_with(".L")
    };
    let mut is_reached = true;
    lines.retain(|line| match line {
        Line::Label(label) => {
            let is_wanted = is_wanted(label);
            is_reached |= is_wanted;
            is_wanted
        }
        Line::Code(code) => {
            let was_reached = is_reached;
            is_reached &= !is_end(code, context);
            was_reached
        }
        Line::Other(_) => true,
    });
}

/// `beqz a2, one; j other; one:` becomes `bnez a2, other`.
fn turn_branches(lines: &mut [Line]) -> bool {
    let mut has_turned = false;
    for index in 0..lines.len() {
        let Some(opposite) = lines[index].code().and_then(|code| opposite(code.mnemonic)) else {
            continue;
        };
        let (Some(jump), labels) = next_code(lines, index + 1) else {
            continue;
        };
        let Some(code) = lines[jump]
            .code()
            .filter(|code| code.mnemonic == "j" && labels.is_empty())
        else {
            continue;
        };
        let other = code.operands[0].clone();
        let one = lines[index].code().and_then(Code::name).unwrap_or_default();
        if !next_code(lines, jump + 1).1.contains(&one) {
            continue;
        }
        if let Line::Code(branch) = &mut lines[index] {
            branch.mnemonic = opposite;
            if let Some(last) = branch.operands.last_mut() {
                *last = other;
            }
        }
        lines[jump] = Line::Other("");
        has_turned = true;
    }
    has_turned
}

/// Drops jumps to what comes next anyway.
fn drop_jumps_to_next(lines: &mut [Line]) -> bool {
    let mut has_dropped = false;
    for index in 0..lines.len() {
        let Some(target) = lines[index]
            .code()
            .filter(|code| code.mnemonic == "j")
            .and_then(Code::name)
        else {
            continue;
        };
        if next_code(lines, index + 1).1.contains(&target) {
            lines[index] = Line::Other("");
            has_dropped = true;
        }
    }
    has_dropped
}

/// Puts what a jump goes to in its place, if nothing else runs into that.
fn follow_jumps<'a>(lines: &mut Vec<Line<'a>>, context: &Context) -> bool {
    // Each chunk ends where control does not go on.
    let mut chunks: Vec<Vec<Line<'a>>> = vec![Vec::new()];
    for line in lines.drain(..) {
        let ends = line.code().is_some_and(|code| is_end(code, context));
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(line);
        }
        if ends {
            chunks.push(Vec::new());
        }
    }
    // What is behind the last one belongs to nobody: `.Lfunc_end` follows.
    let mut starts: HashMap<String, usize> = HashMap::new();
    for (index, chunk) in chunks.iter().enumerate().skip(1) {
        for label in next_code(chunk, 0).1 {
            starts.insert(label.to_owned(), index);
        }
    }
    let last = chunks.len() - 1;
    let target = |chunk: &[Line]| {
        let code = chunk.iter().rev().find_map(Line::code)?;
        let name = (code.mnemonic == "j").then(|| code.name())??;
        starts.get(name).copied()
    };
    let successors: Vec<Option<usize>> = chunks.iter().map(|chunk| target(chunk)).collect();
    let ends_itself: Vec<bool> = chunks
        .iter()
        .map(|chunk| {
            chunk
                .iter()
                .rev()
                .find_map(Line::code)
                .is_some_and(|code| is_end(code, context))
        })
        .collect();
    let mut placed = vec![false; chunks.len()];
    let mut has_moved = false;
    for index in 0..chunks.len() {
        let mut next = Some(index);
        while let Some(chunk) = next.filter(|&chunk| !placed[chunk]) {
            placed[chunk] = true;
            lines.append(&mut chunks[chunk]);
            next = successors[chunk]
                .filter(|&next| !placed[next] && next != last && ends_itself[next]);
            if next.is_some() {
                has_moved |= next != Some(chunk + 1);
                if let Some(jump) = lines.iter().rposition(|line| line.code().is_some()) {
                    lines[jump] = Line::Other("");
                }
            }
        }
    }
    has_moved
}

/// The branch that is taken when `mnemonic` is not.
fn opposite(mnemonic: &str) -> Option<&'static str> {
    const PAIRS: [(&str, &str); 12] = [
        ("beq", "bne"),
        ("beqz", "bnez"),
        ("beqi", "bnei"),
        ("blt", "bge"),
        ("bltz", "bgez"),
        ("blti", "bgei"),
        ("bltu", "bgeu"),
        ("bltui", "bgeui"),
        ("bbci", "bbsi"),
        ("ball", "bnall"),
        ("bany", "bnone"),
        ("bbc", "bbs"),
    ];
    PAIRS.iter().find_map(|&(one, other)| match mnemonic {
        _ if mnemonic == one => Some(other),
        _ if mnemonic == other => Some(one),
        _ => None,
    })
}
