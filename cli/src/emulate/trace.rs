//! Every instruction, in a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use d1_emulator::board::trace::Step;
use d1_emulator::board::{Machine, Stop};
use d1_emulator::time::Time;

use crate::problem::Problem;
use crate::symbols::{readable, Symbols};

/// The file, and the symbol of the function it has come to.
pub(super) struct Trace {
    out: BufWriter<File>,
    symbol: Option<String>,
    last_pc: u32,
}

impl Trace {
    /// Creates the file.
    pub(super) fn create(path: &Path) -> Result<Trace, Problem> {
        let file = File::create(path).map_err(|error| Problem::file("create", path, &error))?;
        Ok(Trace {
            out: BufWriter::new(file),
            symbol: None,
            last_pc: 0,
        })
    }

    /// Runs the machine as it would run anyway, and writes a line for each step.
    pub(super) fn run(
        &mut self,
        machine: &mut Machine,
        deadline: Time,
        symbols: &Symbols,
    ) -> (Stop, io::Result<()>) {
        let mut written = Ok(());
        let stop = machine.trace_until(deadline, &mut |step| {
            if written.is_ok() {
                written = self.write(step, symbols);
            }
        });
        (stop, written.and_then(|()| self.out.flush()))
    }

    /// The step, under the name of its function when that is another than before.
    fn write(&mut self, step: &Step, symbols: &Symbols) -> io::Result<()> {
        // Slices of a routine of the mask ROM: the first says it all.
        if step.instruction.is_none() && step.changed.is_empty() && step.pc == self.last_pc {
            return Ok(());
        }
        self.last_pc = step.pc;
        let symbol = symbols.symbol(step.pc);
        if symbol != self.symbol.as_deref() {
            if let Some(symbol) = symbol {
                writeln!(self.out, "{}:", readable(symbol))?;
            }
            self.symbol = symbol.map(str::to_string);
        }
        writeln!(self.out, "{step}")
    }
}
