//! Runs GNU's assembler and linker.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use crate::{assembly, calls, shrink, stack, tool, with_suffix, Error};

/// Mends and assembles `<name>.s`; returns the object, `<name>.s.o`.
pub(crate) fn assemble(source: &Path) -> Result<PathBuf, Error> {
    let text = prepared(source)?;
    let object = with_suffix(source, ".o");
    assemble_text(&text, source, &object)?;
    Ok(object)
}

/// As [`assemble`], but keeps the object under a name made of the contents: the slowest part of a build, and
/// the same every time.
pub(crate) fn assemble_once(source: &Path) -> Result<PathBuf, Error> {
    let text = prepared(source)?;
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    let object = with_suffix(source, &format!(".{:016x}.o", hash.finish()));
    if !object.exists() {
        // Other links may do the same at this moment: each works on a file of its own, the last one stays.
        let own = with_suffix(&object, &format!(".{}", std::process::id()));
        assemble_text(&text, source, &own)?;
        fs::rename(&own, &object).map_err(|error| Error::Write {
            path: object.clone(),
            error,
        })?;
    }
    Ok(object)
}

/// The assembly of a source file as the assembler wants it.
fn prepared(source: &Path) -> Result<String, Error> {
    let mended = assembly::mend(&read(source)?).map_err(|broken| Error::Assembly {
        path: source.to_owned(),
        broken,
    })?;
    let direct = stack::shorten(&calls::make_direct(&mended));
    // Shrinking finds more calls that can be direct.
    Ok(calls::make_direct(&shrink::shrink(&direct)))
}

/// Links by way of gcc, which knows what its flags mean to `ld`.
pub(crate) fn link(arguments: &[OsString]) -> Result<(), Error> {
    let linker = tool("XLINK_GCC", "xtensa-lx106-elf-gcc");
    let subject = crate::arguments::output(arguments)?;
    run(
        Command::new(&linker).args(arguments).arg("-Wl,--size-opt"),
        &linker,
        &subject,
    )
}

fn assemble_text(text: &str, source: &Path, object: &Path) -> Result<(), Error> {
    // The assembler's complaints name lines of this file, so it stays.
    let input = with_suffix(object, ".s");
    fs::write(&input, text).map_err(|error| Error::Write {
        path: input.clone(),
        error,
    })?;
    let assembler = tool("XLINK_AS", "xtensa-lx106-elf-as");
    let mut command = Command::new(&assembler);
    // Long calls: flash is out of reach of a direct call from IRAM. Literals in the text section: each
    // function's beside it, wherever the linker script puts it.
    command
        .args([
            "--longcalls",
            "--text-section-literals",
            "--no-target-align",
            "-o",
        ])
        .arg(object)
        .arg(&input);
    run(&mut command, &assembler, source)
}

fn read(source: &Path) -> Result<String, Error> {
    // LLVM's comments repeat names as bytes, cut anywhere.
    let text = fs::read(source).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    text.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NoAssembly {
            assembly: source.to_owned(),
        },
        _ => Error::Read {
            path: source.to_owned(),
            error,
        },
    })
}

fn run(command: &mut Command, tool: &OsString, subject: &Path) -> Result<(), Error> {
    let status = command.status().map_err(|error| Error::NoTool {
        tool: tool.clone(),
        error,
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Tool {
            tool: tool.clone(),
            status,
            subject: subject.to_owned(),
        })
    }
}
