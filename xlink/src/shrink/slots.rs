//! Places of the frame that hold what registers have no room for.
//!
//! An access takes two bytes up to an offset of 60, three beyond: the places used most go there.

use std::collections::{HashMap, HashSet};

use super::code::{Kind, Operand, STACK};
use super::flow::Line;

/// An access of such a place.
pub struct Access {
    /// Index of the line.
    pub line: usize,
    /// From the stack pointer, in bytes.
    pub offset: i32,
    pub is_save: bool,
}

/// Every access of such a place; `None` when one is not plain to see.
///
/// A place far up is reached by way of a scratch register, `addmi a8, a1, 1024; s32i a2, a8, 8`.
pub fn places(lines: &[Line]) -> Option<Vec<Access>> {
    let mut accesses = Vec::new();
    // What is known to be the stack pointer and a number.
    let mut bases: HashMap<u8, i32> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        let code = match line {
            Line::Code(code) => code,
            Line::Label(_) => {
                bases.clear();
                continue;
            }
            Line::Other(_) => continue,
        };
        if code.is_spill {
            let base = match code.register(1)? {
                STACK => 0,
                other => *bases.get(&other)?,
            };
            accesses.push(Access {
                line: index,
                offset: base + code.number(2)?,
                is_save: code.mnemonic == "s32i",
            });
        }
        let effects = code.effects()?;
        if effects.kind == Kind::Call || effects.writes & 1 << STACK != 0 {
            bases.clear();
            continue;
        }
        bases.retain(|register, _| effects.writes & 1 << register == 0);
        if let ("addmi", Some(to), Some(STACK), Some(distance)) = (
            code.mnemonic,
            code.register(0),
            code.register(1),
            code.number(2),
        ) {
            if to != STACK {
                bases.insert(to, distance);
            }
        }
    }
    let saved: HashSet<i32> = accesses
        .iter()
        .filter(|access| access.is_save)
        .map(|access| access.offset)
        .collect();
    accesses
        .iter()
        .all(|access| saved.contains(&access.offset))
        .then_some(accesses)
}

/// Moves what is used most to where an access is short.
pub fn sort(lines: &mut [Line]) {
    let Some(accesses) = places(lines) else {
        return;
    };
    let is_far = |access: &Access| {
        lines[access.line].code().and_then(|code| code.register(1)) != Some(STACK)
    };
    let far: HashSet<i32> = accesses
        .iter()
        .filter(|access| is_far(access))
        .map(|access| access.offset)
        .collect();
    let mut uses: HashMap<i32, usize> = HashMap::new();
    for access in accesses
        .iter()
        .filter(|access| !far.contains(&access.offset))
    {
        *uses.entry(access.offset).or_default() += 1;
    }
    let mut offsets: Vec<i32> = uses.keys().copied().collect();
    offsets.sort_unstable();
    let mut by_use = offsets.clone();
    by_use.sort_by_key(|offset| (usize::MAX - uses[offset], *offset));
    let moved: HashMap<i32, i32> = by_use.into_iter().zip(offsets).collect();
    for access in &accesses {
        if let (Line::Code(code), Some(to)) = (&mut lines[access.line], moved.get(&access.offset)) {
            code.operands[2] = Operand::Number(*to);
        }
    }
}
