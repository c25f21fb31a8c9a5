//! UART0 on a TCP port: raw bytes, one program at a time.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use d1_emulator::board::Machine;

use crate::problem::Problem;

/// Output kept for a program that does not read; beyond it the oldest is lost, as on a wire.
const HOLD_LEN: usize = 64 * 1024;

/// The listening port and the program connected to it.
pub(super) struct UartPort {
    listener: TcpListener,
    address: SocketAddr,
    program: Option<TcpStream>,
    unsent: Vec<u8>,
}

impl UartPort {
    /// Listens on 127.0.0.1.
    pub(super) fn bind(port: u16) -> Result<UartPort, Problem> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let problem = |error| Problem::port(address, &error, "--uart tcp:PORT");
        let listener = TcpListener::bind(address).map_err(problem)?;
        listener.set_nonblocking(true).map_err(problem)?;
        let address = listener.local_addr().map_err(problem)?;
        Ok(UartPort {
            listener,
            address,
            program: None,
            unsent: Vec::new(),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the program what the device `said`, and types what the program sent.
    pub(super) fn exchange(&mut self, said: &[u8], machine: &mut Machine) {
        // A new program takes the line over: the old one may hang without knowing.
        while let Ok((program, _)) = self.listener.accept() {
            self.unsent.clear();
            let usable = program.set_nonblocking(true).and(program.set_nodelay(true));
            self.program = usable.is_ok().then_some(program);
        }
        let Some(program) = &mut self.program else {
            return;
        };
        self.unsent.extend_from_slice(said);
        let excess = self.unsent.len().saturating_sub(HOLD_LEN);
        self.unsent.drain(..excess);
        let alive = send(program, &mut self.unsent) && type_in(program, machine);
        if !alive {
            self.program = None;
        }
    }
}

/// Sends what can be sent; `false` when the program is gone.
fn send(program: &mut TcpStream, unsent: &mut Vec<u8>) -> bool {
    while !unsent.is_empty() {
        match program.write(unsent) {
            Ok(0) => return false,
            Ok(count) => drop(unsent.drain(..count)),
            Err(error) => return is_harmless(error.kind()),
        }
    }
    true
}

/// Types what has arrived; `false` when the program is gone.
fn type_in(program: &mut TcpStream, machine: &mut Machine) -> bool {
    let mut bytes = [0; 4096];
    loop {
        match program.read(&mut bytes) {
            Ok(0) => return false,
            Ok(count) => machine.type_console(&bytes[..count]),
            Err(error) => return is_harmless(error.kind()),
        }
    }
}

fn is_harmless(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
