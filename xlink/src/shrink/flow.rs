//! The blocks of a function, where each leads, and which registers are looked at again.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::code::{Code, Kind, Registers};
use super::Context;

/// A line of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// An instruction.
    Code(Code<'a>),
    /// A place that instructions or tables name.
    Label(std::borrow::Cow<'a, str>),
    /// What makes no bytes: places and directives for debugging.
    Other(&'a str),
}

impl<'a> Line<'a> {
    /// The instruction, if it is one.
    pub fn code(&self) -> Option<&Code<'a>> {
        match self {
            Line::Code(code) => Some(code),
            _ => None,
        }
    }
}

/// Lines that run from the first to the last.
#[derive(Debug)]
pub struct Block {
    pub lines: Range<usize>,
    /// Blocks that may come next.
    pub next: Vec<usize>,
    /// Registers looked at after it.
    pub live_out: Registers,
    live_in: Registers,
}

/// The blocks of a function, in its order.
pub struct Flow {
    pub blocks: Vec<Block>,
}

impl Flow {
    /// Divides `lines`, whose instructions are all known.
    pub fn of(lines: &[Line], context: &Context) -> Flow {
        let mut blocks = Vec::new();
        let mut labels = HashMap::new();
        let mut start = 0;
        let close = |start: &mut usize, end: usize, blocks: &mut Vec<Block>| {
            if *start < end {
                blocks.push(Block {
                    lines: *start..end,
                    next: Vec::new(),
                    live_out: 0,
                    live_in: 0,
                });
                *start = end;
            }
        };
        for (index, line) in lines.iter().enumerate() {
            match line {
                Line::Label(label) => {
                    close(&mut start, index, &mut blocks);
                    labels.insert(label.as_ref(), blocks.len());
                }
                Line::Code(code) if ends_block(code, context) => {
                    close(&mut start, index + 1, &mut blocks)
                }
                _ => {}
            }
        }
        close(&mut start, lines.len(), &mut blocks);
        let named: Vec<usize> = labels
            .iter()
            .filter(|(label, _)| context.named_elsewhere.contains(**label))
            .map(|(_, block)| *block)
            .collect();
        for index in 0..blocks.len() {
            let last = lines[blocks[index].lines.clone()]
                .iter()
                .rev()
                .find_map(Line::code);
            let mut next = Vec::new();
            let mut goes_on = true;
            if let Some(code) = last {
                match code.effects().map(|effects| effects.kind) {
                    Some(Kind::Branch) => {
                        next.extend(code.name().and_then(|label| labels.get(label)))
                    }
                    Some(Kind::Jump) => {
                        next.extend(code.name().and_then(|label| labels.get(label)));
                        goes_on = false;
                    }
                    Some(Kind::Indirect) => {
                        next.extend(&named);
                        goes_on = false;
                    }
                    Some(Kind::Return) => goes_on = false,
                    _ => goes_on = !never_returns(code, context),
                }
            }
            if goes_on && index + 1 < blocks.len() {
                next.push(index + 1);
            }
            blocks[index].next = next;
        }
        let mut flow = Flow { blocks };
        flow.find_live(lines);
        flow
    }

    fn find_live(&mut self, lines: &[Line]) {
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            for index in (0..self.blocks.len()).rev() {
                let block = &self.blocks[index];
                let live_out = block
                    .next
                    .iter()
                    .fold(0, |live, &next| live | self.blocks[next].live_in);
                let live_in = lines[block.lines.clone()]
                    .iter()
                    .rev()
                    .fold(live_out, live_before);
                let block = &mut self.blocks[index];
                is_settled &= (block.live_out, block.live_in) == (live_out, live_in);
                (block.live_out, block.live_in) = (live_out, live_in);
            }
        }
    }

    /// For each line, the registers looked at after it.
    pub fn live_after(&self, lines: &[Line]) -> Vec<Registers> {
        let mut after = vec![0; lines.len()];
        for block in &self.blocks {
            block.find_live_after(lines, &mut after);
        }
        after
    }
}

impl Block {
    /// For each of its lines, the registers looked at after it.
    pub fn find_live_after(&self, lines: &[Line], after: &mut [Registers]) {
        let mut live = self.live_out;
        for index in self.lines.clone().rev() {
            after[index] = live;
            live = live_before(live, &lines[index]);
        }
    }
}

/// Registers looked at from this line on, given those looked at after it.
pub fn live_before(after: Registers, line: &Line) -> Registers {
    match line.code().and_then(Code::effects) {
        Some(effects) => after & !effects.writes | effects.reads,
        None => after,
    }
}

/// Whether control does not simply go on to the next line.
fn ends_block(code: &Code, context: &Context) -> bool {
    match code.effects().map(|effects| effects.kind) {
        Some(Kind::Branch | Kind::Jump | Kind::Indirect | Kind::Return) => true,
        Some(Kind::Call) => never_returns(code, context),
        _ => false,
    }
}

/// Whether this calls a function that does not come back.
pub fn never_returns(code: &Code, context: &Context) -> bool {
    code.mnemonic == "call0"
        && code
            .name()
            .is_some_and(|name| context.never_return.contains(name))
}

/// Whether control never goes on behind this.
pub fn is_end(code: &Code, context: &Context) -> bool {
    matches!(code.mnemonic, "j" | "jx" | "ret") || never_returns(code, context)
}

/// Labels that some instruction of these names.
pub fn named_labels<'l>(lines: &'l [Line]) -> HashSet<&'l str> {
    let targets = |line: &'l Line| {
        let code = line.code()?;
        let kind = code.effects()?.kind;
        matches!(kind, Kind::Branch | Kind::Jump).then(|| code.name())?
    };
    lines.iter().filter_map(targets).collect()
}
