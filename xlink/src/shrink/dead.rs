//! Results that nobody looks at, and saves of what is never brought back.

use std::collections::HashSet;

use super::code::{Code, Kind};
use super::flow::{Flow, Line};
use super::{slots, Context};

/// Drops them, until there are none left.
pub fn remove(lines: &mut Vec<Line>, context: &Context) {
    while remove_results(lines, context) || remove_saves(lines) {}
}

fn remove_results(lines: &mut Vec<Line>, context: &Context) -> bool {
    let live = Flow::of(lines, context).live_after(lines);
    let before = lines.len();
    let mut index = 0;
    lines.retain(|line| {
        let live = live[index];
        index += 1;
        match line.code().and_then(Code::effects) {
            Some(effects) => effects.kind != Kind::Pure || effects.writes & live != 0,
            None => true,
        }
    });
    lines.len() != before
}

/// Saves to places of the frame that nothing reads.
fn remove_saves(lines: &mut Vec<Line>) -> bool {
    let Some(places) = slots::places(lines) else {
        return false;
    };
    let read: HashSet<i32> = places
        .iter()
        .filter(|access| !access.is_save)
        .map(|access| access.offset)
        .collect();
    let unread: HashSet<usize> = places
        .iter()
        .filter(|access| access.is_save && !read.contains(&access.offset))
        .map(|access| access.line)
        .collect();
    let mut index = 0;
    lines.retain(|_| {
        index += 1;
        !unread.contains(&(index - 1))
    });
    !unread.is_empty()
}
