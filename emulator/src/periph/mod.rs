//! The register blocks of the chip, and which address belongs to which.

pub mod analog;
pub mod dport;
pub mod efuse;
pub mod frc;
pub mod gpio;
pub mod rf;
pub mod rng;
pub mod rtc;
pub mod spi;
pub mod storage;
pub mod uart;
pub mod watchdog;

use crate::air::Air;
use crate::bus::journal::Journal;
use crate::bus::{Dma, Peripheral};
use crate::time::Time;
use crate::wdev::Wdev;
use analog::Analog;
use dport::Dport;
use efuse::Efuse;
use frc::Frc;
use gpio::Gpio;
use rf::Rf;
use rng::Rng;
use rtc::{ResetCause, Rtc};
use spi::{SpiChip, SpiController, Unconnected};
use uart::Uart;
use watchdog::{Bite, Watchdog};

/// Interrupt numbers (hardware facts 1.3), as bits of the core's input.
mod line {
    pub const WDEV: u32 = 1 << 0;
    pub const GPIO: u32 = 1 << 4;
    pub const UART: u32 = 1 << 5;
    pub const WATCHDOG: u32 = 1 << 8;
    pub const FRC1: u32 = 1 << 9;
    pub const FRC2: u32 = 1 << 10;
    pub const NMI: u32 = 1 << 14;
}

/// Every device of the chip.
pub struct Devices {
    /// Interrupt routing, cache control, clock.
    pub dport: Dport,
    /// UART0 and UART1.
    pub uart: [Uart; 2],
    /// SPI0 (flash) and SPI1 (nothing connected).
    pub spi: [SpiController; 2],
    /// Reset cause and RTC RAM.
    pub rtc: Rtc,
    /// The clock PLL is behind the analog hosts.
    pub analog: Analog,
    efuse: Efuse,
    /// Pads and the multiplexer in front of them.
    pub gpio: Gpio,
    frc: Frc,
    watchdog: Watchdog,
    rf: Rf,
    wdev: Wdev,
    /// When the MAC or the air must next be polled: asking them is not free.
    wdev_due: Time,
    /// Edges to deliver with the next look at the interrupt lines.
    edges: u32,
    watchdog_reset: bool,
}

/// What a board fixes about the chip's surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// Station MAC address, in the efuses.
    pub mac: [u8; 6],
    /// First boot-mode number: GPIO15, GPIO0, GPIO2.
    pub boot_mode: u32,
    /// Baud rate of the terminal on UART0, or as the guest sets it.
    pub console_baud: Option<u32>,
}

impl Devices {
    /// Devices as power-on leaves them.
    pub fn powered_up(
        surroundings: &Surroundings,
        wdev: Wdev,
        noise: &mut Rng,
        apb_hz: u64,
    ) -> Devices {
        Devices {
            dport: Dport::default(),
            uart: [
                Uart::new(surroundings.console_baud, apb_hz),
                Uart::new(None, apb_hz),
            ],
            spi: [SpiController::new(apb_hz), SpiController::new(apb_hz)],
            rtc: Rtc::powered_up(noise, Time(0)),
            analog: Analog::default(),
            efuse: Efuse::with_mac(surroundings.mac),
            gpio: Gpio::new(surroundings.boot_mode),
            frc: Frc::new(apb_hz),
            watchdog: Watchdog::default(),
            rf: Rf::default(),
            wdev,
            wdev_due: Time(0),
            edges: 0,
            watchdog_reset: false,
        }
    }

    /// Chip reset: everything but the RTC domain and the world outside starts over.
    pub fn reset(
        &mut self,
        surroundings: &Surroundings,
        cause: ResetCause,
        apb_hz: u64,
        now: Time,
    ) {
        self.dport = Dport::default();
        self.uart.iter_mut().for_each(|uart| uart.reset(apb_hz));
        self.spi = [SpiController::new(apb_hz), SpiController::new(apb_hz)];
        self.rtc.set_cause(cause);
        self.analog = Analog::default();
        self.gpio.reset(surroundings.boot_mode, now);
        self.frc = Frc::new(apb_hz);
        self.watchdog = Watchdog::default();
        self.rf = Rf::default();
        self.wdev.reset();
        self.wdev_due = Time(0);
        self.edges = 0;
        self.watchdog_reset = false;
    }

    /// The air around the antenna.
    pub fn air(&mut self) -> &mut Air {
        // Whoever asks may change what happens next there.
        self.wdev_due = Time(0);
        self.wdev.air()
    }

    /// The Wi-Fi MAC's reports.
    pub fn wdev_journal(&mut self) -> &mut Journal {
        self.wdev.journal()
    }

    /// The peripheral clock changed.
    pub fn set_apb(&mut self, hz: u64, now: Time) {
        self.frc.set_apb(hz, now);
        self.uart.iter_mut().for_each(|uart| uart.set_apb(hz));
        self.spi.iter_mut().for_each(|spi| spi.set_apb(hz));
    }

    /// The earliest time at which [`Devices::poll`] has something to do.
    pub fn next_event(&self) -> Time {
        self.uart[0]
            .next_event()
            .min(self.uart[1].next_event())
            .min(self.frc.next_event())
            .min(self.watchdog.next_event())
            .min(self.wdev_due)
    }

    /// Lets every device do what is due at `now`.
    pub fn poll(&mut self, now: Time, memory: &mut dyn Dma) {
        if self.wdev_due <= now {
            self.wdev.poll(now, memory);
            self.wdev_due = self.wdev.next_event();
        }
        self.uart.iter_mut().for_each(|uart| uart.poll(now));
        self.frc.poll(now);
        let expired = self.frc.take_expired();
        if expired.frc1 && self.dport.edge_enable() & 2 != 0 {
            self.edges |= if self.dport.frc1_is_nmi() {
                line::NMI
            } else {
                line::FRC1
            };
        }
        if expired.frc2 && self.dport.edge_enable() & 4 != 0 {
            self.edges |= line::FRC2;
        }
        match self.watchdog.poll(now) {
            Some(Bite::Interrupt) if self.dport.edge_enable() & 1 != 0 => {
                self.edges |= line::WATCHDOG
            }
            Some(Bite::Reset) => self.watchdog_reset = true,
            _ => {}
        }
    }

    /// Why the chip must be reset now, if it must.
    pub fn take_reset(&mut self) -> Option<ResetCause> {
        if std::mem::take(&mut self.watchdog_reset) {
            Some(ResetCause::Watchdog)
        } else {
            self.rtc.take_chip_reset().then_some(ResetCause::Software)
        }
    }

    /// Interrupt inputs that are high while their cause lasts.
    pub fn levels(&self) -> u32 {
        let wdev = if self.dport.wdev_is_nmi() {
            line::NMI
        } else {
            line::WDEV
        };
        [
            (self.wdev.interrupt_asserted(), wdev),
            (self.gpio.interrupt(), line::GPIO),
            (self.uart.iter().any(Uart::interrupt), line::UART),
        ]
        .into_iter()
        .filter_map(|(high, line)| high.then_some(line))
        .sum()
    }

    /// Drives one of GPIO0 to GPIO15 from outside, or lets go of it.
    pub fn drive_pin(&mut self, pin: u32, level: Option<bool>, now: Time) {
        self.gpio.drive(pin, level, now);
        self.pads_changed(now);
    }

    fn pads_changed(&mut self, now: Time) {
        self.uart[0].set_modem_pins(self.gpio.modem_pins(), now);
    }

    /// What the devices want said, with the name of the one that says it.
    pub fn take_complaints(&mut self) -> impl Iterator<Item = (&'static str, String)> {
        let [uart0, uart1] = &mut self.uart;
        [
            ("UART0", uart0.take_complaint()),
            ("UART1", uart1.take_complaint()),
            ("watchdog", self.watchdog.take_complaint()),
        ]
        .into_iter()
        .filter_map(|(name, complaint)| Some((name, complaint?)))
    }

    /// Takes the edges since the last call.
    pub fn take_edges(&mut self) -> u32 {
        std::mem::take(&mut self.edges)
    }

    /// True when reading this register can change an interrupt line.
    pub fn read_has_effects(address: u32) -> bool {
        matches!(address, 0x6000_0000 | 0x6000_0F00)
    }

    /// True when writing this register can change an interrupt line, the next event or the
    /// flash chip's power. The others are worth no look by the board.
    pub fn write_has_effects(address: u32) -> bool {
        !matches!(
            address,
            0x6000_0100..=0x6000_01FF
                | 0x6000_0204..=0x6000_02FF
                | 0x6000_0400..=0x6000_05FF
                | 0x6000_1000..=0x6000_9FFF
        )
    }

    /// Reads the register at `address`; `None` when it is not modelled.
    pub fn read(&mut self, address: u32, now: Time) -> Option<u32> {
        let offset = address & 0xFF;
        match address {
            0x3FF0_0050..=0x3FF0_005C => self.efuse.read(address - 0x3FF0_0050),
            0x3FF0_0000..=0x3FF0_004C => self.dport.read(offset, self.spi[0].busy(now)),
            0x3FF2_0000..=0x3FF2_FFFF => self.wdev.read(address & 0xFFFF, now),
            0x6000_0000..=0x6000_00FF => self.uart[0].read(offset, now),
            0x6000_0100..=0x6000_01FF => self.spi[1].read(offset, now),
            0x6000_0200..=0x6000_02FF => self.spi[0].read(offset, now),
            0x6000_0300..=0x6000_03FF => self.gpio.read(offset),
            0x6000_0400..=0x6000_05FF => self.rf.read_front_end(address - 0x6000_0400),
            0x6000_0600..=0x6000_06FF => self.frc.read(offset, now),
            0x6000_0700..=0x6000_07FF => self.rtc.read(offset, now),
            0x6000_0800..=0x6000_08FF => self.gpio.read_mux(offset),
            0x6000_0900..=0x6000_09FF => self.watchdog.read(offset, now),
            0x6000_0D00..=0x6000_0DFF => self.analog.read(offset),
            0x6000_0F00..=0x6000_0FFF => self.uart[1].read(offset, now),
            0x6000_1000..=0x6000_13FF => self.rtc.read_ram(address & 0x3FF),
            0x6000_9800..=0x6000_9FFF => self.rf.read_baseband(address & 0x7FF),
            _ => None,
        }
    }

    /// Writes the register at `address`; `None` when it is not modelled. SPI0 drives `flash`.
    pub fn write(
        &mut self,
        address: u32,
        value: u32,
        now: Time,
        flash: &mut dyn SpiChip,
    ) -> Option<()> {
        let offset = address & 0xFF;
        match address {
            // Fuses are burnt once, not written.
            0x3FF0_0050..=0x3FF0_005C => None,
            0x3FF0_0000..=0x3FF0_004C => self.dport.write(offset, value),
            0x3FF2_0000..=0x3FF2_FFFF => {
                self.wdev_due = Time(0);
                self.wdev.write(address & 0xFFFF, value, now)
            }
            0x6000_0000..=0x6000_00FF => self.uart[0].write(offset, value, now),
            0x6000_0100..=0x6000_01FF => self.spi[1].write(offset, value, now, &mut Unconnected),
            0x6000_0200..=0x6000_02FF => self.spi[0].write(offset, value, now, flash),
            0x6000_0300..=0x6000_03FF => {
                self.gpio.write(offset, value, now)?;
                self.pads_changed(now);
                Some(())
            }
            0x6000_0400..=0x6000_05FF => self.rf.write_front_end(address - 0x6000_0400, value),
            0x6000_0600..=0x6000_06FF => self.frc.write(offset, value, now),
            0x6000_0700..=0x6000_07FF => self.rtc.write(offset, value, now),
            0x6000_0800..=0x6000_08FF => {
                self.gpio.write_mux(offset, value, now)?;
                self.pads_changed(now);
                Some(())
            }
            0x6000_0900..=0x6000_09FF => self.watchdog.write(offset, value, now),
            0x6000_0D00..=0x6000_0DFF => self.analog.write(offset, value),
            0x6000_0F00..=0x6000_0FFF => self.uart[1].write(offset, value, now),
            0x6000_1000..=0x6000_13FF => self.rtc.write_ram(address & 0x3FF, value),
            0x6000_9800..=0x6000_9FFF => self.rf.write_baseband(address & 0x7FF, value),
            _ => None,
        }
    }
}
