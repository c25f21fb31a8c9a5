//! Erase and program suspension: what may happen beside it, and that the end is the same.

use nor_model::{opcode, Chip, CutPoint, Erase, Nor, Violation};
use proptest::prelude::*;

const US: u64 = 1_000_000;
const MS: u64 = 1_000 * US;
/// Status register 2: suspended.
const SUS: u8 = 0x80;

/// Two sectors of 0x55, the first of which is being erased since time 0.
fn erasing() -> Nor {
    let mut nor = Nor::new(Chip::W25Q32, &[0x55; 0x2000]).unwrap();
    nor.write_enable(0);
    nor.erase(Erase::Sector, 0, 0);
    nor
}

/// The same, suspended after a millisecond, at rest at 1.02 ms.
fn suspended() -> Nor {
    let mut nor = erasing();
    nor.command(opcode::SUSPEND, 0, &[], &mut [], MS);
    assert_eq!(nor.read_status_2(2 * MS) & SUS, SUS);
    nor
}

fn read<const N: usize>(nor: &mut Nor, address: u32, now: u64) -> [u8; N] {
    let mut bytes = [0; N];
    nor.read(address, &mut bytes, now);
    bytes
}

#[test]
fn suspending_takes_twenty_microseconds() {
    let mut nor = erasing();
    nor.suspend(MS);
    assert_eq!(nor.read_status_1(MS + 20 * US - 1) & 1, 1);
    assert_eq!(nor.read_status_2(MS + 20 * US - 1) & SUS, 0);
    assert_eq!(nor.read_status_1(MS + 20 * US) & 1, 0);
    assert_eq!(nor.read_status_2(MS + 20 * US) & SUS, SUS);
    assert!(nor.violations().is_empty());
}

#[test]
fn other_sectors_can_be_read_and_programmed_meanwhile() {
    let mut nor = suspended();
    assert_eq!(read(&mut nor, 0x1000, 2 * MS), [0x55]);
    nor.write_enable(2 * MS);
    nor.page_program(0x2000, &[0x42], 2 * MS);
    assert_eq!(read(&mut nor, 0x2000, 3 * MS), [0x42]);
    assert_eq!(nor.read_status_2(3 * MS) & SUS, SUS, "still suspended");
    assert!(nor.violations().is_empty());
}

#[test]
fn the_suspended_sector_reads_as_anything() {
    let mut nor = suspended();
    let one: [u8; 32] = read(&mut nor, 0xFF0, 2 * MS);
    let other: [u8; 32] = read(&mut nor, 0xFF0, 2 * MS);
    assert_ne!(one[..16], other[..16]);
    assert_eq!(one[16..], [0x55; 16]);
    assert_eq!(
        nor.violations(),
        [Violation::SuspendedCells { address: 0xFF0 }; 2]
    );
}

#[test]
fn what_a_suspended_erase_refuses() {
    let mut nor = suspended();
    let now = 2 * MS;
    nor.write_enable(now);
    nor.page_program(0xF00, &[0], now);
    for unit in [Erase::Sector, Erase::HalfBlock, Erase::Block, Erase::Chip] {
        nor.erase(unit, 0x1_0000, now);
    }
    nor.write_status(opcode::WRITE_STATUS_1, &[0], now);
    nor.power_down(now);
    let refused = |opcode| Violation::NotWhileSuspended { opcode };
    assert_eq!(
        nor.violations(),
        [
            Violation::SuspendedCells { address: 0xF00 },
            refused(0x20),
            refused(0x52),
            refused(0xD8),
            refused(0x60),
            refused(0x01),
            refused(0xB9),
        ]
    );
}

#[test]
fn a_suspended_program_refuses_programs_and_lets_other_sectors_be_erased() {
    let mut nor = Nor::new(Chip::W25Q32, &[]).unwrap();
    nor.poke(0x5000, &[0]);
    nor.write_enable(0);
    nor.page_program(0, &[0; 256], 0);
    nor.suspend(100 * US);
    let now = 200 * US;
    nor.write_enable(now);
    nor.page_program(0x5000, &[0], now);
    nor.erase(Erase::Sector, 0, now);
    nor.erase(Erase::Sector, 0x5000, now);
    assert_eq!(
        nor.violations(),
        [
            Violation::NotWhileSuspended { opcode: 0x02 },
            Violation::SuspendedCells { address: 0 },
        ]
    );
    assert_eq!(read(&mut nor, 0x5000, 100 * MS), [0xFF]);
    nor.resume(100 * MS);
    assert_eq!(read(&mut nor, 0, 101 * MS), [0; 256]);
}

#[test]
fn resuming_takes_what_was_left() {
    let mut nor = suspended();
    nor.command(opcode::RESUME, 0, &[], &mut [], 100 * MS);
    assert_eq!(nor.read_status_2(100 * MS) & SUS, 0);
    assert_eq!(nor.read_status_1(144 * MS - 1) & 1, 1);
    assert_eq!(nor.read_status_1(144 * MS) & 1, 0);
    assert_eq!(read(&mut nor, 0, 144 * MS), [0xFF]);
    assert!(nor.violations().is_empty());
}

#[test]
fn with_nothing_to_suspend_or_resume_the_commands_are_ignored() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.suspend(0);
    nor.resume(0);
    assert_eq!((nor.read_status_1(0), nor.read_status_2(0)), (0, 0));
    assert!(nor.violations().is_empty());
}

#[test]
fn an_operation_about_to_end_ends() {
    let mut nor = erasing();
    nor.suspend(45 * MS - 10 * US);
    assert_eq!(nor.read_status_1(45 * MS) & 1, 0);
    assert_eq!(nor.read_status_2(45 * MS) & SUS, 0);
}

#[test]
fn chip_erase_and_status_writes_cannot_be_suspended() {
    let mut nor = Nor::erased(Chip::W25Q32);
    nor.write_enable(0);
    nor.write_status(opcode::WRITE_STATUS_1, &[0], 0);
    nor.suspend(MS);
    nor.write_enable(20 * MS);
    nor.erase(Erase::Chip, 0, 20 * MS);
    nor.suspend(21 * MS);
    assert_eq!(nor.violations(), [Violation::Busy { opcode: 0x75 }; 2]);
    assert_eq!(nor.read_status_1(22 * MS) & 1, 1);
}

#[test]
fn what_runs_beside_a_suspension_cannot_be_suspended() {
    let mut nor = suspended();
    nor.write_enable(2 * MS);
    nor.page_program(0x2000, &[0; 256], 2 * MS);
    nor.suspend(2 * MS + 100 * US);
    assert_eq!(nor.violations(), [Violation::Busy { opcode: 0x75 }]);
}

#[test]
fn an_operation_gets_twenty_microseconds_between_suspensions() {
    let mut nor = suspended();
    nor.resume(2 * MS);
    nor.suspend(2 * MS + 19 * US);
    assert_eq!(nor.violations(), [Violation::SuspendedTooSoon]);
    nor.suspend(2 * MS + 20 * US);
    assert_eq!(nor.read_status_2(3 * MS) & SUS, SUS);
}

#[test]
fn a_power_cut_tears_what_is_suspended_and_forgets_it() {
    let mut nor = suspended();
    nor.power_off(2 * MS);
    nor.power_on();
    assert_eq!(nor.read_status_2(2 * MS) & SUS, 0);
    let left: [u8; 0x1000] = read(&mut nor, 0, 2 * MS);
    assert!(left.iter().any(|byte| *byte != 0xFF), "the erase is undone");
    assert_eq!(read(&mut nor, 0x1000, 2 * MS), [0x55]);
}

#[derive(Clone, Debug)]
enum Step {
    Suspend,
    Resume,
    Program(u32, u8),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Suspend),
        2 => Just(Step::Resume),
        2 => (0x1000..0x4000u32, any::<u8>()).prop_map(|(at, byte)| Step::Program(at, byte)),
        4 => (1..20_000u64).prop_map(|us| Step::Wait(us * US)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However an erase is chopped up, it erases its sector and nothing else, and what was
    /// programmed meanwhile (where the chip took it) stays.
    #[test]
    fn any_interruptions_leave_the_same_contents(
        steps in prop::collection::vec(step(), 0..40),
        cut in any::<Option<u8>>(),
    ) {
        let mut nor = erasing();
        let mut bytes = vec![0xFF; 0x40_0000];
        bytes[0x1000..0x2000].fill(0x55);
        let mut now = MS;
        for step in steps {
            match step {
                Step::Suspend => nor.suspend(now),
                Step::Resume => nor.resume(now),
                Step::Wait(time) => now += time,
                Step::Program(at, byte) => {
                    let before = nor.operations();
                    nor.write_enable(now);
                    nor.page_program(at, &[byte], now);
                    if nor.operations() > before {
                        bytes[at as usize] &= byte;
                        now += MS;
                    }
                }
            }
            prop_assert_eq!(read(&mut nor, 0x3FFF, now), [if nor.read_status_1(now) & 1 == 1 {
                0xFF
            } else {
                bytes[0x3FFF]
            }]);
        }
        if let Some(points) = cut {
            nor.cut_power_at(1, CutPoint::Inside);
            nor.power_off(now + u64::from(points) * MS);
            nor.power_on();
            let found = nor.contents();
            prop_assert!(found[0x1000..] == bytes[0x1000..]);
        } else {
            now += 50 * MS;
            nor.resume(now);
            now += 50 * MS;
            let mut found = vec![0; bytes.len()];
            nor.read(0, &mut found, now);
            prop_assert!(found == bytes);
        }
    }
}
