//! What lies where in flash and in the chip's memory: the single source of every address.
//!
//! Linker scripts repeat some of these numbers because they must; tests compare them with this file.
//! Sources: Espressif's map codes (esptool `--flash_size`, boot_v1.7), ESP8266 memory map.

use core::ffi::CStr;

use crate::slot::Slot;

/// Bytes in a sector, the smallest erase unit.
pub const SECTOR_LEN: u32 = 0x1000;
/// Bytes of flash the chip can see at once through its cache window.
pub const WINDOW_LEN: u32 = 0x10_0000;
/// Where that window begins in the CPU's view.
pub const WINDOW_START: MappedAddress = MappedAddress::new(0x4020_0000);
/// Distance from an image's first byte to its first irom byte (the outer header).
pub const IMAGE_IROM_OFFSET: u32 = 0x10;

/// The boot loader's sector: offset 0, one sector.
pub const BOOT_REGION: Region = Region {
    start: FlashOffset::new(0),
    len: SECTOR_LEN,
};

/// Instruction RAM an image's segments may be loaded to: all of it, except the 16 KB that is always cache
/// while an image runs and where the boot loader lives until then.
pub const IRAM: MemoryRange = MemoryRange {
    start: 0x4010_0000,
    end: 0x4010_C000,
};
/// Data RAM an image's segments may be loaded to: all of it up to the mask ROM's own data.
pub const DRAM: MemoryRange = MemoryRange {
    start: 0x3FFE_8000,
    end: 0x3FFF_C000,
};

/// The boot loader's code. Flash cache once the cache is on, so no image can want it.
pub const BOOT_IRAM: MemoryRange = MemoryRange {
    start: 0x4010_E000,
    end: 0x4011_0000,
};
/// The boot loader's data: between the mask ROM's data and the stack.
pub const BOOT_DRAM: MemoryRange = MemoryRange {
    start: 0x3FFF_EB30,
    end: 0x3FFF_F400,
};

/// A distance from the first byte of the flash chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlashOffset(u32);

impl FlashOffset {
    /// The offset `bytes` from the start of flash.
    pub const fn new(bytes: u32) -> Self {
        FlashOffset(bytes)
    }

    /// Bytes from the start of flash.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The offset `bytes` further on.
    pub const fn plus(self, bytes: u32) -> Self {
        FlashOffset(self.0 + bytes)
    }

    /// Where the CPU sees this byte when its megabyte is the mapped one.
    pub const fn mapped(self) -> MappedAddress {
        MappedAddress(WINDOW_START.0 + self.0 % WINDOW_LEN)
    }

    /// The megabyte that has to be mapped to see this byte.
    pub const fn megabyte(self) -> u32 {
        self.0 / WINDOW_LEN
    }
}

/// An address in the CPU's view of flash, 0x40200000..0x40300000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MappedAddress(u32);

impl MappedAddress {
    /// The address itself.
    pub const fn new(address: u32) -> Self {
        MappedAddress(address)
    }

    /// The address itself.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether the address is inside the cache window at all.
    pub const fn is_in_window(self) -> bool {
        self.0 >= WINDOW_START.0 && self.0 < WINDOW_START.0 + WINDOW_LEN
    }
}

/// A range of flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First byte.
    pub start: FlashOffset,
    /// Bytes.
    pub len: u32,
}

impl Region {
    /// One past the last byte.
    pub const fn end(self) -> FlashOffset {
        self.start.plus(self.len)
    }

    /// Whether any byte belongs to both.
    pub const fn overlaps(self, other: Region) -> bool {
        self.start.0 < other.end().0 && other.start.0 < self.end().0
    }
}

/// A range of the CPU's RAM, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryRange {
    /// First address.
    pub start: u32,
    /// One past the last address.
    pub end: u32,
}

impl MemoryRange {
    /// Whether `len` bytes at `address` lie inside; an empty range does, if its address does.
    pub const fn contains(self, address: u32, len: u32) -> bool {
        address >= self.start && address < self.end && len <= self.end - address
    }
}

/// How the flash chip is divided. The chip may be larger than its map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlashMap {
    /// 512 KB, slots of 256 KB minus their neighbours.
    K512,
    /// 1 MB, slots of 512 KB minus their neighbours. The default.
    M1,
    /// 4 MB with slots in the first two megabytes, one each (Espressif's `4MB-c1`).
    M4,
}

impl FlashMap {
    /// Every map.
    pub const ALL: [FlashMap; 3] = [FlashMap::K512, FlashMap::M1, FlashMap::M4];

    /// High nibble of header byte 3.
    pub const fn code(self) -> u8 {
        match self {
            FlashMap::K512 => 0,
            FlashMap::M1 => 2,
            FlashMap::M4 => 6,
        }
    }

    /// The map of a high nibble of header byte 3, if it is one of ours.
    pub const fn from_code(code: u8) -> Option<FlashMap> {
        match code {
            0 => Some(FlashMap::K512),
            2 => Some(FlashMap::M1),
            6 => Some(FlashMap::M4),
            _ => None,
        }
    }

    /// The map of that many bytes, if it is one of ours.
    pub const fn from_flash_len(len: u32) -> Option<FlashMap> {
        match len {
            0x8_0000 => Some(FlashMap::K512),
            0x10_0000 => Some(FlashMap::M1),
            0x40_0000 => Some(FlashMap::M4),
            _ => None,
        }
    }

    /// `512K`, `1M` or `4M`, as command lines and consoles spell it.
    pub const fn name(self) -> &'static str {
        crate::text(self.c_name())
    }

    /// The same as a C string: the mask ROM prints the boot loader's messages.
    pub const fn c_name(self) -> &'static CStr {
        match self {
            FlashMap::K512 => c"512K",
            FlashMap::M1 => c"1M",
            FlashMap::M4 => c"4M",
        }
    }

    /// The map of that name.
    pub fn from_name(name: &str) -> Option<FlashMap> {
        FlashMap::ALL.into_iter().find(|map| map.name() == name)
    }

    /// Bytes of flash this map divides.
    pub const fn flash_len(self) -> u32 {
        match self {
            FlashMap::K512 => 0x8_0000,
            FlashMap::M1 => 0x10_0000,
            FlashMap::M4 => 0x40_0000,
        }
    }

    /// The flash range of a slot.
    pub const fn slot(self, slot: Slot) -> Region {
        let (second, len) = match self {
            FlashMap::K512 => (0x4_1000, 0x3_A000),
            FlashMap::M1 => (0x8_1000, 0x7_8000),
            FlashMap::M4 => (0x10_1000, 0xE_0000),
        };
        let start = match slot {
            Slot::One => SECTOR_LEN,
            Slot::Two => second,
        };
        Region {
            start: FlashOffset::new(start),
            len,
        }
    }

    /// Bytes directly in front of a slot that are nobody's: slot 2 begins a sector behind an erase block's start.
    pub const fn free_before(self, slot: Slot) -> u32 {
        match slot {
            Slot::One => 0,
            Slot::Two => SECTOR_LEN,
        }
    }

    /// Where code of that slot's image must be linked: the address of its first irom byte.
    pub const fn irom_origin(self, slot: Slot) -> MappedAddress {
        self.slot(slot).start.plus(IMAGE_IROM_OFFSET).mapped()
    }

    /// The two sectors of the boot record, directly behind slot 1.
    pub const fn record_sectors(self) -> [FlashOffset; 2] {
        let first = self.slot(Slot::One).end();
        [first, first.plus(SECTOR_LEN)]
    }

    /// The two sectors of the update history, directly behind the boot record.
    pub const fn history_sectors(self) -> [FlashOffset; 2] {
        let [_, last] = self.record_sectors();
        [last.plus(SECTOR_LEN), last.plus(2 * SECTOR_LEN)]
    }

    /// The sector of the network's master key, behind the history.
    pub const fn network_key(self) -> Region {
        let [_, last] = self.history_sectors();
        Region {
            start: last.plus(SECTOR_LEN),
            len: SECTOR_LEN,
        }
    }

    /// The sector in which Espressif's SDK keeps its radio calibration.
    pub const fn rf_calibration(self) -> Region {
        let start = FlashOffset::new(self.flash_len() - 5 * SECTOR_LEN);
        Region {
            start,
            len: SECTOR_LEN,
        }
    }

    /// The last four sectors: Espressif's init data and system parameters. We keep our hands off.
    pub const fn system(self) -> Region {
        let start = FlashOffset::new(self.flash_len() - 4 * SECTOR_LEN);
        Region {
            start,
            len: 4 * SECTOR_LEN,
        }
    }
}
