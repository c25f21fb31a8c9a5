//! When the device's beacons went out.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use crate::Bench;

/// The interval that beacons announce, in microseconds.
pub const INTERVAL: u64 = 102_400;

/// Everything the air carries, in the form of a capture file.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut tape = self.0.lock().expect("nobody panics with it");
        tape.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens to one device.
pub struct Beacons(Tape);

/// A management frame, and when it began, in microseconds.
pub struct Heard {
    /// When.
    pub at: u64,
    /// 802.11 header and body.
    pub frame: Vec<u8>,
}

impl Beacons {
    /// Listens from now on.
    pub fn listen(bench: &mut Bench) -> Beacons {
        let tape = Tape::default();
        let file = Box::new(tape.clone());
        bench.machine.air().capture(file).expect("memory takes it");
        Beacons(tape)
    }

    /// All frames whose first byte is `kind`: 0x80 is a beacon, 0x50 a probe response, 0x10 an association response.
    pub fn frames(&self, kind: u8) -> Vec<Heard> {
        const FILE_HEADER: usize = 24;
        const RECORD_HEADER: usize = 16;
        let tape = self.0 .0.lock().expect("nobody panics with it");
        let mut rest = tape.get(FILE_HEADER..).unwrap_or_default();
        let mut heard = Vec::new();
        while rest.len() >= RECORD_HEADER {
            let word = |at: usize| {
                u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]])
            };
            let at = u64::from(word(0)) * 1_000_000 + u64::from(word(4));
            let record = &rest[RECORD_HEADER..][..word(8) as usize];
            let radiotap = usize::from(u16::from_le_bytes([record[2], record[3]]));
            if record.get(radiotap) == Some(&kind) {
                let frame = record[radiotap..].to_vec();
                heard.push(Heard { at, frame });
            }
            rest = &rest[RECORD_HEADER + record.len()..];
        }
        heard
    }

    /// For each beacon, how far it was from its time, in microseconds; and how many are missing. The first is
    /// taken to be on time, and one may be early by a millisecond.
    pub fn lateness(&self) -> (Vec<u64>, u64) {
        const EARLY: u64 = 1_000;
        let times: Vec<u64> = self.frames(0x80).iter().map(|heard| heard.at).collect();
        let Some((first, last)) = times.first().zip(times.last()) else {
            return (Vec::new(), 0);
        };
        let phase = |at: &u64| (at - first + EARLY) % INTERVAL;
        let late = times.iter().map(|at| phase(at).abs_diff(EARLY)).collect();
        let due = (last - first + EARLY) / INTERVAL + 1;
        (late, due.saturating_sub(times.len() as u64))
    }
}
