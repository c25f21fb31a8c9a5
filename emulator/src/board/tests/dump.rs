//! The core executes a mask ROM that the user brings.

use super::*;
use crate::rom::dump::{Dump, CHIP_WORD, LEN};

const ROM: u32 = 0x4000_0000;
const UART_FIFO: u32 = 0x6000_0000;

/// A ROM that sends one letter and stays where it is.
fn letter_rom(letter: u8) -> Dump {
    let mut bytes = vec![0; LEN];
    let mut put = |at: u32, bytes_there: &[u8]| {
        bytes[at as usize..at as usize + bytes_there.len()].copy_from_slice(bytes_there);
    };
    put(CHIP_WORD.0, &CHIP_WORD.1.to_le_bytes());
    put(0x40, &UART_FIFO.to_le_bytes());
    put(0x44, &u32::from(letter).to_le_bytes());
    let l32r = |pc: u32, register: u32, literal: u32| {
        let offset = literal.wrapping_sub((pc + 3) & !3) >> 2 & 0xFFFF;
        (offset << 8 | register << 4 | 1).to_le_bytes()
    };
    put(0x80, &[0x06, 0, 0]); // j 0x84
    put(0x84, &l32r(0x84, 2, 0x40)[..3]);
    put(0x87, &l32r(0x87, 3, 0x44)[..3]);
    put(0x8A, &[0x32, 0x62, 0x00]); // s32i a3, a2, 0
    put(0x8D, &[0x06, 0xFF, 0xFF]); // j 0x8D
    Dump::new(bytes).unwrap()
}

fn board_with_rom(letter: u8) -> Machine {
    let mut machine = board(&[]);
    machine.use_rom(letter_rom(letter));
    machine
}

#[test]
fn a_users_rom_runs_from_the_reset_vector_after_every_reset() {
    let mut machine = board_with_rom(b'R');
    assert_eq!(console_after(&mut machine, 10), "R");
    machine.press_reset();
    assert_eq!(console_after(&mut machine, 10), "R");
    machine.power_cycle();
    assert_eq!(console_after(&mut machine, 10), "R");
    assert_eq!(machine.log(), [""; 0]);
}

#[test]
fn a_debugger_sees_a_users_rom() {
    let mut machine = board_with_rom(b'R');
    let mut bytes = [0; 4];
    assert_eq!(machine.read_memory(ROM + CHIP_WORD.0, &mut bytes), 4);
    assert_eq!(u32::from_le_bytes(bytes), CHIP_WORD.1);
}
