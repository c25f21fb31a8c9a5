//! esptool, in one pinned version, in an environment of its own.
//!
//! Whatever Python packages the user has, this one is known to work with these images: the tests use the same.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::problem::Problem;

/// esptool's version, and all it needs.
pub const PINS: &str = include_str!("../../esptool.txt");
/// Names another folder for the environment than this system's usual one.
const HOME: &str = "D1OTA_HOME";

/// An installed esptool.
#[derive(Clone, Debug)]
pub struct Esptool {
    python: PathBuf,
}

impl Esptool {
    /// The one in the user's data folder, installed there when it is missing.
    ///
    /// # Errors
    ///
    /// As [`Esptool::install`].
    pub fn of_user() -> Result<Esptool, Problem> {
        let home = env::var_os(HOME).map(PathBuf::from).or_else(data_folder);
        let home = home.ok_or_else(|| {
            Problem::new("there is no folder to install esptool to")
                .with_help(format!("name one in {HOME}"))
        })?;
        Esptool::install(&home.join("esptool"), PINS)
    }

    /// The one in `environment`, installed there from `pins` when it is missing or another version.
    ///
    /// # Errors
    ///
    /// [`Problem`] when there is no Python, or its package index cannot be reached.
    pub fn install(environment: &Path, pins: &str) -> Result<Esptool, Problem> {
        let esptool = Esptool {
            python: match cfg!(windows) {
                true => environment.join("Scripts").join("python.exe"),
                false => environment.join("bin").join("python3"),
            },
        };
        let installed = environment.join("requirements.txt");
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == pins) {
            return Ok(esptool);
        }
        eprintln!("Installing esptool to {}", environment.display());
        let python = python()?;
        let mut venv = Command::new(python);
        venv.args(["-m", "venv", "--clear"]).arg(environment);
        watch(&mut venv, "python -m venv", venv_help())?;
        let wanted = environment.join("wanted.txt");
        fs::write(&wanted, pins).map_err(|error| Problem::file("write", &wanted, &error))?;
        let mut pip = Command::new(&esptool.python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(&wanted);
        watch(
            &mut pip,
            "pip install",
            "is Python's package index to be reached from here?",
        )?;
        // Last: an installation that was interrupted is begun anew.
        fs::rename(&wanted, &installed)
            .map_err(|error| Problem::file("write", &installed, &error))?;
        Ok(esptool)
    }

    /// esptool, as a command without arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        // Whatever the user's environment adds to Python is not what was pinned.
        command.args(["-I", "-m", "esptool"]);
        command
    }
}

/// Runs a command in the user's view.
pub(super) fn watch(command: &mut Command, doing: &str, help: &str) -> Result<(), Problem> {
    let status = command.status();
    let status = status.map_err(|error| Problem::new(format!("cannot start {doing}: {error}")))?;
    match status.success() {
        true => Ok(()),
        false => Err(Problem::new(format!("{doing} failed ({status})")).with_help(help)),
    }
}

/// The system's Python 3.
fn python() -> Result<&'static str, Problem> {
    let names = match cfg!(windows) {
        true => ["py", "python"],
        false => ["python3", "python"],
    };
    let works = |name: &&str| {
        Command::new(name)
            .args(["-c", "import sys; sys.exit(sys.version_info < (3, 8))"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    names.into_iter().find(works).ok_or_else(|| {
        Problem::new("there is no Python 3, which esptool is written in").with_help(venv_help())
    })
}

fn venv_help() -> &'static str {
    if cfg!(windows) {
        "install Python 3 from python.org or the Microsoft Store"
    } else if cfg!(target_os = "macos") {
        "`xcode-select --install` or Homebrew install Python 3"
    } else {
        "install Python 3 with its venv; on Debian: `apt install python3-venv`"
    }
}

/// Where programs keep what they install for one user.
fn data_folder() -> Option<PathBuf> {
    let folder = |variable| env::var_os(variable).map(PathBuf::from);
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        let of_user = || Some(folder("HOME")?.join(".local/share"));
        folder("XDG_DATA_HOME").or_else(of_user)
    };
    Some(base?.join("d1ota"))
}

#[cfg(test)]
mod tests {
    use super::PINS;

    #[test]
    fn every_package_is_pinned() {
        let packages = PINS.lines().filter(|line| !line.starts_with('#'));
        assert!(packages.clone().all(|line| line.contains("==")), "{PINS}");
        assert!(packages.clone().any(|line| line == "esptool==4.8.1"));
    }
}
