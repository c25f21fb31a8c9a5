//! The chip's bus: memories, flash window and devices behind the core's view.
//!
//! Access rules are those of hardware facts 2. What silicon leaves undefined is
//! refused here and named in the journal, so that a guest cannot come to rely on it.

mod inspect;

use super::clock::Clock;
use super::flash::Flash;
use super::journal::Journal;
use super::map::{Region, CACHE_BANK_0, CACHE_BANK_1, DRAM, IRAM, PROHIBITED, WINDOW};
use super::ram::Ram;
use super::{Bus, Fault, Width};
use crate::periph::rng::Rng;
use crate::periph::rtc::{ResetCause, Rtc};
use crate::periph::{Devices, Surroundings};
use crate::rom::dump::{Dump, CHIP_WORD};
use crate::time::Time;
use crate::wdev::Wdev;

const MEGABYTE: u32 = 0x10_0000;
/// The command register of the controller the cache shares.
const SPI0_CMD: u32 = 0x6000_0200;
/// Its status read: Espressif's own code issues that one beside the cache.
const SPI0_RDSR: u32 = 1 << 27;

/// What decides whether and where the flash window leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CacheState {
    enabled: bool,
    /// CTRL bit 17 of SPI0: the cache may use the controller.
    served: bool,
    megabyte: u32,
    /// Which banks of instruction RAM are cache memory.
    banks: [bool; 2],
}

/// Everything on the bus.
pub struct SystemBus {
    /// Core cycles and time.
    pub clock: Clock,
    /// Data and instruction RAM.
    pub ram: Ram,
    /// The register blocks.
    pub devices: Devices,
    /// The flash chip.
    pub flash: Flash,
    /// Reports.
    pub journal: Journal,
    /// The mask ROM's bytes, if the user has them.
    dump: Option<Dump>,
    noise: Rng,
    surroundings: Surroundings,
    cache: CacheState,
    generation: u64,
    attention: bool,
}

impl SystemBus {
    /// The chip as power-on leaves it.
    pub fn powered_up(
        surroundings: Surroundings,
        flash: Flash,
        wdev: Wdev,
        mut noise: Rng,
    ) -> SystemBus {
        let clock = Clock::default();
        let ram = Ram::powered_up(&mut noise);
        let devices = Devices::powered_up(&surroundings, wdev, &mut noise, clock.apb_hz());
        let mut bus = SystemBus {
            clock,
            ram,
            devices,
            flash,
            journal: Journal::default(),
            dump: None,
            noise,
            surroundings,
            cache: CacheState {
                enabled: false,
                served: false,
                megabyte: 0,
                banks: [false; 2],
            },
            generation: 1,
            attention: true,
        };
        bus.apply_clock();
        bus
    }

    /// Loss of power and its return: nothing but the flash and the world outside survives.
    pub fn power_cycle(&mut self) {
        let now = self.now();
        self.flash.nor_mut().power_off(now.0);
        self.ram = Ram::powered_up(&mut self.noise);
        self.reset(ResetCause::PowerOn);
        self.devices.rtc = Rtc::powered_up(&mut self.noise, now);
        self.flash.nor_mut().power_on();
    }

    /// Chip reset: the digital core starts over, RAM and RTC stay.
    pub fn reset(&mut self, cause: ResetCause) {
        let (apb_hz, now) = (self.clock.apb_hz(), self.now());
        self.devices.reset(&self.surroundings, cause, apb_hz, now);
        self.apply_clock();
        self.apply_cache();
        self.invalidate_code();
    }

    /// A deep sleep begins: everything but the RTC domain loses its power.
    pub fn power_down_core(&mut self) {
        self.ram = Ram::powered_up(&mut self.noise);
        self.reset(ResetCause::DeepSleep);
    }

    /// Changes how the strapping pins are held, for resets to come.
    pub fn set_boot_mode(&mut self, boot_mode: u32) {
        self.surroundings.boot_mode = boot_mode;
    }

    /// Puts the mask ROM's bytes where they belong; without them, fetches there are intercepted.
    pub fn set_dump(&mut self, dump: Dump) {
        self.dump = Some(dump);
        self.invalidate_code();
    }

    /// Now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Lets the devices do what is due.
    pub fn poll_devices(&mut self) {
        let now = self.now();
        self.devices.poll(now, &mut self.ram);
        self.journal.adopt(self.devices.wdev_journal());
        for (device, complaint) in self.devices.take_complaints() {
            self.journal
                .once(device, 0, || format!("{device}: {complaint}"));
        }
    }

    /// Forgets that attention was asked for; the board has looked.
    pub fn clear_attention(&mut self) {
        self.attention = false;
    }

    fn invalidate_code(&mut self) {
        self.generation += 1;
        self.ram.forget_fetched();
    }

    fn apply_clock(&mut self) {
        let (pll, doubled) = (
            self.devices.analog.pll_is_set(),
            self.devices.dport.clock_doubled(),
        );
        if self.clock.select(pll, doubled) {
            self.devices.set_apb(self.clock.apb_hz(), self.clock.now());
        }
    }

    fn apply_cache(&mut self) {
        let dport = &self.devices.dport;
        let state = CacheState {
            enabled: dport.cache_enabled(),
            served: self.devices.spi[0].serves_cache(),
            megabyte: dport.megabyte(),
            banks: [dport.bank_is_cache(0), dport.bank_is_cache(1)],
        };
        if state == self.cache {
            return;
        }
        for bank in 0..2 {
            if state.banks[bank] && !self.cache.banks[bank] {
                self.ram.scramble_bank(bank, &mut self.noise);
            }
        }
        self.cache = state;
        self.invalidate_code();
    }

    fn is_cache_memory(&self, address: u32) -> bool {
        self.cache.banks[0] && CACHE_BANK_0.contains(&address)
            || self.cache.banks[1] && CACHE_BANK_1.contains(&address)
    }

    fn refuse_cache_memory(&mut self, address: u32) -> Fault {
        let text =
            || format!("access to {address:#010x}: this instruction RAM is the flash cache now");
        self.journal.once("cache memory", 0, text);
        Fault::Prohibited
    }

    fn refuse_hole(&mut self, address: u32, verb: &str) -> Fault {
        let place = if PROHIBITED.contains(&address) {
            "a prohibited region"
        } else {
            "nothing is there"
        };
        self.journal.once("hole", address & !0xFFF, || {
            format!("{verb} {address:#010x}: {place}")
        });
        Fault::Prohibited
    }

    /// A word of the window that was read before, if it still reads the same.
    #[inline(always)]
    fn remembered(&self, offset: u32) -> Option<u32> {
        if !(self.cache.enabled && self.cache.served) {
            return None;
        }
        let command = self.devices.spi[0].read_command();
        self.flash
            .remembered(command, self.cache.megabyte * MEGABYTE + offset)
    }

    /// Whether the window can be read now.
    fn is_window_open(&mut self) -> bool {
        let now = self.clock.now();
        self.cache.enabled && self.cache.served && !self.flash.is_busy(now)
    }

    fn window_word(&mut self, offset: u32) -> Result<u32, Fault> {
        let at = WINDOW.start + offset;
        if let Some(word) = self.remembered(offset) {
            return Ok(word);
        }
        let command = self.devices.spi[0].read_command();
        let flash_offset = self.cache.megabyte * MEGABYTE + offset;
        let problem = if !self.cache.enabled {
            "while the flash cache is disabled"
        } else if !self.cache.served {
            "while the cache may not use SPI0 (CTRL bit 17)"
        } else if self.flash.is_busy(self.clock.now()) {
            "flash read through the cache while the chip is busy erasing or programming"
        } else {
            return Ok(self.flash.word(command, flash_offset, self.clock.now()));
        };
        self.journal.once(problem, 0, || {
            format!("flash window read at {at:#010x}: {problem}")
        });
        Err(Fault::Prohibited)
    }

    fn rom_word(&mut self, offset: u32) -> u32 {
        if let Some(dump) = &self.dump {
            return dump.word(offset);
        }
        if offset == CHIP_WORD.0 {
            return CHIP_WORD.1;
        }
        let at = 0x4000_0000 + offset;
        self.journal.once("rom data", at, || {
            format!("mask ROM word at {at:#010x} read as data: not modelled, reads 0")
        });
        0
    }

    fn load_register(&mut self, address: u32) -> u32 {
        if Devices::read_has_effects(address) {
            self.attention = true;
        }
        let now = self.clock.now();
        self.devices.read(address, now).unwrap_or_else(|| {
            self.journal.once("register read", address, || {
                format!("register {address:#010x}: not modelled, reads 0")
            });
            0
        })
    }

    fn store_register(&mut self, address: u32, value: u32) {
        if address == SPI0_CMD && value & !SPI0_RDSR != 0 && self.cache.enabled && self.cache.served
        {
            self.journal.once("spi0 with cache", value, || {
                format!("SPI0 command {value:#010x} while the flash cache is enabled: it may collide on silicon")
            });
        }
        let now = self.clock.now();
        let generation = self.flash.generation();
        if self
            .devices
            .write(address, value, now, &mut self.flash)
            .is_none()
        {
            let text = || {
                format!("register {address:#010x}: not modelled, write of {value:#010x} ignored")
            };
            self.journal.once("register write", address, text);
        }
        self.attention |= Devices::write_has_effects(address);
        match address & 0xFFFF_FF00 {
            0x3FF0_0000 => {
                self.apply_clock();
                self.apply_cache();
            }
            0x6000_0D00 => self.apply_clock(),
            0x6000_0200 => {
                self.apply_cache();
                if self.flash.generation() != generation {
                    self.invalidate_code();
                }
            }
            _ => {}
        }
    }

    /// A narrow store to a register is done as a read, a merge and a write.
    fn merge_into_register(&mut self, address: u32, width: Width, value: u32) {
        let shift = 8 * (address & 3);
        let mask = narrow_mask(width) << shift;
        let word = self.load_register(address & !3);
        self.store_register(address & !3, word & !mask | value << shift & mask);
    }
}

/// The address bits that are zero in aligned accesses.
fn alignment_mask(width: Width) -> u32 {
    match width {
        Width::Byte => 0,
        Width::Half => 1,
        Width::Word => 3,
    }
}

fn narrow_mask(width: Width) -> u32 {
    match width {
        Width::Byte => 0xFF,
        Width::Half => 0xFFFF,
        Width::Word => 0xFFFF_FFFF,
    }
}

impl Bus for SystemBus {
    fn fetch(&mut self, address: u32) -> Result<u32, Fault> {
        match Region::of(address) {
            Region::Iram(_) if self.is_cache_memory(address) => {
                Err(self.refuse_cache_memory(address))
            }
            Region::Iram(offset) => Ok(self.ram.fetch_iram(offset)),
            Region::Window(offset) => self.window_word(offset),
            Region::Rom(offset) => match &self.dump {
                Some(dump) => Ok(dump.word(offset)),
                None => Err(Fault::Intercepted),
            },
            _ => Err(self.refuse_hole(address, "instruction fetch from")),
        }
    }

    fn fetch_ahead(&mut self, address: u32) -> Option<u32> {
        match Region::of(address) {
            Region::Iram(_) if self.is_cache_memory(address) => None,
            Region::Iram(offset) => Some(self.ram.fetch_iram(offset)),
            Region::Window(_) if self.is_window_open() => {
                self.window_word(address - WINDOW.start).ok()
            }
            Region::Rom(offset) => self.dump.as_ref().map(|dump| dump.word(offset)),
            _ => None,
        }
    }

    #[inline(always)]
    fn load_memory(&self, address: u32, width: Width) -> Option<u32> {
        if address & alignment_mask(width) != 0 {
            return None;
        }
        if DRAM.contains(&address) {
            return Some(self.ram.load(address - DRAM.start, width));
        }
        if width == Width::Word && WINDOW.contains(&address) {
            return self.remembered(address - WINDOW.start);
        }
        None
    }

    #[inline(always)]
    fn store_memory(&mut self, address: u32, width: Width, value: u32) -> bool {
        let is_ours = DRAM.contains(&address) && address & alignment_mask(width) == 0;
        if is_ours {
            self.ram.store(address - DRAM.start, width, value);
        }
        is_ours
    }

    fn load(&mut self, address: u32, width: Width) -> Result<u32, Fault> {
        match Region::of(address) {
            Region::Dram(offset) => Ok(self.ram.load(offset, width)),
            Region::Register(_) => {
                let word = self.load_register(address & !3);
                Ok(word >> (8 * (address & 3)) & narrow_mask(width))
            }
            Region::Nothing => Err(self.refuse_hole(address, "load from")),
            _ if width != Width::Word => Err(Fault::LoadStoreError),
            Region::Window(offset) => self.window_word(offset),
            Region::Rom(offset) => Ok(self.rom_word(offset)),
            Region::Iram(_) if self.is_cache_memory(address) => {
                Err(self.refuse_cache_memory(address))
            }
            Region::Iram(offset) => Ok(self.ram.load_iram(offset)),
        }
    }

    fn store(&mut self, address: u32, width: Width, value: u32) -> Result<(), Fault> {
        match Region::of(address) {
            Region::Dram(offset) => self.ram.store(offset, width, value),
            Region::Register(_) if width == Width::Word => self.store_register(address, value),
            Region::Register(_) => self.merge_into_register(address, width, value),
            Region::Nothing => return Err(self.refuse_hole(address, "store to")),
            Region::Iram(_) if width == Width::Word => {
                if self.is_cache_memory(address) {
                    return Err(self.refuse_cache_memory(address));
                }
                if self.ram.store_iram(address - IRAM.start, value) {
                    self.invalidate_code();
                }
            }
            Region::Iram(_) | Region::Rom(_) | Region::Window(_) => {
                return Err(Fault::LoadStoreError)
            }
        }
        Ok(())
    }

    fn code_generation(&self) -> u64 {
        self.generation
    }

    fn advance(&mut self, cycles: u64) {
        self.clock.advance(cycles);
    }

    fn cycles(&self) -> u64 {
        self.clock.cycles()
    }

    fn attention(&self) -> bool {
        self.attention
    }
}
