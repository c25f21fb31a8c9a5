//! What the MAC reports: read and cleared in one go.

use super::registers::{
    EVENTS, EVENTS_CLEAR, EVENTS_FATAL, EVENTS_RAW, EVENT_EXPIRED, EVENT_TRANSMITTED,
    TRANSMIT_EXPIRED, TRANSMIT_EXPIRED_SHIFT, TRANSMIT_SLOT, TRANSMIT_STATUS,
};
use super::Registers;

/// The events since the last look.
#[derive(Debug, Clone, Copy)]
pub struct Events {
    bits: u32,
    transmit_status: u32,
    expired: bool,
}

/// How a transmission ended, from bits 28 to 31 of the transmit status (docs/wifi-mac-registers.md, section
/// 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransmitResult {
    /// It was sent, and acknowledged if that was asked for.
    Sent,
    /// It went out for nothing: not acknowledged, or disturbed before it began.
    Unanswered,
    /// It waited for the medium until its lifetime was over.
    Expired,
}

impl Events {
    /// Reads and clears the events. Whoever looks into the receive ring does it after this, so that a frame
    /// that arrives in between is seen or raises the next event (section 2).
    ///
    /// Both readings are taken together, as it is only assumed that the masked one shows nothing while the
    /// interrupt is off (section 3).
    pub fn take<R: Registers>(registers: &R) -> Events {
        let bits = registers.read(EVENTS) | registers.read(EVENTS_RAW);
        let transmit_status = registers.read(TRANSMIT_STATUS);
        let ours = 1 << (TRANSMIT_EXPIRED_SHIFT + TRANSMIT_SLOT);
        let expired = bits & EVENT_EXPIRED != 0 && registers.read(TRANSMIT_EXPIRED) & ours != 0;
        if expired {
            super::modify(registers, TRANSMIT_EXPIRED, ours, 0);
        }
        if bits != 0 {
            registers.write(EVENTS_CLEAR, bits);
        }
        Events {
            bits,
            transmit_status,
            expired,
        }
    }

    /// Whether the hardware reported what the vendor's driver does not survive.
    pub fn is_fatal(&self) -> bool {
        self.bits & EVENTS_FATAL != 0
    }

    /// How the transmission of our slot ended, if it did.
    pub fn transmit_result(&self) -> Option<TransmitResult> {
        const SLOT_SHIFT: u32 = 8;
        const SLOT_MASK: u32 = 0xF;
        const RESULT_SHIFT: u32 = 28;
        const RESULT_SENT: u32 = 0;
        let slot = self.transmit_status >> SLOT_SHIFT & SLOT_MASK;
        if self.bits & EVENT_TRANSMITTED != 0 && slot == TRANSMIT_SLOT {
            Some(match self.transmit_status >> RESULT_SHIFT {
                RESULT_SENT => TransmitResult::Sent,
                _ => TransmitResult::Unanswered,
            })
        } else {
            self.expired.then_some(TransmitResult::Expired)
        }
    }
}
