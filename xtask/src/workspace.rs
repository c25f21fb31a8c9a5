//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where `build` puts what it built, and tests look for it: `$D1_IMAGES`, or `target/d1`.
pub fn images() -> PathBuf {
    env::var_os("D1_IMAGES").map_or_else(|| root().join("target/d1"), PathBuf::from)
}

/// Cargo's target directory for the host, wherever it was told to have it.
pub fn target() -> PathBuf {
    // This program is <target>/debug/xtask.
    let this = env::current_exe().ok();
    this.as_deref()
        .and_then(|path| path.ancestors().nth(2))
        .map_or_else(|| root().join("target"), Path::to_owned)
}

/// The cargo that started this program.
pub fn host_cargo() -> PathBuf {
    env::var_os("CARGO")
        .unwrap_or_else(|| "cargo".into())
        .into()
}
