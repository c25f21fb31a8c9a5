//! Makes each function smaller: what LLVM's back end for Xtensa leaves undone.
//!
//! A pure function of text that [`crate::assembly::mend`] has mended. A function with an instruction that
//! [`code`] does not know, or with control flow beyond its own labels, stays as it is.
//!
//! | Pass | What goes |
//! |---|---|
//! | [`values`] | constants kept in the frame, results that are there already, upper words that are zero |
//! | [`copies`] | copies of registers, by naming the other one |
//! | [`dead`] | results that nobody looks at |
//! | [`sums`] | sums that an instruction takes by itself |
//! | [`jumps`] | jumps over jumps, jumps to what could stand here |
//! | [`slots`] | long accesses of what is used most |
//! | [`far`] | addresses of functions in instruction RAM at each call |
//! | [`tails`] | the same end of several blocks, or of functions that [`program`] has put together |

mod code;
mod copies;
mod dead;
mod far;
mod flow;
mod jumps;
mod program;
mod slots;
mod sums;
mod tails;
mod values;

use std::collections::{HashMap, HashSet};

use code::Code;
use flow::Line;

/// What one pass leaves is more for the others, but not for ever.
const ROUNDS: usize = 3;

/// What passes know about the text around a function.
#[derive(Default)]
pub struct Context<'a> {
    /// Labels within functions that tables name.
    pub named_elsewhere: HashSet<&'a str>,
    /// Functions that do not come back.
    pub never_return: HashSet<&'a str>,
    /// What each literal holds.
    pub literals: HashMap<&'a str, &'a str>,
}

/// A function, and the lines of text it comes from.
pub struct Function<'a> {
    /// The section it lies in.
    pub section: &'a str,
    /// The line that says so.
    pub section_line: usize,
    /// Where its lines were.
    pub range: std::ops::Range<usize>,
    /// What it consists of.
    pub lines: Vec<Line<'a>>,
}

impl Function<'_> {
    /// What its first label says.
    pub fn name(&self) -> Option<&str> {
        match self.lines.first()? {
            Line::Label(name) => Some(name),
            _ => None,
        }
    }
}

/// Shrinks every function of a text.
pub fn shrink(text: &str) -> String {
    let source: Vec<&str> = text.lines().collect();
    let mut functions = functions(&source);
    let context = Context::of(&source, &functions);
    functions.retain(|function| is_known(&function.lines));
    for function in &mut functions {
        for _ in 0..ROUNDS {
            values::reuse(&mut function.lines, &context);
            copies::remove(&mut function.lines, &context);
            sums::fold(&mut function.lines, &context);
            dead::remove(&mut function.lines, &context);
        }
        jumps::straighten(&mut function.lines, &context);
        slots::sort(&mut function.lines);
        sums::shorten(&mut function.lines);
    }
    program::join(&source, &mut functions);
    let appended = far::shorten(&mut functions);
    tails::merge(&mut functions, &context);
    print(&source, &functions) + &appended
}

impl<'a> Context<'a> {
    fn of(source: &[&'a str], functions: &[Function<'a>]) -> Self {
        let mut context = Context::default();
        for line in source {
            let line = line.trim_start();
            if let Some(value) = line.strip_prefix(".long") {
                let name = value.trim().split('#').next().unwrap_or_default().trim();
                if name.starts_with(".LBB") {
                    context.named_elsewhere.insert(name);
                }
            } else if let Some((name, value)) = crate::calls::literal(line) {
                context.literals.insert(name, value);
            }
        }
        for function in functions {
            let returns = |line: &Line| match line.code() {
                Some(code) => {
                    let leaves = code.mnemonic == "j"
                        && !code.name().is_some_and(|name| name.starts_with(".L"));
                    code.effects().is_none() || leaves || matches!(code.mnemonic, "ret" | "jx")
                }
                None => false,
            };
            if !function.lines.iter().any(returns) {
                if let Some(Line::Label(std::borrow::Cow::Borrowed(name))) = function.lines.first()
                {
                    context.never_return.insert(name);
                }
            }
        }
        context
    }
}

/// The functions of a text: from a label in a code section to `.Lfunc_end`.
fn functions<'a>(source: &[&'a str]) -> Vec<Function<'a>> {
    let mut functions = Vec::new();
    let mut section = "";
    let mut section_line = 0;
    let mut start = None;
    for (index, line) in source.iter().enumerate() {
        let trimmed = line.trim_start();
        if let Some(name) = trimmed.strip_prefix(".section") {
            section = name.trim();
            section_line = index;
            start = None;
        } else if line.starts_with(".Lfunc_end") {
            if let Some(start) = start.take() {
                let lines = source[start..index]
                    .iter()
                    .map(|line| parse(line))
                    .collect();
                functions.push(Function {
                    section,
                    section_line,
                    range: start..index,
                    lines,
                });
            }
        } else if start.is_none() && is_symbol(line) && section.contains(",\"ax\"") {
            start = Some(index);
        }
    }
    functions
}

fn is_symbol(line: &str) -> bool {
    !line.starts_with(char::is_whitespace) && !line.starts_with(['.', '#']) && line.contains(':')
}

fn parse(line: &str) -> Line<'_> {
    if let Some(code) = Code::parse(line) {
        return Line::Code(code);
    }
    let is_label =
        !line.starts_with(char::is_whitespace) && line.contains(':') && !line.starts_with('#');
    match is_label && !crate::instruction::is_debug_label(line) {
        true => Line::Label(line.split(':').next().unwrap_or(line).into()),
        false => Line::Other(line),
    }
}

/// Whether every line is one the passes know, and every jump stays within.
fn is_known(lines: &[Line]) -> bool {
    let labels: HashSet<&str> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Label(label) => Some(label.as_ref()),
            _ => None,
        })
        .collect();
    lines.iter().all(|line| match line {
        Line::Code(code) => code.effects().is_some(),
        Line::Label(_) => true,
        Line::Other(line) => {
            let line = line.trim_start();
            line.is_empty()
                || line.starts_with('#')
                || line.starts_with(".L")
                || line.starts_with(".loc")
                || line.starts_with(".file")
        }
    }) && flow::named_labels(lines).is_subset(&labels)
}

fn print(source: &[&str], functions: &[Function]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    // Where a section ends is where its only function does, also when that has moved to another.
    let ends: HashMap<&str, &str> = functions
        .iter()
        .map(|function| (source[function.section_line], source[function.range.end]))
        .collect();
    let push_others =
        |text: &mut String, range: std::ops::Range<usize>, function: Option<&Function>| {
            let mut index = range.start;
            while index < range.end {
                let line = source[index];
                let section_end = source
                    .get(index + 1)
                    .filter(|next| next.starts_with(".Lsec_end"));
                let function_end = ends.get(line).and_then(|end| end.strip_suffix(':'));
                index += 1;
                let _ = match (
                    section_end.and_then(|end| end.strip_suffix(':')),
                    function_end,
                ) {
                    (Some(section_end), Some(function_end)) => {
                        index += 1;
                        writeln!(text, "\t.set\t{section_end}, {function_end}")
                    }
                    _ => match function.filter(|function| function.section_line + 1 == index) {
                        Some(function) => writeln!(text, "\t.section\t{}", function.section),
                        None => writeln!(text, "{line}"),
                    },
                };
            }
        };
    let mut at = 0;
    for function in functions {
        push_others(&mut text, at..function.range.start, Some(function));
        // Blocks have moved: files are named before any line is theirs.
        let is_file = |line: &&Line| matches!(line, Line::Other(line) if line.trim_start().starts_with(".file"));
        let files = function.lines.iter().filter(is_file);
        for line in files.chain(function.lines.iter().filter(|line| !is_file(line))) {
            let _ = match line {
                Line::Code(code) => writeln!(text, "{code}"),
                Line::Label(label) => writeln!(text, "{label}:"),
                Line::Other("") => Ok(()),
                Line::Other(line) => writeln!(text, "{line}"),
            };
        }
        at = function.range.end;
    }
    push_others(&mut text, at..source.len(), None);
    text
}

#[cfg(test)]
mod tests;
