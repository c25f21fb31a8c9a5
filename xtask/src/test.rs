//! Every test there is.

use crate::build::{self, Options};
use crate::{process, setup, workspace, Result};

/// Builds the images, then tests every crate; the end-to-end tests run the images.
pub fn run() -> Result {
    setup::toolchain()?;
    setup::judges()?;
    build::build(&Options::default())?;
    for (packages, doing) in [
        // The firmware's logic and the ports', on the host.
        (
            &["--package", "d1-ota", "--lib", "--package", "xtensa-lx-rt"][..],
            "testing the firmware",
        ),
        // Everything else, the end-to-end tests last.
        (&["--no-fail-fast"][..], "testing"),
    ] {
        let mut cargo = process::command(workspace::host_cargo());
        cargo
            .arg("test")
            .args(packages)
            .env("D1_IMAGES", workspace::images());
        process::watch(&mut cargo, doing)?;
    }
    Ok(())
}
