//! What `monitor` does in gdb.

use crate::board::Machine;
use core::convert::Infallible;
use gdbstub::target::ext::monitor_cmd::{outputln, ConsoleOutput, MonitorCmd};

const HELP: &str = "\
monitor reset   presses the reset button; the core stays at the reset vector
                (then `maintenance flush register-cache`, or step)
monitor status  shows emulated time and the last exceptions taken
monitor help    shows this";

impl MonitorCmd for Machine {
    fn handle_monitor_cmd(
        &mut self,
        command: &[u8],
        mut out: ConsoleOutput<'_>,
    ) -> Result<(), Infallible> {
        match command.trim_ascii() {
            b"reset" => {
                self.press_reset();
                outputln!(
                    out,
                    "reset; the core is halted at {:#010x}",
                    self.cpu().pc()
                );
            }
            b"status" => {
                let (micros, cycles) = (self.now().as_micros(), self.cycles());
                outputln!(out, "{micros} us and {cycles} cycles since power-on");
                for taken in self.cpu().exceptions() {
                    let (cause, pc, address) = (taken.cause.name(), taken.pc, taken.excvaddr);
                    outputln!(
                        out,
                        "exception at {pc:#010x}: {cause} (excvaddr {address:#010x})"
                    );
                }
            }
            b"" | b"help" => outputln!(out, "{HELP}"),
            other => {
                let other = String::from_utf8_lossy(other);
                outputln!(out, "no such command: {}", other.escape_debug());
                outputln!(out, "{HELP}");
            }
        }
        Ok(())
    }
}
