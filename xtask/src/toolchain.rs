//! The toolchain for the chip: upstream cargo and rustc, recent enough, with the sources of `core`.
//!
//! Host code may be built by any cargo; this one is looked for beside it. Why 1.96, and why these variables:
//! `docs/toolchain.md`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{process, workspace};

/// The first release whose LLVM knows the ESP8266, and for which xlink is written.
pub const MINIMUM: (u32, u32) = (1, 96);

/// Name of the target, as cargo derives it from the file's.
const TARGET: &str = "xtensa-esp8266-none-elf";

/// The assembler and linker's driver; binutils come with it.
pub const GCC: &str = "xtensa-lx106-elf-gcc";

/// Where the search for a toolchain went.
pub struct Search {
    /// The first that will do.
    pub found: Option<Toolchain>,
    /// What was found wrong with the others.
    pub refused: Vec<String>,
}

/// A cargo and rustc that can build for the chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
}

/// Looks at `$D1_CARGO`, then Debian's cargo, then the first on the search path.
pub fn search() -> Search {
    let chosen = env::var_os("D1_CARGO").map(PathBuf::from);
    let candidates = match &chosen {
        Some(cargo) => vec![cargo.clone()],
        None => vec![PathBuf::from("/usr/bin/cargo"), PathBuf::from("cargo")],
    };
    let mut search = Search {
        found: None,
        refused: Vec::new(),
    };
    for cargo in candidates {
        match Toolchain::examine(&cargo) {
            Ok(toolchain) => {
                search.found = Some(toolchain);
                break;
            }
            Err(reason) => search
                .refused
                .push(format!("{}: {reason}", cargo.display())),
        }
    }
    search
}

impl Toolchain {
    /// Whether a cargo, and the rustc beside it, will do; or what is wrong.
    fn examine(cargo: &Path) -> Result<Toolchain, String> {
        let toolchain = Toolchain {
            cargo: cargo.to_owned(),
            rustc: cargo.with_file_name("rustc"),
        };
        let version = version(&toolchain.cargo).ok_or("cannot be run")?;
        if version < MINIMUM {
            return Err(format!("is version {}.{}", version.0, version.1));
        }
        let sysroot = process::ask(own(&toolchain.rustc).args(["--print", "sysroot"]))
            .ok_or("there is no rustc beside it")?;
        if !Path::new(sysroot.trim())
            .join("lib/rustlib/src/rust/library/core/src/lib.rs")
            .exists()
        {
            return Err("its rustc has no sources of `core`".into());
        }
        Ok(toolchain)
    }

    /// `cargo firmware` or another alias of .cargo/config.toml that builds for the chip, with this toolchain.
    ///
    /// Its output goes below `target/chip`, since the host's cargo may be another.
    pub fn build(&self, alias: &str, xlink: &Path) -> Command {
        let mut command = own(&self.cargo);
        command
            .args([alias, "--target-dir"])
            .arg(workspace::target().join("chip"))
            .env("RUSTC", &self.rustc)
            // Upstream guards build-std and target files; nothing in our own crates needs this.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_XTENSA_ESP8266_NONE_ELF_LINKER", xlink);
        command
    }
}

/// Where `Toolchain::build` puts linked programs.
pub fn output() -> PathBuf {
    workspace::target()
        .join("chip")
        .join(TARGET)
        .join("firmware")
}

/// A command without what rustup, or the user for host builds, has put into the environment.
fn own(program: &Path) -> Command {
    let mut command = process::command(program);
    for variable in [
        "RUSTUP_TOOLCHAIN",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_TARGET_DIR",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Major and minor version of a cargo.
fn version(cargo: &Path) -> Option<(u32, u32)> {
    parse_version(&process::ask(own(cargo).arg("--version"))?)
}

/// `(1, 96)` of `cargo 1.96.0 (30a34c682 2026-05-25)`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_as_numbers() {
        assert_eq!(
            parse_version("cargo 1.96.0 (30a34c682 2026-05-25)"),
            Some((1, 96))
        );
        assert_eq!(parse_version("cargo 1.100.0-nightly"), Some((1, 100)));
        assert_eq!(parse_version("error: no override"), None);
        assert!(parse_version("cargo 1.100.0") > parse_version("cargo 1.96.1"));
    }
}
