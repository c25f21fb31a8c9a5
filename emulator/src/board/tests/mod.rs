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
use nor_model::Chip;

/// A board with this image at flash 0.
fn board(image: &[u8]) -> Machine {
    board_with(Config::default(), image)
}

fn board_with(config: Config, image: &[u8]) -> Machine {
    Machine::new(config, Nor::new(Chip::W25Q32, image).unwrap())
}

/// Runs for this long and answers what the console said.
fn console_after(machine: &mut Machine, milliseconds: u64) -> String {
    let deadline = machine.now() + Time::from_micros(milliseconds * 1000);
    machine.run_until(deadline);
    String::from_utf8_lossy(&machine.console()).into_owned()
}
