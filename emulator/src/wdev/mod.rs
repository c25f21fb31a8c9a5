//! The Wi-Fi MAC's registers, 0x3FF20000..0x3FF21FFF, between guest memory and the air.
//!
//! Source: docs/wifi-mac-registers.md. Owns what the registers do; knows 802.11 only as
//! far as this MAC does: addresses, ACKs, airtime. Words the hardware merely keeps are kept; words
//! that do not exist are reported once and kept as well.

mod antenna;
mod descriptor;
mod filter;
mod key_table;
mod mac;
mod rate;
mod receiver;
mod registers;
mod timer;
mod transmitter;
mod words;

use crate::air::Air;
use crate::bus::journal::Journal;
use crate::bus::{Dma, Peripheral};
use crate::time::Time;
use antenna::Antenna;
use mac::Mac;

/// The MAC and what its antenna is in.
pub struct Wdev {
    mac: Mac,
    air: Air,
}

impl Wdev {
    /// A MAC after power-on, in `air`. Its random word depends on `seed`.
    pub fn new(air: Air, seed: u64) -> Wdev {
        Wdev {
            mac: Mac::new(seed),
            air,
        }
    }

    /// The air around the antenna.
    pub fn air(&mut self) -> &mut Air {
        &mut self.air
    }

    /// State after a reset of the chip: registers are lost, the air is not, and what is on it goes on.
    pub fn reset(&mut self) {
        self.mac.reset();
    }

    /// Whether the MAC asks for an interrupt (level).
    pub fn interrupt_asserted(&self) -> bool {
        self.mac.enabled_events() != 0
    }

    /// What the guest got wrong.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.mac.journal
    }
}

impl Peripheral for Wdev {
    fn read(&mut self, offset: u32, now: Time) -> Option<u32> {
        self.mac.read(offset, now)
    }

    fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        self.mac.write(offset, value, now)
    }

    fn next_event(&self) -> Time {
        let air = self.air.next_event(self.mac.request());
        air.min(self.mac.next_event())
    }

    fn poll(&mut self, now: Time, memory: &mut dyn Dma) {
        let mac = &mut self.mac;
        self.air.advance(now, &mut Antenna { mac, memory });
        self.mac.poll(now);
    }
}
