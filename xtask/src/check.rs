//! What a change must pass before it is committed, apart from tests.

use crate::{changelog, process, workspace, Result};

/// Format, lints, documentation and changelog.
pub fn run() -> Result {
    changelog::check()?;
    let clippy = ["clippy", "--all-targets", "--quiet"];
    let doc = ["doc", "--no-deps", "--quiet"];
    // The firmware is no default member: its logic is checked on the host.
    let firmware = ["--package", "d1-ota", "--lib"];
    let lint_firmware = ["clippy", "--quiet"];
    for (command, packages, doing) in [
        (
            &["fmt", "--all", "--check"][..],
            &[][..],
            "checking the format",
        ),
        (&clippy, &[], "linting"),
        (&lint_firmware, &firmware, "linting the firmware"),
        (&doc, &[], "documenting"),
        (&doc, &firmware, "documenting the firmware"),
    ] {
        let mut cargo = process::command(workspace::host_cargo());
        cargo.args(command).args(packages);
        if command[0] == "clippy" {
            cargo.args(["--", "--deny", "warnings"]);
        }
        cargo.env("RUSTDOCFLAGS", "--deny warnings");
        process::watch(&mut cargo, doing)?;
    }
    Ok(())
}
