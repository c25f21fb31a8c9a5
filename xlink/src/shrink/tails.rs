//! Ends that several blocks share: all but one become a jump to that one.
//!
//! Most are ends of functions, where registers come back from the frame. Ends in a panic stay: who called is
//! all that a crash report says of the place.

use std::collections::HashMap;

use super::code::{Code, Operand};
use super::flow::Line;
use super::{Context, Function};

/// Bytes that a jump can certainly span, by the estimate of [`Code::len`]: half of what it can.
const NEAR: usize = 64 * 1024;
/// The longest end that is looked for, in instructions.
const LONGEST: usize = 40;
/// Bytes of a jump, and what has to be won at least.
const JUMP: usize = 3;
const LEAST: usize = 2;

/// Instructions up to one behind which control does not go on, with no label between.
struct End {
    function: usize,
    /// Where they are.
    lines: Vec<usize>,
    /// What they are, literals by what they hold.
    keys: Vec<String>,
    /// Bytes before the function, by estimate.
    position: usize,
    /// Labels to put before the line at a distance from the end.
    labels: HashMap<usize, String>,
    /// How many of the last instructions have gone, and to which label they jump instead.
    cut: Option<(usize, String)>,
}

/// Shares ends between the functions that lie together in flash.
pub fn merge(functions: &mut [Function], context: &Context) {
    let mut ends = ends(functions, context);
    let mut count = 0;
    for len in (1..=LONGEST).rev() {
        let mut groups: HashMap<(&str, &[String]), Vec<usize>> = HashMap::new();
        for (index, end) in ends.iter().enumerate() {
            if end.cut.is_none() && end.keys.len() >= len {
                let section = functions[end.function].section;
                groups
                    .entry((section, &end.keys[end.keys.len() - len..]))
                    .or_default()
                    .push(index);
            }
        }
        let mut groups: Vec<Vec<usize>> = groups
            .into_values()
            .filter(|group| group.len() > 1)
            .collect();
        groups.sort();
        for group in groups {
            let bytes: usize = {
                let end = &ends[group[0]];
                let lines = &functions[end.function].lines;
                end.lines
                    .iter()
                    .rev()
                    .take(len)
                    .filter_map(|&line| lines[line].code())
                    .map(Code::len)
                    .sum()
            };
            if bytes < JUMP + LEAST {
                continue;
            }
            let mut home: Option<usize> = None;
            for member in group {
                let near = home.filter(|&home| ends[member].position - ends[home].position < NEAR);
                let Some(home) = near else {
                    home = Some(member);
                    continue;
                };
                // What others jump to stays.
                if !ends[member].labels.is_empty() {
                    continue;
                }
                let label = ends[home].labels.entry(len).or_insert_with(|| {
                    count += 1;
                    format!(".Lend_{count}")
                });
                ends[member].cut = Some((len, label.clone()));
            }
        }
    }
    apply(ends, functions);
}

/// Rewrites the lines.
fn apply(ends: Vec<End>, functions: &mut [Function]) {
    let mut labels: HashMap<usize, Vec<(usize, String)>> = HashMap::new();
    for end in ends {
        let place = |len: usize| end.lines[end.lines.len() - len];
        let lines = &mut functions[end.function].lines;
        if let Some((len, label)) = &end.cut {
            for &line in &end.lines[end.lines.len() - len..] {
                lines[line] = Line::Other("");
            }
            lines[place(*len)] = Line::Code(Code::new("j", [Operand::Name(label.clone().into())]));
        }
        let new = end
            .labels
            .iter()
            .map(|(&len, label)| (place(len), label.clone()));
        labels.entry(end.function).or_default().extend(new);
    }
    for (function, mut labels) in labels {
        labels.sort();
        for (line, label) in labels.into_iter().rev() {
            functions[function]
                .lines
                .insert(line, Line::Label(label.into()));
        }
    }
}

/// Every end of the functions in flash, in their order.
fn ends(functions: &[Function], context: &Context) -> Vec<End> {
    let mut ends = Vec::new();
    let mut position = 0;
    for (index, function) in functions.iter().enumerate() {
        let bytes: usize = function
            .lines
            .iter()
            .filter_map(Line::code)
            .map(Code::len)
            .sum();
        position += bytes;
        let mut lines = Vec::new();
        let mut keys = Vec::new();
        for (number, line) in function.lines.iter().enumerate() {
            match line {
                Line::Label(_) => {
                    lines.clear();
                    keys.clear();
                }
                Line::Code(code) => {
                    lines.push(number);
                    keys.push(key(code, context));
                    if matches!(code.mnemonic, "j" | "ret" | "jx") {
                        ends.push(End {
                            function: index,
                            lines: std::mem::take(&mut lines),
                            keys: std::mem::take(&mut keys),
                            position,
                            labels: HashMap::new(),
                            cut: None,
                        });
                    } else if super::flow::never_returns(code, context) {
                        lines.clear();
                        keys.clear();
                    }
                }
                Line::Other(_) => {}
            }
        }
    }
    ends
}

fn key(code: &Code, context: &Context) -> String {
    let literal = code
        .name()
        .filter(|_| code.mnemonic == "l32r")
        .and_then(|name| context.literals.get(name));
    match literal {
        Some(value) => format!("l32r {}, {value}", code.operands[0]),
        None => code.to_string(),
    }
}
