//! Documents lead to files that exist: their links, and the paths that they name.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every document at the root, and in the rooms that have some.
fn documents() -> Vec<PathBuf> {
    let rooms = ["", "docs", "image", "changelog.d"].map(|room| root().join(room));
    let files = rooms.iter().flat_map(|room| fs::read_dir(room).unwrap());
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect()
}

/// Where the links of a text lead, other sites left out.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1);
    links
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
        .filter(|link| !link.contains("://"))
}

#[test]
fn links_lead_to_files() {
    let documents = documents();
    let mut count = 0;
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        for link in links(&text) {
            let path = link.split('#').next().unwrap();
            // One without a path leads to a heading of its own document.
            let is_there = path.is_empty() || document.with_file_name(path).exists();
            assert!(is_there, "{}: {link}", document.display());
            count += 1;
        }
    }
    assert!(count > 50, "{count} links in {} documents", documents.len());
}

#[test]
fn sources_that_are_named_exist() {
    let mut count = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let is_in_a_room = |name: &str| {
            let room = name.split_once('/').map(|(room, _)| root().join(room));
            room.is_some_and(|room| room.is_dir())
        };
        let is_source = |name: &&str| name.ends_with(".rs") && is_in_a_room(name);
        for name in text.split('`').filter(is_source) {
            assert!(root().join(name).exists(), "{}: {name}", document.display());
            count += 1;
        }
    }
    assert!(count > 50, "{count} names");
}
