//! What a change must pass before it is committed, apart from tests.

use crate::{process, workspace, Result};

/// Formatting and lints.
pub fn run() -> Result {
    for (arguments, doing) in [
        (&["fmt", "--all", "--check"][..], "checking the format"),
        (
            &[
                "clippy",
                "--all-targets",
                "--quiet",
                "--",
                "--deny",
                "warnings",
            ][..],
            "linting",
        ),
        (
            &[
                "clippy",
                "--package",
                "d1-ota",
                "--lib",
                "--quiet",
                "--",
                "--deny",
                "warnings",
            ][..],
            "linting the firmware",
        ),
    ] {
        process::watch(
            process::command(workspace::host_cargo()).args(arguments),
            doing,
        )?;
    }
    Ok(())
}
