mod boot;
mod devices;
mod digest;
mod dump;
mod flash_commands;
pub(crate) mod guest;
mod hostile;
mod memory;
mod pins;
mod power;
mod random;
mod sleep;
mod trace;

use super::*;
use crate::bus::Width;
use nor_model::Chip;

/// A board with this image at flash 0.
fn board(image: &[u8]) -> Machine {
    board_with(Config::default(), image)
}

fn board_with(config: Config, image: &[u8]) -> Machine {
    Machine::new(config, Nor::new(Chip::W25Q32, image).unwrap())
}

/// A board whose program does nothing, past the ROM's banner.
fn at_rest() -> Machine {
    let mut machine = board(&guest::Program::default().stop().image());
    console_after(&mut machine, 60);
    machine
}

/// The word there, as the core would load it.
fn load(machine: &mut Machine, address: u32) -> u32 {
    machine.bus.load(address, Width::Word).unwrap()
}

fn store(machine: &mut Machine, address: u32, value: u32) {
    machine.bus.store(address, Width::Word, value).unwrap();
}

/// Runs for this long and answers what the console said.
fn console_after(machine: &mut Machine, milliseconds: u64) -> String {
    let deadline = machine.now() + Time::from_micros(milliseconds * 1000);
    machine.run_until(deadline);
    String::from_utf8_lossy(&machine.console()).into_owned()
}
