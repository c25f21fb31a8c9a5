//! `cargo xtask sweep`: the harness's sweep of power cuts on fresh images.

use std::ffi::OsString;

use clap::Args;

use crate::{process, test, workspace, Result};

#[derive(Args)]
pub struct Options {
    /// Options of the sweep; `-- --help` tells them
    #[arg(last = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

/// Builds the images of both maps and sweeps them.
pub fn run(options: &Options) -> Result {
    test::build_images()?;
    let mut cargo = process::command(workspace::host_cargo());
    // In release: hours become minutes.
    cargo
        .args(["run", "--quiet", "--release", "--package", "d1-harness"])
        .args(["--bin", "sweep", "--"])
        .args(&options.options)
        .env("D1_IMAGES", workspace::images());
    process::watch(&mut cargo, "sweeping")
}
