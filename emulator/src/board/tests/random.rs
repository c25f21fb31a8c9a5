//! Whatever is in flash, the emulator stays up and ends on time.

use super::guest::{image, BASE};
use super::*;
use proptest::prelude::*;

/// Enough to load a few kilobytes and run what was loaded.
const RUN: Time = Time::from_micros(100_000);

/// Routines that follow their arguments into memory, loop over them, or change what others rely on.
const ROUTINES: &[u32] = &[
    0x0050, 0x0070, 0x048C, 0x0598, 0x0454, 0x0DD0, 0x0E04, 0x0E24, 0x0F74, 0x0F88, 0x0FA8, 0x18A4,
    0x18B4, 0x18D4, 0x1878, 0x1DA0, 0x242C, 0x24CC, 0x264C, 0x2A88, 0x2A98, 0x2AA8, 0x2AC8, 0x2AD8,
    0x2AE8, 0x2ECC, 0x31B4, 0x38A4, 0x39D8, 0x3B8C, 0x43C8, 0x4400, 0x4678, 0x48EC, 0x4984, 0x49B4,
    0x4A00, 0x4A4C, 0x4B1C, 0x4C2C, 0x4CD0, 0xCE60, 0xD310, 0xD770, 0xDC88, 0xE21C, 0xE268, 0xCCB8,
    0xC4C4,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_flash_contents_never_panic(contents in proptest::collection::vec(any::<u8>(), 0..4096), seed: u64) {
        let mut machine = board_with(Config { seed, ..Config::default() }, &contents);
        machine.run_until(RUN);
    }

    #[test]
    fn random_headers_never_panic(mut contents in proptest::collection::vec(any::<u8>(), 16..4096), count in 0u8..20) {
        contents[0] = 0xE9;
        contents[1] = count;
        board(&contents).run_until(RUN);
    }

    #[test]
    fn random_code_never_panics(code in proptest::collection::vec(any::<u32>(), 1..512), seed: u64) {
        let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut machine = board_with(Config { seed, ..Config::default() }, &image(BASE, &[(BASE, &bytes)]));
        machine.run_until(RUN);
    }

    /// Loads and stores with register-like addresses, which random code seldom hits.
    #[test]
    fn random_register_accesses_never_panic(
        accesses in proptest::collection::vec((0usize..5, 0u32..0x4000, any::<u32>(), 0u32..400), 1..400),
    ) {
        const BASES: [u32; 5] = [0x3FF0_0000, 0x3FF2_0000, 0x6000_0000, 0x6000_9800, 0x3FFE_7F00];
        let mut machine = board(&[]);
        for (base, offset, value, microseconds) in accesses {
            let address = BASES[base] + (offset & !3);
            let _ = machine.bus.store(address, crate::bus::Width::Word, value);
            let _ = machine.bus.load(address, crate::bus::Width::Word);
            let deadline = machine.now() + Time::from_micros(microseconds.into());
            machine.run_until(deadline);
        }
    }

    /// Calls of ROM routines with any arguments.
    #[test]
    fn random_rom_calls_never_panic(routine in proptest::sample::select(ROUTINES), arguments: [u32; 6], small: bool) {
        let mut program = super::guest::Program::default();
        let arguments = arguments.map(|value| if small { 0x3FFE_8000 | value & 0x3FFF } else { value });
        program.call(0x4000_0000 + routine, &arguments).stop();
        board(&program.image()).run_until(RUN);
    }
}
