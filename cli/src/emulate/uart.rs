//! UART0 for one program at a time: on a TCP port, raw or RFC 2217, or as a pseudo-terminal.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use d1_emulator::board::{Machine, Strap};

use super::auto_reset::AutoReset;
use super::rfc2217::{escape, Event, Session};
use super::terminal::Terminal;
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
    /// A pseudo-terminal of this system: what serial programs expect, but without DTR and RTS.
    Terminal,
}

/// The listening port, if it is one, and the program connected.
pub(super) struct UartPort {
    door: Door,
    speaks_rfc2217: bool,
    circuit: AutoReset,
    program: Option<Program>,
}

/// Where programs come in.
enum Door {
    Port(TcpListener, SocketAddr),
    Terminal(Terminal),
}

/// A way to a program and back.
trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// A connected program.
struct Program {
    line: Box<dyn Line>,
    session: Option<Session>,
    unsent: Vec<u8>,
}

impl UartPort {
    /// Listens on 127.0.0.1, for a board whose straps are held like this.
    pub(super) fn bind(access: UartAccess, strap: Strap) -> Result<UartPort, Problem> {
        let (port, speaks_rfc2217) = match access {
            UartAccess::Tcp(port) => (port, false),
            UartAccess::Rfc2217(port) => (port, true),
            UartAccess::Terminal => return UartPort::on_terminal(strap),
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let problem = |error| Problem::port(address, &error, "--uart");
        let listener = TcpListener::bind(address).map_err(problem)?;
        listener.set_nonblocking(true).map_err(problem)?;
        let address = listener.local_addr().map_err(problem)?;
        Ok(UartPort {
            door: Door::Port(listener, address),
            speaks_rfc2217,
            circuit: AutoReset::on(strap),
            program: None,
        })
    }

    fn on_terminal(strap: Strap) -> Result<UartPort, Problem> {
        let (terminal, line) = Terminal::open()?;
        let program = Program {
            line: Box::new(line),
            session: None,
            unsent: Vec::new(),
        };
        Ok(UartPort {
            door: Door::Terminal(terminal),
            speaks_rfc2217: false,
            circuit: AutoReset::on(strap),
            program: Some(program),
        })
    }

    /// Where it listens, if it is a port.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match &self.door {
            Door::Port(_, address) => Some(*address),
            Door::Terminal(_) => None,
        }
    }

    /// The terminal's device, if it is one.
    pub(super) fn terminal(&self) -> Option<&Path> {
        match &self.door {
            Door::Port(..) => None,
            Door::Terminal(terminal) => Some(terminal.path()),
        }
    }

    /// The way in as pyserial and our `--port` spell it.
    pub(super) fn name(&self) -> String {
        match &self.door {
            Door::Port(_, address) if self.speaks_rfc2217 => format!("rfc2217://{address}"),
            Door::Port(_, address) => format!("socket://{address}"),
            Door::Terminal(terminal) => terminal.path().display().to_string(),
        }
    }

    /// The program that has just connected, if one has.
    fn accept(&self) -> Option<TcpStream> {
        match &self.door {
            Door::Port(listener, _) => Some(listener.accept().ok()?.0),
            Door::Terminal(_) => None,
        }
    }

    /// Gives the program what the device `said`, and types what the program sent.
    pub(super) fn exchange(&mut self, said: &[u8], machine: &mut Machine) {
        // A new program takes the line over: the old one may hang without knowing.
        while let Some(stream) = self.accept() {
            self.drop_program(machine);
            let usable = stream.set_nonblocking(true).and(stream.set_nodelay(true));
            self.program = usable.is_ok().then(|| Program {
                line: Box::new(stream),
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
            match self.line.write(&self.unsent) {
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
        match self.line.read(&mut bytes) {
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
