//! `uartAttach` and `Uart_Init`: what the ROM makes of UART0 before its banner.
//!
//! Hardware facts 4.1 and 4.2 (`UartDev`).

use super::layout::{CONSOLE_UART, UART_DEVICE};
use super::port::Port;
use super::{print, receiver, system};

const INT_ENA: u32 = 0x0C;
const INT_CLR: u32 = 0x10;
const CONF0: u32 = 0x20;
const CONF1: u32 = 0x24;
const FIFO_RESETS: u32 = 3 << 17;
const INT_RX_FULL: u32 = 1;

const IOMUX_U0TXD: u32 = 0x6000_0818;
const IOMUX_GPIO2: u32 = 0x6000_0838;
const IOMUX_SD_D1: u32 = 0x6000_0824;
const IOMUX_FUNCTION: u32 = 0x130;
const IOMUX_PULL_UP: u32 = 1 << 7;
/// Function 4 of GPIO2: it sends what U0TXD sends.
const GPIO2_U0TXD: u32 = 0x100;

/// What every divisor is made from, whatever the clock is.
const CLOCK_HZ: u32 = 80_000_000;
const BAUD: u32 = 115_200;
const INTERRUPT: u32 = 5;

/// Where UART `number` is.
pub fn base(number: u32) -> u32 {
    match number & 0xFF {
        1 => 0x6000_0F00,
        _ => 0x6000_0000,
    }
}

/// `uartAttach`: settings and an empty ring buffer; the interrupt has its handler, and is off.
pub async fn attach(port: &Port) {
    let mut words = [0; 17];
    words[0] = BAUD;
    words[1] = 3; // eight data bits
    words[6] = receiver::RING_BYTES;
    words[7..10].fill(receiver::RING);
    words[12] = 100;
    words[13] = receiver::RING + receiver::RING_BYTES;
    for (index, word) in words.into_iter().enumerate() {
        let address = UART_DEVICE + 4 * index as u32;
        match index {
            // Of this one the ROM writes a byte: the receive threshold.
            10 => port.store_byte(address, 1).await,
            _ => port.store(address, word).await,
        }
    }
    system::mask_interrupts(port, 1 << INTERRUPT, 0).await;
    system::attach_interrupt(port, INTERRUPT, receiver::HANDLER, receiver::DEVICE).await;
}

/// `Uart_Init`: pins, divisor, frame and threshold out of `UartDev`, an interrupt for each byte.
pub async fn initialise(port: &Port, number: u32) {
    if number == 0 {
        port.modify(IOMUX_U0TXD, IOMUX_PULL_UP | IOMUX_FUNCTION, 0)
            .await;
        port.modify(IOMUX_GPIO2, IOMUX_FUNCTION, GPIO2_U0TXD).await;
    } else {
        port.modify(IOMUX_SD_D1, IOMUX_FUNCTION, IOMUX_FUNCTION)
            .await;
    }
    let baud = port.load(UART_DEVICE).await;
    let divisor = CLOCK_HZ.checked_div(baud).unwrap_or(0) & 0xFFFF;
    print::div_modify(port, number, divisor).await;
    let base = base(number);
    let mut frame = 0;
    for (field, shift) in [(4, 2), (8, 0), (12, 0), (16, 4)] {
        frame |= port.load(UART_DEVICE + field).await << shift;
    }
    port.store(base + CONF0, frame).await;
    port.modify(base + CONF0, 0, FIFO_RESETS).await;
    port.modify(base + CONF0, FIFO_RESETS, 0).await;
    let threshold = port.load_byte(UART_DEVICE + 40).await & 0x7F;
    port.store(base + CONF1, threshold.into()).await;
    port.store(base + INT_CLR, 0xFFFF).await;
    port.modify(base + INT_ENA, 0, INT_RX_FULL).await;
}

/// `uart_buff_switch`: the UART of the console routines. For UART0, what waits there is
/// lost, and the other one's interrupts go off.
pub async fn select(port: &Port, number: u32) {
    if number == 0 {
        port.store(base(1) + INT_CLR, 0xFFFF).await;
        port.modify(base(1) + INT_ENA, 0x1FF, 0).await;
        receiver::discard(port).await;
        port.store(UART_DEVICE + 44, 0).await;
    }
    port.store(CONSOLE_UART, number).await;
}
