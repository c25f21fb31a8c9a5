//! Stands between upstream rustc and GNU's linker for Xtensa, and swaps bitcode for assembled code.
//!
//! LLVM's object writer for Xtensa puts literals where `l32r` cannot reach them; its assembly output has the
//! same fault, but text can be mended ([`assembly`]). So the target asks for bitcode instead of objects
//! (`obj-is-bitcode`) and `--emit=asm`, and when rustc calls the linker:
//!
//! 1. the program's bitcode is replaced by `<output>.s`, which fat LTO has made the whole program;
//! 2. a library that stays out of LTO (compiler_builtins) by the `.s` beside it;
//! 3. everything else goes to `xtensa-lx106-elf-gcc` as it came.
//!
//! `docs/toolchain.md` says when all of this can go. Every assumption about rustc's doings is checked, and
//! named in [`Error`] when it no longer holds.
#![forbid(unsafe_code)]

pub mod archive;
pub mod arguments;
pub mod assembly;
pub mod calls;
mod error;
mod gnu;
mod instruction;
mod shrink;
pub mod stack;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

pub use error::Error;

/// Links: what `ld` or `cc` would do with the same arguments, if the inputs were objects.
///
/// # Errors
/// When an input is not what this crate expects, or a GNU tool fails.
pub fn link(arguments: impl Iterator<Item = OsString>) -> Result<(), Error> {
    let arguments = arguments::expand(arguments)?;
    let output = arguments::output(&arguments)?;
    let mut program = None;
    let mut edited = Vec::new();
    for argument in arguments {
        let path = Path::new(&argument);
        if ends_with(path, "o") && archive::is_bitcode(&read_start(path)?) {
            if program.replace(argument.clone()).is_some() {
                return Err(Error::SeveralPrograms { output });
            }
            let assembly = with_suffix(&output, ".s");
            edited.push(gnu::assemble(&assembly)?.into());
        } else if ends_with(path, "rlib") && archive::holds_bitcode(path)? {
            edited.push(gnu::assemble_once(&assembly_of_library(path)?)?.into());
        } else {
            edited.push(argument);
        }
    }
    if program.is_none() {
        return Err(Error::NoProgram { output });
    }
    gnu::link(&edited)
}

/// Where rustc puts the assembly of `lib<name>-<hash>.rlib`: `<name>-<hash>.s` beside it.
fn assembly_of_library(library: &Path) -> Result<PathBuf, Error> {
    let stem = library
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let assembly =
        library.with_file_name(format!("{}.s", stem.strip_prefix("lib").unwrap_or(stem)));
    if assembly.exists() {
        Ok(assembly)
    } else {
        Err(Error::NoLibraryAssembly {
            library: library.to_owned(),
            assembly,
        })
    }
}

fn ends_with(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The first bytes of a file, enough for its magic number.
fn read_start(path: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let mut start = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(8).read_to_end(&mut start))
        .map_err(|error| Error::Read {
            path: path.to_owned(),
            error,
        })?;
    Ok(start)
}

/// The GNU tool the environment names, or Debian's.
fn tool(variable: &str, default: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| default.into())
}
