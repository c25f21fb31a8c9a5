//! Bytes from UART0 for the download mode: autobaud, receive interrupt, ring buffer.
//!
//! Hardware facts 3.3 and 4.2. The ring is the ROM's, in guest memory, and the
//! interrupt is a real one: a chip that loses interrupts loses bytes here too.

use super::port::Port;
use super::{print, system};

const FIFO: u32 = 0x6000_0000;
const INT_ENA: u32 = 0x6000_000C;
const INT_CLR: u32 = 0x6000_0010;
const AUTOBAUD: u32 = 0x6000_0018;
const STATUS: u32 = 0x6000_001C;
const CONF1: u32 = 0x6000_0024;
const LOWPULSE: u32 = 0x6000_0028;
const HIGHPULSE: u32 = 0x6000_002C;
const PULSE_NUM: u32 = 0x6000_0030;

/// Measures with a glitch filter of 8 clocks.
const AUTOBAUD_ON: u32 = 0x801;
/// Edges the ROM wants to have seen before it believes the shortest pulse.
const EDGES: u32 = 30;
/// What the ROM adds to half the sum of the shortest low and high pulse.
const PULSE_CORRECTION: u32 = 12;
const PULSE_MASK: u32 = 0xF_FFFF;

const UART_INTERRUPT: u32 = 5;
/// `uart_rx_intr_handler` of Espressif's eagle.rom.addr.v6.ld.
pub const HANDLER: u32 = 0x4000_3BBC;

/// The ring's part of `UartDev`, at + 24: its length, where it is, and where the next byte is put
/// and taken. The interrupt handler's argument.
pub const DEVICE: u32 = 0x3FFF_DE28;
const RING_LEN: u32 = DEVICE;
const RING_START: u32 = 0x3FFF_DE2C;
const RING_PUT: u32 = 0x3FFF_DE30;
const RING_GET: u32 = 0x3FFF_DE34;
const RECEIVED_COUNT: u32 = 0x3FFF_DE4C;
pub const RING: u32 = 0x3FFF_DE60;
pub const RING_BYTES: u32 = 0x100;

/// Waits for a host to send something and sets the divisor to its speed.
pub async fn match_speed(port: &Port) {
    port.store(AUTOBAUD, AUTOBAUD_ON).await;
    while port.load(PULSE_NUM).await < EDGES {
        port.wait().await;
    }
    let low = port.load(LOWPULSE).await & PULSE_MASK;
    let high = port.load(HIGHPULSE).await & PULSE_MASK;
    port.store(AUTOBAUD, 0).await;
    print::div_modify(port, 0, (low + high) / 2 + PULSE_CORRECTION).await;
}

/// Lets every byte interrupt and go to the ring.
pub async fn start(port: &Port) {
    port.store(RING_LEN, RING_BYTES).await;
    for pointer in [RING_START, RING_PUT, RING_GET] {
        port.store(pointer, RING).await;
    }
    system::attach_interrupt(port, UART_INTERRUPT, HANDLER, DEVICE).await;
    port.store(CONF1, 1).await;
    port.store(INT_CLR, u32::MAX).await;
    port.store(INT_ENA, 1).await;
    system::mask_interrupts(port, 0, 1 << UART_INTERRUPT).await;
}

/// Leaves the line to whoever comes next; CONF1 and INT_ENA stay, as the stub expects.
pub async fn stop(port: &Port) {
    system::mask_interrupts(port, 1 << UART_INTERRUPT, 0).await;
}

/// The place after `pointer` in the ring.
fn following(pointer: u32) -> u32 {
    RING + pointer.wrapping_sub(RING).wrapping_add(1) % RING_BYTES
}

/// `uart_rx_intr_handler`: moves the FIFO to the ring. What finds the ring full is lost.
pub async fn interrupt(port: &Port) {
    while port.load(STATUS).await & 0xFF != 0 {
        let byte = port.load(FIFO).await as u8;
        let put = port.load(RING_PUT).await;
        let next = following(put);
        if next != port.load(RING_GET).await {
            port.store_byte(put, byte).await;
            port.store(RING_PUT, next).await;
        }
        let count = port.load(RECEIVED_COUNT).await;
        port.store(RECEIVED_COUNT, count.wrapping_add(1)).await;
    }
    port.store(INT_CLR, u32::MAX).await;
}

/// Drops what waits in the FIFO and in the ring.
pub async fn discard(port: &Port) {
    while port.load(STATUS).await & 0xFF != 0 {
        port.load(FIFO).await;
    }
    let put = port.load(RING_PUT).await;
    port.store(RING_GET, put).await;
}

/// The next byte, whenever it comes.
pub async fn next_byte(port: &Port) -> u8 {
    loop {
        // Between the look and the wait no interrupt may slip in: it would not end the wait.
        system::lock(port).await;
        let get = port.load(RING_GET).await;
        if get != port.load(RING_PUT).await {
            let byte = port.load_byte(get).await;
            port.store(RING_GET, following(get)).await;
            system::unlock(port).await;
            return byte;
        }
        port.wait_for_interrupt().await;
    }
}
