//! DPORT: interrupt routing, flash cache control, core clock.
//!
//! Registers after hardware facts 5.4 and 5.11. This file keeps the bits; the
//! bus acts on what they mean.

const NMI_SOURCE: u32 = 0x00;
const EDGE_ENABLE: u32 = 0x04;
const CACHE_CTL: u32 = 0x0C;
const CPU_CLOCK: u32 = 0x14;
const CLOCK_GATE: u32 = 0x18;
const SPI_INT_STATUS: u32 = 0x20;
const IRAM_BANKS: u32 = 0x24;
const PIN_SWAP: u32 = 0x28;

const CACHE_FLUSH: u32 = 1 << 0;
const CACHE_FLUSHED: u32 = 1 << 1;
const CACHE_ENABLE: u32 = 1 << 8;
const CACHE_SPI_BUSY: u32 = 1 << 9;
const CACHE_UPPER_HALF: u32 = 1 << 25;

/// The registers.
#[derive(Clone, Debug, Default)]
pub struct Dport {
    nmi_source: u32,
    edge_enable: u32,
    cache_ctl: u32,
    cpu_clock: u32,
    clock_gate: u32,
    iram_banks: u32,
    pin_swap: u32,
}

impl Dport {
    /// The interrupt that is the NMI instead: bits 4:1 while bit 0 is 1. That 1 means the Wi-Fi
    /// MAC (interrupt 0) is known (radio facts 9c); Espressif's code treats five bits as one field
    /// and writes 14, then waits for bit 0, to have no NMI. That the rest is an interrupt number
    /// is an inference from these two.
    fn nmi_interrupt(&self) -> Option<u32> {
        (self.nmi_source & 1 != 0).then_some(self.nmi_source >> 1 & 0xF)
    }

    /// NMI instead of interrupt 0 for the Wi-Fi MAC.
    pub fn wdev_is_nmi(&self) -> bool {
        self.nmi_interrupt() == Some(0)
    }

    /// NMI instead of interrupt 9 for FRC1.
    pub fn frc1_is_nmi(&self) -> bool {
        self.nmi_interrupt() == Some(9)
    }

    /// Which edge interrupts pass: bit 0 watchdog, 1 FRC1, 2 FRC2.
    pub fn edge_enable(&self) -> u32 {
        self.edge_enable
    }

    /// Cache on.
    pub fn cache_enabled(&self) -> bool {
        self.cache_ctl & CACHE_ENABLE != 0
    }

    /// The megabyte of flash behind the window: 2 * bits 18:16, plus 1 with bit 25
    /// (hardware facts 5.4). Bit 24 alone, "other", is taken as the even half.
    pub fn megabyte(&self) -> u32 {
        2 * (self.cache_ctl >> 16 & 7) + u32::from(self.cache_ctl & CACHE_UPPER_HALF != 0)
    }

    /// True when that 16 KiB bank of instruction RAM serves as cache.
    pub fn bank_is_cache(&self, bank: usize) -> bool {
        self.iram_banks >> (3 + bank) & 1 != 0
    }

    /// Core at twice the APB clock.
    pub fn clock_doubled(&self) -> bool {
        self.cpu_clock & 1 != 0
    }

    /// Reads a register; `spi_busy` is the state of SPI0's current command.
    pub fn read(&self, offset: u32, spi_busy: bool) -> Option<u32> {
        Some(match offset {
            NMI_SOURCE => self.nmi_source,
            EDGE_ENABLE => self.edge_enable,
            CACHE_CTL => {
                let flushed = if self.cache_ctl & CACHE_FLUSH != 0 {
                    CACHE_FLUSHED
                } else {
                    0
                };
                let busy = if spi_busy { CACHE_SPI_BUSY } else { 0 };
                self.cache_ctl & !(CACHE_FLUSHED | CACHE_SPI_BUSY) | flushed | busy
            }
            CPU_CLOCK => self.cpu_clock,
            CLOCK_GATE => self.clock_gate,
            SPI_INT_STATUS => 0,
            IRAM_BANKS => self.iram_banks,
            PIN_SWAP => self.pin_swap,
            _ => return None,
        })
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        match offset {
            NMI_SOURCE => self.nmi_source = value,
            EDGE_ENABLE => self.edge_enable = value,
            CACHE_CTL => self.cache_ctl = value,
            CPU_CLOCK => self.cpu_clock = value,
            CLOCK_GATE => self.clock_gate = value,
            SPI_INT_STATUS => {}
            IRAM_BANKS => self.iram_banks = value,
            PIN_SWAP => self.pin_swap = value,
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flush_handshake_answers_at_once() {
        let mut dport = Dport::default();
        dport.write(CACHE_CTL, CACHE_FLUSH);
        assert_eq!(
            dport.read(CACHE_CTL, false),
            Some(CACHE_FLUSH | CACHE_FLUSHED)
        );
        dport.write(CACHE_CTL, 0);
        assert_eq!(dport.read(CACHE_CTL, false), Some(0));
    }

    #[test]
    fn one_interrupt_at_most_is_the_nmi() {
        let mut dport = Dport::default();
        for (value, wdev, frc1) in [
            (0, false, false),
            (1, true, false),
            (14, false, false),
            (9 << 1 | 1, false, true),
        ] {
            dport.write(NMI_SOURCE, value);
            assert_eq!((dport.wdev_is_nmi(), dport.frc1_is_nmi()), (wdev, frc1));
        }
    }

    #[test]
    fn half_select_and_pair_choose_the_megabyte() {
        let mut dport = Dport::default();
        for (bits, megabyte) in [(0, 0), (1 << 25, 1), (1 << 16, 2), (1 << 16 | 1 << 25, 3)] {
            dport.write(CACHE_CTL, bits);
            assert_eq!(dport.megabyte(), megabyte);
        }
    }
}
