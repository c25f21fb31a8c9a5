//! The download mode as a host at the other end of UART0 sees it.

use super::*;
use crate::board::{Config, Machine, Strap};
use crate::time::Time;
use nor_model::{Chip, Nor};
use proptest::prelude::*;

/// Emulated time after which an answer will not come any more: an erase of the whole chip.
const PATIENCE: Time = Time::from_micros(60_000_000);
const STEP: Time = Time::from_micros(10_000);
/// Data RAM the tests may use.
const RAM: u32 = 0x3FFE_8000;
const OK: (u8, u8) = (0, 0);

/// A response: value, then status and error.
type Response = (u32, (u8, u8));

struct Host {
    machine: Machine,
    frames: Decoder,
    heard: Vec<u8>,
}

impl Host {
    /// A board in download mode, its flash filled with zeros up to 256 KiB.
    fn new() -> Host {
        let config = Config {
            strap: Strap::Uart,
            console_baud: None,
            ..Config::default()
        };
        let flash = Nor::new(Chip::W25Q32, &[0; 0x4_0000]).unwrap();
        let mut host = Host {
            machine: Machine::new(config, flash),
            frames: Decoder::default(),
            heard: Vec::new(),
        };
        host.run(Time::from_micros(100_000));
        host.machine.console();
        host
    }

    /// The same, in step with the ROM.
    fn connected() -> Host {
        let mut host = Host::new();
        // The first goes to the autobaud detector.
        host.send(0x08, &sync(), 0);
        host.run(STEP);
        host.send(0x08, &sync(), 0);
        let replies: Vec<Response> = (0..8).map(|_| host.response(0x08)).collect();
        assert_eq!(replies, [(0x2012_0707, OK); 8]);
        host
    }

    fn run(&mut self, time: Time) {
        let deadline = self.machine.now() + time;
        self.machine.run_until(deadline);
    }

    fn send(&mut self, operation: u8, payload: &[u8], checksum: u32) {
        let mut frame = vec![0, operation];
        frame.extend((payload.len() as u16).to_le_bytes());
        frame.extend(checksum.to_le_bytes());
        frame.extend(payload);
        self.machine.type_console(&slip::encode(&frame));
    }

    fn frame(&mut self) -> Option<Vec<u8>> {
        let deadline = self.machine.now() + PATIENCE;
        let mut frame = Vec::new();
        while self.machine.now() < deadline {
            while !self.heard.is_empty() {
                match self.frames.push(self.heard.remove(0)) {
                    Step::Byte(byte) => frame.push(byte),
                    Step::End => return Some(frame),
                    Step::Nothing | Step::Broken => {}
                }
            }
            self.run(STEP);
            self.heard = self.machine.console();
        }
        None
    }

    #[track_caller]
    fn response(&mut self, operation: u8) -> Response {
        let frame = self.frame().expect("the ROM answers");
        assert_eq!(frame[..4], [1, operation, 2, 0]);
        assert_eq!(frame.len(), 10);
        let value = u32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]);
        (value, (frame[8], frame[9]))
    }

    #[track_caller]
    fn ask(&mut self, operation: u8, payload: &[u8]) -> (u8, u8) {
        self.send(operation, payload, 0);
        self.response(operation).1
    }

    /// FLASH_DATA or MEM_DATA.
    #[track_caller]
    fn block(&mut self, operation: u8, sequence: u32, data: &[u8]) -> (u8, u8) {
        let sum = data.iter().fold(CHECKSUM_SEED, |sum, byte| sum ^ byte);
        self.send(operation, &block(data, sequence), sum.into());
        self.response(operation).1
    }

    #[track_caller]
    fn read_register(&mut self, address: u32) -> u32 {
        self.send(0x0A, &address.to_le_bytes(), 0);
        let (value, status) = self.response(0x0A);
        assert_eq!(status, OK);
        value
    }

    /// What comes after the last response.
    fn prints(&mut self) -> String {
        self.run(Time::from_micros(100_000));
        self.heard.extend(self.machine.console());
        String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned()
    }

    fn flash(&self, address: u32, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.machine.flash().peek(address, &mut bytes);
        bytes
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn sync() -> Vec<u8> {
    [&[7, 7, 0x12, 0x20][..], &[0x55; 32]].concat()
}

fn block(data: &[u8], sequence: u32) -> Vec<u8> {
    let mut payload = words(&[data.len() as u32, sequence, 0, 0]);
    payload.extend(data);
    payload
}

#[test]
fn the_rom_takes_the_speed_of_its_host() {
    let mut host = Host::connected();
    // 115200 at 52 MHz, which is how esptool measures the crystal.
    assert_eq!(host.read_register(0x6000_0014), 451);
}

#[test]
fn esptool_recognises_the_chip_and_its_mac() {
    let mut host = Host::connected();
    assert_eq!(host.read_register(0x4000_1000), 0xFFF0_C101);
    assert_eq!(host.read_register(0x3FF0_0050) >> 24, 0xAA);
    assert_eq!(host.read_register(0x3FF0_0054) & 0xFFFF, 0xDDEE);
}

#[test]
fn a_sync_of_other_bytes_is_refused() {
    let mut host = Host::connected();
    let mut payload = sync();
    payload[35] = 0x54;
    assert_eq!(host.ask(0x08, &payload), (1, 5));
    assert_eq!(host.ask(0x08, &sync()[..32]), (1, 5));
}

#[test]
fn operations_that_there_are_not_are_refused() {
    let mut host = Host::connected();
    for operation in [0x00, 0x01, 0x0C, 0x0E, 0x0F, 0x10, 0x13, 0xD0, 0xD3, 0xFF] {
        assert_eq!(host.ask(operation, &[0; 4]), (1, 5), "{operation:#x}");
    }
}

#[test]
fn a_size_that_is_not_the_frames_is_refused() {
    let mut host = Host::connected();
    let mut frame = vec![0, 0x0A, 8, 0, 0, 0, 0, 0];
    frame.extend(0x4000_1000u32.to_le_bytes());
    host.machine.type_console(&slip::encode(&frame));
    assert_eq!(host.response(0x0A).1, (1, 5));
    for operation in [0x02, 0x04, 0x05, 0x06, 0x09, 0x0A, 0x0B] {
        assert_eq!(host.ask(operation, &[0; 3]), (1, 5), "{operation:#x}");
    }
}

#[test]
fn frames_that_are_no_requests_are_passed_over() {
    let mut host = Host::connected();
    for frame in [&[1, 0x0A, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0, 8], &[9]] {
        host.machine.type_console(&slip::encode(frame));
    }
    host.machine
        .type_console(&[0xC0, 0, 0x0A, 0xDB, 1, 2, 0xC0]);
    assert_eq!(host.read_register(0x4000_1000), 0xFFF0_C101);
}

#[test]
fn a_frame_longer_than_the_buffer_is_refused_and_harms_nothing() {
    let mut host = Host::connected();
    host.send(0x07, &vec![0xA5; 0x2400], 0);
    assert_eq!(host.response(0x07).1, (1, 5));
    assert_eq!(host.read_register(0x4000_1000), 0xFFF0_C101);
}

#[test]
fn registers_are_written_under_a_mask_and_in_groups() {
    let mut host = Host::connected();
    let payload = words(&[
        RAM,
        0x1234_5678,
        0xFFFF_FFFF,
        0, //
        RAM,
        0xFFFF_FFFF,
        0x0000_FF00,
        10, //
        RAM + 4,
        7,
        0xFFFF_FFFF,
        0,
    ]);
    assert_eq!(host.ask(0x09, &payload), OK);
    assert_eq!(host.read_register(RAM), 0x1234_FF78);
    assert_eq!(host.read_register(RAM + 4), 7);
    assert_eq!(host.ask(0x09, &payload[..20]), (1, 5));
    assert_eq!(host.ask(0x09, &[]), (1, 5));
}

#[test]
fn the_value_of_a_response_is_the_last_register_read() {
    let mut host = Host::connected();
    host.read_register(0x4000_1000);
    host.send(0x0C, &[], 0);
    assert_eq!(host.response(0x0C), (0xFFF0_C101, (1, 5)));
}

#[test]
fn flash_parameters_limit_what_flash_operations_reach() {
    let mut host = Host::connected();
    let parameters = [0x16_40EF, 0x2_0000, 0x1_0000, 0x1000, 0x100, 0xFFFF];
    assert_eq!(host.ask(0x0B, &words(&parameters)), OK);
    assert_eq!(
        host.ask(0x02, &words(&[0x1000, 1, 0x400, 0x2_0000])),
        (1, 6)
    );
    assert_eq!(
        host.ask(0x02, &words(&[0x1000, 1, 0x400, 0x1_F000])),
        (1, 6)
    );
    assert_eq!(host.ask(0x02, &words(&[0x1000, 1, 0x400, 0x1_E000])), OK);
}

#[test]
fn memory_blocks_arrive_in_turn_and_whole() {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x05, &words(&[12, 2, 0x1801, RAM])), (1, 5));
    assert_eq!(host.ask(0x05, &words(&[12, 2, 8, RAM])), OK);
    assert_eq!(host.block(0x07, 1, &[1; 8]), (1, 5), "out of turn");
    assert_eq!(host.block(0x07, 0, &[1; 12]), (1, 5), "longer than a block");
    host.send(0x07, &block(&[1; 8], 0), 0xEE);
    assert_eq!(host.response(0x07).1, (1, 7), "wrong checksum");
    assert_eq!(host.block(0x07, 0, &[1, 0xC0, 0xDB, 4, 5, 6, 7, 8]), OK);
    assert_eq!(host.block(0x07, 1, &[9, 10, 11, 12]), OK);
    assert_eq!(
        host.block(0x07, 2, &[9, 10, 11, 12]),
        (1, 5),
        "one too many"
    );
    assert_eq!(host.read_register(RAM), 0x04DB_C001);
    assert_eq!(host.read_register(RAM + 8), 0x0C0B_0A09);
}

#[test]
fn memory_end_with_its_flag_stays() {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x06, &words(&[1, 0])), OK);
    assert_eq!(host.read_register(0x4000_1000), 0xFFF0_C101);
}

#[test]
fn memory_end_starts_what_was_uploaded() {
    // ret
    let code = [0x80, 0, 0, 0];
    let mut host = Host::connected();
    let length = code.len() as u32;
    assert_eq!(
        host.ask(0x05, &words(&[length, 1, length, 0x4010_0000])),
        OK
    );
    assert_eq!(host.block(0x07, 0, &code), OK);
    assert_eq!(host.ask(0x06, &words(&[0, 0x4010_0000])), OK);
    assert_eq!(host.prints(), "user code done\r\n");
}

#[test]
fn flash_is_erased_written_and_read_back() {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x02, &words(&[0x1000, 2, 8, 0x1000])), OK);
    assert_eq!(host.flash(0x1000, 4), [0xFF; 4], "erased before the reply");
    assert_eq!(host.flash(0xFFC, 4), [0; 4]);
    assert_eq!(host.block(0x03, 1, &[1; 8]), (1, 5), "out of turn");
    assert_eq!(host.block(0x03, 0, &[1; 6]), (1, 5), "no whole words");
    host.send(0x03, &block(&[1; 8], 0), 0);
    assert_eq!(host.response(0x03).1, (1, 7), "wrong checksum");
    assert_eq!(host.flash(0x1000, 4), [0xFF; 4], "nothing was written");
    assert_eq!(host.block(0x03, 0, &[1, 2, 3, 4, 5, 6, 7, 8]), OK);
    assert_eq!(host.block(0x03, 1, &[9; 4]), OK);
    assert_eq!(
        host.flash(0x1000, 14),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 0xFF, 0xFF]
    );
}

#[test]
fn flash_that_was_not_erased_fails_the_read_back() {
    let mut host = Host::connected();
    // Announces no bytes, so that nothing is erased.
    assert_eq!(host.ask(0x02, &words(&[0, 1, 8, 0x1000])), OK);
    assert_eq!(host.block(0x03, 0, &[1, 0, 0, 0, 0, 0, 0, 0]), (1, 8));
}

#[test]
fn an_area_beyond_the_chip_fails() {
    let mut host = Host::connected();
    assert_eq!(
        host.ask(0x02, &words(&[0x1000, 1, 0x400, 0x40_0000])),
        (1, 6)
    );
    assert_eq!(host.ask(0x02, &words(&[0x1000, 1, 0x1801, 0])), (1, 5));
}

/// Which sectors of the first 256 KiB are erased after a FLASH_BEGIN.
fn erased(length: u32, address: u32) -> Vec<u32> {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x02, &words(&[length, 0, 0x400, address])), OK);
    (0..0x40)
        .filter(|sector| host.flash(sector * 0x1000, 0x1000) == [0xFF; 0x1000])
        .collect()
}

#[test]
fn the_erase_of_the_rom_goes_too_far_as_esptool_knows() {
    // What esptool asks for is what its get_erase_size makes of what it wants.
    assert_eq!(erased(0x1000, 0x1000), [1, 2], "one sector too many");
    assert_eq!(erased(0x2000, 0x1000), [1, 2, 3, 4], "wanted 4 sectors");
    let twenty_sectors = Vec::from_iter(0xE..0x22);
    assert_eq!(erased((20 - 2) * 0x1000, 0xE000), twenty_sectors);
}

#[test]
fn flash_end_protects_the_chip_and_goes_to_flash() {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x02, &words(&[0, 0, 0x400, 0])), OK);
    assert_eq!(host.ask(0x04, &words(&[1])), OK);
    assert_eq!(host.prints(), "ets_main.c \r\n");
}

#[test]
fn flash_end_before_all_blocks_is_an_error_and_leaves_all_the_same() {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x02, &words(&[8, 1, 8, 0])), OK);
    assert_eq!(host.ask(0x04, &words(&[0])), (1, 6));
    assert_eq!(host.prints(), "ets_main.c \r\n");
}

#[test]
fn a_chip_protected_by_flash_end_can_be_flashed_again() {
    let mut host = Host::connected();
    assert_eq!(host.ask(0x02, &words(&[0, 0, 0x400, 0])), OK);
    assert_eq!(host.ask(0x04, &words(&[1])), OK);
    host.machine.press_reset();
    host.run(Time::from_micros(100_000));
    let mut again = Host {
        machine: host.machine,
        frames: Decoder::default(),
        heard: Vec::new(),
    };
    again.machine.console();
    for _ in 0..2 {
        again.send(0x08, &sync(), 0);
        again.run(Time::from_micros(100_000));
    }
    again.machine.console();
    assert_eq!(again.ask(0x02, &words(&[0x1000, 1, 8, 0])), OK);
    assert_eq!(again.block(0x03, 0, &[1; 8]), OK);
}

#[test]
fn a_host_that_never_stops_loses_bytes_and_nothing_else() {
    let mut host = Host::connected();
    // Erasing keeps the ROM from its ring, which holds 255 bytes.
    host.send(0x02, &words(&[0x1000, 0, 0x400, 0]), 0);
    host.machine.type_console(&[0x55; 4096]);
    assert_eq!(host.response(0x02).1, OK);
    host.run(Time::from_micros(1_000_000));
    assert_eq!(host.read_register(0x4000_1000), 0xFFF0_C101);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let mut host = Host::new();
        host.machine.type_console(&bytes);
        host.run(Time::from_micros(1_000_000));
    }

    #[test]
    fn random_requests_never_panic(
        requests in proptest::collection::vec(
            (0u8..0x10, proptest::collection::vec(any::<u32>(), 0..12), 0u32..0x100, any::<bool>()),
            1..12,
        ),
    ) {
        let mut host = Host::connected();
        for (operation, payload, checksum, small) in requests {
            let payload: Vec<u32> = payload.iter().map(|word| if small { word & 0x1F } else { *word }).collect();
            host.send(operation, &words(&payload), checksum);
            host.run(Time::from_micros(20_000));
        }
        host.run(Time::from_micros(500_000));
    }
}
