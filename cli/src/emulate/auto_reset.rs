//! The two transistors of a D1 mini that let DTR and RTS reset it.

use d1_emulator::board::{Machine, Strap};

/// RTS without DTR pulls RST low, DTR without RTS pulls GPIO0 low; both or neither pull nothing
/// (facts 3.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct AutoReset {
    /// How GPIO0 is held when the circuit does not pull it.
    strap: Strap,
}

impl AutoReset {
    /// The circuit on a board whose straps are held like this.
    pub(super) fn on(strap: Strap) -> AutoReset {
        AutoReset { strap }
    }

    /// The lines have changed.
    ///
    /// Programs that reset through the circuit go from "RST low" to "GPIO0 low" in two steps,
    /// with both lines set in between. On a board a capacitor keeps RST low for as long; here it
    /// stays low until one of the lines is cleared, because over a network that can take a while.
    pub(super) fn drive(self, machine: &mut Machine, dtr: bool, rts: bool) {
        let gpio0_low = dtr && !rts;
        machine.set_strap(if gpio0_low { Strap::Uart } else { self.strap });
        match (dtr, rts) {
            (false, true) => machine.hold_reset(true),
            (true, true) => {}
            (_, false) => machine.hold_reset(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use d1_emulator::board::Config;
    use d1_emulator::time::Time;
    use nor_model::{Chip, Nor};

    /// What a board prints while the lines go through these states, 100 ms each.
    fn after(states: &[(bool, bool)]) -> String {
        let nor = Nor::new(Chip::W25Q32, &[]).unwrap();
        let mut machine = Machine::new(Config::default(), nor);
        let run = |machine: &mut Machine| {
            machine.run_until(machine.now() + Time::from_micros(100_000));
            String::from_utf8(machine.console()).unwrap()
        };
        run(&mut machine);
        let mut text = String::new();
        for (dtr, rts) in states {
            AutoReset::on(Strap::Flash).drive(&mut machine, *dtr, *rts);
            text += &run(&mut machine);
        }
        text
    }

    #[test]
    fn the_sequence_of_esptool_ends_in_download_mode() {
        let text = after(&[(false, true), (true, true), (true, false), (false, false)]);
        assert_eq!(text.matches("ets Jan").count(), 1, "{text}");
        assert!(text.contains("rst cause:2, boot mode:(1,6)"), "{text}");
    }

    #[test]
    fn rts_alone_resets_to_flash() {
        let text = after(&[(false, true), (false, false)]);
        assert_eq!(text.matches("ets Jan").count(), 1, "{text}");
        assert!(text.contains("rst cause:2, boot mode:(3,6)"), "{text}");
    }

    #[test]
    fn a_program_that_opens_the_port_resets_nothing() {
        assert_eq!(after(&[(true, false), (true, true), (false, false)]), "");
    }
}
