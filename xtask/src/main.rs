//! `cargo xtask`: set-up, build, run and test of d1-ota.
//!
//! Each command does what it needs of the ones before it, so that a newcomer types one line.
#![forbid(unsafe_code)]

mod apt;
mod bench;
mod build;
mod changelog;
mod check;
mod flash;
mod network;
mod process;
mod run;
mod sdk;
mod setup;
mod sizes;
mod sweep;
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
    /// Builds, then runs an emulated D1 mini and the server that updates it
    Run(run::Options),
    /// Writes boot loader and slot 1 to a board, by esptool
    Flash(flash::Options),
    /// Fetches the SDK that `--wifi vendor` needs, at the right commit
    Sdk(sdk::Options),
    /// Builds, then tests every crate and the images in the emulator
    Test,
    /// Builds, then cuts the power at every flash operation and sees what boots
    Sweep(sweep::Options),
    /// Builds, and lists where the bytes of the linked programs are
    Sizes(sizes::Options),
    /// Builds, then measures updates, starts, sizes and speeds
    Bench(bench::Options),
    /// Checks format, lints, documentation and changelog
    Check,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup { tests } => setup::run(tests),
        Command::Build(options) => build::run(&options),
        Command::Run(options) => run::run(options),
        Command::Flash(options) => flash::run(&options),
        Command::Sdk(options) => sdk::run(options),
        Command::Test => test::run(),
        Command::Sweep(options) => sweep::run(&options),
        Command::Sizes(options) => sizes::run(&options),
        Command::Bench(options) => bench::run(&options),
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

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn contracted_options_are_understood() {
        for line in [
            "xtask run",
            "xtask test",
            "xtask build --flash-size 512K --build-number 7 --wifi mac --ssid home",
            "xtask build --flash-size 4M --wifi vendor",
            "xtask sizes --top 5 --json --flash-size 512K",
            "xtask sweep",
            "xtask bench -- --json",
            "xtask sweep -- --every 8 --seed 1",
        ] {
            assert!(Arguments::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        assert!(Arguments::try_parse_from(["xtask", "build", "--flash-size", "2M"]).is_err());
        assert!(Arguments::try_parse_from(["xtask", "build", "--ssid", ""]).is_err());
    }
}
