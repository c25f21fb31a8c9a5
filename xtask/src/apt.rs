//! Installing packages on Debian and its relatives.
//!
//! Says what it is going to do before it does it, asks before it uses `sudo`, and never lets apt remove
//! anything.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::Command;

use d1ota::problem::Problem;

use crate::{process, Result};

/// A package, and the version it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// apt's pattern for the version.
    pub version: Option<&'static str>,
}

impl Package {
    /// As apt takes it.
    fn specification(self) -> String {
        match self.version {
            Some(version) => format!("{}={version}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// Whether this system has apt.
pub fn is_here() -> bool {
    process::exists("apt-get") && process::exists("dpkg")
}

/// Installs packages, in the user's view.
pub fn install(packages: &[Package]) -> Result {
    let specifications: Vec<String> = packages
        .iter()
        .map(|package| package.specification())
        .collect();
    eprintln!("To install: {}", specifications.join(" "));
    let sudo = Sudo::ask(&specifications)?;
    process::watch(
        sudo.command("apt-get").args(["update", "-q"]),
        "apt-get update",
    )?;
    check(&specifications)?;
    process::watch(
        sudo.command("apt-get")
            .args([
                "install",
                "-q",
                "--yes",
                "--no-install-recommends",
                "--no-remove",
            ])
            .args(&specifications),
        "apt-get install",
    )
}

/// Whether apt can install these without removing something.
fn check(specifications: &[String]) -> Result {
    let simulation = Command::new("apt-get")
        .args(["install", "--simulate", "--no-install-recommends"])
        .args(specifications)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| Problem::new(format!("cannot start apt-get: {error}")))?;
    if !simulation.status.success() {
        return Err(Problem::new(format!(
            "this system's packages will not do:\n{}",
            String::from_utf8_lossy(&simulation.stderr).trim()
        ))
        .with_help(
            "rustc-web 1.96 is in Debian 12's security suite (deb http://deb.debian.org/debian-security \
             bookworm-security main); is that among the sources?",
        ));
    }
    let actions = String::from_utf8_lossy(&simulation.stdout);
    let removed = removals(&actions);
    if removed.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!("apt would remove {}", removed.join(", "))).with_help(
        "Debian's rustc-web and cargo-web conflict with its packages rustc, cargo and rustup. Remove those \
         yourself if you can do without them; a rustup installed by its own script (rustup.rs) lives happily \
         beside rustc-web",
    ))
}

/// The packages a simulation would remove.
fn removals(simulation: &str) -> Vec<&str> {
    simulation
        .lines()
        .filter_map(|line| line.strip_prefix("Remv "))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect()
}

/// How to become root.
enum Sudo {
    /// We are.
    NotNeeded,
    /// By `sudo`, to which the user has agreed.
    Agreed,
}

impl Sudo {
    /// Asks, unless there is nothing to ask.
    fn ask(specifications: &[String]) -> Result<Sudo> {
        if process::ask(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0") {
            return Ok(Sudo::NotNeeded);
        }
        let by_hand = format!(
            "as root: apt-get update && apt-get install --no-install-recommends {}",
            specifications.join(" ")
        );
        if !io::stdin().is_terminal() || !process::exists("sudo") {
            return Err(Problem::new("only root may install packages").with_help(by_hand));
        }
        eprint!("Use sudo to install them? [Y/n] ");
        let _ = io::stderr().flush();
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => Ok(Sudo::Agreed),
            _ => Err(Problem::new("nothing was installed").with_help(by_hand)),
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = match self {
            Sudo::NotNeeded => Command::new(program),
            Sudo::Agreed => {
                let mut sudo = Command::new("sudo");
                sudo.args(["--preserve-env=DEBIAN_FRONTEND", program]);
                sudo
            }
        };
        // A package that asks something on the way would stop a script.
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::removals;

    #[test]
    fn removals_are_found_among_installations() {
        let simulation =
            "Reading package lists...\nRemv rustup [1.27]\nInst rustc-web (1.96)\nRemv cargo [1]\n";
        assert_eq!(removals(simulation), ["rustup", "cargo"]);
    }
}
