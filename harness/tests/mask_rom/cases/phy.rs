//! The PHY routines, through the table as the ROM has it.

use super::{act, few, word};
use crate::bench::{Call, Case, BUFFER};
use fastrand::Rng;

pub const CASES: &[Case] = &[
    few(word("phy_get_romfuncs", 0x4000_6B08, nothing)),
    word("rom_i2c_readReg", 0x4000_7268, register),
    word("rom_i2c_readReg_Mask", 0x4000_729C, field),
    act("rom_i2c_writeReg", 0x4000_72D8, write),
    act("rom_i2c_writeReg_Mask", 0x4000_730C, field),
    few(act("rom_set_txclk_en", 0x4000_650C, bit)),
    few(act("rom_set_rxclk_en", 0x4000_6550, bit)),
    few(act("rom_sar_init", 0x4000_6738, nothing)),
    word("rom_set_ana_inf_tx_scale", 0x4000_678C, byte),
    few(act("rom_chip_v5_tx_init", 0x4000_718C, nothing)),
    few(act("rom_restart_cal", 0x4000_781C, nothing)),
    few(act("rom_rfpll_reset", 0x4000_7868, nothing)),
    act("rom_write_rfpll_sdm", 0x4000_78DC, fraction),
    word("rom_rfcal_rxiq_set_reg", 0x4000_8264, rx_correction),
    word("rom_rfcal_txiq_set_reg", 0x4000_8A70, tx_correction),
    few(act("rom_chip_v5_disable_cca", 0x4000_60D0, baseband)),
    few(act("rom_chip_v5_enable_cca", 0x4000_60EC, baseband)),
    act("rom_chip_v5_sense_backoff", 0x4000_610C, baseband),
    word("rom_get_noisefloor", 0x4000_6394, baseband),
    act("rom_iq_est_disable", 0x4000_6400, estimator),
    act("rom_iq_est_enable", 0x4000_6430, estimator),
    act("rom_start_tx_tone", 0x4000_68B4, tones),
    act("rom_stop_tx_tone", 0x4000_698C, tones),
    few(act("rom_tx_mac_disable", 0x4000_6A98, mac)),
    few(act("rom_tx_mac_enable", 0x4000_6AD4, mac)),
    few(act("rom_phy_reset_req", 0x4000_7804, nothing)),
    word("rom_abs_temp", 0x4000_60C0, number),
    act("rom_dc_iq_est", 0x4000_615C, estimate),
    act("rom_en_pwdet", 0x4000_61B8, switch),
    act("rom_get_fm_sar_dout", 0x4000_62DC, converter),
    word("rom_get_power_db", 0x4000_63B0, power),
    word("rom_linear_to_db", 0x4000_6484, linear),
    word("rom_mhz2ieee", 0x4000_65A4, frequency),
    word("rom_txtone_linear_pwr", 0x4000_6A1C, power),
    act("rom_set_loopback_gain", 0x4000_67C8, gains),
    act("rom_pbus_debugmode", 0x4000_737C, baseband),
    act("rom_pbus_enter_debugmode", 0x4000_7410, gains),
    act("rom_pbus_exit_debugmode", 0x4000_7448, gains),
    act("rom_pbus_force_test", 0x4000_747C, place),
    word("rom_pbus_rd", 0x4000_74D8, place),
    act("rom_pbus_workmode", 0x4000_7648, baseband),
    act("rom_pbus_xpd_rx_off", 0x4000_7688, gains),
    act("rom_pbus_xpd_rx_on", 0x4000_76CC, gains),
    act("rom_pbus_xpd_tx_off", 0x4000_76FC, gains),
    act("rom_pbus_xpd_tx_on", 0x4000_7740, gains),
    act("rom_pbus_xpd_tx_on__low_gain", 0x4000_77A0, gains),
    act("rom_pbus_dco___SA2", 0x4000_7BF0, offset),
];

/// Blocks of host 0 to 2 that the comparison looks at.
const BLOCKS: [(u32, u32); 6] = [
    (0x63, 0),
    (0x77, 0),
    (0x62, 1),
    (0x7C, 1),
    (0x6B, 2),
    (0x6C, 2),
];

fn nothing(_: &mut Rng) -> Call {
    Call::of(&[])
}

fn bit(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..2)])
}

fn byte(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..256)])
}

fn number(random: &mut Rng) -> Call {
    Call::of(&[random.u32(..) >> random.u32(0..32)])
}

fn register(random: &mut Rng) -> Call {
    let (block, host) = BLOCKS[random.usize(0..6)];
    Call::of(&[block, host, random.u32(0..32)])
}

fn write(random: &mut Rng) -> Call {
    let mut call = register(random);
    call.arguments.push(random.u32(0..256));
    call
}

/// A register with something in it, bits of it, and a value for them.
fn field(random: &mut Rng) -> Call {
    let mut call = register(random);
    let [block, host, number] = call.arguments[..] else {
        unreachable!("three arguments")
    };
    let low = random.u32(0..8);
    let high = random.u32(low..8);
    let value = random.u32(0..256) & ((2 << (high - low)) - 1);
    call.arguments.extend([high, low, value]);
    let written = block | number << 8 | random.u32(0..256) << 16 | 1 << 24;
    call.word(0x6000_0D00 + 4 * host, written)
}

fn fraction(random: &mut Rng) -> Call {
    let bytes: Vec<u8> = (0..4).map(|_| random.u8(..)).collect();
    Call::of(&[BUFFER]).with(BUFFER, bytes)
}

fn rx_correction(random: &mut Rng) -> Call {
    let value = random.i32(-60..60) as u32;
    Call::of(&[value, BUFFER, random.u32(0..2), random.u32(0..2)])
}

fn tx_correction(random: &mut Rng) -> Call {
    let value = random.i32(-60..60) as u32;
    Call::of(&[value, random.u32(0..2), random.u32(0..2)])
}

/// Noise in the registers these change parts of.
fn baseband(random: &mut Rng) -> Call {
    let registers = [0x9B00, 0x9B08, 0x9B64, 0x9C28, 0x9D24, 0x594];
    let call = Call::of(&[random.u32(0..256)]);
    registers.into_iter().fold(call, |call, register| {
        call.word(0x6000_0000 + register, random.u32(..))
    })
}

fn estimator(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..4), random.u32(..)]).word(0x6000_057C, random.u32(..))
}

fn estimate(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..4), random.u32(0..0x4000), BUFFER])
        .word(0x6000_05DC, random.u32(..))
        .word(0x6000_05E0, random.u32(..))
}

fn tones(random: &mut Rng) -> Call {
    let mut arguments = Vec::new();
    for _ in 0..3 {
        let step = random.u32(0..3);
        arguments.extend([step, random.u32(0..1024), random.u32(0..256)]);
    }
    let registers = [0x5B8, 0x5BC, 0x5C4];
    registers
        .into_iter()
        .fold(Call::of(&arguments), |call, at| {
            call.word(0x6000_0000 + at, random.u32(..))
        })
}

fn mac(random: &mut Rng) -> Call {
    Call::of(&[]).word(0x3FF2_0DE0, random.u32(..))
}

fn switch(random: &mut Rng) -> Call {
    Call::of(&[random.u32(0..3)])
        .word(0x6000_0D50, random.u32(..))
        .word(0x6000_0D5C, random.u32(..))
}

/// Eight conversions' results.
fn results(random: &mut Rng, call: Call) -> Call {
    (0..8).fold(call, |call, index| {
        call.word(0x6000_0D80 + 4 * index, random.u32(..))
    })
}

fn converter(random: &mut Rng) -> Call {
    results(random, Call::of(&[BUFFER, BUFFER + 2]))
}

fn power(random: &mut Rng) -> Call {
    let call = Call::of(&[random.u32(0..20), random.u32(0..8)]);
    results(random, call)
}

fn linear(random: &mut Rng) -> Call {
    let number = random.u32(..) >> random.u32(0..32);
    Call::of(&[number, random.u32(0..8)])
}

fn frequency(random: &mut Rng) -> Call {
    let megahertz = match random.u8(0..3) {
        0 => random.u32(2400..2520),
        1 => 2484,
        _ => random.u32(2300..6000),
    };
    Call::of(&[megahertz, random.u32(0..256)])
}

fn gains(random: &mut Rng) -> Call {
    let gain = |random: &mut Rng| random.u32(0..512);
    Call::of(&[gain(random), gain(random), gain(random), gain(random)])
}

/// A place on PBUS, something to set, and noise to read back.
fn place(random: &mut Rng) -> Call {
    let call = Call::of(&[random.u32(0..8), random.u32(1..5), random.u32(0..512)]);
    (0..5).fold(call, |call, index| {
        call.word(0x6000_05A4 + 4 * index, random.u32(..))
    })
}

fn offset(random: &mut Rng) -> Call {
    let call = Call::of(&[random.u32(0..0x400), BUFFER, 10, 0, 0])
        .word(0x6000_05DC, random.u32(0..0x8000))
        .word(0x6000_05E0, random.u32(0..0x8000).wrapping_neg());
    (0..5).fold(call, |call, index| {
        call.word(0x6000_05A4 + 4 * index, random.u32(..) & 0x03FF_FFFF)
    })
}
