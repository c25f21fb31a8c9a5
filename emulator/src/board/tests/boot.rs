//! What the mask ROM prints and where it ends.

use super::guest::{image, Program, BASE};
use super::*;
use crate::cpu::Cause;

const PRINTF: u32 = 0x4000_24CC;

/// `length` zeros, with a first byte that brings the running checksum from `before` to `after`.
fn summing(length: usize, before: u8, after: u8) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes[0] = before ^ after;
    bytes
}

#[test]
fn the_banner_and_load_lines_are_those_of_a_real_boot_log() {
    // Lengths and checksums of boot_v1.7 (hardware facts 3.2); the contents are not its.
    let first = summing(2592, 0xEF, 0xF3);
    let second = summing(764, 0xF3, 0x92);
    let third = summing(676, 0x92, 0x22);
    let image = image(
        BASE,
        &[
            (BASE, &first),
            (0x3FFE_8000, &second),
            (0x3FFE_82FC, &third),
        ],
    );
    let mut machine = board(&image);
    machine.press_reset();
    let text = console_after(&mut machine, 200);
    let expected = "\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n\
        \r\n\
        load 0x40100000, len 2592, room 16 \r\n\
        tail 0\r\n\
        chksum 0xf3\r\n\
        load 0x3ffe8000, len 764, room 8 \r\n\
        tail 4\r\n\
        chksum 0x92\r\n\
        load 0x3ffe82fc, len 676, room 4 \r\n\
        tail 0\r\n\
        chksum 0x22\r\n\
        csum 0x22\r\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_header_across_two_lines_is_traced() {
    // Measured example of hardware facts 3.2: lengths 28 and 8, then a third header at 12.
    let image = image(
        BASE,
        &[
            (0x3FFE_8000, &[1; 28]),
            (0x3FFE_8100, &[2; 8]),
            (0x3FFE_8200, &[3; 4]),
        ],
    );
    let text = console_after(&mut board(&image), 200);
    let expected = "load 0x3ffe8000, len 28, room 16 \r\n\
        tail 12\r\n\
        chksum 0xef\r\n\
        ho 0 tail 12 room 4\r\n\
        load 0x3ffe8100, len 8, room 12 \r\n\
        tail 8\r\n\
        chksum 0xef\r\n\
        ho 4 tail 8 room 4\r\n\
        load 0x3ffe8200, len 4, room 12 \r\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn blank_flash_ends_in_ets_main() {
    let mut machine = board(&[]);
    assert_eq!(
        console_after(&mut machine, 200),
        "\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,6)\r\n\r\nets_main.c \r\n"
    );
    let deadline = machine.now() + Time::from_micros(1_000_000_000);
    assert!(matches!(machine.run_until(deadline), Stop::Hung { .. }));
    assert!(machine.now() >= deadline);
}

#[test]
fn a_wrong_checksum_is_an_error_after_everything_was_loaded() {
    let mut image = image(BASE, &[(0x3FFE_8000, &[0; 16])]);
    *image.last_mut().unwrap() ^= 1;
    let text = console_after(&mut board(&image), 200);
    assert!(
        text.ends_with("csum 0xef\r\ncsum err\r\nets_main.c \r\n"),
        "{text}"
    );
}

#[test]
fn a_program_that_returns_ends_in_user_code_done() {
    let mut program = Program::default();
    program.op(0x80); // ret
    let text = console_after(&mut board(&program.image()), 200);
    assert!(text.ends_with("user code done\r\n"), "{text}");
}

#[test]
fn a_program_prints_through_the_rom() {
    const TEXT: u32 = 0x3FFE_8000;
    let format = b"%d|%u|%08x|%c|%s|%3d|%-3x|%%\n\0word\0\0\0";
    let word = TEXT + 30;
    assert_eq!(&format[30..34], b"word");
    let mut program = Program::default();
    // Seven values: a3 to a7, then two on the stack.
    program.set(8, 7).store(8, 1, 0).set(8, 0xA).store(8, 1, 4);
    program
        .call(
            PRINTF,
            &[TEXT, -5i32 as u32, 7, 0xBEEF, u32::from(b'!'), word],
        )
        .stop();
    let code = program.assemble();
    let image = image(super::guest::ENTRY, &[(BASE, &code), (TEXT, &format[..])]);
    let text = console_after(&mut board(&image), 200);
    assert!(
        text.ends_with("\r\n-5|7|0000beef|!|word|  7|a  |% \r\n"),
        "{text}"
    );
}

#[test]
fn byte_stores_of_the_loader_fault_in_instruction_ram() {
    let image = image(BASE, &[(BASE, &[0; 6])]);
    let mut machine = board(&image);
    let text = console_after(&mut machine, 200);
    assert!(text.ends_with("room 16 \r\ntail 6\r\n"), "{text}");
    assert!(machine
        .log()
        .iter()
        .any(|line| line.contains("exception 3")));
    let mut exceptions = machine.cpu().exceptions();
    assert!(exceptions.any(|taken| taken.cause == Cause::LoadStoreError));
}

#[test]
fn the_download_strap_is_shown_and_the_rom_waits() {
    let config = Config {
        strap: Strap::Uart,
        ..Config::default()
    };
    let mut machine = board_with(config, &[]);
    let text = console_after(&mut machine, 200);
    assert!(text.ends_with("boot mode:(1,6)\r\n\r\n"), "{text}");
    assert_eq!(machine.log(), [""; 0]);
}

#[test]
fn an_unknown_rom_routine_is_an_illegal_instruction_and_named() {
    let mut program = Program::default();
    program.call(0x4000_B840, &[]).stop();
    let mut machine = board(&program.image());
    let text = console_after(&mut machine, 200);
    assert!(
        text.contains("Fatal exception (0): \r\nepc1=0x4000b840, "),
        "{text}"
    );
    assert!(machine
        .log()
        .iter()
        .any(|line| line.contains("pbkdf2_sha1")));
    let mut exceptions = machine.cpu().exceptions();
    assert!(exceptions
        .any(|taken| { (taken.cause, taken.pc) == (Cause::IllegalInstruction, 0x4000_B840) }));
}

#[test]
fn a_load_from_nowhere_prints_the_roms_fatal_line() {
    let mut program = Program::default();
    program.set(8, 0x10).load(9, 8, 0).stop();
    let text = console_after(&mut board(&program.image()), 200);
    let epc = super::guest::ENTRY + 3;
    let expected = format!(
        "Fatal exception (28): \r\nepc1=0x{epc:08x}, epc2=0x00000000, epc3=0x00000000, \
         excvaddr=0x00000010, depc=0x00000000\r\n"
    );
    assert!(text.matches(&expected).count() > 1, "{text}");
}

#[test]
fn time_on_the_console_is_that_of_74880_baud() {
    let mut machine = board(&[]);
    machine.run_until(Time::from_micros(200_000));
    let sent = machine.console().len();
    // 52 MHz / 694 is 74928 baud: 133.5 us a byte; attaching flash writes its status, which takes
    // 10 to 15 ms, and the rest next to nothing.
    let mut machine = board(&[]);
    let mut ended = Time(0);
    let mut seen = 0;
    while seen < sent {
        ended = machine.now() + Time::from_micros(100);
        machine.run_until(ended);
        seen += machine.console().len();
    }
    let microseconds = ended.as_micros();
    let least = sent as u64 * 10 * 694 / 52;
    assert!(
        (least + 10_000..least + 18_000).contains(&microseconds),
        "{sent} bytes took {microseconds} us"
    );
}

#[test]
fn code_can_send_the_rom_back_to_flash() {
    let mut program = Program::default();
    program.call(0x4000_10A8, &[]);
    let text = console_after(&mut board(&program.image()), 100);
    assert!(text.matches("load 0x40100000").count() > 1, "{text}");
    assert_eq!(text.matches("ets Jan").count(), 1, "no reset: {text}");
}
