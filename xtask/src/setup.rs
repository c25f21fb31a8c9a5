//! Installing what the other commands need, as far as it is missing.

use std::fs;

use d1ota::board::{Esptool, PINS};
use d1ota::problem::Problem;

use crate::apt::{self, Package};
use crate::toolchain::{self, Toolchain};
use crate::{process, workspace, Result};

/// apt's pattern for the Rust version everything here was measured with.
const RUST_VERSION: Option<&str> = Some("1.96.*");

/// Installs the toolchain, and for tests the tools results are compared with.
pub fn run(tests: bool) -> Result {
    toolchain()?;
    if tests {
        judges()?;
    }
    eprintln!("Everything needed is installed.");
    Ok(())
}

/// The chip's toolchain, installed if it is missing.
pub fn toolchain() -> Result<Toolchain> {
    let search = toolchain::search();
    let gcc = process::exists(toolchain::GCC);
    if let (Some(toolchain), true) = (&search.found, gcc) {
        return Ok(toolchain.clone());
    }
    let mut missing = Vec::new();
    if search.found.is_none() {
        let (major, minor) = toolchain::MINIMUM;
        eprintln!(
            "Chip code needs cargo and rustc {major}.{minor} or later, with the sources of `core`:"
        );
        for refused in &search.refused {
            eprintln!("  {refused}");
        }
        for name in ["rustc-web", "cargo-web", "rust-web-src"] {
            missing.push(Package {
                name,
                version: RUST_VERSION,
            });
        }
    }
    if !gcc {
        eprintln!(
            "Chip code needs GNU's assembler and linker for the ESP8266: no {}.",
            toolchain::GCC
        );
        missing.push(Package {
            name: "gcc-xtensa-lx106",
            version: None,
        });
    }
    if !apt::is_here() {
        return Err(Problem::new("this system has no apt, so this is yours to install").with_help(
            "a Rust toolchain 1.96 or later with rust-src whose LLVM has the Xtensa backend (D1_CARGO=<its \
             cargo>), and binutils and gcc for xtensa-lx106-elf on the search path; docs/toolchain.md has more",
        ));
    }
    apt::install(&missing)?;
    let search = toolchain::search();
    search.found.ok_or_else(|| {
        Problem::new(format!(
            "still no toolchain for the chip: {}",
            search.refused.join("; ")
        ))
        .with_help("unset D1_CARGO, or let it name a cargo that will do")
    })
}

/// Chromium, which clicks through the page. Not every Debian has it for every processor, so a failure is none.
fn browser() {
    if process::exists("chromium") && process::exists("chromedriver") {
        return;
    }
    let packages = ["chromium", "chromium-driver"].map(|name| Package {
        name,
        version: None,
    });
    let is_installed = apt::is_here() && apt::install(&packages).is_ok();
    if !is_installed {
        eprintln!("warning: no Chromium: tests of the page in a browser are skipped");
    }
}

/// The programs that judge our results in tests: esptool, OpenSSL, tshark, QEMU and Chromium.
pub fn judges() -> Result {
    let mut missing = Vec::new();
    for (program, name) in [
        ("openssl", "openssl"),
        ("tshark", "tshark"),
        ("qemu-system-xtensa", "qemu-system-misc"),
    ] {
        if !process::exists(program) {
            missing.push(Package {
                name,
                version: None,
            });
        }
    }
    // Debian's python3 comes without what `venv` needs.
    if process::ask(process::command("python3").args(["-c", "import ensurepip"])).is_none() {
        missing.push(Package {
            name: "python3-venv",
            version: None,
        });
    }
    if apt::is_here() {
        if !missing.is_empty() {
            apt::install(&missing)?;
        }
    } else {
        for package in &missing {
            eprintln!(
                "warning: no {}: tests that compare with it are skipped",
                package.name
            );
        }
    }
    browser();
    esptool()?;
    let newest = workspace::root().join("harness/requirements-newest.txt");
    let pins =
        fs::read_to_string(&newest).map_err(|error| Problem::file("read", &newest, &error))?;
    Esptool::install(&workspace::images().join("venv-newest"), &pins)?;
    Ok(())
}

/// The esptool that `d1ota` uses too, in an environment beside the images.
pub fn esptool() -> Result<Esptool> {
    Esptool::install(&workspace::images().join("venv"), PINS)
}
