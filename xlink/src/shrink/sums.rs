//! Sums on their way into an instruction.
//!
//! | LLVM | here |
//! |---|---|
//! | `movi a8, 735; add a8, a2, a8; l8ui a8, a8, 0` | `addmi a8, a2, 512; l8ui a8, a8, 223` |
//! | `addi a8, a2, 12; l32i a8, a8, 4` | `l32i a8, a2, 16` |
//! | `xor a8, a2, a3; beqz a8, there` | `beq a2, a3, there` |
//! | `and a8, a2, a3; beqz a8, there` | `bnone a2, a3, there` |
//! | `extui a8, a2, 5, 1; beqz a8, there` | `bbci a2, 5, there` |
//! | `addmi a8, a1, 1280; addi a8, a8, 24`, in the end | `movi a8, 1304; add a8, a8, a1` |

use super::code::{Code, Operand, Registers, STACK};
use super::flow::{Flow, Line};
use super::Context;

/// Folds what can be, within each block.
pub fn fold(lines: &mut [Line], context: &Context) {
    let flow = Flow::of(lines, context);
    let mut live = flow.live_after(lines);
    for block in &flow.blocks {
        for line in block.lines.clone() {
            let edit = decision(lines, line, block.lines.end, &live)
                .or_else(|| near(lines, line, block.lines.end, &live))
                .or_else(|| far(lines, line, block.lines.end, &live));
            if let Some(edit) = edit {
                for (line, new) in edit {
                    lines[line] = new;
                }
                block.find_live_after(lines, &mut live);
            }
        }
    }
}

type Edit<'a> = Vec<(usize, Line<'a>)>;

const GONE: Line = Line::Other("");

/// The next instruction of the block behind `at`.
fn next(lines: &[Line], at: usize, end: usize) -> Option<usize> {
    (at + 1..end).find(|&line| lines[line].code().is_some())
}

/// A result that is only looked at for being none.
fn decision<'a>(lines: &[Line<'a>], at: usize, end: usize, live: &[Registers]) -> Option<Edit<'a>> {
    let code = lines[at].code()?;
    let (if_none, if_some) = match (code.mnemonic, code.number(3)) {
        ("xor", _) => ("beq", "bne"),
        ("and", _) => ("bnone", "bany"),
        ("extui", Some(1)) => ("bbci", "bbsi"),
        _ => return None,
    };
    let result = code.register(0)?;
    let branch_line = next(lines, at, end)?;
    let branch = lines[branch_line].code()?;
    let mnemonic = match branch.mnemonic {
        "beqz" => if_none,
        "bnez" => if_some,
        _ => return None,
    };
    if branch.register(0) != Some(result) || live[branch_line] & 1 << result != 0 {
        return None;
    }
    let operands = [
        code.operands[1].clone(),
        code.operands[2].clone(),
        branch.operands[1].clone(),
    ];
    Some(vec![
        (at, GONE),
        (branch_line, Line::Code(Code::new(mnemonic, operands))),
    ])
}

/// Makes sums with a constant that is too large for `addi` short, once nothing is to be folded any more.
pub fn shorten(lines: &mut [Line]) {
    for at in 0..lines.len() {
        if let Some((line, first, second)) = short_sum(lines, at) {
            lines[at] = Line::Code(first);
            lines[line] = Line::Code(second);
        }
    }
}

/// The second line of a sum in two steps that begins here, and what does it in fewer bytes.
fn short_sum<'a>(lines: &[Line<'a>], at: usize) -> Option<(usize, Code<'a>, Code<'a>)> {
    let first = lines[at].code().filter(|code| code.mnemonic == "addmi")?;
    let line = (at + 1..lines.len()).find(|&line| !matches!(lines[line], Line::Other(_)))?;
    let second = lines[line].code().filter(|code| code.mnemonic == "addi")?;
    let (to, from) = (first.register(0)?, first.register(1)?);
    let is_chain = second.register(0) == Some(to) && second.register(1) == Some(to);
    let constant = first.number(2)? + second.number(2)?;
    let made = [
        Code::new("movi", [Operand::Register(to), Operand::Number(constant)]),
        Code::new("add", [to, to, from].map(Operand::Register)),
    ];
    let bytes = |codes: &[&Code]| codes.iter().map(|code| code.len()).sum::<usize>();
    let [constant_code, sum] = made;
    let is_short = bytes(&[&constant_code, &sum]) < bytes(&[first, second]);
    let is_possible = (-2048..=2047).contains(&constant) && to != from && to != STACK;
    (is_chain && is_short && is_possible).then_some((line, constant_code, sum))
}

/// The accesses by `base` from `at` on, up to where it is not looked at any more, if there is nothing else that
/// looks at it and `kept`, if any, stays the same until then.
fn accesses(
    lines: &[Line],
    at: usize,
    end: usize,
    base: u8,
    kept: Option<u8>,
    live: &[Registers],
) -> Option<Vec<(usize, i32)>> {
    let mut accesses = Vec::new();
    for line in at + 1..end {
        let Some(code) = lines[line].code() else {
            continue;
        };
        let effects = code.effects()?;
        if effects.reads & 1 << base != 0 {
            let is_access = matches!(
                code.mnemonic,
                "l32i" | "s32i" | "l16ui" | "l16si" | "s16i" | "l8ui" | "s8i"
            );
            let is_stored = code.mnemonic.starts_with('s') && code.register(0) == Some(base);
            if !is_access || code.is_spill || is_stored || code.register(1) != Some(base) {
                return None;
            }
            accesses.push((line, code.number(2)?));
        }
        if live[line] & 1 << base == 0 || effects.writes & 1 << base != 0 {
            return Some(accesses);
        }
        if kept.is_some_and(|kept| effects.writes & 1 << kept != 0) {
            return None;
        }
    }
    None
}

/// The largest offset of an access, and what it is a multiple of.
fn reach(mnemonic: &str) -> (i32, i32) {
    match mnemonic {
        "l32i" | "s32i" => (1020, 4),
        "l16ui" | "l16si" | "s16i" => (510, 2),
        _ => (255, 1),
    }
}

/// Accesses by `addi`.
fn near<'a>(lines: &[Line<'a>], at: usize, end: usize, live: &[Registers]) -> Option<Edit<'a>> {
    let code = lines[at].code().filter(|code| code.mnemonic == "addi")?;
    let (base, kept, distance) = (code.register(0)?, code.register(1)?, code.number(2)?);
    if base == STACK || kept == STACK || base == kept {
        return None;
    }
    let accesses = accesses(lines, at, end, base, Some(kept), live)?;
    let mut edit = vec![(at, GONE)];
    for (line, offset) in accesses {
        edit.push((line, moved(&lines[line], kept, offset + distance)?));
    }
    Some(edit)
}

/// Accesses by a sum with a constant that `addi` does not take.
fn far<'a>(lines: &[Line<'a>], at: usize, end: usize, live: &[Registers]) -> Option<Edit<'a>> {
    let code = lines[at].code().filter(|code| code.mnemonic == "movi")?;
    let (constant, distance) = (code.register(0)?, code.number(1)?);
    let sum_line = next(lines, at, end)?;
    let sum = lines[sum_line].code().filter(|sum| sum.mnemonic == "add")?;
    let kept = match (sum.register(1)?, sum.register(2)?) {
        (one, other) if other == constant && one != constant => one,
        (one, other) if one == constant && other != constant => other,
        _ => return None,
    };
    let base = sum.register(0)?;
    let is_needed = base != constant && live[sum_line] & 1 << constant != 0;
    if is_needed || base == STACK {
        return None;
    }
    let accesses = accesses(lines, sum_line, end, base, None, live)?;
    let high = distance.div_euclid(256) * 256;
    if !(-32_768..=32_512).contains(&high) {
        return None;
    }
    let mut edit = vec![(at, GONE)];
    for (line, offset) in accesses {
        edit.push((line, moved(&lines[line], base, offset + distance - high)?));
    }
    let operands = [
        Operand::Register(base),
        Operand::Register(kept),
        Operand::Number(high),
    ];
    edit.push((sum_line, Line::Code(Code::new("addmi", operands))));
    Some(edit)
}

/// The access with another base and offset, if there is such an instruction.
fn moved<'a>(line: &Line<'a>, base: u8, offset: i32) -> Option<Line<'a>> {
    let mut code = line.code()?.clone();
    let (most, unit) = reach(code.mnemonic);
    if !(0..=most).contains(&offset) || offset % unit != 0 {
        return None;
    }
    code.operands[1] = Operand::Register(base);
    code.operands[2] = Operand::Number(offset);
    Some(Line::Code(code))
}
