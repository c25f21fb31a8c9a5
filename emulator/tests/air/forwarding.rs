//! Host sockets through the station to the guest and back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use crate::guest::World;
use d1_emulator::air::forward::Forwards;
use d1_emulator::air::StationId;
use smoltcp::socket::tcp;

/// Polls at the most until something that should come did.
const MAX_POLLS: usize = 2_000_000;

fn bound(server: &str) -> (Forwards, u16) {
    for port in (40_000 + std::process::id() as u16 % 20_000..).step_by(16) {
        if let Ok(forwards) = Forwards::bind(port, server) {
            return (forwards, port);
        }
    }
    unreachable!("no free ports")
}

/// Emulated milliseconds and polls in turn, until `done`.
fn run_until(
    world: &mut World,
    forwards: &mut Forwards,
    station: StationId,
    mut done: impl FnMut(&mut World) -> bool,
) {
    for _ in 0..MAX_POLLS {
        if done(world) {
            return;
        }
        let now = world.now;
        forwards.poll(world.station(station), now);
        world.run(1_000);
    }
    panic!("it never came");
}

fn read_some(stream: &mut TcpStream, into: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 4096];
    match stream.read(&mut buffer) {
        Ok(0) => return true,
        Ok(count) => into.extend(&buffer[..count]),
        Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
    }
    false
}

#[test]
fn a_browser_reaches_the_page_and_half_close_passes() {
    let (mut world, station) = World::with_joined_station(1);
    let (mut forwards, port) = bound("127.0.0.1:1");
    let mut browser = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request: Vec<u8> = (0..50_000u32).map(|n| n as u8).collect();
    let sending = request.clone();
    let mut writer = browser.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        writer.write_all(&sending).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut answer = Vec::new();
    let mut ended = false;
    run_until(&mut world, &mut forwards, station, |_| {
        if thread.is_finished() || answer.len() < request.len() {
            browser.set_nonblocking(true).unwrap();
            ended |= read_some(&mut browser, &mut answer);
            browser.set_nonblocking(false).unwrap();
        }
        ended
    });
    thread.join().unwrap();
    assert_eq!(answer, request);
}

#[test]
fn a_browser_at_a_closed_port_is_told() {
    let (mut world, station) = World::with_joined_station(1);
    let (mut forwards, port) = bound("127.0.0.1:1");
    let mut browser = TcpStream::connect(("127.0.0.1", port + 8)).unwrap();
    browser.write_all(b"GET /update HTTP/1.1\r\n\r\n").unwrap();
    browser.set_nonblocking(true).unwrap();
    let (mut answer, mut ended) = (Vec::new(), false);
    run_until(&mut world, &mut forwards, station, |_| {
        ended |= read_some(&mut browser, &mut answer);
        ended
    });
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("refused"), "{answer}");
}

#[test]
fn the_device_reaches_the_image_server() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let (mut world, station) = World::with_joined_station(1);
    let (mut forwards, _) = bound(&address);
    let image: Vec<u8> = (0..70_000u32).map(|n| (n * 3) as u8).collect();
    let serving = image.clone();
    let thread = std::thread::spawn(move || {
        let (mut client, _) = server.accept().unwrap();
        let mut request = [0; 14];
        client.read_exact(&mut request).unwrap();
        client.write_all(&serving).unwrap();
        request
    });
    forwards.poll(world.station(station), d1_emulator::time::Time::default());
    world.ap.network.call(8888, b"GET /user2.bin");
    run_until(&mut world, &mut forwards, station, |world| {
        world.ap.network.answer.len() >= image.len()
    });
    assert_eq!(world.ap.network.answer, image);
    assert_eq!(&thread.join().unwrap(), b"GET /user2.bin");
    run_until(&mut world, &mut forwards, station, |world| {
        matches!(
            world.ap.network.caller_state(),
            tcp::State::Closed | tcp::State::TimeWait
        )
    });
}

#[test]
fn a_server_that_is_not_there_resets_the_device() {
    // A port that was free a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap().to_string();
    drop(gone);
    let (mut world, station) = World::with_joined_station(1);
    let (mut forwards, _) = bound(&address);
    forwards.poll(world.station(station), d1_emulator::time::Time::default());
    world.ap.network.call(8888, b"GET /user2.bin");
    run_until(&mut world, &mut forwards, station, |world| {
        world.ap.network.caller_state() == tcp::State::Closed
    });
    let log = forwards.log();
    assert!(log.len() == 1 && log[0].contains(&address), "{log:?}");
}
