//! The MAC as the air sees it: a radio that reads and writes guest memory.

use super::key_table::{self, Opened};
use super::mac::Mac;
use super::registers::{self as reg, event};
use super::transmitter::Outcome;
use crate::air::medium::{Frame, Radio, Request};
use crate::air::rate::Rate;
use crate::bus::Dma;
use crate::time::Time;

/// How strong stations hear the device, dBm.
const SIGNAL: i8 = -45;

/// End states in the receive header. That a wrong code gives one that is not good is certain: the libraries look at
/// nothing else. Which one it is, is not known.
const GOOD: u8 = 0;
const FORGED: u8 = 1;

/// The MAC with its access to guest memory: what the air sees of the device.
pub struct Antenna<'a> {
    /// The MAC.
    pub mac: &'a mut Mac,
    /// The guest's data RAM.
    pub memory: &'a mut dyn Dma,
}

impl Radio for Antenna<'_> {
    fn request(&self) -> Option<Request> {
        self.mac.request()
    }

    fn start(&mut self, _at: Time) -> Option<Frame> {
        let (slot, _) = self.mac.transmitter.next()?;
        let words = self.mac.slot_words(slot);
        match words.frame(SIGNAL, &*self.memory) {
            Ok(frame) => {
                self.mac.transmitter.start(slot, frame.expects_ack);
                let bytes = self.mac.seal(words.key(), frame.bytes);
                Some(Frame { bytes, ..frame })
            }
            Err(defect) => {
                self.mac.report_defect(slot, defect);
                self.mac.transmitter.withdraw(slot);
                self.mac.end(slot, Outcome::Error);
                None
            }
        }
    }

    fn sent(&mut self, acknowledged: bool, _at: Time) {
        if let Some((slot, outcome)) = self.mac.transmitter.sent(acknowledged) {
            // A frame here is acknowledged at the sender's own strength: clear.
            self.mac.words.set(reg::ACK_SIGNAL, 1 << 24 | 60 << 16);
            self.mac.end(slot, outcome);
        }
    }

    fn receive(&mut self, frame: &Frame, at: Time) -> Option<Rate> {
        let mac = &mut *self.mac;
        if mac.words.get(reg::RX_ENABLE) & 1 << 31 == 0 {
            return None;
        }
        mac.words.count(reg::COUNT_FRAMES);
        let found = mac.filter().check(&frame.bytes);
        let promiscuous = mac.words.get(reg::RX_FILTER) & 7 == 0;
        if !(found.address[0] || found.address[1] || promiscuous) {
            mac.words.count(reg::COUNT_FOR_OTHERS);
            return None;
        }
        let opened = key_table::open(&mac.words, &frame.bytes);
        let (bytes, end_state) = match &opened {
            Opened::AsItCame => (&frame.bytes, GOOD),
            Opened::Plain(bytes) => (bytes, GOOD),
            Opened::Forged(bytes) => (bytes, FORGED),
        };
        let receiver = &mut mac.receiver;
        match receiver.store(frame, bytes, found, end_state, self.memory) {
            Ok(stored) => {
                mac.report_dispute(stored.disputed);
                mac.words.set(reg::RX_LAST, stored.last);
                mac.words.set(reg::RX_NEXT, stored.next);
                mac.words.set(reg::RX_TIME, at.as_micros() as u32);
                if frame.bytes[0] & 0x0c == 0x08 {
                    mac.words.count(reg::COUNT_DATA);
                }
                mac.events |= event::RECEIVED;
                found.unicast.then(|| mac.answer(frame.rate))
            }
            Err(lost) => {
                mac.report_loss(lost);
                None
            }
        }
    }

    fn receive_damaged(&mut self, _at: Time) {
        if self.mac.words.get(reg::RX_ENABLE) & 1 << 31 != 0 {
            self.mac.words.count(reg::COUNT_BAD_FCS);
        }
    }
}
