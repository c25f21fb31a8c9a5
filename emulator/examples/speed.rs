//! How fast a board runs on this host: emulated cycles against wall time.
//!
//! `cargo run --release -p d1-emulator --example speed -- flash.bin 3000` runs a flash image for 3000 ms of
//! emulated time, alone on the air. 80 million cycles a second are real time. Waits are skipped, so this
//! says something of a guest that is busy; `target/d1/guests` has one that computes.

use d1_emulator::board::{Config, Machine};
use d1_emulator::time::Time;
use nor_model::{Chip, Nor};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which flash image?")?;
    let milliseconds: u64 = arguments.next().ok_or("how many milliseconds?")?.parse()?;
    let nor =
        Nor::new(Chip::W25Q32, &std::fs::read(path)?).map_err(|error| format!("{error:?}"))?;
    let mut machine = Machine::new(Config::default(), nor);
    let start = Instant::now();
    machine.run_until(Time::from_micros(milliseconds * 1000));
    let seconds = start.elapsed().as_secs_f64();
    let rate = machine.cycles() as f64 / seconds / 1e6;
    println!("{rate:.0} million cycles per second ({seconds:.2} s)");
    Ok(())
}
