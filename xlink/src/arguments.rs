//! The linker's command line, `@file` included.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use crate::Error;

/// Puts the contents of `@file` arguments in their place.
///
/// # Errors
/// When such a file cannot be read.
pub fn expand(arguments: impl Iterator<Item = OsString>) -> Result<Vec<OsString>, Error> {
    let mut expanded = Vec::new();
    for argument in arguments {
        match argument.to_str().and_then(|text| text.strip_prefix('@')) {
            Some(file) => {
                let text = fs::read_to_string(file).map_err(|error| Error::Read {
                    path: file.into(),
                    error,
                })?;
                expanded.extend(split(&text).into_iter().map(OsString::from));
            }
            None => expanded.push(argument),
        }
    }
    Ok(expanded)
}

/// What `-o` names.
///
/// # Errors
/// When there is none.
pub fn output(arguments: &[OsString]) -> Result<PathBuf, Error> {
    let flag = arguments.iter().position(|argument| argument == "-o");
    flag.and_then(|flag| arguments.get(flag + 1))
        .map(PathBuf::from)
        .ok_or(Error::NoOutput)
}

/// Splits a response file the way GNU's tools do: at white space, but for what is quoted or behind a backslash.
pub fn split(text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut argument: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => argument.get_or_insert_default().extend(characters.next()),
            '"' | '\'' if quote.is_none() => {
                quote = Some(character);
                argument.get_or_insert_default();
            }
            _ if quote == Some(character) => quote = None,
            _ if character.is_whitespace() && quote.is_none() => arguments.extend(argument.take()),
            _ => argument.get_or_insert_default().push(character),
        }
    }
    arguments.extend(argument);
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_and_backslashes_keep_white_space() {
        assert_eq!(
            split("a  'b c'\n\"d 'e'\" f\\ g\\\\ ''"),
            ["a", "b c", "d 'e'", "f g\\", ""]
        );
    }

    #[test]
    fn a_missing_response_file_is_named() {
        let error = expand(["@/no/such/file".into()].into_iter()).unwrap_err();
        assert!(error.to_string().contains("/no/such/file"), "{error}");
    }

    #[test]
    fn output_is_what_follows_its_flag() {
        let arguments = ["a.o", "-o", "program", "b.o"].map(OsString::from);
        assert_eq!(output(&arguments).unwrap(), PathBuf::from("program"));
        assert!(matches!(output(&arguments[..2]), Err(Error::NoOutput)));
    }

    proptest! {
        #[test]
        fn escaped_arguments_come_back(arguments in prop::collection::vec("[ -~\n\t]{1,20}", 0..8)) {
            let escape = |argument: &String| argument.chars().flat_map(|c| ['\\', c]).collect::<String>();
            let text: Vec<String> = arguments.iter().map(escape).collect();
            prop_assert_eq!(split(&text.join("\n")), arguments);
        }
    }
}
