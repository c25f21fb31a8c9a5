//! What the flash chip alone needs for an image: no updater can be faster.

use d1_image::{FlashMap, Slot};
use nor_model::{Chip, Duration, Pace, BLOCK_LEN, HALF_BLOCK_LEN, PAGE_LEN, SECTOR_LEN};

/// Microseconds in which the chip erases room for `len` bytes in `slot`, by the fastest choice of erase commands,
/// and programs them in whole pages.
pub fn flash_floor(map: FlashMap, slot: Slot, len: u32, pace: Pace) -> u64 {
    let region = map.slot(slot);
    // What is nobody's may be erased too.
    let free = map.free_before(slot);
    let (start, end) = (region.start.get() - free, region.end().get());
    let timing = Chip::W25Q32.timing;
    let micros = |duration: Duration| {
        let picoseconds = match pace {
            Pace::Typical => duration.typical,
            Pace::Maximum => duration.maximum,
            Pace::Instant => 0,
        };
        picoseconds / 1_000_000
    };
    let units = [
        (BLOCK_LEN, micros(timing.block_erase)),
        (HALF_BLOCK_LEN, micros(timing.half_block_erase)),
        (SECTOR_LEN, micros(timing.sector_erase)),
    ];
    // From the back: the least time from each sector on to the end of the image.
    let needed = (region.start.get() + len).next_multiple_of(SECTOR_LEN);
    let sectors = ((end - start) / SECTOR_LEN) as usize;
    let mut least = vec![0; sectors + 1];
    for sector in (0..sectors).rev() {
        let at = start + sector as u32 * SECTOR_LEN;
        if at >= needed {
            continue;
        }
        let fit = units
            .iter()
            .filter(|(unit, _)| at.is_multiple_of(*unit) && at + unit <= end);
        let times = fit.map(|(unit, time)| time + least[sector + (unit / SECTOR_LEN) as usize]);
        least[sector] = times.min().unwrap_or(u64::MAX);
    }
    let erases = least[..=(free / SECTOR_LEN) as usize].iter().min();
    erases.unwrap_or(&0) + u64::from(len.div_ceil(PAGE_LEN)) * micros(timing.page_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_of_400_kib_is_the_data_sheets_arithmetic() {
        // Slot 2 of the 1M map, from 0x81000: 6 blocks, the first with the sector in front, and 32 KB for the last
        // 20 KB; 1600 pages.
        let typical = 6 * 150_000 + 120_000 + 1600 * 700;
        let floor = |pace| flash_floor(FlashMap::M1, Slot::Two, 400 * 1024, pace);
        assert_eq!(floor(Pace::Typical), typical);
        let maximum = 6 * 2_000_000 + 1_600_000 + 1600 * 3_000;
        assert_eq!(floor(Pace::Maximum), maximum);
        assert_eq!(floor(Pace::Instant), 0);
    }
}
