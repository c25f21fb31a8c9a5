//! Other programs: to run and watch, or to run and ask.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use d1ota::problem::Problem;

use crate::{workspace, Result};

/// A command to be run in the root of the workspace.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// Runs a command in the user's view; `doing` says what for.
pub fn watch(command: &mut Command, doing: &str) -> Result {
    let status = command
        .status()
        .map_err(|error| start_problem(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Problem::new(format!("{doing} failed ({status})")))
    }
}

/// What a command prints, if it can be run and succeeds.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether there is a program of that name on the search path.
pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| Path::new(&directory).join(program).is_file())
}

fn start_problem(command: &Command, error: &std::io::Error) -> Problem {
    Problem::new(format!(
        "cannot start {}: {error}",
        command.get_program().to_string_lossy()
    ))
}
