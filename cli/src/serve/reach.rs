//! Whether devices can reach this server: the machine's addresses, a self-test, and advice about firewalls.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::connection::SELF_TEST;
use super::device;

/// How long the machine may take to answer itself, busy as it may be.
const PATIENCE: Duration = Duration::from_secs(5);

/// One of this machine's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// The system's name for it.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Whether this server answered there.
    pub answers: bool,
}

impl Interface {
    /// Whether it is in the network that a device makes.
    pub fn is_joined(&self) -> bool {
        self.address.octets()[..3] == device::ADDRESS.octets()[..3]
    }
}

/// Every IPv4 address of the machine that a server bound to `bound` listens on, tested.
pub(super) fn interfaces(bound: SocketAddr, nonce: &str) -> Vec<Interface> {
    // Without a list there is nothing to test, and the server works all the same.
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let mut found = Vec::new();
    for interface in all {
        let IpAddr::V4(address) = interface.ip() else {
            continue;
        };
        let is_bound = bound.ip().is_unspecified() || bound.ip() == IpAddr::V4(address);
        if is_bound {
            found.push(Interface {
                name: interface.name,
                address,
                answers: answers(SocketAddr::from((address, bound.port())), nonce),
            });
        }
    }
    found
}

/// Whether the server with this nonce answers there.
fn answers(address: SocketAddr, nonce: &str) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("GET {SELF_TEST} HTTP/1.0\r\n\r\n").as_bytes())?;
        let mut answer = Vec::new();
        stream.take(1024).read_to_end(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.ends_with(nonce.as_bytes()))
}

/// What to do when a device's call to `port` does not come through, for this system and its firewalls.
pub fn firewall_hints(port: u16) -> Vec<String> {
    let mut hints = Vec::new();
    if cfg!(windows) {
        hints.push(format!(
            "Windows: in a terminal run as administrator, `netsh advfirewall firewall add rule name=d1ota dir=in \
             action=allow protocol=TCP localport={port}`; the device's network may count as public, so allow it there"
        ));
    } else if cfg!(target_os = "macos") {
        hints.push(
            "macOS: System Settings, Network, Firewall, Options: allow incoming connections for d1ota".into(),
        );
    } else {
        let tools = [
            ("ufw", format!("`sudo ufw allow {port}/tcp`")),
            ("firewall-cmd", format!("`sudo firewall-cmd --add-port={port}/tcp`")),
            (
                "nft",
                format!(
                    "`sudo nft list ruleset` shows what stops it; `sudo nft insert rule inet filter input tcp \
                     dport {port} accept` lets it pass where there is such a chain"
                ),
            ),
            (
                "iptables",
                format!("`sudo iptables -I INPUT -p tcp --dport {port} -j ACCEPT`"),
            ),
        ];
        let is_here = |tool: &str| {
            ["/usr/sbin", "/sbin", "/usr/bin"]
                .iter()
                .any(|directory| Path::new(directory).join(tool).exists())
        };
        // The first that is installed is most likely the one in charge.
        let found = tools.iter().find(|(tool, _)| is_here(tool));
        if let Some((tool, advice)) = found {
            hints.push(format!("this machine has {tool}: {advice}"));
        }
    }
    hints.push("a VPN can be in the way too: end it while you update".into());
    hints
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn networks_that_devices_make_are_known_by_their_addresses() {
        let interface = |address| Interface {
            name: "wlan0".into(),
            address,
            answers: true,
        };
        assert!(interface(Ipv4Addr::new(192, 168, 123, 100)).is_joined());
        assert!(!interface(Ipv4Addr::new(192, 168, 1, 100)).is_joined());
    }

    #[test]
    fn another_program_on_the_port_is_not_taken_for_the_server() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 256]);
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello");
        });
        assert!(!answers(address, "d1ota 0123456789abcdef"));
        other.join().unwrap();
    }

    #[test]
    fn every_system_gets_advice_that_names_the_port_or_the_program() {
        let hints = firewall_hints(8888).concat();
        assert!(hints.contains("VPN"), "{hints}");
    }
}
