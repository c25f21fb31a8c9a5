//! GDB's remote protocol for a [`crate::board::Machine`], on the `gdbstub` crate.
//!
//! [`Session`] takes the bytes a client sent and gives back those to send; sockets are
//! the caller's. `target`, `stops` and `monitor` translate what gdbstub asks for into what
//! [`crate::board::debug`] offers; [`register`] and `arch` hold what gdb has to know of the
//! LX106. The board knows nothing of all this.

mod arch;
mod monitor;
pub mod register;
mod session;
mod stops;
mod target;

pub use session::{Ending, Session};

#[cfg(test)]
mod tests;
