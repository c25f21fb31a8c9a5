//! Fragments of the changelog: `changelog.d/README.md` has the rules, this looks whether they are kept.

use std::fs;
use std::path::Path;

use d1ota::problem::Problem;

use crate::{workspace, Result};

/// What a fragment can be about.
const KINDS: [&str; 5] = ["added", "changed", "fixed", "removed", "security"];
const LINE_LEN_MAX: usize = 120;

/// Checks every fragment.
pub fn check() -> Result {
    let directory = workspace::root().join("changelog.d");
    let entries =
        fs::read_dir(&directory).map_err(|error| Problem::file("read", &directory, &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| Problem::file("read", &directory, &error))?
            .path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "README.md" {
            continue;
        }
        check_one(&path, &name)?;
    }
    Ok(())
}

fn check_one(path: &Path, name: &str) -> Result {
    let text = fs::read_to_string(path).map_err(|error| Problem::file("read", path, &error))?;
    match fault(name, &text) {
        None => Ok(()),
        Some(fault) => Err(Problem::new(format!("changelog.d/{name}: {fault}"))
            .with_help("changelog.d/README.md has the rules")),
    }
}

/// What is wrong with a fragment.
fn fault(name: &str, text: &str) -> Option<String> {
    let kind = name
        .strip_suffix(".md")
        .and_then(|stem| stem.split_once('.'));
    match kind {
        Some((_, kind)) if KINDS.contains(&kind) => {}
        _ => {
            return Some(format!(
                "the name is not NAME.KIND.md with one of {}",
                KINDS.join(", ")
            ))
        }
    }
    if text.trim().is_empty() {
        return Some("it is empty".into());
    }
    if text.starts_with(['#', '-', '*']) {
        return Some("it begins with a heading or a list; write a sentence".into());
    }
    let long = text
        .lines()
        .position(|line| line.chars().count() > LINE_LEN_MAX);
    long.map(|at| format!("line {} is longer than {LINE_LEN_MAX} characters", at + 1))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn fragments_are_sentences_under_names_that_tell_the_kind() {
        assert_eq!(fault("bars.added.md", "Bars count bytes in flash.\n"), None);
        for (name, text, words) in [
            ("bars.md", "Text.", "NAME.KIND.md"),
            ("bars.new.md", "Text.", "added, changed"),
            ("bars.added.txt", "Text.", "NAME.KIND.md"),
            ("bars.fixed.md", " \n", "empty"),
            ("bars.fixed.md", "# Bars\n", "heading"),
            ("bars.fixed.md", &"x".repeat(121), "line 1"),
        ] {
            let fault = fault(name, text).unwrap();
            assert!(fault.contains(words), "{name}: {fault}");
        }
    }
}
