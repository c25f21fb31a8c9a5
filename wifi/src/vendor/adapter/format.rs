//! The part of C's format strings that the libraries use.

/// One argument after the other, as words.
pub trait Arguments {
    /// The next word.
    fn word(&mut self) -> u32;

    /// A byte of a string that an argument points to.
    fn byte(&mut self, address: u32) -> u8;
}

/// Writes `format` with its arguments to `out`, byte by byte.
///
/// Knows `d i u x X p c s %`, `0` and a width, and passes over `l`, `h` and `-`. Anything else is written as
/// it is.
pub fn write(
    mut format: impl FnMut() -> Option<u8>,
    arguments: &mut impl Arguments,
    out: &mut impl FnMut(u8),
) {
    while let Some(byte) = format() {
        if byte != b'%' {
            out(byte);
            continue;
        }
        let mut fill = b' ';
        let mut width = 0;
        loop {
            match format() {
                None => return,
                Some(b'l' | b'h' | b'-' | b'z') => continue,
                Some(b'0') if width == 0 => fill = b'0',
                Some(digit @ b'0'..=b'9') => {
                    width = (10 * width + usize::from(digit - b'0')).min(32)
                }
                Some(b'd' | b'i') => {
                    let value = arguments.word() as i32;
                    if value < 0 {
                        out(b'-');
                    }
                    number(value.unsigned_abs(), 10, fill, width, out);
                    break;
                }
                Some(b'u') => {
                    number(arguments.word(), 10, fill, width, out);
                    break;
                }
                Some(b'x' | b'X' | b'p') => {
                    number(arguments.word(), 16, fill, width, out);
                    break;
                }
                Some(b'c') => {
                    out(arguments.word() as u8);
                    break;
                }
                Some(b's') => {
                    let mut address = arguments.word();
                    while address != 0 {
                        match arguments.byte(address) {
                            0 => break,
                            byte => out(byte),
                        }
                        address += 1;
                    }
                    break;
                }
                Some(other) => {
                    out(other);
                    break;
                }
            }
        }
    }
}

fn number(mut value: u32, base: u32, fill: u8, width: usize, out: &mut impl FnMut(u8)) {
    let mut digits = [0; 10];
    let mut count = 0;
    for place in &mut digits {
        let digit = (value % base) as u8;
        *place = if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        };
        count += 1;
        value /= base;
        if value == 0 {
            break;
        }
    }
    for _ in count..width {
        out(fill);
    }
    for digit in digits.iter().take(count).rev() {
        out(*digit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    struct Given(Vec<u32>);

    impl Arguments for Given {
        fn word(&mut self) -> u32 {
            self.0.remove(0)
        }

        fn byte(&mut self, address: u32) -> u8 {
            b"hey\0"[address as usize - 100]
        }
    }

    fn written(format: &str, arguments: &[u32]) -> String {
        let mut bytes = format.bytes();
        let mut out = Vec::new();
        write(
            || bytes.next(),
            &mut Given(arguments.to_vec()),
            &mut |byte| out.push(byte),
        );
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn conversions_are_those_of_c() {
        assert_eq!(
            written("%d %u %x|%02x:%08lx", &[-5_i32 as u32, 7, 0xAB, 5, 0x1234]),
            "-5 7 ab|05:00001234"
        );
        assert_eq!(written("%s, %c%% %4d", &[100, 0x21, 42]), "hey, !%   42");
        assert_eq!(written("%s", &[0]), "");
        assert_eq!(written("%d", &[0x8000_0000]), "-2147483648");
    }

    #[test]
    fn a_format_that_breaks_off_ends_there() {
        assert_eq!(written("a%", &[]), "a");
        assert_eq!(written("a%0", &[]), "a");
    }
}
