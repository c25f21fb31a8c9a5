//! Host sockets against a station that has no device.
//!
//! What needs a device is tested where there is one (tests/air/forwarding.rs).

use super::*;
use crate::air::StationConfig;
use std::io::{Read, Write};

fn bound() -> (Forwards, u16) {
    // Two free ports at that distance; another process may be quicker, so try some.
    for page_port in (20_000 + std::process::id() as u16 % 20_000..).step_by(16) {
        if let Ok(forwards) = Forwards::bind(page_port, "127.0.0.1:1") {
            return (forwards, page_port);
        }
    }
    unreachable!("no free ports")
}

#[test]
fn a_visitor_waits_and_is_told_when_the_device_never_comes_up() {
    let (mut forwards, port) = bound();
    let mut station = Station::new(StationConfig::default(), 1, Time::default());
    let mut browser = TcpStream::connect(("127.0.0.1", port + 8)).unwrap();
    browser.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    while !forwards.is_busy() {
        forwards.poll(&mut station, Time::default());
    }
    let almost = Time(PATIENCE.0 - 1);
    assert!(!forwards.poll(&mut station, almost));
    forwards.poll(&mut station, PATIENCE);
    let mut answer = String::new();
    browser.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("has not brought up"), "{answer}");
    while forwards.poll(&mut station, PATIENCE) {}
    assert!(!forwards.is_busy());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (_forwards, port) = bound();
    let Err(error) = Forwards::bind(port, "127.0.0.1:1") else {
        panic!("bound twice");
    };
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert!(Forwards::bind(65_530, "127.0.0.1:1").is_err());
}
