//! Which chip: its size, its name on the bus, and how long it takes.

/// Bytes one page program can reach; the address wraps inside.
pub const PAGE_LEN: u32 = 256;
/// The smallest erase unit, in bytes.
pub const SECTOR_LEN: u32 = 4 * 1024;
/// The 32 KiB erase unit, in bytes.
pub const HALF_BLOCK_LEN: u32 = 32 * 1024;
/// The 64 KiB erase unit, in bytes.
pub const BLOCK_LEN: u32 = 64 * 1024;

const MICROSECOND: u64 = 1_000_000;
const MILLISECOND: u64 = 1_000 * MICROSECOND;

/// How long an operation takes, in picoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// What a healthy chip needs.
    pub typical: u64,
    /// What the data sheet allows a worn, cold chip.
    pub maximum: u64,
}

impl Duration {
    const fn micros(typical: u64, maximum: u64) -> Duration {
        Duration {
            typical: typical * MICROSECOND,
            maximum: maximum * MICROSECOND,
        }
    }

    const fn millis(typical: u64, maximum: u64) -> Duration {
        Duration {
            typical: typical * MILLISECOND,
            maximum: maximum * MILLISECOND,
        }
    }

    pub(crate) fn at(self, pace: Pace) -> u64 {
        match pace {
            Pace::Typical => self.typical,
            Pace::Maximum => self.maximum,
            Pace::Instant => 0,
        }
    }
}

/// Which end of the data sheet's timings the chip keeps to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Typical times.
    #[default]
    Typical,
    /// The slowest chip the data sheet allows.
    Maximum,
    /// Every operation is over at once: for tests that are not about time.
    Instant,
}

/// The data sheet's operation times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Programming the first byte of a page.
    pub first_byte: Duration,
    /// Programming each further byte, up to `page_program` altogether.
    pub next_byte: Duration,
    /// Programming a whole page.
    pub page_program: Duration,
    /// Erasing 4 KiB.
    pub sector_erase: Duration,
    /// Erasing 32 KiB.
    pub half_block_erase: Duration,
    /// Erasing 64 KiB.
    pub block_erase: Duration,
    /// Erasing everything.
    pub chip_erase: Duration,
    /// Writing a status register.
    pub status_write: Duration,
    /// From a suspend command until the chip is ready for others.
    pub suspend: Duration,
    /// Starting over after a reset command.
    pub reset: Duration,
}

impl Timing {
    /// How long programming `len` bytes of one page takes, in picoseconds.
    pub(crate) fn program(&self, len: usize, pace: Pace) -> u64 {
        let further = (len as u64).min(u64::from(PAGE_LEN)) - 1;
        (self.first_byte.at(pace) + further * self.next_byte.at(pace))
            .min(self.page_program.at(pace))
    }
}

/// W25Q32 family, "AC electrical characteristics".
const W25Q32_TIMING: Timing = Timing {
    first_byte: Duration::micros(30, 50),
    next_byte: Duration {
        typical: 5 * MICROSECOND / 2,
        maximum: 12 * MICROSECOND,
    },
    page_program: Duration::micros(700, 3_000),
    sector_erase: Duration::millis(45, 400),
    half_block_erase: Duration::millis(120, 1_600),
    block_erase: Duration::millis(150, 2_000),
    chip_erase: Duration::millis(10_000, 50_000),
    status_write: Duration::millis(10, 15),
    suspend: Duration::micros(20, 20),
    reset: Duration::micros(30, 30),
};

/// A chip of the W25Q family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Size in bytes: a power of two.
    pub len: u32,
    /// JEDEC identification: manufacturer, type, capacity (log2 of the size).
    pub jedec: [u8; 3],
    /// How long operations take.
    pub timing: Timing,
}

impl Chip {
    /// The 4 MiB chip on a D1 mini.
    pub const W25Q32: Chip = Chip::winbond(22, 10_000, 50_000);

    const fn winbond(capacity: u8, erase_typical: u64, erase_maximum: u64) -> Chip {
        let mut timing = W25Q32_TIMING;
        timing.chip_erase = Duration::millis(erase_typical, erase_maximum);
        Chip {
            len: 1 << capacity,
            jedec: [0xEF, 0x40, capacity],
            timing,
        }
    }

    /// The family's chip of `len` bytes: 512 KiB to 16 MiB, a power of two; `None` for another size.
    pub const fn with_len(len: u32) -> Option<Chip> {
        match len {
            0x008_0000 => Some(Chip::winbond(19, 1_000, 4_000)),
            0x010_0000 => Some(Chip::winbond(20, 2_000, 6_000)),
            0x020_0000 => Some(Chip::winbond(21, 5_000, 25_000)),
            0x040_0000 => Some(Chip::W25Q32),
            0x080_0000 => Some(Chip::winbond(23, 20_000, 100_000)),
            0x100_0000 => Some(Chip::winbond(24, 40_000, 200_000)),
            _ => None,
        }
    }
}
