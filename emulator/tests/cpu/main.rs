//! Tests of the LX106 core, against plain memory.
//!
//! Encodings come from `asm` (checked against GNU as in `decode`), expectations from
//! the ISA manual; `differential` runs random programs here and in QEMU.

mod alu;
mod asm;
mod branch;
mod debug;
mod decode;
mod differential;
mod exception;
mod interrupt;
mod judge;
mod memory;
mod objdump;
mod ram;
mod special;
mod speed;
