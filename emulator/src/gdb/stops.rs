//! Breakpoints and watchpoints, and how gdb hears of them.

use crate::board::{Machine, Stop};
use crate::cpu::{Accesses, Watchpoint};
use gdbstub::common::Signal;
use gdbstub::stub::SingleThreadStopReason;
use gdbstub::target::ext::breakpoints::{
    Breakpoints, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps, SwBreakpoint,
    SwBreakpointOps, WatchKind,
};
use gdbstub::target::TargetResult;

/// What to tell a client that waits for the core to stop; `None` while it goes on.
pub fn reason(stop: &Stop) -> Option<SingleThreadStopReason<u32>> {
    match stop {
        Stop::Deadline | Stop::Hung { .. } | Stop::Halted => None,
        Stop::Stepped => Some(SingleThreadStopReason::DoneStep),
        Stop::Breakpoint => Some(SingleThreadStopReason::SwBreak(())),
        Stop::Watchpoint(watchpoint) => Some(SingleThreadStopReason::Watch {
            tid: (),
            kind: match watchpoint.accesses {
                Accesses::Loads => WatchKind::Read,
                Accesses::Stores => WatchKind::Write,
                Accesses::All => WatchKind::ReadWrite,
            },
            addr: watchpoint.address,
        }),
        Stop::PowerCut => Some(SingleThreadStopReason::Terminated(Signal::SIGPWR)),
    }
}

fn watchpoint(address: u32, len: u32, kind: WatchKind) -> Watchpoint {
    let accesses = match kind {
        WatchKind::Read => Accesses::Loads,
        WatchKind::Write => Accesses::Stores,
        WatchKind::ReadWrite => Accesses::All,
    };
    Watchpoint {
        address,
        len,
        accesses,
    }
}

impl Breakpoints for Machine {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

// No breakpoint is written into memory, so the two kinds are one, and flash takes any number.

impl SwBreakpoint for Machine {
    fn add_sw_breakpoint(&mut self, pc: u32, _len: usize) -> TargetResult<bool, Self> {
        self.add_breakpoint(pc);
        Ok(true)
    }

    fn remove_sw_breakpoint(&mut self, pc: u32, _len: usize) -> TargetResult<bool, Self> {
        self.remove_breakpoint(pc);
        Ok(true)
    }
}

impl HwBreakpoint for Machine {
    fn add_hw_breakpoint(&mut self, pc: u32, len: usize) -> TargetResult<bool, Self> {
        self.add_sw_breakpoint(pc, len)
    }

    fn remove_hw_breakpoint(&mut self, pc: u32, len: usize) -> TargetResult<bool, Self> {
        self.remove_sw_breakpoint(pc, len)
    }
}

impl HwWatchpoint for Machine {
    fn add_hw_watchpoint(
        &mut self,
        address: u32,
        len: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        self.add_watchpoint(watchpoint(address, len, kind));
        Ok(true)
    }

    fn remove_hw_watchpoint(
        &mut self,
        address: u32,
        len: u32,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        self.remove_watchpoint(watchpoint(address, len, kind));
        Ok(true)
    }
}
