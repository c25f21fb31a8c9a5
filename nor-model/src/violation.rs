//! Misuse of the chip, as data for tests to assert on.

use std::fmt;

/// Something software did that a data sheet tells it not to do. The chip behaved as silicon does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A word that already held data was programmed again without an erase. Bits were ANDed;
    /// some cheap chips corrupt the word instead (esp8266/Arduino issues 4061, 7514).
    Reprogrammed {
        /// The first such 32-bit word of the command, 4-aligned.
        address: u32,
        /// What it held.
        held: u32,
        /// What was programmed over it (0xFF where the command had no byte).
        written: u32,
    },
    /// A program, erase or status write without write enable. Ignored.
    NotWriteEnabled {
        /// The command.
        opcode: u8,
    },
    /// A command other than a status read while an operation was running. Ignored.
    Busy {
        /// The command.
        opcode: u8,
    },
    /// A command other than release in deep power-down. Ignored.
    Asleep {
        /// The command.
        opcode: u8,
    },
    /// A program or erase that touches protected cells. Ignored.
    Protected {
        /// Where the program or erase began.
        address: u32,
    },
    /// A page program that ran over its page's end and wrapped to the page's start.
    PageWrapped {
        /// Where it began.
        address: u32,
        /// How many bytes were sent.
        len: u32,
    },
    /// An erase address that is not the start of its unit. The whole unit was erased.
    MisalignedErase {
        /// The address sent.
        address: u32,
    },
    /// An address at or beyond the end. It wrapped.
    BeyondEnd {
        /// The address sent.
        address: u32,
    },
    /// A status write while SRP1 locks the status registers. Ignored.
    StatusLocked {
        /// The command.
        opcode: u8,
    },
    /// A command on four lines without the quad enable bit: the chip saw no such thing.
    QuadDisabled {
        /// The command.
        opcode: u8,
    },
    /// A command that is not allowed while an erase or program is suspended. Ignored.
    NotWhileSuspended {
        /// The command.
        opcode: u8,
    },
    /// A read of cells whose erase or program is suspended (they read as anything), or a program
    /// or erase that touches their sectors (ignored).
    SuspendedCells {
        /// The first such address, or where the program or erase began.
        address: u32,
    },
    /// A suspend so soon after a resume that the operation could not go on between. Ignored.
    SuspendedTooSoon,
    /// A command the chip does not have. Ignored.
    UnknownCommand {
        /// The command.
        opcode: u8,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Violation::Reprogrammed {
                address,
                held,
                written,
            } => write!(
                f,
                "the word at {address:#08x} held {held:#010x} and was programmed with \
                 {written:#010x} without an erase"
            ),
            Violation::NotWriteEnabled { opcode } => {
                write!(f, "command {opcode:#04x} without write enable was ignored")
            }
            Violation::Busy { opcode } => {
                write!(
                    f,
                    "command {opcode:#04x} while the chip was busy was ignored"
                )
            }
            Violation::Asleep { opcode } => {
                write!(f, "command {opcode:#04x} in deep power-down was ignored")
            }
            Violation::Protected { address } => {
                write!(
                    f,
                    "program or erase at {address:#08x} hit protected cells and was ignored"
                )
            }
            Violation::PageWrapped { address, len } => write!(
                f,
                "page program of {len} bytes at {address:#08x} wrapped to the start of its page"
            ),
            Violation::MisalignedErase { address } => {
                write!(f, "erase at {address:#08x} is not at the start of its unit")
            }
            Violation::BeyondEnd { address } => {
                write!(
                    f,
                    "address {address:#08x} is beyond the end of the chip and wrapped"
                )
            }
            Violation::StatusLocked { opcode } => write!(
                f,
                "command {opcode:#04x} while the status registers are locked was ignored"
            ),
            Violation::QuadDisabled { opcode } => write!(
                f,
                "command {opcode:#04x} needs four lines, but quad mode is not enabled"
            ),
            Violation::NotWhileSuspended { opcode } => write!(
                f,
                "command {opcode:#04x} is not allowed while an erase or program is suspended"
            ),
            Violation::SuspendedCells { address } => write!(
                f,
                "access to {address:#08x}, whose erase or program is suspended"
            ),
            Violation::SuspendedTooSoon => {
                write!(f, "suspend too soon after a resume was ignored")
            }
            Violation::UnknownCommand { opcode } => {
                write!(f, "command {opcode:#04x} does not exist and was ignored")
            }
        }
    }
}
