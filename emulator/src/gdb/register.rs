//! The LX106's registers by gdb's numbers.
//!
//! gdb's Xtensa port has the numbers compiled in, from a description of the one core it was
//! built for; QEMU's target/xtensa/core-lx106/gdb-config.c.inc holds that of the LX106, and
//! Espressif's gdb uses the same. Builds differ in how many registers they look for in a
//! `g` packet (22 or 50): all take the shorter one, and ask for the rest one by one.

use crate::board::debug::Register;
use crate::cpu::Special;
use core::fmt::Write;
use core::num::NonZeroUsize;
use std::sync::LazyLock;

/// Registers in a `g` packet: a0 to a15 and those every program has.
pub const GENERAL_COUNT: usize = 22;
/// Bytes of a register.
pub const LEN: usize = 4;

/// The registers after a15, with their names, in the order of gdb's numbers.
const NAMED: [(&str, Register); 34] = {
    use Special::*;
    [
        ("pc", Register::Pc),
        ("sar", Register::Special(Sar)),
        ("litbase", Register::Special(Litbase)),
        ("sr176", Register::Special(Configid0)),
        ("sr208", Register::Special(Configid1)),
        ("ps", Register::Special(Ps)),
        ("mmid", Register::Special(Mmid)),
        ("ibreakenable", Register::Special(Ibreakenable)),
        ("ddr", Register::Special(Ddr)),
        ("ibreaka0", Register::Special(Ibreaka0)),
        ("dbreaka0", Register::Special(Dbreaka0)),
        ("dbreakc0", Register::Special(Dbreakc0)),
        ("epc1", Register::Special(Epc1)),
        ("epc2", Register::Special(Epc2)),
        ("epc3", Register::Special(Epc3)),
        ("depc", Register::Special(Depc)),
        ("eps2", Register::Special(Eps2)),
        ("eps3", Register::Special(Eps3)),
        ("excsave1", Register::Special(Excsave1)),
        ("excsave2", Register::Special(Excsave2)),
        ("excsave3", Register::Special(Excsave3)),
        ("interrupt", Register::Special(Interrupt)),
        // The same number as INTERRUPT, which a write sets bits of.
        ("intset", Register::Special(Interrupt)),
        ("intclear", Register::Special(Intclear)),
        ("intenable", Register::Special(Intenable)),
        ("vecbase", Register::Special(Vecbase)),
        ("exccause", Register::Special(Exccause)),
        ("debugcause", Register::Special(Debugcause)),
        ("ccount", Register::Special(Ccount)),
        ("prid", Register::Special(Prid)),
        ("icount", Register::Special(Icount)),
        ("icountlevel", Register::Special(Icountlevel)),
        ("excvaddr", Register::Special(Excvaddr)),
        ("ccompare0", Register::Special(Ccompare0)),
    ]
};

/// The register with gdb's `number`, if there is one.
pub fn by_number(number: usize) -> Option<Register> {
    match number {
        0..=15 => Some(Register::Address(number as u8)),
        _ => NAMED.get(number - 16).map(|&(_, register)| register),
    }
}

/// The registers of a `g` packet, in order.
pub fn general() -> impl Iterator<Item = Register> {
    (0..GENERAL_COUNT).filter_map(by_number)
}

impl gdbstub::arch::RegId for Register {
    fn from_raw_id(number: usize) -> Option<(Register, Option<NonZeroUsize>)> {
        by_number(number).map(|register| (register, NonZeroUsize::new(LEN)))
    }
}

/// The same for clients that can be told.
pub fn target_xml() -> &'static str {
    static XML: LazyLock<String> = LazyLock::new(|| {
        let addresses = (0..16).map(|number| format!("a{number}"));
        let names = addresses.chain(NAMED.iter().map(|(name, _)| name.to_string()));
        let mut xml = String::from(concat!(
            r#"<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">"#,
            r#"<target version="1.0"><architecture>xtensa</architecture>"#,
            r#"<feature name="lx106">"#,
        ));
        for (number, name) in names.enumerate() {
            let kind = if name == "pc" { "code_ptr" } else { "int" };
            // Writing to a string cannot fail.
            let _ = write!(
                xml,
                r#"<reg name="{name}" bitsize="32" type="{kind}" regnum="{number}"/>"#
            );
        }
        xml + "</feature></target>"
    });
    &XML
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_lx106_in_gdb() {
        // A few of QEMU's gdb-config.c.inc; a table with a hole would miss the later ones.
        for (number, register) in [
            (0, Register::Address(0)),
            (15, Register::Address(15)),
            (16, Register::Pc),
            (18, Register::Special(Special::Litbase)),
            (21, Register::Special(Special::Ps)),
            (28, Register::Special(Special::Epc1)),
            (42, Register::Special(Special::Exccause)),
            (49, Register::Special(Special::Ccompare0)),
        ] {
            assert_eq!(by_number(number), Some(register), "register {number}");
        }
        assert_eq!(by_number(50), None);
        assert_eq!(by_number(usize::MAX), None);
    }

    #[test]
    fn target_xml_names_every_register() {
        let xml = target_xml();
        assert_eq!(xml.matches("<reg ").count(), 50);
        assert!(xml.contains(r#"<reg name="ps" bitsize="32" type="int" regnum="21"/>"#));
    }
}
