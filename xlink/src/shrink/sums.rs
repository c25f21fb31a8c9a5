//! Sums on their way into an instruction.
//!
//! | LLVM | here |
//! |---|---|
//! | `movi a8, 735; add a8, a2, a8; l8ui a8, a8, 0` | `addmi a8, a2, 512; l8ui a8, a8, 223` |
//! | `addi a8, a2, 12; l32i a8, a8, 4` | `l32i a8, a2, 16` |
//! | `xor a8, a2, a3; beqz a8, there` | `beq a2, a3, there` |

use super::code::{Code, Operand, Registers, STACK};
use super::flow::{Flow, Line};
use super::Context;

/// Folds what can be, within each block.
pub fn fold(lines: &mut [Line], context: &Context) {
    let flow = Flow::of(lines, context);
    let mut live = flow.live_after(lines);
    for block in &flow.blocks {
        for line in block.lines.clone() {
            let edit = equality(lines, line, block.lines.end, &live)
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

/// A difference that is only looked at for being none.
fn equality<'a>(lines: &[Line<'a>], at: usize, end: usize, live: &[Registers]) -> Option<Edit<'a>> {
    let code = lines[at].code().filter(|code| code.mnemonic == "xor")?;
    let result = code.register(0)?;
    let branch_line = next(lines, at, end)?;
    let branch = lines[branch_line].code()?;
    let mnemonic = match branch.mnemonic {
        "beqz" => "beq",
        "bnez" => "bne",
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
