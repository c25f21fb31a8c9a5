//! The driver against the strict model of the chip.

mod chip;

use chip::{erased, over, well_treated};
use d1_flash::{EraseUnit, Error, Flash, PAGE_LEN};
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use nor_model::{opcode, Chip, Nor, Pace};

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 7 + n / 256) as u8).collect()
}

#[test]
fn what_is_written_is_read() {
    for (offset, len) in [
        (0, 4),
        (0x1000, 4096),
        (0x10FC, 8),
        (0x1004, 252),
        (0x20E0, 1000),
        (0x3F_FF00, 256),
    ] {
        let mut flash = erased();
        let bytes = pattern(len);
        flash.write(offset, &bytes).unwrap();
        let mut back = vec![0xA5; len];
        flash.read(offset, &mut back).unwrap();
        assert_eq!(back, bytes, "{len} bytes at {offset:#x}");
        let mut around = vec![0; len];
        well_treated(flash).peek(offset, &mut around);
        assert_eq!(around, bytes);
    }
}

#[test]
fn neighbours_of_a_write_stay_erased() {
    let mut flash = erased();
    flash.write(0x10F0, &pattern(40)).unwrap();
    let contents = well_treated(flash).contents();
    assert!(contents[..0x10F0].iter().all(|byte| *byte == 0xFF));
    assert!(contents[0x10F0 + 40..].iter().all(|byte| *byte == 0xFF));
}

#[test]
fn erase_uses_the_largest_units_and_touches_nothing_else() {
    let mut flash = over(Nor::new(Chip::W25Q32, &vec![0; 0x40000]).unwrap());
    // A sector, a 32 KB block, two 64 KB blocks, a sector.
    flash.erase(0x7000, 0x31000).unwrap();
    let nor = well_treated(flash);
    assert_eq!(nor.operations(), 1 + 1 + 2 + 1);
    let contents = nor.contents();
    assert!(contents[0x7000..0x31000].iter().all(|byte| *byte == 0xFF));
    assert!(contents[..0x7000]
        .iter()
        .chain(&contents[0x31000..0x40000])
        .all(|byte| *byte == 0));
}

#[test]
fn every_unit_erases_itself_only() {
    for unit in [EraseUnit::Sector, EraseUnit::Block32K, EraseUnit::Block64K] {
        let mut flash = over(Nor::new(Chip::W25Q32, &vec![0; 0x30000]).unwrap());
        flash.erase_unit(0x10000, unit).unwrap();
        let contents = well_treated(flash).contents();
        let end = 0x10000 + unit.bytes() as usize;
        assert!(
            contents[0x10000..end].iter().all(|byte| *byte == 0xFF),
            "{unit:?}"
        );
        assert!(
            contents[..0x10000]
                .iter()
                .chain(&contents[end..0x30000])
                .all(|byte| *byte == 0),
            "{unit:?}"
        );
    }
}

#[test]
fn the_slowest_chip_of_the_data_sheet_is_waited_for() {
    let mut nor = Nor::new(Chip::W25Q32, &vec![0; 0x20000]).unwrap();
    nor.set_pace(Pace::Maximum);
    let mut flash = over(nor);
    flash.erase(0, 0x19000).unwrap();
    flash.write(0, &pattern(1024)).unwrap();
    well_treated(flash);
}

#[test]
fn interrupts_come_in_after_every_page() {
    let mut flash = erased();
    flash.write(0, &pattern(4096)).unwrap();
    let milliseconds = flash.release().longest / 1_000_000_000;
    assert!(milliseconds < 4, "{milliseconds} ms with the cache off");
}

#[test]
fn a_large_erase_is_done_in_slices_and_what_is_beside_it_can_be_read() {
    for pace in [Pace::Typical, Pace::Maximum] {
        let mut nor = Nor::new(Chip::W25Q32, &vec![0; 0x30000]).unwrap();
        nor.set_pace(pace);
        let mut flash = over(nor);
        flash.begin_erase(0x10000, EraseUnit::Block64K).unwrap();
        let mut slices = 1;
        while !flash.continue_erase().unwrap() {
            let mut beside = [0xA5; 4];
            flash.read(0xFFFC, &mut beside).unwrap();
            assert_eq!(beside, [0; 4]);
            slices += 1;
        }
        assert!(slices >= 20, "{pace:?}: {slices}");
        assert_eq!(flash.first_unerased(0x10000, 0x20000), Ok(None));
        assert_eq!(flash.first_unerased(0xF000, 0x11000), Ok(Some(0xF000)));
        assert_eq!(flash.first_unerased(0x1F000, 0x21000), Ok(Some(0x20000)));
        let wire = flash.release();
        assert_eq!(wire.nor.violation_count(), 0);
        let longest = wire.longest / 1_000_000_000;
        assert!(longest < 8, "{pace:?}: {longest} ms with the cache off");
    }
}

#[test]
fn a_chip_that_is_not_known_to_halt_is_done_at_once() {
    // 512 KB: the family's small chips do not know the commands.
    let mut flash = over(Nor::new(Chip::with_len(0x8_0000).unwrap(), &[0; 0x20000]).unwrap());
    assert!(!flash.can_halt());
    flash.begin_erase(0x10000, EraseUnit::Block64K).unwrap();
    assert!(flash.continue_erase().unwrap());
    assert_eq!(flash.first_unerased(0x10000, 0x20000), Ok(None));
    well_treated(flash);
}

#[test]
fn a_change_finishes_a_halted_erase_before() {
    let mut flash = over(Nor::new(Chip::W25Q32, &vec![0; 0x20000]).unwrap());
    flash.begin_erase(0x10000, EraseUnit::Block64K).unwrap();
    let pattern = pattern(256);
    flash.write(0x20000, &pattern).unwrap();
    assert!(flash.continue_erase().unwrap());
    flash.begin_erase(0x0, EraseUnit::Block64K).unwrap();
    flash.erase(0x21000, 0x22000).unwrap();
    assert_eq!(flash.first_unerased(0, 0x20000), Ok(None));
    let (fours, _) = pattern.as_chunks();
    let words: Vec<u32> = fours.iter().map(|four| u32::from_le_bytes(*four)).collect();
    assert!(flash.holds(0x20000, &words).unwrap());
    assert!(!flash.holds(0x20004, &words[..63]).unwrap());
    well_treated(flash);
}

#[test]
fn an_erase_that_another_program_left_halted_is_finished_before_the_first_change() {
    let mut before = over(Nor::new(Chip::W25Q32, &vec![0; 0x20000]).unwrap());
    before.begin_erase(0x10000, EraseUnit::Block64K).unwrap();
    // A reset of the chip around it: the flash chip does not notice.
    let mut flash = Flash::new(before.release(), Chip::W25Q32.len);
    flash.erase(0x30000, 0x31000).unwrap();
    assert_eq!(flash.first_unerased(0x10000, 0x20000), Ok(None));
    well_treated(flash);
}

#[test]
fn write_protection_of_the_serial_loader_is_taken_off() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.set_pace(Pace::Instant);
    nor.write_enable(0);
    nor.write_status(opcode::WRITE_STATUS_1, &[0x1C], 0);
    let mut flash = over(nor);
    flash.write(0x1000, &pattern(64)).unwrap();
    flash.erase(0x1000, 0x2000).unwrap();
    well_treated(flash);
}

#[test]
fn unerased_flash_is_noticed() {
    let mut flash = over(Nor::new(Chip::W25Q32, &[0x00; 64]).unwrap());
    assert_eq!(flash.write(0, &pattern(64)), Err(Error::ReadBack));
}

#[test]
fn chip_that_ignores_write_enable_is_write_protected() {
    let mut flash = erased();
    flash.write(0, &pattern(4)).unwrap();
    let mut wire = flash.release();
    wire.deaf = true;
    let mut flash = Flash::new(wire, 0x1000);
    assert_eq!(flash.write(0x100, &pattern(4)), Err(Error::WriteProtected));
    assert_eq!(flash.erase(0, 0x1000), Err(Error::WriteProtected));
    let nor = well_treated(flash);
    assert_eq!(
        nor.operations(),
        1,
        "nothing but the first write reached the chip"
    );
}

#[test]
fn chip_that_stays_busy_is_given_up() {
    let mut wire = erased().release();
    wire.stuck = true;
    let mut flash = Flash::new(wire, 0x1000);
    assert_eq!(flash.read(0, &mut [0; 4]), Err(Error::Timeout));
    assert_eq!(flash.write(0, &[0; 4]), Err(Error::Timeout));
    assert_eq!(flash.erase(0, 0x1000), Err(Error::Timeout));
    assert_eq!(flash.jedec_id(), Err(Error::Timeout));
    well_treated(flash);
}

#[test]
fn arguments_are_checked_before_anything_is_done() {
    let mut flash = Flash::new(erased().release(), 0x10_0000);
    assert_eq!(flash.read(2, &mut [0; 4]), Err(Error::NotAligned));
    assert_eq!(flash.read(0, &mut [0; 3]), Err(Error::NotAligned));
    assert_eq!(flash.read(0xF_FFFC, &mut [0; 8]), Err(Error::OutOfBounds));
    assert_eq!(flash.write(1, &[0; 4]), Err(Error::NotAligned));
    assert_eq!(flash.write(0x10_0000, &[0; 4]), Err(Error::OutOfBounds));
    assert_eq!(flash.erase(0x800, 0x1000), Err(Error::NotAligned));
    assert_eq!(flash.erase(0x1000, 0), Err(Error::OutOfBounds));
    assert_eq!(flash.erase(0, 0x10_1000), Err(Error::OutOfBounds));
    assert_eq!(
        flash.erase_unit(0x1000, EraseUnit::Block64K),
        Err(Error::NotAligned)
    );
    assert_eq!(
        flash.erase_unit(0xFFFF_F000, EraseUnit::Sector),
        Err(Error::OutOfBounds)
    );
    assert_eq!(well_treated(flash).operations(), 0);
}

#[test]
fn jedec_id_is_the_chips() {
    assert_eq!(erased().jedec_id(), Ok(0x0016_40EF));
}

#[test]
fn pages_are_as_long_as_the_chips() {
    assert_eq!(PAGE_LEN as u32, nor_model::PAGE_LEN);
    assert_eq!(EraseUnit::Sector.bytes(), nor_model::SECTOR_LEN);
    assert_eq!(EraseUnit::Block32K.bytes(), nor_model::HALF_BLOCK_LEN);
    assert_eq!(EraseUnit::Block64K.bytes(), nor_model::BLOCK_LEN);
}
