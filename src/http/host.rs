//! The name under which a browser reached the device, fit to be shown again, and whether it may.

use core::fmt;

use heapless::String;

use super::decimal;
use crate::network::ADDRESS;

/// The longest name that is repeated; DNS allows a label no more.
const NAME_LEN_MAX: usize = 63;
/// The port of a URL that states none.
const DEFAULT_PORT: u16 = 80;
/// How far the trigger's port is from the page's.
const SHIFT: u16 = crate::network::TRIGGER_PORT - crate::network::PAGE_PORT;
/// Ends of names that no stranger can have the public DNS resolve: RFC 6761, 6762, 8375, and ICANN's reservation.
const PRIVATE_SUFFIXES: [&str; 5] = [".local", ".localhost", ".lan", ".internal", ".home.arpa"];

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
    /// Reads a Host header's value; `None` for anything odd.
    pub fn parse(value: &[u8]) -> Option<Host> {
        let text = core::str::from_utf8(value.trim_ascii()).ok()?;
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

    /// Whether the name cannot be a stranger's.
    ///
    /// A page of `evil.example` whose address changes to ours is of the same origin as our page, to a browser: it
    /// could read the token (DNS rebinding). So the device answers to addresses, to names without a dot, and to
    /// names that the public DNS does not resolve. No Host header at all is no browser.
    pub fn is_private(&self) -> bool {
        let name = self.name.as_str();
        let is_address = || name.parse::<core::net::Ipv4Addr>().is_ok();
        let has_private_end = |suffix: &&str| {
            let start = name.len().checked_sub(suffix.len());
            start
                .and_then(|start| name.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        !name.contains('.') || is_address() || PRIVATE_SUFFIXES.iter().any(has_private_end)
    }

    /// Whether an Origin or Referer header's value is of the status page or the trigger, as reached by this
    /// name: the same name, the same port or the page's beside it.
    pub fn is_origin(&self, value: &[u8]) -> bool {
        let Some(rest) = value.trim_ascii().strip_prefix(b"http://") else {
            return false;
        };
        let authority = rest
            .split(|byte| b"/?#".contains(byte))
            .next()
            .unwrap_or(rest);
        let Some(origin) = Host::parse(authority) else {
            return false;
        };
        let port = self.port.unwrap_or(DEFAULT_PORT);
        let from = origin.port.unwrap_or(DEFAULT_PORT);
        origin.name.eq_ignore_ascii_case(&self.name)
            && (from == port || from.checked_add(SHIFT) == Some(port))
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

    fn host(value: &str) -> Host {
        Host::parse(value.as_bytes()).unwrap_or_else(|| panic!("{value:?} is odd"))
    }

    #[test]
    fn links_lead_eight_ports_up_on_the_name_the_browser_used() {
        let update_url = |value| host(value).url(80, 8).to_string();
        assert_eq!(update_url("192.168.123.1"), "http://192.168.123.1:88/");
        assert_eq!(update_url("localhost:8080"), "http://localhost:8088/");
        assert_eq!(update_url(" d1.local:80 "), "http://d1.local:88/");
        let back = host("127.0.0.1:8088").url(88, -8).to_string();
        assert_eq!(back, "http://127.0.0.1:8080/");
        let none = Host::default().url(80, 8).to_string();
        assert_eq!(none, "http://192.168.123.1:88/");
    }

    #[test]
    fn a_host_that_is_no_name_is_never_repeated() {
        for value in [
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
            assert_eq!(Host::parse(value.as_bytes()), None, "{value:?}");
        }
        assert_eq!(Host::parse(b"\xFF\xFE"), None);
    }

    #[test]
    fn a_port_that_has_no_neighbour_leads_to_the_devices_address() {
        let url = host("d1:65530").url(80, 8).to_string();
        assert_eq!(url, "http://192.168.123.1:88/");
        let back = host("d1:8").url(88, -8).to_string();
        assert_eq!(back, "http://192.168.123.1:80/");
    }

    #[test]
    fn names_that_a_stranger_can_own_are_not_private() {
        for value in [
            "192.168.123.1",
            "127.0.0.1:8080",
            "localhost:8088",
            "LOCALHOST",
            "d1",
            "d1.local",
            "D1.Local:80",
            "d1.home.arpa",
        ] {
            assert!(host(value).is_private(), "{value}");
        }
        for value in [
            "evil.example",
            "evil.example:88",
            "192.168.123.1.evil.example",
            "1.2.3",
            "192.168.123.1.",
            "evil.example.",
            "local.example",
            "notlocal.com",
        ] {
            assert!(!host(value).is_private(), "{value}");
        }
        assert!(Host::default().is_private());
    }

    #[test]
    fn only_the_page_and_the_trigger_of_this_name_are_its_origins() {
        let trigger = host("localhost:8088");
        for value in [
            "http://localhost:8080",
            "http://LocalHost:8088",
            "http://localhost:8080/",
            "http://localhost:8088/?token=0",
        ] {
            assert!(trigger.is_origin(value.as_bytes()), "{value}");
        }
        for value in [
            "null",
            "",
            "https://localhost:8080",
            "http://localhost",
            "http://localhost:3000",
            "http://localhost:8096",
            "http://evil.example:8080",
            "http://localhost:8080.evil.example",
            "http://localhost:8080@evil.example",
            "http://evil.example/http://localhost:8080",
        ] {
            assert!(!trigger.is_origin(value.as_bytes()), "{value}");
        }
        // A browser leaves out port 80.
        assert!(host("192.168.123.1:88").is_origin(b"http://192.168.123.1/"));
        assert!(host("192.168.123.1").is_origin(b"http://192.168.123.1"));
    }
}
