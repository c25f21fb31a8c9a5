//! What a power cut leaves behind.

use nor_model::{Chip, CutPoint, Erase, Nor, Pace};

const MS: u64 = 1_000_000_000;

fn chip(contents: &[u8]) -> Nor {
    let mut nor = Nor::new(Chip::W25Q32, contents).unwrap();
    nor.set_pace(Pace::Instant);
    nor
}

fn program(nor: &mut Nor, address: u32, data: &[u8]) {
    nor.write_enable(0);
    nor.page_program(address, data, 0);
}

fn erase(nor: &mut Nor, address: u32) {
    nor.write_enable(0);
    nor.erase(Erase::Sector, address, 0);
}

fn peek(nor: &Nor, address: u32, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    nor.peek(address, &mut bytes);
    bytes
}

#[test]
fn cut_before_leaves_the_cells_alone() {
    let mut nor = chip(&[]);
    nor.cut_power_at(2, CutPoint::Before);
    program(&mut nor, 0, &[1]);
    assert!(!nor.power_lost());
    program(&mut nor, 4, &[2]);
    assert!(nor.power_lost());
    assert_eq!(peek(&nor, 0, 5), [1, 0xFF, 0xFF, 0xFF, 0xFF]);
}

#[test]
fn cut_after_completes_the_operation_and_no_more() {
    let mut nor = chip(&[]);
    nor.cut_power_at(1, CutPoint::After);
    program(&mut nor, 0, &[1]);
    program(&mut nor, 4, &[2]);
    assert_eq!(peek(&nor, 0, 5), [1, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert!(nor.violations().is_empty(), "a dead chip judges nothing");
}

#[test]
fn cut_inside_a_program_tears_the_page() {
    let mut nor = chip(&[]);
    nor.set_seed(7);
    nor.cut_power_at(1, CutPoint::Inside);
    program(&mut nor, 0, &[0; 256]);
    let torn = peek(&nor, 0, 256);
    assert!(torn.iter().any(|&byte| byte != 0), "something is missing");
    assert!(
        torn.iter().any(|&byte| byte != 0xFF),
        "something was written"
    );
    assert_eq!(
        peek(&nor, 256, 16),
        [0xFF; 16],
        "the next page is untouched"
    );
}

#[test]
fn torn_program_never_clears_a_bit_it_should_not() {
    for seed in 0..64 {
        let mut nor = chip(&[]);
        nor.set_seed(seed);
        nor.cut_power_at(1, CutPoint::Inside);
        program(&mut nor, 0, &[0xA5; 256]);
        assert!(
            peek(&nor, 0, 256).iter().all(|&byte| byte & 0xA5 == 0xA5),
            "seed {seed}"
        );
    }
}

#[test]
fn half_erased_sector_reads_differently_each_time() {
    let mut nor = chip(&[0; 0x3000]);
    nor.set_seed(3);
    nor.cut_power_at(1, CutPoint::Inside);
    erase(&mut nor, 0x1000);
    assert!(nor.weak_bit_count() > 0);
    nor.power_on();
    let (mut first, mut second) = ([0; 0x1000], [0; 0x1000]);
    nor.read(0x1000, &mut first, 0);
    nor.read(0x1000, &mut second, 0);
    assert_ne!(first, second);
    assert_eq!(
        peek(&nor, 0, 0x1000),
        [0; 0x1000],
        "neighbours keep their data"
    );
    assert_eq!(peek(&nor, 0x2000, 0x1000), [0; 0x1000]);
}

#[test]
fn erasing_again_heals_a_half_erased_sector() {
    let mut nor = chip(&[0; 0x1000]);
    nor.cut_power_at(1, CutPoint::Inside);
    erase(&mut nor, 0);
    nor.power_on();
    erase(&mut nor, 0);
    assert_eq!(nor.weak_bit_count(), 0);
    assert_eq!(peek(&nor, 0, 0x1000), [0xFF; 0x1000]);
    assert_eq!(nor.erase_counts()[0], 2);
}

#[test]
fn the_same_seed_breaks_the_same_cells() {
    let torn = |seed| {
        let mut nor = chip(&[0; 0x1000]);
        nor.set_seed(seed);
        nor.cut_power_at(1, CutPoint::Inside);
        erase(&mut nor, 0);
        nor.power_on();
        let mut bytes = [0; 0x1000];
        nor.read(0, &mut bytes, 0);
        (nor.digest(), bytes)
    };
    assert_eq!(torn(11), torn(11));
    assert_ne!(torn(11), torn(12));
}

#[test]
fn power_off_in_the_middle_tears_what_was_running() {
    let mut nor = Nor::new(Chip::W25Q32, &[0; 0x1000]).unwrap();
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    nor.power_off(30 * MS);
    let ones: u32 = peek(&nor, 0, 0x1000)
        .iter()
        .map(|byte| byte.count_ones())
        .sum();
    let share = f64::from(ones) / f64::from(0x1000 * 8);
    assert!(
        (0.55..0.78).contains(&share),
        "30 of 45 ms erased {share:.2} of the bits"
    );
}

#[test]
fn power_off_after_the_end_tears_nothing() {
    let mut nor = Nor::new(Chip::W25Q32, &[0; 0x1000]).unwrap();
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    nor.power_off(45 * MS);
    assert_eq!(peek(&nor, 0, 0x1000), [0xFF; 0x1000]);
    assert_eq!(nor.weak_bit_count(), 0);
}

#[test]
fn without_power_the_bus_floats_high() {
    let mut nor = chip(&[0; 16]);
    nor.power_off(0);
    let mut reply = [0; 4];
    nor.read(0, &mut reply, 0);
    assert_eq!(reply, [0xFF; 4]);
    assert_eq!(nor.read_status_1(0), 0xFF);
}

#[test]
fn power_on_comes_up_idle_and_not_write_enabled() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.write_enable(0);
    nor.erase(Erase::Chip, 0, 0);
    nor.power_off(1);
    nor.power_on();
    assert!(!nor.power_lost());
    assert_eq!(nor.read_status_1(2), 0);
}

#[test]
fn ignored_operations_do_not_count_towards_a_cut() {
    let mut nor = chip(&[]);
    nor.cut_power_at(1, CutPoint::After);
    nor.page_program(0, &[0], 0);
    assert!(!nor.power_lost(), "it had no write enable");
    program(&mut nor, 0, &[0]);
    assert!(nor.power_lost());
}

#[test]
fn kept_cuts_are_the_ones_that_planned_cuts_make() {
    let work = |nor: &mut Nor| {
        erase(nor, 0);
        program(nor, 0x10, &[0x5A; 64]);
        erase(nor, 0x1000);
    };
    let fresh = || {
        let mut nor = chip(&[0; 0x2000]);
        nor.set_seed(5);
        nor
    };
    let mut whole = fresh();
    whole.keep_cuts();
    work(&mut whole);
    let kept = whole.take_cut_chips();
    assert_eq!(kept.len(), 3 * 2);
    for cut in kept {
        let mut planned = fresh();
        planned.cut_power_at(cut.operation, cut.at);
        work(&mut planned);
        assert!(cut.chip.power_lost());
        assert_eq!(cut.chip.digest(), planned.digest(), "{cut:?}");
        assert_eq!(
            cut.chip.weak_bit_count(),
            planned.weak_bit_count(),
            "{cut:?}"
        );
    }
    program(&mut whole, 0x20, &[0]);
    assert!(whole.take_cut_chips().is_empty(), "nobody asked for it");
}

#[test]
fn sectors_that_were_read_are_remembered() {
    let mut nor = chip(&[]);
    let mut bytes = [0; 8];
    nor.read(0x5000, &mut bytes, 0);
    nor.watch_reads();
    nor.read(0x1FFC, &mut bytes, 0);
    nor.read(Chip::W25Q32.len - 4, &mut bytes, 0);
    assert_eq!(nor.sectors_read().collect::<Vec<_>>(), [0, 1, 2, 0x3FF]);
}

#[test]
fn a_sector_with_weak_bits_reads_like_no_other() {
    let mut nor = chip(&[0; 0x1000]);
    let fresh = nor.clone();
    assert!(nor.reads_alike(&fresh, 0));
    nor.cut_power_at(1, CutPoint::Inside);
    erase(&mut nor, 0);
    assert!(!nor.reads_alike(&nor.clone(), 0), "not even itself");
    assert!(nor.reads_alike(&fresh, 1));
}
