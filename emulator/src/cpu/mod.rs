//! The LX106 core: registers, decoding, execution, exceptions, interrupts.
//!
//! [`Cpu`] executes against anything that is a [`crate::bus::Bus`] and knows no
//! address of the chip but its own reset vector. One file per concern: [`decode`] makes an [`Instruction`] of bytes, `run` is the loop,
//! `alu`, `branch`, `memory` and `system` execute one class each, [`exception`],
//! [`interrupt`], `timer` and `debug` hold what can break the flow.
//!
//! Source: Xtensa ISA reference manual, with the LX106's options and vectors from
//! core-isa.h in Espressif's ESP8266_RTOS_SDK. Checked against QEMU's lx106.

mod alu;
mod branch;
mod cache;
pub mod cycles;
mod debug;
pub mod decode;
mod display;
pub mod exception;
mod fault;
pub mod history;
pub mod instruction;
pub mod interrupt;
mod memory;
mod run;
pub mod special;
mod system;
mod timer;
mod watch;

use std::collections::VecDeque;

pub use exception::{Cause, Taken};
pub use fault::Fault;
pub use instruction::Instruction;
pub use run::Exit;
pub use special::Special;
pub use watch::{Accesses, Watchpoint};

use cache::DecodeCache;
use fault::Handlers;
use history::History;
use special::{ps, CONFIGID};

/// The core. A clone is a snapshot.
#[derive(Clone)]
pub struct Cpu {
    ar: [u32; 16],
    pc: u32,
    /// Special registers by number. CCOUNT and INTERRUPT live elsewhere.
    special: [u32; 256],
    /// CCOUNT minus the bus's cycle counter.
    ccount_offset: u32,
    /// The bus cycle at which CCOUNT next equals CCOMPARE0.
    timer_cycle: u64,
    level_lines: u32,
    latched: u32,
    nmi_line: bool,
    /// In WAITI.
    waiting: bool,
    /// Attributes of the eight regions: data side, instruction side.
    region_attributes: [[u8; 8]; 2],
    cache: DecodeCache,
    /// What `cache` holds is to be forgotten.
    is_stale: bool,
    /// The bus's code generation that `cache` belongs to.
    code_generation: u64,
    breakpoints: Vec<u32>,
    /// Where the host was told of a breakpoint or watchpoint; the next `run` executes it.
    resume_from: Option<u32>,
    watchpoints: Vec<Watchpoint>,
    /// The watchpoint that was met, until the host asks.
    met: Option<Watchpoint>,
    taken: VecDeque<Taken>,
    history: History,
    handlers: Handlers,
}

impl Default for Cpu {
    fn default() -> Cpu {
        Cpu::new()
    }
}

impl Cpu {
    /// A core that was just reset, at the chip's reset vector.
    pub fn new() -> Cpu {
        let mut cpu = Cpu {
            ar: [0; 16],
            pc: 0,
            special: [0; 256],
            ccount_offset: 0,
            timer_cycle: 1 << 32,
            level_lines: 0,
            latched: 0,
            nmi_line: false,
            waiting: false,
            region_attributes: [[0; 8]; 2],
            cache: DecodeCache::default(),
            is_stale: false,
            code_generation: 0,
            breakpoints: Vec::new(),
            resume_from: None,
            watchpoints: Vec::new(),
            met: None,
            taken: VecDeque::new(),
            history: History::new(),
            handlers: Handlers::default(),
        };
        cpu.reset(exception::vector::RESET);
        cpu
    }

    /// The core's reset, going on at `vector`.
    ///
    /// CCOUNT and CCOMPARE0 go on: the architecture leaves them undefined. The lines, and
    /// breakpoints and watchpoints of the host, stay as they are.
    pub fn reset(&mut self, vector: u32) {
        const VECBASE_RESET: u32 = 0x4000_0000;
        /// Bypass the caches there are none of: the attribute of every region out of reset.
        const BYPASS: u8 = 2;
        let ccompare = self.sr(Special::Ccompare0);
        self.ar = [0; 16];
        self.pc = vector;
        self.special = [0; 256];
        self.set_sr(Special::Ps, ps::RESET);
        self.set_sr(Special::Vecbase, VECBASE_RESET);
        self.set_sr(Special::Configid0, CONFIGID[0]);
        self.set_sr(Special::Configid1, CONFIGID[1]);
        self.set_sr(Special::Ccompare0, ccompare);
        self.latched = 0;
        self.waiting = false;
        self.region_attributes = [[BYPASS; 8]; 2];
        self.resume_from = None;
        self.met = None;
        self.taken.clear();
        self.history = History::new();
        self.forget_handlers();
        // The debug registers just changed.
        self.is_stale = true;
    }

    /// Address register `n` (0-15; higher bits are ignored).
    #[inline(always)]
    pub fn ar(&self, n: u8) -> u32 {
        self.ar[usize::from(n & 15)]
    }

    /// Sets address register `n` (0-15; higher bits are ignored).
    #[inline(always)]
    pub fn set_ar(&mut self, n: u8, value: u32) {
        self.ar[usize::from(n & 15)] = value;
    }

    /// The next instruction's address.
    pub fn pc(&self) -> u32 {
        self.pc
    }

    /// Goes on at `pc`, leaving WAITI if need be.
    pub fn set_pc(&mut self, pc: u32) {
        self.pc = pc;
        self.waiting = false;
    }

    /// True inside WAITI.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }
}
