//! What an instruction costs, in core cycles.
//!
//! An estimate, not a measurement: the LX106 has a five-stage pipeline that
//! issues one instruction per cycle, and a transfer of control is known in the
//! execute stage, so that two younger fetches are lost. Not modelled: the
//! load-to-use interlock, the second cycle of multiplies, and waiting for
//! memories (the flash cache's misses would be the bus's to charge).

/// Any instruction, unless named below.
pub const BASE: u64 = 1;

/// A taken branch, a jump, a call, a return.
pub const TRANSFER: u64 = 3;

/// Entering an exception or interrupt vector, and returning from one.
pub const EXCEPTION: u64 = 5;
