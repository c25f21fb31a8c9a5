//! An exception whose handler has not returned: what a crash may turn out to have begun with.
//!
//! Exceptions are no crashes by themselves: handlers emulate what faulted, and return. So the state
//! at the exception is kept until its handler returns, and a crash is what the board makes of one that
//! does not.

use super::exception::Taken;
use super::history::Transfer;
use super::special::Special;
use super::Cpu;

/// The state at an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The exception.
    pub taken: Taken,
    /// The first that its handler ran into with PS.EXCM set.
    pub double: Option<Taken>,
    /// Address registers.
    pub registers: [u32; 16],
    /// PS before it was entered.
    pub ps: u32,
    /// Calls and returns before it, newest first.
    pub transfers: Vec<Transfer>,
}

/// Exceptions and interrupts whose handlers have not returned.
#[derive(Clone, Default)]
pub(super) struct Handlers {
    /// How many.
    depth: u32,
    /// The outermost that is no interrupt, and how deep it is.
    fault: Option<(u32, Box<Fault>)>,
    /// The one that was there when the core was reset.
    interrupted_by_reset: Option<Box<Fault>>,
}

impl Cpu {
    /// The exception whose handler has not returned.
    pub fn fault(&self) -> Option<&Fault> {
        let (_, fault) = self.handlers.fault.as_ref()?;
        Some(fault)
    }

    /// The exception whose handler had not returned when the core was reset.
    pub fn take_fault_before_reset(&mut self) -> Option<Fault> {
        self.handlers
            .interrupted_by_reset
            .take()
            .map(|fault| *fault)
    }

    /// Calls and returns, newest first.
    pub fn transfers(&self) -> Vec<Transfer> {
        self.history.newest_first()
    }

    /// A routine of the mask ROM that the board does returns.
    pub(crate) fn note_return(&mut self, from: u32, to: u32) {
        self.history.add(Transfer {
            from,
            to,
            is_call: false,
        });
    }

    /// An exception is being taken, and its handler is about to be entered.
    pub(super) fn keep_fault(&mut self, taken: Taken) {
        match &mut self.handlers.fault {
            Some((_, fault)) if taken.double => {
                fault.double.get_or_insert(taken);
            }
            Some(_) => {}
            None => {
                let fault = Fault {
                    taken,
                    double: None,
                    registers: self.ar,
                    ps: self.sr(Special::Ps),
                    transfers: self.transfers(),
                };
                self.handlers.fault = Some((self.handlers.depth + 1, Box::new(fault)));
            }
        }
    }

    /// A handler is entered, for an exception or an interrupt.
    pub(super) fn note_handler(&mut self) {
        self.handlers.depth = self.handlers.depth.saturating_add(1);
    }

    /// A handler returns to what it interrupted.
    pub(crate) fn note_handler_return(&mut self) {
        self.handlers.depth = self.handlers.depth.saturating_sub(1);
        if let Some((depth, _)) = self.handlers.fault {
            if depth > self.handlers.depth {
                self.handlers.fault = None;
            }
        }
    }

    /// The core is reset.
    pub(super) fn forget_handlers(&mut self) {
        let Handlers {
            fault,
            interrupted_by_reset,
            ..
        } = std::mem::take(&mut self.handlers);
        // The board's reset and that of the ROM's reset vector are one.
        self.handlers.interrupted_by_reset = fault.map(|(_, fault)| fault).or(interrupted_by_reset);
    }
}
