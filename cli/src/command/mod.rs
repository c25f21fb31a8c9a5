//! The command line: arguments in, exit code out. Everything else is in the library's rooms.

mod emulate;
mod image;
mod inspect;
mod key;
mod merge;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::problem::Problem;

/// Serves, converts, signs, inspects and emulates firmware images for the ESP8266.
#[derive(Debug, Parser)]
#[command(name = "d1ota", version, arg_required_else_help = true)]
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
}

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
