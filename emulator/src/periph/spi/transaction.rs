//! What goes over the SPI wires in one chip-select, and who answers.

use crate::time::Time;

/// A chip on an SPI bus.
pub trait SpiChip {
    /// Performs one transaction that ends at `now`; `back` takes what the chip answers. `address` is the 24-bit address phase, if any.
    fn transact(
        &mut self,
        opcode: u8,
        address: Option<u32>,
        out: &[u8],
        back: &mut [u8],
        now: Time,
    );
}

/// Nothing on the bus: the input line floats high.
pub struct Unconnected;

impl SpiChip for Unconnected {
    fn transact(&mut self, _: u8, _: Option<u32>, _: &[u8], back: &mut [u8], _: Time) {
        back.fill(0xFF);
    }
}

/// How READ puts a read on the wires.
#[derive(Clone, Copy)]
pub(super) struct ReadMode {
    opcode: u8,
    /// Lines used for the address and its dummy clocks.
    address_lines: u64,
    data_lines: u64,
    dummy: u64,
}

impl ReadMode {
    /// The command byte.
    pub fn opcode(self) -> u8 {
        self.opcode
    }

    /// The mode selected by CTRL: bits 24 QIO, 23 DIO, 20 QOUT, 14 DOUT, 13 fast.
    pub fn of(ctrl: u32) -> ReadMode {
        let mode = |opcode, address_lines, data_lines, dummy| ReadMode {
            opcode,
            address_lines,
            data_lines,
            dummy,
        };
        if ctrl >> 24 & 1 != 0 {
            mode(0xEB, 4, 4, 6)
        } else if ctrl >> 23 & 1 != 0 {
            mode(0xBB, 2, 2, 4)
        } else if ctrl >> 20 & 1 != 0 {
            mode(0x6B, 1, 4, 8)
        } else if ctrl >> 14 & 1 != 0 {
            mode(0x3B, 1, 2, 8)
        } else if ctrl >> 13 & 1 != 0 {
            mode(0x0B, 1, 1, 8)
        } else {
            mode(0x03, 1, 1, 0)
        }
    }
}

/// One chip-select's worth of traffic.
pub(super) struct Transaction {
    pub opcode: u8,
    pub address: Option<u32>,
    pub out: Vec<u8>,
    /// Bytes the chip is asked for.
    pub back: usize,
    /// Length on the wires.
    pub clocks: u64,
}

impl Transaction {
    pub fn read(mode: ReadMode, address: u32, count: usize) -> Transaction {
        let clocks = 8 + 24 / mode.address_lines + mode.dummy + 8 * count as u64 / mode.data_lines;
        Transaction {
            opcode: mode.opcode,
            address: Some(address),
            out: Vec::new(),
            back: count,
            clocks,
        }
    }

    pub fn answer(opcode: u8, back: usize) -> Transaction {
        Transaction {
            opcode,
            address: None,
            out: Vec::new(),
            back,
            clocks: 0,
        }
        .timed(0)
    }

    pub fn write(opcode: u8, address: Option<u32>, out: &[u8]) -> Transaction {
        Transaction {
            opcode,
            address,
            out: out.to_vec(),
            back: 0,
            clocks: 0,
        }
        .timed(0)
    }

    /// Counts the clocks of a transaction on single lines.
    pub fn timed(mut self, dummy: u64) -> Transaction {
        let address = if self.address.is_some() { 24 } else { 0 };
        self.clocks = 8 + address + dummy + 8 * (self.out.len() + self.back) as u64;
        self
    }
}
