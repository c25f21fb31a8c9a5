//! Copies of registers, made needless by naming the other register instead.

use super::code::{Code, Kind, Operand, Registers, STACK};
use super::flow::{Flow, Line};
use super::Context;

/// Drops the copies that can go, within each block.
pub fn remove(lines: &mut [Line], context: &Context) {
    let flow = Flow::of(lines, context);
    let mut live = flow.live_after(lines);
    for block in &flow.blocks {
        for line in block.lines.clone() {
            let Some((to, from)) = lines[line].code().and_then(copy) else {
                continue;
            };
            let edit = forward(lines, line, block.lines.end, to, from, &live)
                .or_else(|| backward(lines, line, block.lines.start, to, from, &live));
            if let Some(edit) = edit {
                for (line, code) in edit {
                    lines[line] = Line::Code(code);
                }
                lines[line] = Line::Other("");
                // What other blocks look at stays as it was.
                block.find_live_after(lines, &mut live);
            }
        }
    }
}

/// Target and source, if an instruction is a copy.
fn copy(code: &Code) -> Option<(u8, u8)> {
    let (to, from) = (code.register(0)?, code.copied()?);
    (to != STACK && from != STACK && to != from).then_some((to, from))
}

type Edit<'a> = Vec<(usize, Code<'a>)>;

/// Whoever reads `to` behind the copy reads `from` instead.
fn forward<'a>(
    lines: &[Line<'a>],
    at: usize,
    end: usize,
    to: u8,
    from: u8,
    live: &[Registers],
) -> Option<Edit<'a>> {
    let mut edit = Vec::new();
    if live[at] & 1 << to == 0 {
        return Some(edit);
    }
    for index in at + 1..end {
        let Some(code) = lines[index].code() else {
            continue;
        };
        let effects = code.effects()?;
        if effects.reads & 1 << to != 0 {
            edit.push((index, renamed_reads(code, to, from)?));
        }
        if live[index] & 1 << to == 0 || effects.writes & 1 << to != 0 {
            return Some(edit);
        }
        if effects.writes & 1 << from != 0 {
            return None;
        }
    }
    None
}

/// Whoever computes `from` before the copy computes `to` instead.
fn backward<'a>(
    lines: &[Line<'a>],
    at: usize,
    start: usize,
    to: u8,
    from: u8,
    live: &[Registers],
) -> Option<Edit<'a>> {
    if live[at] & 1 << from != 0 {
        return None;
    }
    let mut edit = Vec::new();
    for index in (start..at).rev() {
        let Some(code) = lines[index].code() else {
            continue;
        };
        let effects = code.effects()?;
        if effects.writes & 1 << from != 0 {
            let is_plain = effects.kind != Kind::Call && code.register(0) == Some(from);
            if !is_plain || effects.writes & 1 << to != 0 {
                return None;
            }
            let mut code = code.clone();
            code.operands[0] = Operand::Register(to);
            edit.push((index, code));
            return Some(edit);
        }
        if (effects.writes | effects.reads) & 1 << to != 0 {
            return None;
        }
        if effects.reads & 1 << from != 0 {
            edit.push((index, renamed_reads(code, from, to)?));
        }
    }
    None
}

/// The instruction with `new` wherever it reads `old`; `None` when it reads `old` without naming it.
fn renamed_reads<'a>(code: &Code<'a>, old: u8, new: u8) -> Option<Code<'a>> {
    let effects = code.effects()?;
    if matches!(effects.kind, Kind::Call | Kind::Return) {
        let is_named = code.mnemonic == "callx0" && code.register(0) == Some(old);
        let is_argument = Code::new("call0", []).effects()?.reads & 1 << old != 0;
        if !is_named || is_argument {
            return None;
        }
    }
    let mut code = code.clone();
    let first = usize::from(effects.writes != 0 && effects.kind != Kind::Call);
    for operand in &mut code.operands[first..] {
        if *operand == Operand::Register(old) {
            *operand = Operand::Register(new);
        }
    }
    Some(code)
}
