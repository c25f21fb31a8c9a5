//! The name under which a browser reached the device, fit to be shown again.

use core::fmt;

use heapless::String;

use super::decimal;
use crate::network::ADDRESS;

/// The longest name that is repeated; DNS allows a label no more.
const NAME_LEN_MAX: usize = 63;

/// A Host header's name and port.
///
/// The name is repeated in links, so it is what names are made of (letters, digits, `.`, `-`, `_`) or nothing.
/// Without a usable name, links lead to the device's own address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    name: String<NAME_LEN_MAX>,
    port: Option<u16>,
}

impl Host {
    /// Reads a Host header's value; anything odd makes the empty host.
    pub fn parse(value: &[u8]) -> Host {
        Self::try_parse(value.trim_ascii()).unwrap_or_default()
    }

    fn try_parse(value: &[u8]) -> Option<Host> {
        let text = core::str::from_utf8(value).ok()?;
        let (name, port) = match text.split_once(':') {
            None => (text, None),
            Some((name, digits)) => {
                let port = decimal(digits.as_bytes()).filter(|port| *port != 0)?;
                (name, Some(u16::try_from(port).ok()?))
            }
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_name) {
            return None;
        }
        let name = String::try_from(name).ok()?;
        Some(Host { name, port })
    }

    /// The URL of the service that listens `shift` ports beside the one that was asked (`own`).
    pub fn url(&self, own: u16, shift: i16) -> impl fmt::Display + '_ {
        let port = self
            .port
            .unwrap_or(own)
            .checked_add_signed(shift)
            .filter(|port| *port != 0);
        match port {
            Some(port) if !self.name.is_empty() => Url(Some(&self.name), port),
            _ => Url(None, own.wrapping_add_signed(shift)),
        }
    }
}

struct Url<'a>(Option<&'a str>, u16);

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "http://{name}:{}/", self.1),
            None => write!(f, "http://{ADDRESS}:{}/", self.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update_url(host: &str) -> std::string::String {
        Host::parse(host.as_bytes()).url(80, 8).to_string()
    }

    #[test]
    fn links_lead_eight_ports_up_on_the_name_the_browser_used() {
        assert_eq!(update_url("192.168.123.1"), "http://192.168.123.1:88/");
        assert_eq!(update_url("localhost:8080"), "http://localhost:8088/");
        assert_eq!(update_url(" d1.local:80 "), "http://d1.local:88/");
        let back = Host::parse(b"127.0.0.1:8088").url(88, -8).to_string();
        assert_eq!(back, "http://127.0.0.1:8080/");
    }

    #[test]
    fn a_host_that_is_no_name_is_never_repeated() {
        for host in [
            "",
            "\"><script>alert(1)</script>",
            "a b",
            "x/y",
            "d1:",
            "d1:0",
            "d1:65536",
            "d1:80:80",
            "[::1]:80",
            "d1@evil",
            &"x".repeat(64),
        ] {
            assert_eq!(update_url(host), "http://192.168.123.1:88/", "{host:?}");
        }
        assert_eq!(Host::parse(b"\xFF\xFE"), Host::default());
    }

    #[test]
    fn a_port_that_has_no_neighbour_leads_to_the_devices_address() {
        assert_eq!(update_url("d1:65530"), "http://192.168.123.1:88/");
        let back = Host::parse(b"d1:8").url(88, -8).to_string();
        assert_eq!(back, "http://192.168.123.1:80/");
    }
}
