//! A debugger on a TCP port, one at a time.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use d1_emulator::board::{Machine, Stop};
use d1_emulator::gdb::Session;

use super::Audience;
use crate::problem::Problem;

/// How long to wait for the client while the core is held: the other ports and Ctrl-C want
/// to be looked at too.
const WAIT: Duration = Duration::from_millis(5);
/// A client that does not read its answers for that long is gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// The listening port and the debugger connected to it.
pub(super) struct DebuggerPort {
    listener: TcpListener,
    address: SocketAddr,
    client: Option<(TcpStream, Session)>,
}

impl DebuggerPort {
    /// Listens on 127.0.0.1.
    pub(super) fn bind(port: u16) -> Result<DebuggerPort, Problem> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let problem = |error| Problem::port(address, &error, "--gdb PORT");
        let listener = TcpListener::bind(address).map_err(problem)?;
        listener.set_nonblocking(true).map_err(problem)?;
        let address = listener.local_addr().map_err(problem)?;
        Ok(DebuggerPort {
            listener,
            address,
            client: None,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the client of `stop` and does what it says; waits a moment while the core is held.
    pub(super) fn attend(
        &mut self,
        stop: &Stop,
        machine: &mut Machine,
        audience: &mut dyn Audience,
    ) {
        self.accept(machine, audience);
        let Some((mut stream, mut session)) = self.client.take() else {
            if machine.is_halted() {
                thread::sleep(WAIT);
            }
            return;
        };
        match attend(&mut stream, &mut session, stop, machine) {
            Ok(()) => self.client = Some((stream, session)),
            Err(why) => {
                session.end(machine);
                audience.note(&format!("the debugger {why}; the core runs"));
            }
        }
    }

    /// A new client takes over: the old one may hang without knowing.
    fn accept(&mut self, machine: &mut Machine, audience: &mut dyn Audience) {
        while let Ok((stream, from)) = self.listener.accept() {
            let usable = stream
                .set_nodelay(true)
                .and(stream.set_read_timeout(Some(WAIT)))
                .and(stream.set_write_timeout(Some(PATIENCE)));
            if usable.is_err() {
                continue;
            }
            if let Some((_, session)) = self.client.take() {
                session.end(machine);
            }
            self.client = Some((stream, Session::begin(machine)));
            let pc = machine.cpu().pc();
            audience.note(&format!(
                "a debugger at {from} holds the core at {pc:#010x}"
            ));
        }
    }
}

/// One exchange; the error says what the client did to end the session.
fn attend(
    stream: &mut TcpStream,
    session: &mut Session,
    stop: &Stop,
    machine: &mut Machine,
) -> Result<(), String> {
    let gone = |error: std::io::Error| format!("is gone ({error})");
    let told = session.report(stop, machine);
    let heard = told.map_err(|ending| ending.to_string()).and_then(|()| {
        let mut bytes = [0; 4096];
        stream.set_nonblocking(!machine.is_halted()).map_err(gone)?;
        match stream.read(&mut bytes) {
            Ok(0) => Err("hung up".to_string()),
            Ok(count) => session
                .hear(&bytes[..count], machine)
                .map_err(|ending| ending.to_string()),
            Err(error) if is_harmless(error.kind()) => Ok(()),
            Err(error) => Err(gone(error)),
        }
    });
    stream.set_nonblocking(false).map_err(gone)?;
    stream.write_all(&session.take_unsent()).map_err(gone)?;
    heard
}

fn is_harmless(kind: ErrorKind) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(kind, WouldBlock | TimedOut | Interrupted)
}
