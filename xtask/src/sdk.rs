//! Espressif's SDK, whose radio libraries the engine `vendor` links: found, checked, or fetched.
//!
//! It is the user's. Nothing of it is part of this repository, and only the files named here are used: the
//! libraries, and the one header with the RF parameters.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use d1ota::problem::Problem;
use sha2::{Digest, Sha256};

use crate::{process, workspace, Result};

/// Names the SDK's folder.
pub const VARIABLE: &str = "ESP8266_RTOS_SDK";
/// What the engine was written for: master of 2025-04-18.
const COMMIT: &str = "d412ac6";
const REPOSITORY: &str = "https://github.com/espressif/ESP8266_RTOS_SDK";
/// Where these files are in the SDK.
const COMPONENT: &str = "components/esp8266";

/// The files that are used, and their SHA-256.
const FILES: [(&str, &str); 7] = [
    (
        "lib/libnet80211.a",
        "8bfae78356d82db98f6f0fceafb9b10a6788e4f94887f4b0ce47f06daf3d78e3",
    ),
    (
        "lib/libpp.a",
        "430c0b2893dfa6aa29ae965ce390135a698a04f4a039e8a78ffd29022e167821",
    ),
    (
        "lib/libcore.a",
        "526c23b9079361dcccb6ce3b7807602e899a719728ab347cab7409dbf6db18b7",
    ),
    (
        "lib/libphy.a",
        "806da2ef0f8f5fa5f9a265dfe0bb8dd54a578cd1e75bf1f3aa0415586fc6e178",
    ),
    (
        "lib/libclk.a",
        "47ab77ea65a3d336f00fd31212c940d65aec30790749cc8a460380f9f23bcf8a",
    ),
    (
        "lib/librtc.a",
        "347d020d5d520dd7c93f254447c0f61dd3cb160147986ef2ca01ffeed541a355",
    ),
    (
        "include/esp_private/phy_init_data.h",
        "f2e1ea78323d88af18662d7c648cd80c33c461a544c9dfe6b12dabd4fcb70a5d",
    ),
];

/// Where to fetch it to.
#[derive(Args, Clone)]
#[group(id = "sdk")]
pub struct Options {
    /// A folder that does not exist yet, outside of this one [default: ESP8266_RTOS_SDK beside this one]
    folder: Option<PathBuf>,
}

/// Whether the user has named an SDK.
pub fn is_named() -> bool {
    env::var_os(VARIABLE).is_some_and(|folder| !folder.is_empty())
}

/// The folder of the SDK that the user names, checked.
pub fn find() -> Result<PathBuf> {
    if !is_named() {
        return Err(Problem::new(format!(
            "the engine `vendor` links Espressif's radio libraries, and {VARIABLE} does not say where they are"
        ))
        .with_help(advice()));
    }
    let folder = PathBuf::from(env::var_os(VARIABLE).unwrap_or_default());
    // The build runs elsewhere.
    let folder = folder
        .canonicalize()
        .map_err(|error| Problem::file("open", &folder, &error).with_help(advice()))?;
    check(&folder, &FILES)?;
    Ok(folder)
}

/// Whether every file is the one the engine was written for.
fn check(folder: &Path, files: &[(&str, &str)]) -> Result {
    for (name, wanted) in files {
        let path = folder.join(COMPONENT).join(name);
        let bytes = fs::read(&path)
            .map_err(|error| Problem::file("read", &path, &error).with_help(advice()))?;
        let found = format!("{:x}", Sha256::digest(&bytes));
        if found != *wanted {
            return Err(Problem::new(format!(
                "{} is not the file of commit {COMMIT}: its SHA-256 is {found}, not {wanted}",
                path.display()
            ))
            .with_help(advice()));
        }
    }
    Ok(())
}

fn advice() -> String {
    format!(
        "`cargo xtask sdk` fetches commit {COMMIT} of {REPOSITORY}; then set {VARIABLE} to its folder"
    )
}

/// Fetches the SDK.
pub fn run(options: Options) -> Result {
    let root = workspace::root();
    let folder = match options.folder {
        Some(folder) => env::current_dir().map_or(folder.clone(), |here| here.join(&folder)),
        None => root.with_file_name("ESP8266_RTOS_SDK"),
    };
    if folder.exists() {
        check(&folder, &FILES).map_err(|problem| {
            problem.with_help("remove that folder, which may be half a clone, or name another one")
        })?;
    } else {
        if folder.starts_with(&root) {
            return Err(Problem::new(format!(
                "{} is inside of this repository, which has nothing of the SDK",
                folder.display()
            ))
            .with_help("name a folder elsewhere"));
        }
        clone(&folder)?;
        check(&folder, &FILES)?;
    }
    eprintln!("The SDK is as expected. To use it:");
    println!("export {VARIABLE}={}", folder.display());
    Ok(())
}

fn clone(folder: &Path) -> Result {
    let mut git = process::command("git");
    git.args(["clone", "--no-checkout", "--filter=blob:none", REPOSITORY])
        .arg(folder);
    let offline = |problem: Problem| {
        problem.with_help(format!(
            "without internet, bring a clone of {REPOSITORY} at {COMMIT} and set {VARIABLE} to it"
        ))
    };
    process::watch(&mut git, "cloning the SDK").map_err(offline)?;
    let mut git = process::command("git");
    git.arg("-C")
        .arg(folder)
        .args(["checkout", "--quiet", COMMIT]);
    process::watch(&mut git, "checking the SDK's commit out").map_err(offline)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with one file of the SDK's component in it.
    fn folder(name: &str, contents: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("d1-sdk-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join(COMPONENT)).unwrap();
        fs::write(folder.join(COMPONENT).join("file"), contents).unwrap();
        folder
    }

    const HELLO: (&str, &str) = (
        "file",
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    );

    #[test]
    fn the_right_file_passes_and_another_is_told_with_the_commit() {
        let good = folder("good", "hello");
        check(&good, &[HELLO]).unwrap();
        fs::remove_dir_all(good).unwrap();
        let other = folder("other", "hello!");
        let problem = check(&other, &[HELLO]).unwrap_err().to_string();
        assert!(
            problem.contains(COMMIT) && problem.contains("cargo xtask sdk"),
            "{problem}"
        );
        fs::remove_dir_all(other).unwrap();
    }

    #[test]
    fn a_missing_file_is_named_with_the_way_to_get_it() {
        let problem = check(Path::new("/nowhere"), &[HELLO])
            .unwrap_err()
            .to_string();
        assert!(
            problem.contains("/nowhere/components/esp8266/file"),
            "{problem}"
        );
        assert!(problem.contains(VARIABLE), "{problem}");
    }
}
