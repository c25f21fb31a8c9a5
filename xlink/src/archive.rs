//! Which inputs are bitcode: by content, not by name.
//!
//! Source: LLVM bitcode file format (magic numbers); `ar` common format with GNU's long names.

use std::fs;
use std::path::Path;

use crate::Error;

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER_LEN: usize = 60;

/// Whether a file that starts like this is LLVM bitcode, raw or in its wrapper.
pub fn is_bitcode(start: &[u8]) -> bool {
    start.starts_with(b"BC\xC0\xDE") || start.starts_with(&[0xDE, 0xC0, 0x17, 0x0B])
}

/// Whether an rlib holds bitcode. If LTO had taken it in, rustc would have taken that out.
///
/// # Errors
/// When it cannot be read, is no archive, or holds objects beside the bitcode.
pub fn holds_bitcode(library: &Path) -> Result<bool, Error> {
    let bytes = fs::read(library).map_err(|error| Error::Read {
        path: library.to_owned(),
        error,
    })?;
    let members = members(&bytes).ok_or_else(|| Error::NotAnArchive {
        library: library.to_owned(),
    })?;
    let bitcode = members.iter().any(|member| is_bitcode(member.contents));
    let objects = members
        .iter()
        .any(|member| member.contents.starts_with(b"\x7FELF") && !member.is_metadata());
    if bitcode && objects {
        return Err(Error::MixedLibrary {
            library: library.to_owned(),
        });
    }
    Ok(bitcode)
}

/// A file in an archive, or one of the archive's own tables.
#[derive(Debug, PartialEq, Eq)]
struct Member<'a> {
    /// As the header has it: closed by a slash, filled up with spaces.
    name: &'a [u8],
    contents: &'a [u8],
}

impl Member<'_> {
    /// Whether this is rustc's description of the crate, which may dress up as an object.
    fn is_metadata(&self) -> bool {
        self.name.starts_with(b"lib.rmeta/")
    }
}

/// The members of an archive.
fn members(archive: &[u8]) -> Option<Vec<Member<'_>>> {
    let mut rest = archive.strip_prefix(MAGIC)?;
    let mut members = Vec::new();
    while !rest.is_empty() {
        let (header, contents) = rest.split_at_checked(HEADER_LEN)?;
        if &header[58..] != b"`\n" {
            return None;
        }
        let len: usize = std::str::from_utf8(&header[48..58])
            .ok()?
            .trim_end()
            .parse()
            .ok()?;
        members.push(Member {
            name: &header[..16],
            contents: contents.get(..len)?,
        });
        rest = contents.get(len + len % 2..).unwrap_or_default();
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of these names and contents.
    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for (name, contents) in members {
            bytes.extend(format!("{:<48}{:<10}`\n", format!("{name}/"), contents.len()).bytes());
            bytes.extend(*contents);
            bytes.resize(bytes.len().next_multiple_of(2), b'\n');
        }
        bytes
    }

    const BITCODE: &[u8] = b"BC\xC0\xDE";
    const OBJECT: &[u8] = b"\x7FELF.";

    fn check(members: &[(&str, &[u8])]) -> Result<bool, Error> {
        let directory =
            std::env::temp_dir().join(format!("xlink-{}-{}", std::process::id(), members.len()));
        fs::create_dir_all(&directory).unwrap();
        let library = directory.join("libx.rlib");
        fs::write(&library, archive(members)).unwrap();
        let result = holds_bitcode(&library);
        fs::remove_dir_all(directory).unwrap();
        result
    }

    #[test]
    fn bitcode_is_told_from_objects_whatever_their_names() {
        assert!(check(&[("lib.rmeta", OBJECT), ("a.o", BITCODE), ("b.o", BITCODE)]).unwrap());
        assert!(!check(&[("lib.rmeta", OBJECT), ("leaves.o", OBJECT)]).unwrap());
    }

    #[test]
    fn bitcode_beside_objects_is_refused() {
        let members: [(&str, &[u8]); 4] = [
            ("lib.rmeta", OBJECT),
            ("a.o", BITCODE),
            ("leaves.o", OBJECT),
            ("b.o", BITCODE),
        ];
        assert!(matches!(check(&members), Err(Error::MixedLibrary { .. })));
    }

    #[test]
    fn members_of_odd_length_do_not_hide_the_next() {
        let bytes = archive(&[("a", b"abc"), ("b", BITCODE), ("c", b"")]);
        let contents: Vec<_> = members(&bytes)
            .unwrap()
            .iter()
            .map(|member| member.contents)
            .collect();
        assert_eq!(contents, [&b"abc"[..], BITCODE, b""]);
    }

    #[test]
    fn a_truncated_archive_is_none() {
        let bytes = archive(&[("a", b"abcd"), ("b", b"efgh")]);
        for len in [0, 7, MAGIC.len() + 30, MAGIC.len() + 62, bytes.len() - 1] {
            assert_eq!(members(&bytes[..len]), None, "{len}");
        }
    }
}
