//! Functions that share a section, so that they may jump into each other.
//!
//! Each has a section of its own at first, for the linker to drop. What `main` leads to is certainly linked.

use std::collections::{HashMap, HashSet};

use super::Function;

/// The section they share.
pub const SECTION: &str = ".text.program,\"ax\",@progbits";

/// Puts the functions of `.text` that `main` leads to in one section, but for those that code in instruction RAM
/// calls: the linker's script may want to place them.
pub fn join(source: &[&str], functions: &mut [Function]) {
    let mut reached = reached(source);
    for function in functions
        .iter()
        .filter(|function| function.section.starts_with(".rwtext"))
    {
        for called in function.lines.iter().filter_map(|line| line.code()?.name()) {
            reached.remove(called);
        }
    }
    for function in functions {
        let is_reached = function.name().is_some_and(|name| reached.contains(name));
        if is_reached && function.section.starts_with(".text.") {
            function.section = SECTION;
        }
    }
}

/// Every name that `main` leads to, by code, literals or data.
fn reached<'a>(source: &[&'a str]) -> HashSet<&'a str> {
    let mentions = mentions(source);
    let mut reached = HashSet::new();
    let mut open = vec!["main"];
    while let Some(name) = open.pop() {
        if let Some(mentioned) = mentions.get(name) {
            if reached.insert(name) {
                open.extend(mentioned);
            }
        }
    }
    reached
}

/// What each function, literal and piece of data mentions.
fn mentions<'a>(source: &[&'a str]) -> HashMap<&'a str, Vec<&'a str>> {
    let mut mentions: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut owner = "";
    let mut is_debug = false;
    for line in source {
        let code = line.split('#').next().unwrap_or_default();
        let trimmed = code.trim();
        if let Some(section) = trimmed.strip_prefix(".section") {
            is_debug = section.trim_start().starts_with(".debug");
        }
        if is_debug || trimmed.is_empty() {
            continue;
        }
        let names = |text: &'a str| {
            text.split(|character: char| !character.is_alphanumeric() && !"._$".contains(character))
                .filter(|word| {
                    word.starts_with(|first: char| first.is_alphabetic() || "_.".contains(first))
                })
        };
        if let Some((literal, value)) = crate::calls::literal(code) {
            mentions.entry(literal).or_default().extend(names(value));
        } else if code.starts_with(char::is_whitespace) {
            let is_data = trimmed.starts_with(".long");
            if is_data || !trimmed.starts_with('.') {
                mentions
                    .entry(owner)
                    .or_default()
                    .extend(names(trimmed).skip(1));
            }
        } else if let Some(label) = code.split(':').next() {
            let is_within = [".LBB", ".Ltmp", ".Lfunc"]
                .iter()
                .any(|prefix| label.starts_with(prefix));
            if !is_within {
                owner = label;
                mentions.entry(owner).or_default();
            }
        }
    }
    mentions
}
