//! Other people's programs that know this core: QEMU and GNU's disassembler.

use std::process::{Command, Stdio};

/// Whether `program` is here; if not, says so. `D1_REQUIRE_JUDGES` makes its absence a failure.
pub fn is_installed(program: &str, package: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    let installed = version.is_ok_and(|status| status.success());
    if !installed {
        let reason = format!("{program} is not installed; Debian has it in {package}");
        assert!(std::env::var_os("D1_REQUIRE_JUDGES").is_none(), "{reason}");
        println!("SKIPPED: {reason}");
    }
    installed
}

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect(name))
}
