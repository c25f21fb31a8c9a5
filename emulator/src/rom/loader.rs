//! Loads the image at flash 0 the way the ROM does, printing the way it does.
//!
//! Hardware facts 3.2, boot facts 1.2: flash arrives in 16-byte lines; data goes
//! straight to its load address while it is summed; nothing checks the address.

use super::flash;
use super::port::Port;
use super::print::print;

const LINE_LEN: usize = 16;
const HEADER_LEN: usize = 8;
const MAGIC: u8 = 0xE9;
const CHECKSUM_SEED: u8 = 0xEF;
/// Where lines pass through: the ROM's stack.
const LINE_BUFFER: u32 = 0x3FFF_FF00;

/// Flash as a stream of 16-byte lines.
struct Lines<'a> {
    port: &'a Port,
    next: u32,
    line: [u8; LINE_LEN],
    /// Bytes of the line already used.
    used: usize,
}

impl Lines<'_> {
    /// Takes the next line; beyond the chip there is none and the ROM goes nowhere.
    async fn read_line(&mut self) {
        if flash::read(self.port, self.next, LINE_BUFFER, LINE_LEN as u32).await != 0 {
            self.port
                .report("the image at flash 0 runs beyond the flash chip".into())
                .await;
            self.port.spin().await
        }
        for (index, bytes) in self.line.chunks_exact_mut(4).enumerate() {
            let word = self.port.load(LINE_BUFFER + 4 * index as u32).await;
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        self.next += LINE_LEN as u32;
        self.used = 0;
    }

    fn room(&self) -> usize {
        LINE_LEN - self.used
    }

    /// A segment's header: load address and length. Straddling a line is worth a line of trace.
    async fn header(&mut self, ho: usize, tail: usize) -> (u32, u32) {
        if self.room() == 0 {
            self.read_line().await;
        }
        let mut bytes = [0; HEADER_LEN];
        let here = HEADER_LEN.min(self.room());
        bytes[..here].copy_from_slice(&self.line[self.used..self.used + here]);
        self.used += here;
        if here < HEADER_LEN {
            print(self.port, &format!("ho {ho} tail {tail} room {here}\n")).await;
            self.read_line().await;
            let rest = HEADER_LEN - here;
            bytes[here..].copy_from_slice(&self.line[..rest]);
            self.used = rest;
        }
        let [a, b, c, d, e, f, g, h] = bytes;
        (
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        )
    }
}

/// Loads the image; its entry address, or `None` when there is nothing to start.
pub async fn load(port: &Port) -> Option<u32> {
    let mut lines = Lines {
        port,
        next: 0,
        line: [0; LINE_LEN],
        used: 0,
    };
    lines.read_line().await;
    let [magic, count, mode, _, entry @ ..] = lines.line;
    if magic != MAGIC {
        return None;
    }
    let entry = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
    flash::configure_read_mode(port, mode.into()).await;
    if count == 0 {
        return Some(entry);
    }
    lines.used = HEADER_LEN;
    let mut checksum = CHECKSUM_SEED;
    let (mut ho, mut tail) = (0, 0);
    for _ in 0..count {
        let (address, length) = lines.header(ho, tail).await;
        if lines.room() == 0 {
            lines.read_line().await;
        }
        let room = lines.room();
        print(
            port,
            &format!("load 0x{address:08x}, len {length}, room {room} \n"),
        )
        .await;
        (ho, tail) = match (length as usize).checked_sub(room) {
            Some(beyond) => (0, beyond % LINE_LEN),
            None => (LINE_LEN - room, length as usize),
        };
        let body = length - tail as u32;
        checksum = load_part(&mut lines, address, body, checksum).await;
        print(port, &format!("tail {tail}\n")).await;
        let rest = address.wrapping_add(body);
        checksum = load_part(&mut lines, rest, tail as u32, checksum).await;
        print(port, &format!("chksum 0x{checksum:02x}\n")).await;
    }
    // A segment that ended exactly with its line leaves the checksum in the next one.
    if lines.room() == 0 {
        lines.read_line().await;
    }
    let expected = lines.line[LINE_LEN - 1];
    print(port, &format!("csum 0x{checksum:02x}\n")).await;
    if checksum != expected {
        print(port, "csum err\n").await;
        return None;
    }
    Some(entry)
}

/// Moves data of a segment to memory; the checksum over it and all before it.
async fn load_part(lines: &mut Lines<'_>, address: u32, length: u32, mut checksum: u8) -> u8 {
    let mut done = 0;
    while done < length {
        if lines.room() == 0 {
            lines.read_line().await;
        }
        let count = lines.room().min((length - done) as usize);
        let bytes = &lines.line[lines.used..lines.used + count];
        checksum = bytes.iter().fold(checksum, |sum, byte| sum ^ byte);
        let source = LINE_BUFFER + lines.used as u32;
        store_part(lines.port, address.wrapping_add(done), source, bytes).await;
        lines.used += count;
        done += count as u32;
    }
    checksum
}

/// A whole line as `memcpy` moves it. Of less than that, the ROM looks at the length alone: whole
/// words are moved as words, aligned or not (which faults), anything else byte by byte (which
/// faults in instruction RAM).
async fn store_part(port: &Port, address: u32, source: u32, bytes: &[u8]) {
    let whole = bytes.len() == LINE_LEN;
    if bytes.len().is_multiple_of(4) && (!whole || address.is_multiple_of(4)) {
        for offset in (0..bytes.len() as u32).step_by(4) {
            let word = port.load(source + offset).await;
            port.store(address.wrapping_add(offset), word).await;
        }
    } else {
        for (index, byte) in bytes.iter().enumerate() {
            port.store_byte(address.wrapping_add(index as u32), *byte)
                .await;
        }
    }
}
