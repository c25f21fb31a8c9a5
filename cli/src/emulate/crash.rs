//! A crash of the guest, with the names its programs give to addresses.

use d1_emulator::board::crash::Crash;
use d1_emulator::cpu::history::Transfer;

use crate::symbols::Symbols;

/// The lines of a report: what, where, the registers, and the way there.
pub(super) fn report(crash: &Crash, symbols: &Symbols) -> Vec<String> {
    let headline = crash.headline();
    let mut lines = symbols.explain(&headline);
    lines.insert(0, headline);
    let indent = |line: String| format!("  {line}");
    lines.extend(crash.register_lines().into_iter().map(indent));
    for (title, calls) in [
        (
            "calls not returned from, innermost first:",
            crash.open_calls(),
        ),
        ("last calls, newest first:", crash.last_calls()),
    ] {
        if !calls.is_empty() {
            lines.push(title.into());
        }
        for call in calls {
            lines.push(format!("  {call}{}", names(call, symbols)));
        }
    }
    lines
}

/// Who was called, and from where.
fn names(call: Transfer, symbols: &Symbols) -> String {
    let callee = symbols.function(call.to);
    let callee = callee.map_or(String::new(), |name| format!("  {name}"));
    match symbols.place(call.from) {
        Some(place) => format!("{callee}, called in {place}"),
        None => callee,
    }
}
