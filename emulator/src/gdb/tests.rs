//! A client that speaks packets to a board that runs small programs.

use super::{Ending, Session};
use crate::board::tests::guest::{Program, BASE, ENTRY};
use crate::board::{Config, Machine, Stop};
use crate::cpu::exception::vector;
use crate::time::Time;
use nor_model::{Chip, Nor};

/// Data RAM the programs use.
const DATA: u32 = 0x3FFE_8000;
/// Longest emulated wait for a stop.
const PATIENCE: Time = Time::from_micros(200_000);

/// A machine, and a client in whose place the test is.
struct Bench {
    machine: Machine,
    session: Session,
}

impl Bench {
    fn new(program: &mut Program) -> Bench {
        let nor = Nor::new(Chip::W25Q32, &program.stop().image()).unwrap();
        let mut machine = Machine::new(Config::default(), nor);
        let session = Session::begin(&mut machine);
        Bench { machine, session }
    }

    /// Sends a packet and answers the replies' contents; acknowledgements are left out.
    fn ask(&mut self, packet: &str) -> Vec<String> {
        self.send(framed(packet).as_bytes()).unwrap();
        self.heard()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        self.session.hear(bytes, &mut self.machine)
    }

    fn heard(&mut self) -> Vec<String> {
        unframed(&self.session.take_unsent())
    }

    /// Lets the machine run to its next stop; what the client is told of it.
    fn run(&mut self) -> String {
        let stop = self.machine.run_until(self.machine.now() + PATIENCE);
        self.session.report(&stop, &mut self.machine).unwrap();
        self.heard().join(",")
    }

    /// Goes on with `packet` until the next stop.
    fn go(&mut self, packet: &str) -> String {
        assert_eq!(self.ask(packet), Vec::<String>::new(), "{packet} runs");
        self.run()
    }

    /// Stops at `pc`, wherever the machine is.
    fn go_to(&mut self, pc: u32) {
        assert_eq!(self.ask(&format!("Z0,{pc:x},3")), ["OK"]);
        let stop = self.go("c");
        assert!(
            stop.starts_with("T05") && stop.contains("swbreak:"),
            "{stop}"
        );
        assert_eq!(self.register(16), pc);
        assert_eq!(self.ask(&format!("z0,{pc:x},3")), ["OK"]);
    }

    fn register(&mut self, number: u8) -> u32 {
        let reply = self.ask(&format!("p{number:x}"));
        u32::from_str_radix(&reply[0], 16).unwrap().swap_bytes()
    }
}

fn framed(packet: &str) -> String {
    let sum = packet.bytes().fold(0u8, u8::wrapping_add);
    format!("${packet}#{sum:02x}")
}

/// The contents of packets, with runs (`*`) written out.
fn unframed(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let packets = text.split('$').skip(1);
    packets
        .map(|packet| {
            let mut content = String::new();
            let mut characters = packet.split('#').next().unwrap().chars();
            while let Some(character) = characters.next() {
                match (character, content.chars().last()) {
                    ('*', Some(last)) => {
                        let count = characters.next().unwrap() as usize - 29;
                        content.extend(std::iter::repeat_n(last, count));
                    }
                    _ => content.push(character),
                }
            }
            content
        })
        .collect()
}

/// a8 = address, a9 = value, stored, for three words.
fn three_stores() -> Program {
    let mut program = Program::default();
    program.poke(DATA, 1).poke(DATA + 4, 2).poke(DATA + 8, 3);
    program
}

#[test]
fn client_finds_the_core_held_at_reset_and_time_standing_still() {
    let mut bench = Bench::new(&mut three_stores());
    assert!(bench.ask("?")[0].starts_with("T05"));
    assert_eq!(bench.register(16), vector::RESET);
    let stop = bench.machine.run_until(Time::from_micros(1_000_000));
    assert_eq!(stop, Stop::Halted);
    assert_eq!(bench.machine.cycles(), 0);
}

#[test]
fn breakpoint_stops_before_its_instruction() {
    let mut bench = Bench::new(&mut three_stores());
    // The third instruction stores a9 to what a8 points to.
    let store = ENTRY + 6;
    bench.go_to(store);
    assert_eq!((bench.register(8), bench.register(9)), (DATA, 1));
    let before = bench.ask(&format!("m{DATA:x},4"));
    assert_ne!(before, ["01000000"], "RAM is noise before the store");
    assert!(bench.go("s").starts_with("S05"));
    assert_eq!(bench.register(16), store + 3);
    assert_eq!(bench.ask(&format!("m{DATA:x},4")), ["01000000"]);
}

#[test]
fn core_goes_on_from_a_breakpoint_that_is_still_there() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY);
    for at in [ENTRY, ENTRY + 9] {
        assert_eq!(bench.ask(&format!("Z1,{at:x},3")), ["OK"]);
    }
    bench.go("vCont;c");
    assert_eq!(bench.register(16), ENTRY + 9);
}

#[test]
fn step_over_a_range_stops_outside_it() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY);
    assert!(bench.ask("vCont?")[0].contains('r'));
    let (start, end) = (ENTRY, ENTRY + 18);
    assert_eq!(bench.go(&format!("vCont;r{start:x},{end:x}:1")), "S05");
    assert_eq!(bench.register(16), end);
}

#[test]
fn general_registers_come_in_the_order_of_the_core_and_can_be_set() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY + 6);
    let mut general = bench.ask("g").remove(0);
    assert_eq!(general.len(), 22 * 8);
    assert_eq!(&general[8 * 8..10 * 8], "0080fe3f01000000");
    assert_eq!(&general[16 * 8..17 * 8], "06011040");
    general.replace_range(9 * 8..10 * 8, "78563412");
    assert_eq!(bench.ask(&format!("G{general}")), ["OK"]);
    assert_eq!(bench.register(9), 0x1234_5678);
    assert_eq!(bench.ask("P9=efbeadde"), ["OK"]);
    bench.go("s");
    assert_eq!(bench.ask(&format!("m{DATA:x},4")), ["efbeadde"]);
}

#[test]
fn watchpoint_stops_before_the_access_it_is_for() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY);
    let word = DATA + 4;
    assert_eq!(bench.ask(&format!("Z2,{word:x},4")), ["OK"]);
    let stop = bench.go("c");
    assert!(stop.contains(&format!("watch:{word:x};")), "{stop}");
    assert_eq!(bench.register(16), ENTRY + 15);
    assert_ne!(bench.ask(&format!("m{word:x},4")), ["02000000"]);
    assert_eq!(bench.go("s"), "S05");
    assert_eq!(bench.register(16), ENTRY + 18);
    assert_eq!(bench.ask(&format!("m{word:x},4")), ["02000000"]);
    assert_eq!(bench.ask(&format!("z2,{word:x},4")), ["OK"]);
    // A read watchpoint is not for stores.
    assert_eq!(bench.ask(&format!("Z3,{:x},4", DATA + 8)), ["OK"]);
    assert_eq!(bench.go("c"), "", "the program ends without a stop");
}

#[test]
fn watchpoint_sees_what_a_routine_of_the_mask_rom_does() {
    const ETS_MEMSET: u32 = 0x4000_18A4;
    let mut program = Program::default();
    program.call(ETS_MEMSET, &[DATA, 0x55, 64]);
    let mut bench = Bench::new(&mut program);
    bench.go_to(ENTRY);
    bench.ask(&format!("Z2,{:x},1", DATA + 33));
    let stop = bench.go("c");
    assert!(stop.contains("watch:3ffe8021;"), "{stop}");
    assert_eq!(bench.ask(&format!("m{:x},1", DATA + 33)), ["55"]);
}

#[test]
fn memory_is_what_the_map_says() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY);
    // Instruction RAM takes bytes from a debugger, though not from the guest.
    assert_eq!(bench.ask(&format!("M{:x},3:010203", BASE + 1)), ["OK"]);
    assert_eq!(bench.ask(&format!("m{:x},3", BASE + 1)), ["010203"]);
    // Flash, seen through the window while the cache is off; it cannot be written there.
    assert_eq!(bench.ask("m40200000,1"), ["e9"]);
    assert_eq!(bench.ask("M40200000,1:00"), ["E0e"]);
    // Nothing is there, nor in the mask ROM.
    assert_eq!(bench.ask("m0,4"), ["E0e"]);
    assert_eq!(bench.ask("m40000000,4"), ["E0e"]);
    // The end of data RAM cuts a read short.
    assert_eq!(bench.ask("m3ffffffe,4")[0].len(), 2 * 2);
    // A register: whole words only.
    assert_eq!(bench.ask("M60001200,4:78563412"), ["OK"]);
    assert_eq!(bench.ask("m60001200,4"), ["78563412"]);
    assert_eq!(bench.ask("M60001201,1:00"), ["E0e"]);
    assert_eq!(bench.machine.log(), Vec::<String>::new());
}

#[test]
fn changed_code_is_what_executes() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY + 9);
    // Back to the start, with its first instruction (l32r a8) made a nop.
    assert_eq!(bench.ask(&format!("M{ENTRY:x},3:f02000")), ["OK"]);
    assert_eq!(bench.ask("P10=00011040"), ["OK"]);
    assert_eq!(bench.ask("P8=00000000"), ["OK"]);
    bench.go("s");
    assert_eq!((bench.register(16), bench.register(8)), (ENTRY + 3, 0));
}

#[test]
fn interrupt_character_holds_a_core_that_runs() {
    let mut bench = Bench::new(&mut three_stores());
    assert_eq!(bench.go("c"), "");
    bench.send(&[3]).unwrap();
    assert_eq!(bench.heard(), ["S02"]);
    assert!(bench.machine.is_halted());
    // It has nothing to interrupt now, and the next command is not lost.
    bench.send(&[3]).unwrap();
    assert_eq!(bench.heard(), Vec::<String>::new());
    assert_eq!(bench.go("s"), "S05");
}

#[test]
fn target_description_is_there_in_parts() {
    let mut bench = Bench::new(&mut three_stores());
    assert!(bench.ask("qSupported:swbreak+")[0].contains("qXfer:features:read+"));
    let mut xml = String::new();
    loop {
        let part = bench.ask(&format!(
            "qXfer:features:read:target.xml:{:x},200",
            xml.len()
        ));
        xml.push_str(&part[0][1..]);
        if part[0].starts_with('l') {
            break;
        }
    }
    assert_eq!(xml, super::register::target_xml());
}

#[test]
fn monitor_reset_presses_the_button_and_keeps_the_core() {
    let mut bench = Bench::new(&mut three_stores());
    bench.go_to(ENTRY + 9);
    let reply = bench.ask(&format!("qRcmd,{}", hex("reset")));
    assert_eq!(reply.last().unwrap(), "OK");
    assert!(reply[0].starts_with('O'), "{reply:?}");
    assert_eq!(bench.register(16), vector::RESET);
    assert!(bench.machine.is_halted());
    bench.go_to(ENTRY);
}

#[test]
fn unknown_monitor_command_is_answered_with_help() {
    let mut bench = Bench::new(&mut three_stores());
    let reply = bench.ask(&format!("qRcmd,{}", hex("explode")));
    assert!(reply.concat().contains(&hex("monitor reset")), "{reply:?}");
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn board_runs_on_without_breakpoints_when_the_client_goes() {
    for (packet, ending) in [("D", Ending::Detached), ("k", Ending::Killed)] {
        let mut bench = Bench::new(&mut three_stores());
        bench.ask(&format!("Z0,{ENTRY:x},3"));
        assert_eq!(bench.send(framed(packet).as_bytes()), Err(ending));
        let deadline = Time::from_micros(200_000);
        while bench.machine.now() < deadline {
            assert!(matches!(
                bench.machine.run_until(deadline),
                Stop::Deadline | Stop::Hung { .. }
            ));
        }
        let mut data = [0; 12];
        assert_eq!(bench.machine.read_memory(DATA, &mut data), 12);
        assert_eq!(data, [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    }
}

#[test]
fn power_cut_ends_the_session() {
    let mut bench = Bench::new(&mut three_stores());
    bench.ask("c");
    let ending = bench.session.report(&Stop::PowerCut, &mut bench.machine);
    assert_eq!(ending, Err(Ending::PowerCut));
    assert!(bench.heard()[0].starts_with('X'));
}

#[test]
fn garbage_ends_a_session_at_worst() {
    let seeds = 0..300u64;
    let mut refused = 0;
    for seed in seeds {
        let mut noise = crate::periph::rng::Rng::new(seed);
        let mut bench = Bench::new(&mut three_stores());
        let mut bytes = vec![0; 2_000];
        noise.fill(&mut bytes);
        // Half of the runs are packets with a checksum that fits and senseless content.
        if seed % 2 == 0 {
            let text = bytes[..100].iter().map(|byte| (byte % 94 + 33) as char);
            let text: String = text
                .filter(|character| !"$#}*".contains(*character))
                .collect();
            let command = [
                "m", "M", "Z0,", "vCont;", "qXfer:", "P", "X", "qRcmd,", "H", "G",
            ];
            let command = command[(seed / 2) as usize % command.len()];
            bytes = framed(&format!("{command}{text}")).into_bytes();
        }
        if bench.send(&bytes).is_err() {
            refused += 1;
            assert!(!bench.machine.is_halted(), "seed {seed}");
            assert!(bench.send(b"+").is_err(), "it stays over");
        }
        bench.session.take_unsent();
        bench.machine.run_until(Time::from_micros(1_000));
    }
    assert!(refused > 0, "some of it must have been refused");
}
