//! An NMI that comes while another one is on its way out, or in its handler: at each instruction where it can.

use d1_emulator::board::debug::Register;
use d1_emulator::board::Stop;
use d1_emulator::time::Time;
use d1_harness::{Bench, Wait};

use super::{assert_faultless, bench, symbols};

/// Timer 1 of the MAC: armed in bit 31, and the time at which it raises event 27 (docs/wifi-mac-registers.md).
const TIMER_1: [u32; 3] = [0x3ff2_10c8, 0x3ff2_10cc, 0x3ff2_10d0];
/// Counters in the NMI's frame (`nmi.S`): NMIs in the handler, and on the way out.
const NESTED: u32 = 112;
const TAIL: u32 = 116;

/// The way out, from the instruction behind the one that opens the gate, in bytes before `left`.
const WAY_OUT: [u32; 5] = [11, 9, 7, 5, 3];

fn counter(bench: &mut Bench, offset: u32) -> u32 {
    symbols().word(&mut bench.machine, "d1_wifi_nmi_frame", offset)
}

/// Runs until the core comes to `pc`, and holds it there.
fn hold_at(bench: &mut Bench, pc: u32) {
    bench.machine.add_breakpoint(pc);
    let deadline = bench.machine.now() + Time::from_micros(1_000_000);
    let stop = bench.machine.run_until(deadline);
    assert_eq!(stop, Stop::Breakpoint, "{pc:#x}");
    bench.machine.remove_breakpoint(pc);
}

/// Raises an event of the MAC's where the core is held, and lets go of it.
fn strike(bench: &mut Bench) {
    let [control, low, high] = TIMER_1;
    for (register, value) in [(low, 1), (high, 0), (control, 1_u32 << 31)] {
        assert!(bench.machine.write_memory(register, &value.to_le_bytes()));
    }
    bench.machine.release();
    bench.pass(Wait(5));
}

#[test]
fn an_nmi_on_the_way_out_of_another_loses_nothing() {
    let Some(mut bench) = bench() else { return };
    let left = symbols().address("left");
    for distance in WAY_OUT {
        let before = counter(&mut bench, TAIL);
        for _ in 0..10 {
            hold_at(&mut bench, left - distance);
            strike(&mut bench);
        }
        // Each of them struck.
        assert!(counter(&mut bench, TAIL) - before >= 10, "{distance}");
    }
    assert!(bench.page().contains("begin update"));
    assert_faultless(&bench);
}

#[test]
fn an_event_at_any_instruction_of_the_handler_loses_nothing() {
    let Some(mut bench) = bench() else { return };
    let (handler, leave) = (
        symbols().address("wDev_ProcessFiq"),
        symbols().address("leave"),
    );
    let nested = counter(&mut bench, NESTED);
    let mut longest = 0;
    for instructions in (0..).step_by(3) {
        hold_at(&mut bench, handler);
        let mut steps = 0;
        while steps < instructions && bench.machine.register(Register::Pc) != leave {
            bench.machine.step(0..0);
            let soon = bench.machine.now() + Time::from_micros(1_000);
            assert_eq!(bench.machine.run_until(soon), Stop::Stepped);
            steps += 1;
        }
        let is_over = bench.machine.register(Register::Pc) == leave;
        strike(&mut bench);
        longest = longest.max(steps);
        if is_over && instructions > 600 {
            break;
        }
    }
    let nested = counter(&mut bench, NESTED) - nested;
    println!("{longest} instructions, {nested} NMIs within the handler");
    assert!(nested > 0);
    assert!(bench.page().contains("begin update"));
    assert_faultless(&bench);
}
