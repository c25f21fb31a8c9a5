//! `cargo xtask bench`: the figures of docs/performance.md on fresh images.

use std::ffi::OsString;
use std::time::Instant;

use clap::Args;

use crate::{build, process, workspace, Result};

#[derive(Args)]
pub struct Options {
    /// Options of the measurements; `-- --help` tells them
    #[arg(last = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

/// Builds what is measured, measures it, and says how long building took.
pub fn run(options: &Options) -> Result {
    // The other firmware of the comparison knows no key.
    let open = build::Options {
        open: true,
        ..build::Options::default()
    };
    let first = Instant::now();
    build::build(&open)?;
    let first = first.elapsed();
    let again = Instant::now();
    build::build(&open)?;
    let again = again.elapsed();
    eprintln!(
        "built in {:.0} s as the tree was, in {:.0} s with nothing changed",
        first.as_secs_f64(),
        again.as_secs_f64()
    );
    build::faulty()?;
    build::guests()?;
    let mut cargo = process::command(workspace::host_cargo());
    cargo
        .args(["run", "--quiet", "--release", "--package", "d1-harness"])
        .args(["--bin", "bench", "--"])
        .args(&options.options)
        .env("D1_IMAGES", workspace::images());
    let measured = process::watch(&mut cargo, "measuring");
    let is_for_all = |option: &OsString| option != "--quick" && option != "--json";
    if options.options.iter().all(is_for_all) {
        compare_with_qemu()?;
    }
    measured
}

/// The core in a small loop, and QEMU's translator in the same.
fn compare_with_qemu() -> Result {
    let mut cargo = process::command(workspace::host_cargo());
    cargo
        .args(["test", "--quiet", "--release", "--package", "d1-emulator"])
        .args(["--test", "cpu", "--", "--ignored", "--nocapture", "speed"]);
    process::watch(&mut cargo, "measuring the core")
}
