//! What the linked programs promise: placement, budgets, no way to panic in the loader.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use d1_emulator::cpu::decode::decode;
use d1_emulator::cpu::instruction::{Jump, Load, Op, System};
use d1_harness::image_directory;
use object::{File, Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

/// Instruction RAM while the flash cache has its 32 KB.
const IRAM: Range<u32> = 0x4010_0000..0x4010_8000;
/// The mask ROM.
const ROM: Range<u32> = 0x4000_0000..0x4001_0000;
/// What the cache shows of the flash.
const FLASH_WINDOW: Range<u32> = 0x4020_0000..0x4030_0000;

/// A linked program.
struct Program {
    bytes: Vec<u8>,
}

impl Program {
    fn load(name: &str) -> Program {
        let path = image_directory().join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| {
            panic!(
                "cannot read {}: {error}. Run `cargo xtask build` first.",
                path.display()
            )
        });
        Program { bytes }
    }

    fn elf(&self) -> File<'_> {
        File::parse(&*self.bytes).expect("the linker writes ELF files")
    }

    /// Loaded sections by address.
    fn memory(&self) -> Memory {
        let elf = self.elf();
        let sections = elf
            .sections()
            .filter(|section| {
                section.address() != 0 && section.kind() != SectionKind::UninitializedData
            })
            .filter_map(|section| Some((section.address() as u32, section.data().ok()?.to_vec())))
            .filter(|(_, data)| !data.is_empty());
        Memory(sections.collect())
    }

    fn symbol(&self, name: &str) -> u32 {
        let elf = self.elf();
        let symbol = elf
            .symbol_by_name(name)
            .unwrap_or_else(|| panic!("no symbol {name}"));
        symbol.address() as u32
    }

    /// Names and addresses of the functions whose name contains `part`.
    fn functions(&self, part: &str) -> Vec<(String, u32)> {
        let elf = self.elf();
        elf.symbols()
            .filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.address() as u32)))
            .filter(|(name, address)| name.contains(part) && IRAM.contains(address))
            .collect()
    }

    /// Where instruction RAM has constants.
    fn constants(&self) -> Vec<Range<u32>> {
        let elf = self.elf();
        let constants = elf.symbols().filter(|symbol| {
            symbol.kind() == SymbolKind::Data && IRAM.contains(&(symbol.address() as u32))
        });
        constants
            .map(|symbol| symbol.address() as u32..(symbol.address() + symbol.size()) as u32)
            .collect()
    }

    fn size(&self, section: &str) -> u64 {
        self.elf()
            .section_by_name(section)
            .map_or(0, |section| section.size())
    }
}

struct Memory(BTreeMap<u32, Vec<u8>>);

impl Memory {
    fn bytes<const N: usize>(&self, address: u32) -> Option<[u8; N]> {
        let (start, data) = self.0.range(..=address).next_back()?;
        let offset = (address - start) as usize;
        // An instruction of two bytes may end the section.
        let mut bytes = [0; N];
        let rest = data.get(offset..)?;
        let len = rest.len().min(N);
        bytes[..len].copy_from_slice(&rest[..len]);
        (len > 0).then_some(bytes)
    }

    fn word(&self, address: u32) -> Option<u32> {
        self.bytes(address).map(u32::from_le_bytes)
    }
}

/// Follows every path from `start` and reports each instruction or constant that needs the flash. Addresses in
/// `handed_on` may be taken.
fn flash_needed_from(memory: &Memory, start: u32, handed_on: &[Range<u32>]) -> Vec<String> {
    let mut problems = Vec::new();
    let is_handed_on = |value: u32| handed_on.iter().any(|range| range.contains(&value));
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(pc) = open.pop() {
        if ROM.contains(&pc) || !seen.insert(pc) {
            continue;
        }
        if !IRAM.contains(&pc) {
            problems.push(format!("{pc:#x} is executed, outside IRAM"));
            continue;
        }
        let Some(bytes) = memory.bytes::<4>(pc) else {
            problems.push(format!("{pc:#x} is executed, but nothing is linked there"));
            continue;
        };
        let instruction = decode(u32::from_le_bytes(bytes));
        let next = pc + u32::from(instruction.len);
        match instruction.op {
            Op::Branch(_) => open.extend([next, pc.wrapping_add(instruction.imm)]),
            Op::Jump(Jump::J) => open.push(pc.wrapping_add(instruction.imm)),
            Op::Jump(Jump::Call0) => open.extend([next, (pc & !3).wrapping_add(instruction.imm)]),
            // Where it goes was loaded as a literal, and is followed there.
            Op::Jump(Jump::Callx0) => open.push(next),
            Op::Jump(Jump::Jx | Jump::Ret) => {}
            Op::System(System::Rfe | System::Rfi | System::Ill) => {}
            Op::System(System::Unknown) => {
                problems.push(format!("{pc:#x} is executed, but is no instruction"))
            }
            Op::Load(Load::L32r) => {
                open.push(next);
                let literal = ((pc + 3) & !3).wrapping_add(instruction.imm);
                if !IRAM.contains(&literal) {
                    problems.push(format!(
                        "{pc:#x} reads its literal at {literal:#x}, outside IRAM"
                    ));
                }
                match memory.word(literal) {
                    Some(value) if is_handed_on(value) => {}
                    Some(value) if FLASH_WINDOW.contains(&value) => {
                        problems.push(format!("{pc:#x} takes an address in flash, {value:#x}"));
                    }
                    Some(value) if IRAM.contains(&value) => open.push(value),
                    Some(_) => {}
                    None => problems.push(format!(
                        "{pc:#x} reads a literal at {literal:#x}, where nothing is linked"
                    )),
                }
            }
            _ => open.push(next),
        }
    }
    problems
}

#[test]
fn code_that_runs_with_the_cache_off_needs_nothing_from_flash() {
    for name in ["user1.elf", "user2.elf"] {
        let program = Program::load(name);
        let memory = program.memory();
        let operations = program.functions("d1_flash7operate");
        for part in ["read", "program", "erase"] {
            assert!(
                operations.iter().any(|(name, _)| name.contains(part)),
                "no flash operation {part}: {operations:?}"
            );
        }
        for (function, address) in operations {
            let problems = flash_needed_from(&memory, address, &program.constants());
            assert!(
                problems.is_empty(),
                "{name}: {function}:\n{}",
                problems.join("\n")
            );
        }
    }
}

#[test]
fn the_check_for_flash_finds_code_that_needs_it() {
    // The reset handler ends in flash, so a checker that says nothing about it checks nothing.
    let program = Program::load("user1.elf");
    assert!(!flash_needed_from(&program.memory(), program.symbol("Reset"), &[]).is_empty());
}

/// What a function calls, from its first byte to its last; `None` for a call of what a register says.
fn calls(program: &Program, function: &str) -> Vec<Option<u32>> {
    let elf = program.elf();
    let symbol = elf
        .symbol_by_name(function)
        .unwrap_or_else(|| panic!("no symbol {function}"));
    let memory = program.memory();
    let (mut pc, end) = (symbol.address() as u32, symbol.address() + symbol.size());
    let mut calls = Vec::new();
    while u64::from(pc) < end {
        let bytes = memory.bytes::<4>(pc).expect("functions are linked");
        let instruction = decode(u32::from_le_bytes(bytes));
        match instruction.op {
            Op::Jump(Jump::Call0) => calls.push(Some((pc & !3).wrapping_add(instruction.imm))),
            Op::Jump(Jump::Callx0 | Jump::Jx) => calls.push(None),
            _ => {}
        }
        pc += u32::from(instruction.len);
    }
    calls
}

#[test]
fn copies_are_not_made_of_copies() {
    // A compiler that knows `memcpy` makes a call of it of what looks like a copy, also in `memcpy`.
    let programs = ["user1.elf", "user2.elf"].map(Program::load);
    for program in programs.into_iter().chain(vendor_programs()) {
        let copies = ["memcpy", "memset", "memcmp", "memmove"];
        let [copy, fill, compare, carry] = copies.map(|function| calls(&program, function));
        assert_eq!([copy, fill, compare], [const { Vec::new() }; 3]);
        assert_eq!(carry, [Some(program.symbol("memcpy"))]);
    }
}

/// The programs with the vendor engine, or none, and a line that says why.
fn vendor_programs() -> Vec<Program> {
    match d1_harness::Images::load_vendor() {
        Some(_) => ["vendor/user1.elf", "vendor/user2.elf"]
            .map(Program::load)
            .into(),
        None => Vec::new(),
    }
}

#[test]
fn the_radios_nmi_needs_nothing_from_flash() {
    for program in vendor_programs() {
        let memory = program.memory();
        // Names of files and texts of messages: passed to functions that read neither in the NMI.
        let strings =
            program.symbol("_library_strings_start")..program.symbol("_library_strings_end");
        // Printing looks whether it is in the NMI before it calls this.
        let print = program.symbol("d1_wifi_print");
        let mut handed_on = program.constants();
        handed_on.extend([strings, print..print + 1]);
        let mut starts = program.functions("d1_flash7operate");
        starts.extend(
            [
                "__enter_nmi",
                "wDev_ProcessFiq",
                "vPortETSIntrLock",
                "vPortETSIntrUnlock",
            ]
            .map(|name| (name.to_owned(), program.symbol(name))),
        );
        assert!(starts.len() >= 7, "{starts:?}");
        for (function, address) in starts {
            let problems = flash_needed_from(&memory, address, &handed_on);
            assert!(problems.is_empty(), "{function}:\n{}", problems.join("\n"));
        }
    }
}

#[test]
fn programs_with_the_vendor_engine_keep_their_budgets() {
    for program in vendor_programs() {
        let code = program.size(".vectors") + program.size(".rwtext");
        let iram = code + program.size(".iram.bss");
        let flash = program.size(".text") + program.size(".data") + program.size(".rodata") + code;
        let ram = [".data", ".rodata", ".bss", ".noinit"]
            .map(|section| program.size(section))
            .iter()
            .sum();
        let stack = program.symbol("_stack_start") - program.symbol("_stack_limit");
        for (what, bytes, budget) in [
            ("IRAM, of 48 KB", iram, 28 * 1024),
            ("flash, of 472 KB", flash, 296 * 1024),
            ("static RAM, of 94 KB", ram, 70 * 1024),
        ] {
            println!("{what}: {bytes} bytes, budget {budget}");
            assert!(bytes <= budget, "{what}: {bytes} bytes, budget {budget}");
        }
        println!("left for the stack: {stack} bytes");
        assert!(stack >= 24 * 1024, "{stack} bytes are left for the stack");
    }
}

#[test]
fn programs_are_linked_for_their_slots() {
    for (name, slot) in [
        ("user1.elf", d1_image::Slot::One),
        ("user2.elf", d1_image::Slot::Two),
    ] {
        let program = Program::load(name);
        let map = d1_image::FlashMap::ALL
            .into_iter()
            .find(|map| map.flash_len() == program.symbol("_d1_flash_size"))
            .expect("_d1_flash_size is that of a flash map");
        assert_eq!(program.symbol("_d1_slot"), u32::from(slot.number()));
        assert_eq!(program.symbol("_text_start"), map.irom_origin(slot).get());
    }
}

#[test]
fn programs_keep_their_budgets() {
    let boot = std::fs::metadata(image_directory().join("boot.bin"))
        .expect("boot.bin is built")
        .len();
    let mut figures = vec![("boot.bin, of a 4 KB sector", boot, 3700)];
    let user = Program::load("user1.elf");
    let image = std::fs::metadata(image_directory().join("user1.bin"))
        .expect("user1.bin is built")
        .len();
    let ram = [".data", ".rodata", ".bss", ".noinit"]
        .map(|section| user.size(section))
        .iter()
        .sum();
    let stack = user.symbol("_stack_start") - user.symbol("_stack_limit");
    figures.push(("user1.bin", image, 155 * 1024));
    figures.push(("static RAM, of 80 KB", ram, 40 * 1024));
    figures.push((
        "IRAM, of 32 KB",
        user.size(".vectors") + user.size(".rwtext") + user.size(".iram.bss"),
        12 * 1024,
    ));
    for (what, bytes, budget) in figures {
        println!("{what}: {bytes} bytes, budget {budget}");
        assert!(
            bytes <= budget,
            "{what}: {bytes} bytes are over the budget of {budget}"
        );
    }
    println!("left for the stack: {stack} bytes");
    assert!(
        stack >= 40 * 1024,
        "only {stack} bytes are left for the stack"
    );
}

#[test]
fn the_boot_loader_has_no_panic_machinery() {
    let program = Program::load("boot.elf");
    let elf = program.elf();
    let panics: Vec<_> = elf
        .symbols()
        .filter_map(|symbol| symbol.name().ok())
        .filter(|name| name.contains("panic"))
        .collect();
    assert!(panics.is_empty(), "{panics:?}");
}
