//! UART0 on a TCP port: raw bytes or RFC 2217, one program at a time.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use d1_emulator::board::{Machine, Strap};

use super::auto_reset::AutoReset;
use super::rfc2217::{escape, Event, Session};
use crate::problem::Problem;

/// Output kept for a program that does not read; beyond it the oldest is lost, as on a wire.
/// esptool leaves up to 256 KiB unread while it writes what it got to a file.
const HOLD_LEN: usize = 1024 * 1024;
/// Input taken ahead of what the line has carried; the rest waits in the program.
const TYPE_AHEAD_LEN: usize = 4096;

/// How a program on the host gets at UART0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UartAccess {
    /// Raw bytes on this port of 127.0.0.1.
    Tcp(u16),
    /// RFC 2217 on this port of 127.0.0.1, with DTR and RTS on the auto-reset circuit.
    Rfc2217(u16),
}

/// The listening port and the program connected to it.
pub(super) struct UartPort {
    listener: TcpListener,
    address: SocketAddr,
    speaks_rfc2217: bool,
    circuit: AutoReset,
    program: Option<Program>,
}

/// A connected program.
struct Program {
    stream: TcpStream,
    session: Option<Session>,
    unsent: Vec<u8>,
}

impl UartPort {
    /// Listens on 127.0.0.1, for a board whose straps are held like this.
    pub(super) fn bind(access: UartAccess, strap: Strap) -> Result<UartPort, Problem> {
        let (port, speaks_rfc2217) = match access {
            UartAccess::Tcp(port) => (port, false),
            UartAccess::Rfc2217(port) => (port, true),
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let problem = |error| Problem::port(address, &error, "--uart");
        let listener = TcpListener::bind(address).map_err(problem)?;
        listener.set_nonblocking(true).map_err(problem)?;
        let address = listener.local_addr().map_err(problem)?;
        Ok(UartPort {
            listener,
            address,
            speaks_rfc2217,
            circuit: AutoReset::on(strap),
            program: None,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the program what the device `said`, and types what the program sent.
    pub(super) fn exchange(&mut self, said: &[u8], machine: &mut Machine) {
        // A new program takes the line over: the old one may hang without knowing.
        while let Ok((stream, _)) = self.listener.accept() {
            self.drop_program(machine);
            let usable = stream.set_nonblocking(true).and(stream.set_nodelay(true));
            self.program = usable.is_ok().then(|| Program {
                stream,
                session: self.speaks_rfc2217.then(Session::default),
                unsent: Vec::new(),
            });
        }
        let Some(program) = &mut self.program else {
            return;
        };
        program.hear(said);
        let alive = program.type_in(machine, self.circuit) && program.send();
        if !alive {
            self.drop_program(machine);
        }
    }

    /// Lets go of the program; an adapter nobody has open clears its lines.
    fn drop_program(&mut self, machine: &mut Machine) {
        if self.program.take().is_some() && self.speaks_rfc2217 {
            self.circuit.drive(machine, false, false);
        }
    }
}

impl Program {
    /// Keeps what the device said until it can be sent.
    fn hear(&mut self, said: &[u8]) {
        match self.session {
            Some(_) => self.unsent.extend(escape(said)),
            None => self.unsent.extend_from_slice(said),
        }
        let excess = self.unsent.len().saturating_sub(HOLD_LEN);
        self.unsent.drain(..excess);
    }

    /// Sends what can be sent; `false` when the program is gone.
    fn send(&mut self) -> bool {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(0) => return false,
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) => return is_harmless(error.kind()),
            }
        }
        true
    }

    /// Types some of what has arrived, as far as the line can take it; `false` when the program is
    /// gone. One look a turn: a program that sends without end must not hold the board up.
    fn type_in(&mut self, machine: &mut Machine, circuit: AutoReset) -> bool {
        if machine.typed_backlog() >= TYPE_AHEAD_LEN {
            return true;
        }
        let mut bytes = [0; TYPE_AHEAD_LEN];
        match self.stream.read(&mut bytes) {
            Ok(0) => return false,
            Ok(count) => self.pass_on(&bytes[..count], machine, circuit),
            Err(error) => return is_harmless(error.kind()),
        }
        true
    }

    fn pass_on(&mut self, bytes: &[u8], machine: &mut Machine, circuit: AutoReset) {
        let Some(session) = &mut self.session else {
            return machine.type_console(bytes);
        };
        for byte in bytes {
            match session.push(*byte) {
                Some(Event::Data(byte)) => machine.type_console(&[byte]),
                Some(Event::Lines) => {
                    let (dtr, rts) = session.lines();
                    circuit.drive(machine, dtr, rts);
                }
                None => {}
            }
        }
        self.unsent.extend(session.take_replies());
    }
}

fn is_harmless(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
