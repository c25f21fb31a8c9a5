//! Programs of other people that judge what we make.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A judge: where it is, and how to get it.
pub struct Judge {
    program: PathBuf,
}

impl Judge {
    /// esptool, in the pinned version that `d1ota` uses (`cli/esptool.txt`).
    pub fn esptool() -> Option<Judge> {
        let venv = crate::image_directory().join("venv/bin/esptool.py");
        Judge::find(
            &venv,
            "`cargo xtask setup` installs it (PyPI: esptool 4.8.1)",
        )
    }

    /// The newest esptool, as pinned in `harness/requirements-newest.txt`: with another stub and
    /// another language than the other.
    pub fn newest_esptool() -> Option<Judge> {
        let venv = crate::image_directory().join("venv-newest/bin/esptool");
        Judge::find(
            &venv,
            "`cargo xtask setup` installs it (PyPI: esptool 5.6.0)",
        )
    }

    /// tshark, of any version.
    pub fn tshark() -> Option<Judge> {
        Judge::find(
            Path::new("tshark"),
            "`cargo xtask setup` installs it (Debian: tshark)",
        )
    }

    /// OpenSSL, of any version that knows Ed25519 (1.1.1 on).
    pub fn openssl() -> Option<Judge> {
        Judge::find(
            Path::new("openssl"),
            "`cargo xtask setup` installs it (Debian: openssl)",
        )
    }

    /// chromedriver, and the Chromium that it drives.
    ///
    /// Not every Debian has them for every processor, so no setting makes their absence a failure.
    pub fn chromium() -> Option<Judge> {
        let program = PathBuf::from("chromedriver");
        if Judge::answers(&program) && Judge::answers(Path::new("chromium")) {
            return Some(Judge { program });
        }
        println!("SKIPPED: no Chromium; `cargo xtask setup` installs it where Debian has it");
        None
    }

    /// A gdb for this chip: `$D1_GDB`, or `xtensa-lx106-elf-gdb`. No package registry has one
    /// (Debian's gdb-multiarch knows no Xtensa), so no setting makes its absence a failure.
    pub fn gdb() -> Option<Judge> {
        let program = std::env::var_os("D1_GDB");
        let program = PathBuf::from(program.unwrap_or_else(|| "xtensa-lx106-elf-gdb".into()));
        if Judge::answers(&program) {
            return Some(Judge { program });
        }
        println!(
            "SKIPPED: {} is not installed; Espressif's toolchain for the ESP8266 has it, and \
             gdb's sources make it with the xtensa_esp8266 overlay of Espressif's \
             xtensa-overlays; put it on PATH or name it in D1_GDB",
            program.display()
        );
        None
    }

    fn answers(program: &Path) -> bool {
        Command::new(program).arg("--help").output().is_ok()
    }

    /// `None`, and the reason printed, when it is not there. `D1_REQUIRE_JUDGES` makes that a failure.
    fn find(program: &Path, how: &str) -> Option<Judge> {
        if Judge::answers(program) {
            return Some(Judge {
                program: program.to_owned(),
            });
        }
        let reason = format!("{} is not installed; {how}", program.display());
        assert!(std::env::var_os("D1_REQUIRE_JUDGES").is_none(), "{reason}");
        println!("SKIPPED: {reason}");
        None
    }

    /// Runs it; its standard output as text.
    ///
    /// # Panics
    /// When it fails, with all it said.
    pub fn ask<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(&self.program)
            .args(arguments)
            .output()
            .expect("it answered before");
        let said = String::from_utf8_lossy(&stdout).into_owned();
        assert!(
            status.success(),
            "{}: {status}\n{said}\n{}",
            self.program.display(),
            String::from_utf8_lossy(&stderr)
        );
        said
    }
}
