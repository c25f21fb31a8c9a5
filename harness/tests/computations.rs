//! Computations on the emulated chip, compiled by our toolchain, against the same on the host.

use d1_emulator::board::{Config, Machine};
use d1_emulator::time::Time;
use d1_guests::computation::{run, Space};
use d1_harness::Guest;
use nor_model::{Chip, Nor};

/// What the guest uses.
const SEED: u64 = 1;
/// Emulated time for all of it; it takes a tenth.
const LIMIT: Time = Time::from_micros(30_000_000);

#[test]
fn every_computation_comes_to_the_same_on_chip_and_host() {
    let guest = Guest::load("computations");
    let nor = Nor::new(Chip::W25Q32, &guest.flash).expect("the image fits");
    let mut machine = Machine::new(Config::default(), nor);
    let mut console = String::new();
    while !console.contains("all computed") && machine.now() < LIMIT {
        machine.run_until(machine.now() + Time::from_micros(10_000));
        console += &String::from_utf8_lossy(&machine.console());
    }

    let mut wrong = Vec::new();
    let mut count = 0;
    run(SEED, &mut Space::new(), &mut |name, digest| {
        count += 1;
        let expected = format!("{name}: {digest:016x}");
        if !console.lines().any(|line| line.trim_end() == expected) {
            wrong.push(expected);
        }
    });
    let log = machine.log();
    assert!(
        wrong.is_empty(),
        "not on the chip: {wrong:#?}\n--- console ---\n{console}\n--- reports ---\n{log:#?}"
    );
    assert!(log.is_empty(), "{log:#?}");
    println!("{count} computations, {} core cycles", machine.cycles());
}
