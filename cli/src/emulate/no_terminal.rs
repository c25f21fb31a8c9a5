//! In the place of `terminal`, where the system has no pseudo-terminals: says so.

use std::convert::Infallible;
use std::fs::File;
use std::path::Path;

use crate::problem::Problem;

/// There is none.
pub(super) struct Terminal(Infallible);

impl Terminal {
    /// # Errors
    ///
    /// Always.
    pub(super) fn open() -> Result<(Terminal, File), Problem> {
        Err(Problem::new("this system has no pseudo-terminals")
            .with_help("use --uart rfc2217:PORT or tcp:PORT"))
    }

    pub(super) fn path(&self) -> &Path {
        match self.0 {}
    }
}
