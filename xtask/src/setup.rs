//! Installing what the other commands need, as far as it is missing.

use std::fs;

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

/// The programs that judge our results in tests: esptool, OpenSSL, tshark and QEMU.
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
    esptool("venv", "harness/requirements.txt")?;
    esptool("venv-newest", "harness/requirements-newest.txt")
}

/// Installs an esptool, pinned by that file, in an environment of its own.
pub fn esptool(environment: &str, requirements: &str) -> Result {
    let venv = workspace::images().join(environment);
    let wanted = workspace::root().join(requirements);
    let wanted = fs::read(&wanted).map_err(|error| Problem::file("read", &wanted, &error))?;
    let installed = venv.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("Installing esptool to {}", venv.display());
    process::watch(
        process::command("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
        "python3 -m venv",
    )?;
    process::watch(
        process::command(venv.join("bin/pip")).args(["install", "--quiet", "-r", requirements]),
        "pip install",
    )?;
    fs::write(&installed, wanted).map_err(|error| Problem::file("write", &installed, &error))
}
