//! A network's passphrase: what is one, and a new one that nobody can guess.

use std::fs;
use std::path::Path;

use crate::problem::Problem;

/// What a generated one is written with: 32 characters, none that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Characters of a generated one: 60 bits, in groups of four.
const LEN: usize = 12;

/// Checks what somebody typed: 8 to 63 printable ASCII characters (IEEE 802.11-2016 J.4.1).
///
/// # Errors
///
/// What is wrong with it.
pub fn check(text: &str) -> Result<String, String> {
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("a passphrase has printable ASCII characters only".into());
    }
    match text.len() {
        8..=63 => Ok(text.to_owned()),
        len => Err(format!(
            "a passphrase has 8 to 63 characters, this has {len}"
        )),
    }
}

/// Makes a new one.
///
/// # Errors
///
/// [`Problem`] when the operating system has no random numbers.
pub fn generate() -> Result<String, Problem> {
    let mut random = [0; LEN];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::new(format!("no random numbers to be had: {error}")))?;
    let letters = random.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    let groups = letters.chunks(4).map(String::from_iter);
    Ok(groups.collect::<Vec<_>>().join("-"))
}

/// The one in a file. Makes the file, with a new one in it, when there is none.
///
/// # Errors
///
/// [`Problem`] when the file cannot be read or written, or holds something else.
pub fn kept(path: &Path) -> Result<String, Problem> {
    if path.exists() {
        let text = fs::read_to_string(path).map_err(|error| Problem::file("read", path, &error))?;
        return check(text.trim_end()).map_err(|error| Problem::new(error).about(&path.display()));
    }
    let passphrase = generate()?;
    fs::write(path, format!("{passphrase}\n"))
        .map_err(|error| Problem::file("write", path, &error))?;
    Ok(passphrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_has_8_to_63_printable_characters() {
        assert_eq!(check("12345678"), Ok("12345678".into()));
        assert!(check("1234567")
            .unwrap_err()
            .contains("8 to 63 characters, this has 7"));
        assert!(check(&"x".repeat(63)).is_ok());
        assert!(check(&"x".repeat(64)).is_err());
        assert!(check("gr\u{fc}nkohl!").unwrap_err().contains("ASCII"));
        assert!(check("tab\tulator").is_err());
    }

    #[test]
    fn a_generated_one_is_a_passphrase_and_new_each_time() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert!(check(&one).is_ok());
        assert_eq!(one.len(), 14);
        assert_ne!(one, two);
    }

    #[test]
    fn one_that_is_kept_stays_the_same() {
        let path = std::env::temp_dir().join(format!("d1-passphrase-{}", std::process::id()));
        let first = kept(&path).unwrap();
        assert_eq!(kept(&path).unwrap(), first);
        fs::write(&path, "short\n").unwrap();
        assert!(kept(&path).is_err());
        fs::remove_file(&path).unwrap();
    }
}
