//! Joining a network by its code: what phones scan.

use std::fs;
use std::path::Path;

use qrcode::render::unicode::Dense1x2;
use qrcode::QrCode;

/// The file beside images that says which network they make. Its first line is the network's name, empty if none was
/// chosen; its second is the key, if there is one.
pub const NOTE: &str = "network.txt";

/// The key of the network that the images in `directory` make, if their build left a note of one.
pub fn key_of_images(directory: &Path) -> Option<String> {
    let note = fs::read_to_string(directory.join(NOTE)).ok()?;
    note.lines().nth(1).map(str::to_owned)
}

/// A network to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub ssid: String,
    /// Its WPA2 key; `None` when it is open.
    pub key: Option<String>,
}

impl Network {
    /// The name that a device with this MAC address gives its network when it was built without one.
    pub fn default_ssid(mac: [u8; 6]) -> String {
        let [_, _, _, a, b, c] = mac;
        format!("D1-OTA-{a:02X}{b:02X}{c:02X}")
    }

    /// The network as the URI that Android, iOS and ZXing know.
    pub fn uri(&self) -> String {
        let ssid = escape(&self.ssid);
        match &self.key {
            None => format!("WIFI:T:nopass;S:{ssid};;"),
            Some(key) => format!("WIFI:T:WPA;S:{ssid};P:{};;", escape(key)),
        }
    }

    /// The URI as a QR code for a terminal, whatever the terminal's colours are.
    pub fn qr_code(&self) -> String {
        let Ok(code) = QrCode::new(self.uri()) else {
            // No name and key are that long.
            return String::new();
        };
        let drawn = code
            .render::<Dense1x2>()
            // What this crate calls dark is what it draws, and we draw in white.
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        let lines = drawn
            .lines()
            .map(|line| format!("\x1B[97;40m{line}\x1B[0m"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Escapes what means something in the URI. A name that is all hexadecimal digits would be taken for bytes, so it is
/// quoted.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '\\' | ';' | ',' | ':' | '"') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    let is_hex = !text.is_empty() && text.chars().all(|it| it.is_ascii_hexdigit());
    match is_hex {
        true => format!("\"{escaped}\""),
        false => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(ssid: &str, key: Option<&str>) -> Network {
        Network {
            ssid: ssid.into(),
            key: key.map(str::to_owned),
        }
    }

    #[test]
    fn a_build_notes_its_key_in_the_second_line() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(key_of_images(directory.path()), None);
        for (note, key) in [
            ("\n", None),
            ("\ncorrect horse\n", Some("correct horse")),
            ("Workshop\ncorrect horse\n", Some("correct horse")),
        ] {
            fs::write(directory.path().join(NOTE), note).unwrap();
            assert_eq!(key_of_images(directory.path()).as_deref(), key, "{note:?}");
        }
    }

    #[test]
    fn open_networks_have_no_key_and_closed_ones_do() {
        assert_eq!(
            network("D1-OTA-DDEEAA", None).uri(),
            "WIFI:T:nopass;S:D1-OTA-DDEEAA;;"
        );
        assert_eq!(
            network("home", Some("correct horse")).uri(),
            "WIFI:T:WPA;S:home;P:correct horse;;"
        );
    }

    #[test]
    fn characters_with_a_meaning_are_escaped() {
        assert_eq!(
            network("a;b,c:d\\e\"f", Some(";;")).uri(),
            r#"WIFI:T:WPA;S:a\;b\,c\:d\\e\"f;P:\;\;;;"#
        );
    }

    #[test]
    fn what_could_be_hexadecimal_is_quoted() {
        assert_eq!(
            network("cafe", Some("12345678")).uri(),
            "WIFI:T:WPA;S:\"cafe\";P:\"12345678\";;"
        );
    }

    #[test]
    fn default_name_ends_in_the_last_three_bytes_of_the_address() {
        let mac = [0xA0, 0x20, 0xA6, 0x16, 0x45, 0xD2];
        assert_eq!(Network::default_ssid(mac), "D1-OTA-1645D2");
    }

    /// What a camera would read off a terminal.
    fn scanned(drawn: &str) -> String {
        let lines: Vec<Vec<char>> = drawn
            .lines()
            .map(|line| {
                let line = line.trim_start_matches("\x1B[97;40m");
                line.trim_end_matches("\x1B[0m").chars().collect()
            })
            .collect();
        // A character is two modules high, and white where it is drawn.
        let is_dark = |x: usize, y: usize| match lines[y / 2][x] {
            '█' => false,
            '▀' => !y.is_multiple_of(2),
            '▄' => y.is_multiple_of(2),
            _ => true,
        };
        // Four pixels to a module, as a camera has more than one.
        let (width, height) = (lines[0].len() * 4, lines.len() * 8);
        let grey = |x: usize, y: usize| if is_dark(x / 4, y / 4) { 0 } else { 255 };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        let codes = picture.detect_grids();
        codes[0].decode().expect("the code can be read").1
    }

    #[test]
    fn code_on_the_terminal_reads_as_the_uri() {
        for network in [
            network("D1-OTA-DDEEAA", None),
            network("workshop", Some("correct; horse")),
            network(&"s".repeat(32), Some(&"k".repeat(63))),
        ] {
            assert_eq!(scanned(&network.qr_code()), network.uri());
        }
    }
}
