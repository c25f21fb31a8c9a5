//! Two boards, one with each ROM, that make the same call from the same state.

use d1_emulator::board::debug::Register;
use d1_emulator::board::{Config, Machine, Stop};
use d1_emulator::cpu::Special;
use d1_emulator::rom::dump::Dump;
use d1_emulator::time::Time;
use fastrand::Rng;
use nor_model::{Chip, Nor};

/// Data RAM up to the stack of the calls.
const DRAM: core::ops::Range<u32> = 0x3FFE_8000..0x3FFF_F000;
/// Where calls have their stack: aligned, with room for arguments above.
const STACK: u32 = 0x3FFF_FE00;
/// Where calls return to: nothing is ever executed there.
const RETURN: u32 = 0x4010_0F00;
/// What a call may take, erases of a whole chip included.
const LIMIT: Time = Time::from_micros(60_000_000);

/// Where cases put their buffers.
pub const BUFFER: u32 = 0x3FFE_8000;
/// A second one.
pub const OTHER: u32 = 0x3FFE_A000;

/// Registers whose state a call leaves behind; counters and what reading changes are not among them.
const REGISTERS: [core::ops::Range<u32>; 19] = [
    0x3FF0_0000..0x3FF0_0020, // DPORT
    0x3FF0_0024..0x3FF0_002C,
    0x3FF2_0DE0..0x3FF2_0DE4, // MAC
    0x3FF2_0C94..0x3FF2_0C98,
    0x6000_000C..0x6000_0010, // UART0
    0x6000_0014..0x6000_001C,
    0x6000_0020..0x6000_0028,
    0x6000_0204..0x6000_0210, // SPI0
    0x6000_021C..0x6000_0228,
    0x6000_0300..0x6000_0370, // GPIO
    0x6000_0400..0x6000_0600, // RF front end
    0x6000_0600..0x6000_0604, // FRC1
    0x6000_0608..0x6000_060C,
    0x6000_0628..0x6000_062C, // FRC2
    0x6000_0700..0x6000_071C, // RTC
    0x6000_0730..0x6000_07C0,
    0x6000_0800..0x6000_0850, // IO mux
    0x6000_0D00..0x6000_0DE0, // analog hosts
    0x6000_9800..0x6000_A000, // baseband
];
/// Blocks behind the analog hosts (radio facts 9b), as host and block.
const ANALOG_BLOCKS: [(u32, u32); 11] = [
    (0, 0x63),
    (0, 0x64),
    (0, 0x77),
    (1, 0x61),
    (1, 0x62),
    (1, 0x7C),
    (2, 0x6A),
    (2, 0x6B),
    (2, 0x6C),
    (4, 0x65),
    (4, 0x67),
];
const SPECIALS: [Special; 4] = [
    Special::Ps,
    Special::Intenable,
    Special::Vecbase,
    Special::Ccompare0,
];

/// A call of a ROM routine, and what is in memory and registers before it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// a2 to a7; what is beyond six goes on the stack.
    pub arguments: Vec<u32>,
    pub memory: Vec<(u32, Vec<u8>)>,
}

impl Call {
    pub fn of(arguments: &[u32]) -> Call {
        Call {
            arguments: arguments.to_vec(),
            memory: Vec::new(),
        }
    }

    /// With these bytes in memory.
    pub fn with(mut self, address: u32, bytes: impl Into<Vec<u8>>) -> Call {
        self.memory.push((address, bytes.into()));
        self
    }

    /// With this in a register or memory word.
    pub fn word(self, address: u32, value: u32) -> Call {
        self.with(address, value.to_le_bytes())
    }
}

/// What of a2 and a3 a routine answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Word,
    Wide,
}

/// A routine and how to call it.
pub struct Case {
    pub name: &'static str,
    pub entry: u32,
    pub answer: Answer,
    /// Calls with generated arguments.
    pub rounds: u32,
    pub call: fn(&mut Rng) -> Call,
}

/// What a call did.
#[derive(Debug, PartialEq, Eq)]
pub struct Effect {
    answer: [u32; 2],
    kept: [u32; 5],
    specials: [u32; 4],
    console: String,
    memory: Vec<u8>,
    registers: Vec<(u32, u32)>,
    flash: Vec<u8>,
}

/// One board with the built-in ROM and one with the dump.
pub struct Pair {
    built_in: Machine,
    dumped: Machine,
}

impl Pair {
    /// Both after a boot from erased flash.
    pub fn new(dump: Dump) -> Pair {
        let board = || {
            let nor = Nor::new(Chip::with_len(0x8_0000).expect("it exists"), &[]);
            let config = Config {
                console_baud: None,
                ..Config::default()
            };
            Machine::new(config, nor.expect("nothing fits"))
        };
        let (mut built_in, mut dumped) = (board(), board());
        dumped.use_rom(dump);
        for machine in [&mut built_in, &mut dumped] {
            machine.run_until(Time::from_micros(200_000));
            machine.add_breakpoint(RETURN);
        }
        Pair { built_in, dumped }
    }

    /// Makes the call on both; an effect, or why there is none: built-in, dumped.
    pub fn call(&mut self, entry: u32, answer: Answer, call: &Call) -> [Result<Effect, String>; 2] {
        let mut memory = vec![0; DRAM.len()];
        self.dumped.read_memory(DRAM.start, &mut memory);
        assert!(self.built_in.write_memory(DRAM.start, &memory));
        [&mut self.built_in, &mut self.dumped].map(|machine| make(machine, entry, answer, call))
    }
}

fn make(machine: &mut Machine, entry: u32, answer: Answer, call: &Call) -> Result<Effect, String> {
    for (address, bytes) in &call.memory {
        assert!(machine.write_memory(*address, bytes), "{address:#010x}");
    }
    for number in 0..16u8 {
        let kept = 0x0101_0101 * u32::from(number);
        machine.set_register(Register::Address(number), kept);
    }
    for (index, value) in call.arguments.iter().enumerate() {
        match index {
            0..6 => machine.set_register(Register::Address(index as u8 + 2), *value),
            _ => {
                assert!(machine.write_memory(STACK + 4 * (index as u32 - 6), &value.to_le_bytes()))
            }
        }
    }
    // Where the boot before this call ended is not the point.
    machine.set_register(Register::Special(Special::Ps), 0x20);
    machine.set_register(Register::Special(Special::Intenable), 0);
    machine.set_register(Register::Address(0), RETURN);
    machine.set_register(Register::Address(1), STACK);
    machine.set_register(Register::Pc, entry);
    machine.console();
    machine.resume();
    let stop = machine.run_until(machine.now() + LIMIT);
    if stop != Stop::Breakpoint {
        let pc = machine.register(Register::Pc);
        return Err(format!("{stop:?} at {pc:#010x}: {:?}", machine.log()));
    }
    // What is still on the wire belongs to this call.
    machine.set_register(Register::Pc, RETURN + 0x100);
    assert!(machine.write_memory(RETURN + 0x100, &[0x00, 0x7F, 0x00])); // waiti 15
    let ps = machine.register(Register::Special(Special::Ps));
    machine.resume();
    machine.run_until(machine.now() + Time::from_micros(20_000));
    machine.set_register(Register::Special(Special::Ps), ps);
    Ok(observe(machine, answer))
}

fn observe(machine: &mut Machine, answer: Answer) -> Effect {
    let register = |number| machine.register(Register::Address(number));
    let answer = match answer {
        Answer::Nothing => [0, 0],
        Answer::Word => [register(2), 0],
        Answer::Wide => [register(2), register(3)],
    };
    let kept = [1, 12, 13, 14, 15].map(register);
    let specials = SPECIALS.map(|special| machine.register(Register::Special(special)));
    let mut memory = vec![0; DRAM.len()];
    machine.read_memory(DRAM.start, &mut memory);
    let mut word = |address| {
        let mut bytes = [0; 4];
        machine.read_memory(address, &mut bytes);
        (address, u32::from_le_bytes(bytes))
    };
    let mut registers: Vec<(u32, u32)> = REGISTERS
        .into_iter()
        .flat_map(|range| range.step_by(4))
        .map(&mut word)
        .collect();
    for (host, block) in ANALOG_BLOCKS {
        for number in 0..32 {
            let command = 0x6000_0D00 + 4 * host;
            let (_, before) = word_of(machine, command);
            assert!(machine.write_memory(command, &(block | number << 8).to_le_bytes()));
            let (_, value) = word_of(machine, command);
            registers.push((block << 8 | number, value));
            assert!(machine.write_memory(command, &before.to_le_bytes()));
        }
    }
    let mut flash = vec![0; machine.flash().chip().len as usize];
    machine.flash().peek(0, &mut flash);
    Effect {
        answer,
        kept,
        specials,
        console: String::from_utf8_lossy(&machine.console()).into_owned(),
        memory,
        registers,
        flash,
    }
}

fn word_of(machine: &mut Machine, address: u32) -> (u32, u32) {
    let mut bytes = [0; 4];
    machine.read_memory(address, &mut bytes);
    (address, u32::from_le_bytes(bytes))
}

/// Where two effects differ, for a person to read; empty when they agree.
pub fn differences(effects: [Result<Effect, String>; 2]) -> Vec<String> {
    let (built_in, dumped) = match effects {
        [Ok(built_in), Ok(dumped)] => (built_in, dumped),
        [built_in, dumped] => {
            let failed = [("built-in", built_in.err()), ("dump", dumped.err())];
            return failed
                .into_iter()
                .filter_map(|(which, why)| Some(format!("{which}: {}", why?)))
                .collect();
        }
    };
    let mut found = Vec::new();
    if built_in == dumped {
        return found;
    }
    let mut say = |text: String| found.push(text);
    if built_in.answer != dumped.answer {
        say(format!(
            "a2, a3: built-in {:x?}, dump {:x?}",
            built_in.answer, dumped.answer
        ));
    }
    if built_in.kept != dumped.kept {
        say(format!(
            "a1, a12..: {:x?}, {:x?}",
            built_in.kept, dumped.kept
        ));
    }
    if built_in.specials != dumped.specials {
        say(format!(
            "PS, INTENABLE, VECBASE, CCOMPARE0: {:x?}, {:x?}",
            built_in.specials, dumped.specials
        ));
    }
    if built_in.console != dumped.console {
        say(format!(
            "console: {:?}, {:?}",
            built_in.console, dumped.console
        ));
    }
    for (at, (a, b)) in built_in
        .memory
        .chunks(4)
        .zip(dumped.memory.chunks(4))
        .enumerate()
    {
        if a != b {
            say(format!(
                "{:#010x}: {a:x?}, {b:x?}",
                DRAM.start + 4 * at as u32
            ));
        }
    }
    for (a, b) in built_in.registers.iter().zip(&dumped.registers) {
        if a != b {
            say(format!(
                "register {:#010x}: {:#010x}, {:#010x}",
                a.0, a.1, b.1
            ));
        }
    }
    if let Some(at) = (0..built_in.flash.len()).find(|&at| built_in.flash[at] != dumped.flash[at]) {
        say(format!(
            "flash from {at:#x}: {:#x}, {:#x}",
            built_in.flash[at], dumped.flash[at]
        ));
    }
    found.truncate(12);
    found
}
