//! Symbols as their authors would write them, and whose they are.

/// What no crate can be told of: the compiler's own functions, and assembly.
const NOBODY: &str = "(compiler and assembly)";

/// A linker's symbol, readable.
pub fn readable(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

/// The crate that defines what has this readable name: in `<A as B>::f` that of A, or of B if A is built in.
pub fn owner(name: &str) -> &str {
    let paths = name
        .split(" as ")
        .map(|part| part.trim_start_matches(['<', '&', '[', '(', '*']))
        .map(|part| part.strip_prefix("mut ").unwrap_or(part))
        .map(|part| part.trim_start_matches(['<', '&', '[', '(', '*']))
        .map(|part| part.strip_prefix("dyn ").unwrap_or(part));
    for path in paths {
        let len = path
            .find(|character: char| !character.is_alphanumeric() && character != '_')
            .unwrap_or(path.len());
        if len > 0 && path[len..].starts_with("::") {
            return &path[..len];
        }
    }
    NOBODY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_the_crate_that_wrote_it() {
        for (name, crate_name) in [
            ("d1_ota::start::start", "d1_ota"),
            ("<d1_ota::network::Network>::poll::<d1_wifi::A>", "d1_ota"),
            (
                "<&curve25519_dalek::F as core::ops::Mul>::mul",
                "curve25519_dalek",
            ),
            ("<u64 as core::fmt::Display>::fmt", "core"),
            ("<[u8] as smoltcp::B>::f", "smoltcp"),
            ("<&mut dyn core::fmt::Write>::f", "core"),
            ("memcpy", NOBODY),
            ("__muldi3", NOBODY),
        ] {
            assert_eq!(owner(name), crate_name, "{name}");
        }
    }

    #[test]
    fn symbols_are_made_readable() {
        assert_eq!(readable("memcpy"), "memcpy");
        assert_eq!(
            readable("_RNvNtCsdur6wzOAw5L_6d1_ota5start5start"),
            "d1_ota::start::start"
        );
    }
}
