//! Text on its way out: to a socket, or escaped for where it stands.

use core::fmt::{self, Write};

use smoltcp::socket::tcp;

/// Writes to a socket. Text that does not fit the transmit buffer as a whole is an error, and cut.
pub struct SocketWriter<'a, 's>(pub &'a mut tcp::Socket<'s>);

impl Write for SocketWriter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.0.send_slice(text.as_bytes()) {
            Ok(sent) if sent == text.len() => Ok(()),
            _ => Err(fmt::Error),
        }
    }
}

/// A value shown in HTML text or a quoted attribute.
pub struct Html<T>(pub T);

/// A value shown inside a JSON string.
pub struct Json<T>(pub T);

impl<T: fmt::Display> fmt::Display for Html<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escape = |character| match character {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '"' => Some("&quot;"),
            '\'' => Some("&#39;"),
            _ => None,
        };
        write!(Escaping(f, escape), "{}", self.0)
    }
}

impl<T: fmt::Display> fmt::Display for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escape = |character| match character {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '\0'..='\u{1F}' => Some(" "),
            _ => None,
        };
        write!(Escaping(f, escape), "{}", self.0)
    }
}

struct Escaping<'a, 'b, E>(&'a mut fmt::Formatter<'b>, E);

impl<E: Fn(char) -> Option<&'static str>> Write for Escaping<'_, '_, E> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Escaping(out, escape) = self;
        // Each piece but the last ends in a character that has to be escaped. No slicing: the message of its
        // panic alone would bring in kilobytes of Unicode tables.
        for piece in text.split_inclusive(|character| escape(character).is_some()) {
            let last = piece.chars().next_back();
            match last.and_then(|last| Some((piece.strip_suffix(last)?, escape(last)?))) {
                Some((plain, escaped)) => {
                    out.write_str(plain)?;
                    out.write_str(escaped)?;
                }
                None => out.write_str(piece)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_place_in_html() {
        let evil = "\"><script>a && b</script>'";
        assert_eq!(
            Html(evil).to_string(),
            "&quot;&gt;&lt;script&gt;a &amp;&amp; b&lt;/script&gt;&#39;"
        );
    }

    #[test]
    fn a_value_cannot_leave_its_string_in_json() {
        assert_eq!(Json("a\"b\\c\nd é").to_string(), "a\\\"b\\\\c d é");
    }
}
