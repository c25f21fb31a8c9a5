//! The flash chip's commands through SPI0's USER registers.

use super::*;
use crate::bus::Width;
use nor_model::{opcode, Violation};

const SPI0: u32 = 0x6000_0200;
const CMD: u32 = SPI0;
const ADDR: u32 = SPI0 + 0x04;
const USER: u32 = SPI0 + 0x1C;
const USER1: u32 = SPI0 + 0x20;
const USER2: u32 = SPI0 + 0x24;
const W0: u32 = SPI0 + 0x40;
const CMD_USER: u32 = 1 << 18;

/// What a USER command consists of beside its opcode.
#[derive(Default)]
struct Phases<'a> {
    address: Option<u32>,
    dummy: u32,
    out: &'a [u8],
    back: u32,
}

/// Runs a command as Espressif's code does: registers, then CMD, then until it reads 0.
fn run<const N: usize>(machine: &mut Machine, opcode: u8, phases: &Phases) -> [u8; N] {
    let phase = |bit: u32, used: bool| if used { 1 << bit } else { 0 };
    let user = 1 << 31
        | phase(30, phases.address.is_some())
        | phase(29, phases.dummy > 0)
        | phase(28, phases.back > 0)
        | phase(27, !phases.out.is_empty());
    let bits = |bytes: u32| (8 * bytes).wrapping_sub(1) & 0x1FF;
    let user1 = 23 << 26
        | bits(phases.out.len() as u32) << 17
        | bits(phases.back) << 8
        | phases.dummy.saturating_sub(1);
    store(machine, USER, user);
    store(machine, USER1, user1);
    store(machine, USER2, 7 << 28 | u32::from(opcode));
    store(machine, ADDR, phases.address.unwrap_or(0) << 8);
    for (index, word) in phases.out.chunks(4).enumerate() {
        let mut bytes = [0; 4];
        bytes[..word.len()].copy_from_slice(word);
        store(machine, W0 + 4 * index as u32, u32::from_le_bytes(bytes));
    }
    store(machine, CMD, CMD_USER);
    while load(machine, CMD) != 0 {
        console_after(machine, 1);
    }
    let mut reply = [0; N];
    for (index, word) in reply.chunks_mut(4).enumerate() {
        let bytes = machine.bus.load(W0 + 4 * index as u32, Width::Word);
        word.copy_from_slice(&bytes.unwrap().to_le_bytes()[..word.len()]);
    }
    reply
}

fn ask<const N: usize>(machine: &mut Machine, opcode: u8) -> [u8; N] {
    let back = N as u32;
    run(
        machine,
        opcode,
        &Phases {
            back,
            ..Phases::default()
        },
    )
}

fn tell(machine: &mut Machine, opcode: u8, address: Option<u32>, out: &[u8]) {
    let phases = Phases {
        address,
        out,
        ..Phases::default()
    };
    run::<0>(machine, opcode, &phases);
}

#[test]
fn the_chip_identifies_and_describes_itself() {
    let mut machine = at_rest();
    assert_eq!(ask(&mut machine, opcode::READ_JEDEC_ID), [0xEF, 0x40, 0x16]);
    let sfdp = Phases {
        address: Some(0),
        dummy: 8,
        back: 4,
        ..Phases::default()
    };
    assert_eq!(&run::<4>(&mut machine, opcode::READ_SFDP, &sfdp), b"SFDP");
    machine.flash_mut().set_unique_id(*b"12345678");
    let unique = Phases {
        dummy: 32,
        back: 8,
        ..Phases::default()
    };
    let number = run::<8>(&mut machine, opcode::READ_UNIQUE_ID, &unique);
    assert_eq!(&number, b"12345678");
}

#[test]
fn an_erase_is_suspended_for_a_read_and_resumed() {
    let mut machine = at_rest();
    machine.flash_mut().poke(0x1_0000, &[0; 0x2000]);
    tell(&mut machine, opcode::WRITE_ENABLE, None, &[]);
    tell(&mut machine, opcode::SECTOR_ERASE, Some(0x1_0000), &[]);
    assert_eq!(ask::<1>(&mut machine, opcode::READ_STATUS_1)[0] & 1, 1);
    tell(&mut machine, opcode::SUSPEND, None, &[]);
    console_after(&mut machine, 1);
    assert_eq!(ask(&mut machine, opcode::READ_STATUS_2), [0x80]);
    let read = Phases {
        address: Some(0x1_1000),
        back: 4,
        ..Phases::default()
    };
    assert_eq!(run(&mut machine, opcode::READ, &read), [0; 4]);
    tell(&mut machine, opcode::RESUME, None, &[]);
    assert_eq!(ask(&mut machine, opcode::READ_STATUS_2), [0x00]);
    console_after(&mut machine, 50);
    assert_eq!(ask(&mut machine, opcode::READ_STATUS_1), [0x00]);
    assert_eq!(machine.flash().violations(), []);
    let mut left = [0];
    machine.flash().peek(0x1_0FFF, &mut left);
    assert_eq!(left, [0xFF]);
}

#[test]
fn blocks_are_erased_by_the_controllers_bits_and_by_opcode() {
    for (bit, opcode, len) in [
        (24, opcode::SECTOR_ERASE, 0x1000),
        (23, opcode::BLOCK_ERASE, 0x1_0000),
        (0, opcode::HALF_BLOCK_ERASE, 0x8000),
    ] {
        let mut machine = at_rest();
        machine.flash_mut().poke(0x2_0000, &[0; 0x1_0001]);
        tell(&mut machine, opcode::WRITE_ENABLE, None, &[]);
        if bit == 0 {
            tell(&mut machine, opcode, Some(0x2_0000), &[]);
        } else {
            store(&mut machine, ADDR, 0x2_0000);
            store(&mut machine, CMD, 1 << bit);
        }
        console_after(&mut machine, 200);
        let contents = machine.flash().contents();
        let end = 0x2_0000 + len;
        assert!(contents[0x2_0000..end].iter().all(|byte| *byte == 0xFF));
        assert_eq!(contents[end], 0);
    }
}

#[test]
fn a_status_write_for_the_session_is_gone_after_a_power_cycle() {
    let mut machine = at_rest();
    tell(&mut machine, opcode::WRITE_ENABLE_VOLATILE, None, &[]);
    tell(&mut machine, opcode::WRITE_STATUS_2, None, &[0x02]);
    assert_eq!(ask(&mut machine, opcode::READ_STATUS_2), [0x02]);
    machine.power_cycle();
    console_after(&mut machine, 60);
    assert_eq!(ask(&mut machine, opcode::READ_STATUS_2), [0x00]);
}

#[test]
fn reading_on_four_lines_without_quad_enable_gets_nothing() {
    let mut machine = at_rest();
    store(&mut machine, SPI0 + 0x08, 1 << 24 | 3);
    store(&mut machine, ADDR, 4 << 24);
    store(&mut machine, CMD, 1 << 31);
    assert_eq!(machine.bus.load(W0, Width::Word), Ok(u32::MAX));
    assert_eq!(
        machine.flash().violations(),
        [Violation::QuadDisabled { opcode: 0xEB }]
    );
}
