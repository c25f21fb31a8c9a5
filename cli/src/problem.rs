//! What stops a command: one sentence, and what to do about it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;

use crate::convert::ConvertError;

/// An error for the user's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    help: Option<String>,
}

impl Problem {
    /// A problem with nothing to advise.
    pub fn new(message: impl Into<String>) -> Problem {
        Problem {
            message: message.into(),
            help: None,
        }
    }

    /// Adds what to do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// Says which file or thing the problem is about.
    pub fn about(mut self, what: &impl fmt::Display) -> Problem {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// A file could not be read or written.
    pub fn file(doing: &str, path: &Path, error: &io::Error) -> Problem {
        let problem = Problem::new(format!("cannot {doing} {}: {error}", path.display()));
        match error.kind() {
            ErrorKind::NotFound => {
                problem.with_help("is the path right? `cargo xtask build` fills target/d1")
            }
            _ => problem,
        }
    }

    /// A file makes no image.
    pub fn image(path: &Path, error: &ConvertError) -> Problem {
        let message = format!("{}: {error}", path.display());
        Problem {
            message,
            help: error.help(),
        }
    }

    /// A port could not be listened on; `option` is the command line's way to choose another.
    pub fn port(address: SocketAddr, error: &io::Error, option: &str) -> Problem {
        let port = address.port();
        match error.kind() {
            ErrorKind::AddrInUse => Problem::new(format!("port {port} is already in use"))
                .with_help(format!(
                    "does another d1ota run? Choose another port with {option}"
                )),
            ErrorKind::PermissionDenied => {
                Problem::new(format!("port {port} may not be used without root's rights"))
                    .with_help(format!("choose a port above 1023 with {option}"))
            }
            _ => Problem::new(format!("cannot listen on {address}: {error}"))
                .with_help(format!("choose another port with {option}")),
        }
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
