//! The command line: arguments in, exit code out. Everything else is in the library's rooms.

mod board;
mod emulate;
mod image;
mod inspect;
mod key;
mod merge;
mod serve;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::problem::Problem;
pub use board::after_flashing;

const EXAMPLES: &str = "\
The story:
  d1ota serve user1.elf user2.elf      then join the device's Wi-Fi, open http://192.168.123.1, `begin update`
  d1ota emulate --flash flash.bin --listen 8080        the same without a board: open http://127.0.0.1:8080

Exit codes: 0 done, 1 a problem (standard error says which, and what to do), 2 wrong usage, 130 ended by a second Ctrl-C.
`d1ota COMMAND --help` has examples for each command.";

/// Serves, converts, signs, inspects, flashes and emulates firmware images for the ESP8266.
#[derive(Debug, Parser)]
#[command(name = "d1ota", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves images to devices that ask for an update
    Serve(serve::Arguments),
    /// Converts an ELF to the image a slot holds
    Image(image::Arguments),
    /// Explains an image, a boot loader or a flash file
    Inspect(inspect::Arguments),
    /// Makes and shows the keys that images are signed with
    Key(key::Arguments),
    /// Puts boot loader and images into one file for a flash chip
    Merge(merge::Arguments),
    /// Runs a D1 mini on a flash file
    Emulate(emulate::Arguments),
    /// Writes boot loader and images to a board
    Flash(board::Flash),
    /// Shows a board's console, and explains the addresses in it
    Monitor(board::Monitor),
    /// Reads a board's whole flash to a file
    Backup(board::Backup),
    /// Writes a backup of the whole flash back to its board
    Restore(board::Restore),
    /// Tells a board's MAC address, its network's name, and its flash chip's size
    Mac(board::Mac),
    /// Writes a script that completes this program's command line in a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

const COMPLETION_EXAMPLES: &str = "\
Examples:
  d1ota completions bash > ~/.local/share/bash-completion/completions/d1ota
  d1ota completions zsh > ~/.zfunc/_d1ota              with `fpath+=~/.zfunc` in .zshrc
  d1ota completions powershell >> $PROFILE";

/// Runs the command the process was started with. Exit codes: 0 done, 1 a problem, 2 wrong usage.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let result = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Image(arguments) => image::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Key(arguments) => key::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Emulate(arguments) => emulate::run(arguments),
        Command::Flash(arguments) => board::flash(arguments),
        Command::Monitor(arguments) => board::monitor(&arguments),
        Command::Backup(arguments) => board::backup(&arguments),
        Command::Restore(arguments) => board::restore(&arguments),
        Command::Mac(arguments) => board::mac(&arguments),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "d1ota", &mut io::stdout());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Reads a file for a command.
fn read(path: &std::path::Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| Problem::file("read", path, &error))
}

/// Writes a command's output file.
fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), Problem> {
    std::fs::write(path, bytes).map_err(|error| Problem::file("write", path, &error))
}

/// How the flash is read, as options.
#[derive(Clone, Copy, Debug, clap::Args)]
struct AccessArguments {
    /// How many lines the flash is read with: qio, qout, dio or dout
    #[arg(long, default_value = "dio", value_parser = mode)]
    flash_mode: d1_image::header::FlashMode,
    /// How fast the flash is read: 20m, 26m, 40m or 80m
    #[arg(long, default_value = "40m", value_parser = clock)]
    flash_freq: d1_image::header::FlashClock,
}

impl From<AccessArguments> for crate::convert::FlashAccess {
    fn from(arguments: AccessArguments) -> Self {
        Self {
            mode: arguments.flash_mode,
            clock: arguments.flash_freq,
        }
    }
}

fn mode(text: &str) -> Result<d1_image::header::FlashMode, String> {
    use d1_image::header::FlashMode::{Dio, Dout, Qio, Qout};
    match text.to_lowercase().as_str() {
        "qio" => Ok(Qio),
        "qout" => Ok(Qout),
        "dio" => Ok(Dio),
        "dout" => Ok(Dout),
        _ => Err("the flash modes are qio, qout, dio and dout".into()),
    }
}

fn clock(text: &str) -> Result<d1_image::header::FlashClock, String> {
    use d1_image::header::FlashClock::{Mhz20, Mhz26, Mhz40, Mhz80};
    match text.to_lowercase().as_str() {
        "20m" => Ok(Mhz20),
        "26m" => Ok(Mhz26),
        "40m" => Ok(Mhz40),
        "80m" => Ok(Mhz80),
        _ => Err("the flash frequencies are 20m, 26m, 40m and 80m".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_examples() {
        for command in Arguments::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let name = command.get_name();
            assert!(
                help.contains(&format!("  d1ota {name} ")),
                "{name}:\n{help}"
            );
        }
    }

    #[test]
    fn every_example_is_understood() {
        for command in Arguments::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            for line in help
                .lines()
                .filter_map(|line| line.strip_prefix("  d1ota "))
            {
                // What follows is the shell's, or an explanation.
                let words = line.split(['|', '>']).next().unwrap_or_default();
                let words = words.split("   ").next().unwrap_or_default();
                let words = std::iter::once("d1ota").chain(words.split_whitespace());
                if let Err(error) = Arguments::try_parse_from(words) {
                    panic!("{line}:\n{error}");
                }
            }
        }
    }
}
