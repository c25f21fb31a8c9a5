//! Characters out: `uart_tx_one_char`, `ets_write_char`, `ets_printf`.

use super::layout::{CONSOLE_UART, PUTC1, PUTC2};
use super::port::Port;
use super::{Arguments, Exit};

const UART_BASES: [u32; 2] = [0x6000_0000, 0x6000_0F00];
const FIFO: u32 = 0x00;
const CLKDIV: u32 = 0x14;
const STATUS: u32 = 0x1C;
const CONF0: u32 = 0x20;
/// What `%s` makes of a null pointer.
const NULL_STRING: &[u8] = b"<null>";
const FIFO_RESETS: u32 = 3 << 17;
/// The routine that `ets_install_uart_printf` installs.
pub const UART_SINK: u32 = 0x4000_1DCC;
/// Longest string `%s` follows through memory that never holds a zero.
const STRING_LIMIT: u32 = 0x1_0000;

async fn console_base(port: &Port) -> u32 {
    UART_BASES[usize::from(port.load(CONSOLE_UART).await == 1)]
}

/// `uart_tx_one_char`: waits for an empty FIFO, then sends.
pub async fn tx_one_char(port: &Port, byte: u8) {
    let base = console_base(port).await;
    // The ROM polls; the end of the byte on the wire is the only thing to see.
    while port.load(base + STATUS).await >> 16 & 0xFF != 0 {
        port.wait().await;
    }
    port.store(base + FIFO, byte.into()).await;
}

/// `uart_rx_one_char`: 0 and the byte, or 1 when there is none.
pub async fn rx_one_char(port: &Port, buffer: u32) -> u32 {
    let base = console_base(port).await;
    if port.load(base + STATUS).await & 0xFF == 0 {
        return 1;
    }
    let byte = port.load(base + FIFO).await as u8;
    port.store_byte(buffer, byte).await;
    0
}

/// `uart_div_modify`: new divisor, FIFOs emptied.
pub async fn div_modify(port: &Port, uart: u32, divisor: u32) {
    let base = UART_BASES[usize::from(uart == 1)];
    port.store(base + CLKDIV, divisor).await;
    port.modify(base + CONF0, 0, FIFO_RESETS).await;
    port.modify(base + CONF0, FIFO_RESETS, 0).await;
}

/// The ROM's own sink (see [`UART_SINK`]): sends LF as CR LF and drops CR.
pub async fn put_on_uart(port: &Port, byte: u8) {
    match byte {
        b'\r' => {}
        b'\n' => {
            tx_one_char(port, b'\r').await;
            tx_one_char(port, b'\n').await;
        }
        _ => tx_one_char(port, byte).await,
    }
}

/// `ets_write_char`: to both sinks.
pub async fn write_char(port: &Port, byte: u8) {
    for sink in [PUTC1, PUTC2] {
        match port.load(sink).await {
            0 => {}
            UART_SINK => put_on_uart(port, byte).await,
            sink => {
                port.call(sink, &[byte.into(), 0]).await;
            }
        }
    }
}

/// Prints text of the ROM's own.
pub async fn print(port: &Port, text: &str) {
    for byte in text.bytes() {
        write_char(port, byte).await;
    }
}

/// `ets_printf`: a2 is the format, the values follow.
pub async fn printf(port: Port, arguments: Arguments) -> Exit {
    let values = Values::Call { next: 1, arguments };
    Exit::Return(format(&port, Sink::Console, arguments.get(0), values).await)
}

/// `ets_vprintf`: sink, format, and a `va_list` by value (stack, registers, index).
pub async fn vprintf(port: Port, arguments: Arguments) -> Exit {
    let [sink, text, stack, registers, index, _] = arguments.registers;
    let values = Values::List {
        stack,
        registers,
        index,
    };
    Exit::Return(format(&port, Sink::Function(sink), text, values).await)
}

/// Where formatted characters go.
#[derive(Clone, Copy)]
enum Sink {
    Console,
    /// A function that takes a character: the guest's, or the ROM's `ets_write_char`.
    Function(u32),
}

impl Sink {
    async fn put(self, port: &Port, byte: u8) {
        match self {
            Sink::Console => write_char(port, byte).await,
            Sink::Function(function) => {
                port.call(function, &[byte.into(), 0]).await;
            }
        }
    }
}

/// Prints `text` with its conversions; how many characters that made, as the ROM counts them.
async fn format(port: &Port, sink: Sink, mut text: u32, mut values: Values) -> u32 {
    let mut printed = 0u32;
    // The ROM pads what follows a literal percent sign too, by the length of a text it has printed
    // before and counted down to less than nothing: "%x%%" prints a space.
    let mut leftover = 0i32;
    loop {
        let byte = port.load_byte(text).await;
        text = text.wrapping_add(1);
        if byte == 0 {
            return printed;
        }
        if byte != b'%' {
            sink.put(port, byte).await;
            printed += 1;
            continue;
        }
        let (mut spec, letter) = Spec::read(port, &mut text).await;
        let padded = match conversion(port, &mut values, &mut spec, letter).await {
            Converted::Character(byte) => {
                sink.put(port, byte).await;
                printed += 1;
                continue;
            }
            Converted::Text(converted) => {
                leftover = -1;
                spec.pad(converted)
            }
            Converted::Literal => {
                sink.put(port, b'%').await;
                if letter != b'%' {
                    sink.put(port, letter).await;
                    printed += 2;
                }
                let spaces = spec.width as i32 - leftover;
                leftover -= 1;
                vec![b' '; usize::try_from(spaces).unwrap_or(0)]
            }
        };
        if letter == b'p' {
            // Not counted either.
            sink.put(port, b'0').await;
            sink.put(port, b'x').await;
        }
        for byte in padded {
            sink.put(port, byte).await;
            printed += 1;
        }
    }
}

/// What a conversion comes to.
enum Converted {
    /// A text to pad.
    Text(Vec<u8>),
    /// A character, never padded.
    Character(u8),
    /// Nothing the ROM knows: it stands for itself, as `%%` does.
    Literal,
}

/// One conversion, before padding.
async fn conversion(port: &Port, values: &mut Values, spec: &mut Spec, letter: u8) -> Converted {
    let number = match letter {
        b'd' | b'D' if spec.longs >= 2 => values.wide(port).await,
        // Of unsigned numbers the ROM prints 32 bits, however long they are.
        b'u' | b'U' | b'x' | b'X' if spec.longs >= 2 => values.wide(port).await & 0xFFFF_FFFF,
        b'd' | b'D' => i64::from(values.word(port).await as i32) as u64,
        b'u' | b'U' | b'x' | b'X' | b'p' => values.word(port).await.into(),
        b'c' | b'C' => return Converted::Character(values.word(port).await as u8),
        b's' | b'S' => {
            return Converted::Text(match values.word(port).await {
                0 => NULL_STRING.to_vec(),
                address => string(port, address).await,
            });
        }
        _ => return Converted::Literal,
    };
    let text = match letter {
        b'd' | b'D' => (number as i64).to_string(),
        b'u' | b'U' => number.to_string(),
        b'X' => format!("{number:X}"),
        b'p' => {
            (spec.zeros, spec.width) = (true, 8);
            format!("{number:x}")
        }
        _ => format!("{number:x}"),
    };
    Converted::Text(text.into_bytes())
}

async fn string(port: &Port, address: u32) -> Vec<u8> {
    let mut text = Vec::new();
    for offset in 0..STRING_LIMIT {
        match port.load_byte(address.wrapping_add(offset)).await {
            0 => break,
            byte => text.push(byte),
        }
    }
    text
}

/// Variable arguments, as the call itself carries them or as a `va_list` points to them.
enum Values {
    /// a2 to a7, then the caller's stack; `next` counts words.
    Call { next: u32, arguments: Arguments },
    /// GCC's Xtensa `va_list`: saved registers up to byte 24, then the stack from byte 32 on.
    List {
        stack: u32,
        registers: u32,
        index: u32,
    },
}

/// Bytes of argument registers, and where a `va_list`'s index continues on the stack.
const REGISTERS_LEN: u32 = 24;
const STACK_INDEX: u32 = 32;

impl Values {
    async fn word(&mut self, port: &Port) -> u32 {
        match self {
            Values::Call { next, arguments } => {
                let index = *next;
                *next += 1;
                match arguments.registers.get(index as usize) {
                    Some(value) => *value,
                    None => {
                        port.load(arguments.stack.wrapping_add(4 * (index - 6)))
                            .await
                    }
                }
            }
            Values::List {
                stack,
                registers,
                index,
            } => {
                if *index == REGISTERS_LEN {
                    *index = STACK_INDEX;
                }
                let base = if *index < REGISTERS_LEN {
                    *registers
                } else {
                    *stack
                };
                let address = base.wrapping_add(*index);
                *index = index.wrapping_add(4);
                port.load(address).await
            }
        }
    }

    /// 64 bits start at an even register or stack word.
    async fn wide(&mut self, port: &Port) -> u64 {
        match self {
            Values::Call { next, .. } => *next = next.next_multiple_of(2),
            Values::List { index, .. } => *index = index.wrapping_add(7) & !7,
        }
        let low = self.word(port).await;
        u64::from(self.word(port).await) << 32 | u64::from(low)
    }
}

/// Flags and width of a conversion.
#[derive(Default)]
struct Spec {
    zeros: bool,
    left: bool,
    width: usize,
    longs: u32,
}

impl Spec {
    /// Reads what is between the percent sign and the letter, and the letter. A precision is read
    /// over, and fills with zeros.
    async fn read(port: &Port, text: &mut u32) -> (Spec, u8) {
        let mut spec = Spec::default();
        let mut after_point = false;
        loop {
            let byte = port.load_byte(*text).await;
            if byte == 0 {
                return (spec, byte);
            }
            *text = text.wrapping_add(1);
            match byte {
                b'0'..=b'9' if after_point => {}
                b'0' if spec.width == 0 => spec.zeros = true,
                b'0'..=b'9' => spec.width = (spec.width * 10 + usize::from(byte - b'0')).min(64),
                b'-' => spec.left = true,
                b'.' => (spec.zeros, after_point) = (true, true),
                b'l' => spec.longs += 1,
                _ => return (spec, byte),
            }
        }
    }

    fn pad(&self, text: Vec<u8>) -> Vec<u8> {
        let missing = self.width.saturating_sub(text.len());
        if self.left {
            return [text, vec![b' '; missing]].concat();
        }
        let sign = usize::from(self.zeros && text.first() == Some(&b'-'));
        let fill = if self.zeros { b'0' } else { b' ' };
        [&text[..sign], &vec![fill; missing], &text[sign..]].concat()
    }
}
