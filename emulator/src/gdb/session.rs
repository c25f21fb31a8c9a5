//! One client's session: bytes in, bytes out.

use super::stops::reason;
use crate::board::{Machine, Stop};
use core::convert::Infallible;
use core::fmt;
use gdbstub::common::Signal;
use gdbstub::conn::Connection;
use gdbstub::stub::state_machine::GdbStubStateMachine;
use gdbstub::stub::{DisconnectReason, GdbStub, GdbStubError, SingleThreadStopReason};

type Stub = GdbStubStateMachine<'static, Machine, Outbox>;
type Failure = GdbStubError<Infallible, Infallible>;

/// A debugger's hold on a machine.
pub struct Session {
    /// `None` once the session is over.
    stub: Option<Stub>,
    unsent: Vec<u8>,
}

/// How a session ended. The core runs again, without breakpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client let go.
    Detached,
    /// The client wanted the program dead. A board has no such thing: it runs on.
    Killed,
    /// The board is dark.
    PowerCut,
    /// What the client sent is not the protocol.
    Refused(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Ending::Detached => f.write_str("detached"),
            Ending::Killed => f.write_str("asked to kill the program"),
            Ending::PowerCut => f.write_str("was told of the power cut"),
            Ending::Refused(what) => write!(f, "sent what is not gdb's protocol ({what})"),
        }
    }
}

impl Session {
    /// A client has come: the core is held, as the protocol has it.
    pub fn begin(machine: &mut Machine) -> Session {
        machine.halt();
        let stub = GdbStub::new(Outbox::default()).run_state_machine(machine);
        Session {
            // It can only fail in the connection, and an `Outbox` does not.
            stub: stub.ok(),
            unsent: Vec::new(),
        }
    }

    /// Does what the client sent.
    ///
    /// # Errors
    /// The session is over, for the reason in the error; the rest of `bytes` is not looked at.
    pub fn hear(&mut self, bytes: &[u8], machine: &mut Machine) -> Result<(), Ending> {
        for &byte in bytes {
            self.advance(machine, |stub, machine| hear(stub, byte, machine))?;
        }
        Ok(())
    }

    /// Tells a client that waits for it why the core stopped.
    ///
    /// # Errors
    /// The session is over, for the reason in the error.
    pub fn report(&mut self, stop: &Stop, machine: &mut Machine) -> Result<(), Ending> {
        let Some(reason) = reason(stop) else {
            return Ok(());
        };
        self.advance(machine, |stub, machine| match stub {
            GdbStubStateMachine::Running(stub) => stub.report_stop(machine, reason),
            stub => Ok(stub),
        })
    }

    /// Takes what is to be sent to the client.
    pub fn take_unsent(&mut self) -> Vec<u8> {
        if let Some(stub) = &mut self.stub {
            collect(stub, &mut self.unsent);
        }
        std::mem::take(&mut self.unsent)
    }

    /// The client is gone: the core runs again, without breakpoints.
    pub fn end(self, machine: &mut Machine) {
        machine.release();
    }

    fn advance(
        &mut self,
        machine: &mut Machine,
        step: impl FnOnce(Stub, &mut Machine) -> Result<Stub, Failure>,
    ) -> Result<(), Ending> {
        let Some(stub) = self.stub.take() else {
            return Err(Ending::Refused("the session is over".into()));
        };
        let ending = match step(stub, machine) {
            Ok(GdbStubStateMachine::Disconnected(stub)) => {
                let ending = match stub.get_reason() {
                    DisconnectReason::Disconnect => Ending::Detached,
                    DisconnectReason::Kill => Ending::Killed,
                    DisconnectReason::TargetExited(_) | DisconnectReason::TargetTerminated(_) => {
                        Ending::PowerCut
                    }
                };
                collect(&mut stub.into(), &mut self.unsent);
                ending
            }
            Ok(stub) => {
                self.stub = Some(stub);
                return Ok(());
            }
            Err(error) => Ending::Refused(error.to_string()),
        };
        machine.release();
        Err(ending)
    }
}

/// One byte of the client's; Ctrl-C holds the core.
fn hear(stub: Stub, byte: u8, machine: &mut Machine) -> Result<Stub, Failure> {
    let was_running = matches!(stub, GdbStubStateMachine::Running(_));
    let stub = match stub {
        GdbStubStateMachine::Idle(stub) => stub.incoming_data(machine, byte)?,
        GdbStubStateMachine::Running(stub) => stub.incoming_data(machine, byte)?,
        stub => stub,
    };
    match stub {
        GdbStubStateMachine::CtrlCInterrupt(stub) => {
            machine.halt();
            // A core that is held already has nothing more to report.
            let reason = was_running.then_some(SingleThreadStopReason::Signal(Signal::SIGINT));
            stub.interrupt_handled(machine, reason)
        }
        stub => Ok(stub),
    }
}

fn collect(stub: &mut Stub, unsent: &mut Vec<u8>) {
    let outbox = match stub {
        GdbStubStateMachine::Idle(stub) => stub.borrow_conn(),
        GdbStubStateMachine::Running(stub) => stub.borrow_conn(),
        GdbStubStateMachine::CtrlCInterrupt(stub) => stub.borrow_conn(),
        GdbStubStateMachine::Disconnected(stub) => stub.borrow_conn(),
    };
    unsent.append(&mut outbox.0);
}

/// Where gdbstub writes.
#[derive(Default)]
struct Outbox(Vec<u8>);

impl Connection for Outbox {
    type Error = Infallible;

    fn write(&mut self, byte: u8) -> Result<(), Infallible> {
        self.0.push(byte);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
