//! `cargo xtask sizes`: where a linked program's bytes are.
//!
//! What the budgets are, and that they are kept, is `harness/tests/linked_elf.rs`; this is for finding out who
//! spends them.

mod frame;
mod name;
mod program;
mod report;

use std::fs;
use std::path::PathBuf;

use clap::Args;
use d1ota::problem::Problem;

use crate::{build, Result};
use program::Program;

/// What is looked at, and how it is shown.
#[derive(Args)]
#[group(id = "sizes")]
pub struct Options {
    #[command(flatten)]
    build: build::Options,
    /// Show these ELF files instead of building
    #[arg(long = "elf", value_name = "FILE", num_args = 1..)]
    elves: Vec<PathBuf>,
    /// Lines of each list
    #[arg(long, value_name = "N", default_value_t = 16)]
    top: usize,
    /// Print JSON, with everything in it
    #[arg(long)]
    json: bool,
}

/// Builds, and prints where the bytes are.
pub fn run(options: &Options) -> Result {
    let files = if options.elves.is_empty() {
        let directory = build::build(&options.build)?;
        vec![directory.join("boot.elf"), directory.join("user1.elf")]
    } else {
        options.elves.clone()
    };
    let mut programs = Vec::new();
    for path in &files {
        let bytes = fs::read(path).map_err(|error| Problem::file("read", path, &error))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let image = fs::metadata(path.with_extension("bin")).ok();
        let image = image.map(|metadata| metadata.len());
        let program = Program::parse(&name, &bytes, image)
            .map_err(|error| Problem::new(format!("{}: {error}", path.display())))?;
        programs.push(program);
    }
    if options.json {
        println!("{}", report::json(&programs));
    } else {
        for program in &programs {
            print!("{}", report::text(program, options.top));
        }
    }
    Ok(())
}
