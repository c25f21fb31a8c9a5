//! `cargo xtask`: set-up, build, run and test of d1-ota.
//!
//! Each command does what it needs of the ones before it, so that a newcomer types one line.
#![forbid(unsafe_code)]

mod apt;
mod build;
mod check;
mod process;
mod setup;
mod test;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use d1ota::problem::Problem;

/// What every command returns.
type Result<T = ()> = std::result::Result<T, Problem>;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Set-up, build, run and test of d1-ota",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what the other commands need
    Setup {
        /// Also the tools that tests compare our results with
        #[arg(long)]
        tests: bool,
    },
    /// Builds boot loader, firmware and flash images to target/d1
    Build(build::Options),
    /// Builds, then tests every crate and the images in the emulator
    Test,
    /// Checks formatting and lints
    Check,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup { tests } => setup::run(tests),
        Command::Build(options) => build::run(&options),
        Command::Test => test::run(),
        Command::Check => check::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
