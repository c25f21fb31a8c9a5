//! The pass over LLVM's assembly: three edits that make it what GNU's assembler wants.
//!
//! | Edit | Why |
//! |---|---|
//! | a run of `.literal_position` and `.literal` moves to directly before its function's label | LLVM prints it before the function's `.section`, so it lands in the section of the function before, out of reach of `l32r` |
//! | `.cfi_*` goes | the assembler has no call frame information for Xtensa |
//! | `.file N "dir" "name"` becomes `.file N "dir/name"` | binutils before 2.41 know only the short form |
//!
//! A pure function of the text. It knows the exact shape of what stands between a run and its label, and
//! refuses anything else, since a literal in the wrong place is a wrong program.

/// A line that is not as expected.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Directives that may stand between a run of literals and the label of its function.
const FUNCTION_HEADER: [&str; 11] = [
    ".section",
    ".text",
    ".p2align",
    ".type",
    ".global",
    ".globl",
    ".weak",
    ".hidden",
    ".protected",
    ".internal",
    ".file",
];

/// Literals on their way to the function they belong to.
struct Run<'a> {
    /// Where the run began, from 1.
    line: usize,
    lines: Vec<&'a str>,
}

/// Mends `text`, the assembly of a whole crate or program.
///
/// # Errors
/// When a run of literals is followed by anything but its function.
pub fn mend(text: &str) -> Result<String, Broken> {
    let mut mended = String::with_capacity(text.len() + text.len() / 16);
    let mut run: Option<Run> = None;
    let mut in_code = true;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let broken = |reason: String| Broken {
            line: line_number,
            reason,
        };
        let directive = directive(line);
        match directive {
            Some(".literal_position" | ".literal") => {
                run.get_or_insert(Run {
                    line: line_number,
                    lines: Vec::new(),
                })
                .lines
                .push(line);
                continue;
            }
            Some(name) if name.starts_with(".cfi_") => continue,
            Some(".section") => in_code = is_code(line),
            Some(".text") => in_code = true,
            Some(".data" | ".bss") => in_code = false,
            _ => {}
        }
        if let Some(waiting) = &run {
            if is_function_label(line) {
                if !in_code {
                    return Err(broken(format!(
                        "the literals of line {} belong to `{line}`, which is not in a code section",
                        waiting.line
                    )));
                }
                for literal in &waiting.lines {
                    push(&mut mended, literal);
                }
                push(&mut mended, "\t.p2align\t2");
                run = None;
            } else if !is_blank(line)
                && !directive.is_some_and(|name| FUNCTION_HEADER.contains(&name))
            {
                return Err(broken(format!(
                    "`{}` stands between the literals of line {} and their function",
                    line.trim(),
                    waiting.line
                )));
            }
        }
        match (directive == Some(".file"))
            .then(|| short_file(line))
            .flatten()
        {
            Some(short) => push(&mut mended, &short),
            None => push(&mut mended, line),
        }
    }
    match run {
        Some(run) => Err(Broken {
            line: run.line,
            reason: "no function follows these literals".into(),
        }),
        None => Ok(mended),
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// The directive a line consists of.
fn directive(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let name = line.split(char::is_whitespace).next()?;
    (name.starts_with('.') && !name.ends_with(':')).then_some(name)
}

/// Whether the line says nothing.
fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Whether the line is the label of a function or variable, not one within it.
fn is_function_label(line: &str) -> bool {
    let label = line.split('#').next().unwrap_or_default().trim_end();
    label.ends_with(':') && !label.starts_with(".L") && !label.starts_with(char::is_whitespace)
}

/// Whether a `.section` line begins code: its flags have an `x`.
fn is_code(line: &str) -> bool {
    let flags = line
        .split(",\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    match flags {
        Some(flags) => flags.contains('x'),
        None => line.contains(".text"),
    }
}

/// `.file N "dir/name"` for `.file N "dir" "name"`.
fn short_file(line: &str) -> Option<String> {
    let mut quoted = line.split('"');
    let head = quoted.next()?;
    let directory = quoted.next()?;
    let between = quoted.next()?;
    let name = quoted.next()?;
    let number = head.trim().strip_prefix(".file")?.trim();
    if number.is_empty() || !between.trim().is_empty() {
        return None;
    }
    Some(if name.starts_with('/') {
        format!("\t.file\t{number} \"{name}\"")
    } else {
        format!("\t.file\t{number} \"{directory}/{name}\"")
    })
}

#[cfg(test)]
mod tests;
