//! The decoder and the disassembly, against GNU binutils for the lx106.

use super::asm;
use d1_emulator::cpu::decode::{decode, length};
use d1_emulator::cpu::instruction::{Op, System};

/// One line per instruction and interesting operand: encoding, text. Made by assembling the
/// text with `xtensa-lx106-elf-as` 2.40, distances written relative to the instruction.
const ENCODINGS: &str = include_str!("encodings.txt");

/// Whether `word` decodes to an instruction of the core.
fn is_known(word: u32) -> bool {
    decode(word).op != Op::System(System::Unknown)
}

#[test]
fn every_instruction_reads_as_the_assembler_wrote_it() {
    for line in ENCODINGS.lines() {
        let (encoding, text) = line.split_once(' ').unwrap();
        let instruction = decode(u32::from_str_radix(encoding, 16).unwrap());
        assert_eq!(instruction.to_string(), text);
        assert_eq!(usize::from(instruction.len), encoding.len() / 2, "{text}");
    }
}

#[test]
fn every_word_decodes_and_as_many_are_known_as_binutils_knows() {
    let wide = (0..1 << 24).filter(|word| word & 8 == 0);
    let narrow = (0..1 << 16).filter(|word| word & 8 != 0);
    for word in wide.clone().chain(narrow.clone()) {
        let i = decode(word);
        assert_eq!(i.len, length(word as u8));
        assert_eq!(i.len, if word & 8 == 0 { 3 } else { 2 });
        assert!(i.d < 16 && i.s < 16 && i.t < 32, "{word:#x}");
    }
    // What `objdump -D` of every encoding has no name for; op0 14 and 15 start nothing at all.
    assert_eq!(wide.filter(|&word| !is_known(word)).count(), 4_220_579);
    assert_eq!(
        narrow.filter(|&word| !is_known(word)).count(),
        3806 + 2 * 4096
    );
}

#[test]
fn bytes_beyond_the_instruction_do_not_matter() {
    assert_eq!(decode(0xFFFF_F03D), decode(asm::nop_n()));
    assert_eq!(decode(0xFF00_20F0), decode(asm::nop()));
    assert_eq!(decode(0xFFFF_FF0E).to_string(), ".byte 0x0e, 0xff");
    assert_eq!(decode(0xFF03_0303).to_string(), ".byte 0x03, 0x03, 0x03");
}

#[test]
fn the_tests_own_assembler_agrees() {
    let pairs = [
        (asm::and(3, 4, 5), "and a3, a4, a5"),
        (asm::addmi(3, 4, -256), "addmi a3, a4, -256"),
        (asm::movi(15, -2048), "movi a15, -2048"),
        (asm::extui(3, 4, 17, 5), "extui a3, a4, 17, 5"),
        (asm::slli(3, 4, 1), "slli a3, a4, 1"),
        (asm::slli(3, 4, 31), "slli a3, a4, 31"),
        (asm::srai(3, 4, 17), "srai a3, a4, 17"),
        (asm::ssai(17), "ssai 17"),
        (asm::l16si(3, 4, 510), "l16si a3, a4, 510"),
        (asm::s32i(3, 4, 1020), "s32i a3, a4, 1020"),
        (asm::l32i_n(3, 4, 60), "l32i.n a3, a4, 60"),
        (asm::l32r(3, -262_144), "l32r a3, ((. + 3) & -4)-262144"),
        (asm::branch(2, 3, 4, -124), "blt a3, a4, .-124"),
        (asm::branch_constant(1, 3, 9, 131), "bnei a3, 10, .+131"),
        (
            asm::branch_constant_unsigned(2, 3, 1, 4),
            "bltui a3, 65536, .+4",
        ),
        (asm::branch_zero(3, 3, -2044), "bgez a3, .-2044"),
        (asm::beqz_n(3, 67), "beqz.n a3, .+67"),
        (asm::bnez_n(3, 4), "bnez.n a3, .+4"),
        (asm::j(-131_068), "j .-131068"),
        (asm::call0(1024), "call0 (. & -4)+1024"),
        (asm::addi_n(3, 4, -1), "addi.n a3, a4, -1"),
        (asm::movi_n(3, -32), "movi.n a3, -32"),
        (asm::wsr(3, 226), "wsr.intset a3"),
        (asm::xsr(3, 209), "xsr.excsave1 a3"),
        (asm::rsil(3, 15), "rsil a3, 15"),
        (asm::break_(1, 15), "break 1, 15"),
    ];
    for (encoding, text) in pairs {
        assert_eq!(decode(encoding).to_string(), text);
    }
}
