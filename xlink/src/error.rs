//! What can go wrong, in words that say what was seen, what was expected and what to do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::{fmt, io};

use crate::assembly::Broken;

/// Why nothing was linked.
#[derive(Debug)]
pub enum Error {
    /// A file could not be read.
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file could not be written.
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The arguments name no output.
    NoOutput,
    /// No bitcode among the inputs.
    NoProgram {
        /// What was to be linked.
        output: PathBuf,
    },
    /// More than one piece of bitcode among the inputs.
    SeveralPrograms {
        /// What was to be linked.
        output: PathBuf,
    },
    /// rustc wrote no assembly beside the output.
    NoAssembly {
        /// The file that is missing.
        assembly: PathBuf,
    },
    /// A library holds bitcode, but rustc wrote no assembly beside it.
    NoLibraryAssembly {
        /// The library.
        library: PathBuf,
        /// The file that is missing.
        assembly: PathBuf,
    },
    /// A library holds bitcode and objects.
    MixedLibrary {
        /// The library.
        library: PathBuf,
    },
    /// A library is not an `ar` archive.
    NotAnArchive {
        /// The library.
        library: PathBuf,
    },
    /// The assembly is not as the pass expects it.
    Assembly {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        broken: Broken,
    },
    /// A GNU tool could not be started.
    NoTool {
        /// Which.
        tool: OsString,
        /// Why.
        error: io::Error,
    },
    /// A GNU tool failed; it has said why.
    Tool {
        /// Which.
        tool: OsString,
        /// How.
        status: ExitStatus,
        /// What it worked on.
        subject: PathBuf,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Read { path, error } => write!(f, "cannot read {}: {error}", path.display()),
            Error::Write { path, error } => write!(f, "cannot write {}: {error}", path.display()),
            Error::NoOutput => write!(f, "the arguments have no `-o <file>`; xlink is for rustc to call"),
            Error::NoProgram { output } => write!(
                f,
                "no bitcode among the inputs of {}: rustc wrote objects, and LLVM's objects for Xtensa are \
                 wrong. The target JSON must say \"obj-is-bitcode\": true",
                output.display()
            ),
            Error::SeveralPrograms { output } => write!(
                f,
                "more than one piece of bitcode for {}: {}.s can be only one of them. The profile must say \
                 lto = \"fat\" and codegen-units = 1, as profile `firmware` does",
                output.display(),
                output.display()
            ),
            Error::NoAssembly { assembly } => write!(
                f,
                "rustc left no {}. It must be called with --emit=asm (.cargo/config.toml does); if it was, \
                 this rustc names the file otherwise than 1.96, for which xlink is written",
                assembly.display()
            ),
            Error::NoLibraryAssembly { library, assembly } => write!(
                f,
                "{} holds bitcode, so it is no part of LTO, and there is no {} to take its place. Chip code \
                 needs --emit=asm for every crate (.cargo/config.toml) and lto = \"fat\" (profile `firmware`)",
                library.display(),
                assembly.display()
            ),
            Error::MixedLibrary { library } => write!(
                f,
                "{} holds bitcode and objects: linking its assembly would lose the objects. The profile must \
                 say lto = \"fat\", as profile `firmware` does",
                library.display()
            ),
            Error::NotAnArchive { library } => {
                write!(f, "{} is not an archive as `ar` makes them", library.display())
            }
            Error::Assembly { path, broken } => write!(
                f,
                "{}:{}: {}\nThis is LLVM's output, and not as xlink knows it from LLVM 22: has rustc been \
                 updated? See docs/toolchain.md",
                path.display(),
                broken.line,
                broken.reason
            ),
            Error::NoTool { tool, error } => write!(
                f,
                "cannot run {}: {error}. `cargo xtask setup` installs it",
                tool.to_string_lossy()
            ),
            Error::Tool { tool, status, subject } => {
                write!(f, "{} of {}: {status}", tool.to_string_lossy(), subject.display())
            }
        }
    }
}

impl std::error::Error for Error {}
