//! Where the mask ROM keeps its data, and what it puts there at reset.
//!
//! Hardware facts 4.2. SDKs read and patch these cells, so they are memory and
//! not state of the emulator.

use super::phy;
use super::port::Port;

/// 64 words: assembly handlers by exception cause.
pub const EXCEPTION_TABLE: u32 = 0x3FFF_C000;
/// 64 words: C handlers by exception cause.
pub const C_EXCEPTION_TABLE: u32 = 0x3FFF_C100;
/// Enabled-interrupt mask.
pub const INTERRUPT_MASK: u32 = 0x3FFF_C200;
/// Virtual priority mask.
pub const PRIORITY_MASK: u32 = 0x3FFF_C204;
/// Interrupt table; the entry of interrupt n is the (14 - n)th.
const INTERRUPT_TABLE: u32 = 0x3FFF_C208;
/// Processor frequency in MHz, as `ets_delay_us` believes it.
pub const CPU_MHZ: u32 = 0x3FFF_C704;
const WDT_MODE: u32 = 0x3FFF_C708;
/// Pointer to what libc keeps per task; the state of `rand` is in it.
pub const LIBC_POINTER: u32 = 0x3FFF_C6F8;
const LIBC: u32 = 0x3FFF_C2F8;
/// Pointer to the description of the flash chip.
pub const FLASHCHIP_POINTER: u32 = 0x3FFF_C714;
const FLASHCHIP: u32 = 0x3FFF_C718;
const FLASHCHIP_INITIAL: [u32; 6] = [0x0016_40EF, 0x40_0000, 0x1_0000, 0x1000, 0x100, 0xFFFF];
/// Literal used by the user vector.
const VECTOR_LITERAL: u32 = 0x3FFF_DAAC;
/// PS saved by `ets_intr_lock`.
pub const SAVED_PS: u32 = 0x3FFF_DCC0;
/// Entry point of what was loaded.
pub const USER_START: u32 = 0x3FFF_DCD0;
/// First character sink of `ets_printf`; 0 for none.
pub const PUTC1: u32 = 0x3FFF_DD48;
/// Second character sink of `ets_printf`; 0 for none.
pub const PUTC2: u32 = 0x3FFF_DD4C;
/// `UartDev`: settings and state of the UART routines.
pub const UART_DEVICE: u32 = 0x3FFF_DE10;
/// UART the console functions use.
pub const CONSOLE_UART: u32 = 0x3FFF_DE50;

/// Digits by value: vendor libraries' own printf takes them from here.
const DIGITS: [(u32, &[u8]); 3] = [
    (0x3FFF_D83C, b"0123456789\0"),
    (0x3FFF_D848, b"0123456789abcdef\0"),
    (0x3FFF_D85C, b"0123456789ABCDEF\0"),
];

const DATA: core::ops::Range<u32> = 0x3FFF_C000..0x3FFF_EB30;

/// ROM routines these tables point to by default.
pub mod handler {
    /// Level-1 interrupts, cause 4.
    pub const LEVEL1: u32 = 0x4000_048C;
    /// Loads and stores to prohibited addresses, causes 12 to 15.
    pub const LOAD_STORE: u32 = 0x4000_0590;
    /// Saves the registers and calls the C handler.
    pub const C_WRAPPER: u32 = 0x4000_0598;
    /// No handler: BREAK 1,1.
    pub const UNHANDLED_EXCEPTION: u32 = 0x4000_DC44;
    /// No interrupt handler.
    pub const UNHANDLED_INTERRUPT: u32 = 0x4000_DC3C;
    /// No C handler.
    pub const NONE: u32 = 0x4000_DBF8;
    /// Prints the fatal line.
    pub const FATAL: u32 = 0x4000_1878;
    /// Alignment errors.
    pub const UNALIGNED: u32 = 0x4000_17E0;
}

/// The cells of one interrupt: handler and argument.
pub fn interrupt_entry(number: u32) -> u32 {
    INTERRUPT_TABLE + 8 * (14 - number.min(14))
}

/// Writes the initial values. The clearing is charged as a block, not word by word.
pub async fn initialise(port: &Port) {
    for address in DATA.step_by(4) {
        port.store(address, 0).await;
    }
    for cause in 0..64 {
        let routine = match cause {
            4 => handler::LEVEL1,
            12..=15 => handler::LOAD_STORE,
            _ => handler::UNHANDLED_EXCEPTION,
        };
        port.store(EXCEPTION_TABLE + 4 * cause, routine).await;
        port.store(C_EXCEPTION_TABLE + 4 * cause, handler::NONE)
            .await;
    }
    port.store(PRIORITY_MASK, u32::MAX).await;
    for number in 0..15 {
        port.store(interrupt_entry(number), handler::UNHANDLED_INTERRUPT)
            .await;
        port.store(interrupt_entry(number) + 4, number).await;
    }
    port.store(CPU_MHZ, 80).await;
    port.store(WDT_MODE, u32::MAX).await;
    port.store(LIBC_POINTER, LIBC).await;
    port.store(FLASHCHIP_POINTER, FLASHCHIP).await;
    for (index, word) in FLASHCHIP_INITIAL.into_iter().enumerate() {
        port.store(FLASHCHIP + 4 * index as u32, word).await;
    }
    for (address, digits) in DIGITS {
        for (offset, digit) in digits.iter().enumerate() {
            port.store_byte(address + offset as u32, *digit).await;
        }
    }
    phy::initialise(port).await;
    port.store(VECTOR_LITERAL, EXCEPTION_TABLE).await;
}

/// `_xtos_set_exception_handler`: C handler of a cause; answers the old one.
pub async fn set_exception_handler(port: &Port, cause: u32, function: u32) -> u32 {
    if cause >= 64 {
        return 0;
    }
    let old = port.load(C_EXCEPTION_TABLE + 4 * cause).await;
    let (c, assembly) = if function == 0 || function == handler::NONE {
        (handler::NONE, handler::UNHANDLED_EXCEPTION)
    } else {
        (function, handler::C_WRAPPER)
    };
    port.store(C_EXCEPTION_TABLE + 4 * cause, c).await;
    port.store(EXCEPTION_TABLE + 4 * cause, assembly).await;
    if old == handler::NONE {
        0
    } else {
        old
    }
}
