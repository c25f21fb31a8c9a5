//! Registers behind the internal I2C hosts, and settings made of them.

use super::{call, entry};
use crate::rom::port::Port;

/// Host n's command register is 4 * n further (hardware facts 5.10).
const HOSTS: u32 = 0x6000_0D00;
const COMMAND_WRITE: u32 = 1 << 24;
const COMMAND_BUSY: u32 = 1 << 25;
const RTC_PHY: u32 = 0x6000_0710;
const RTC_PHY_SAR: u32 = 1 << 25;

async fn command(port: &Port, host: u32, command: u32) -> u32 {
    let register = HOSTS.wrapping_add(host << 2);
    port.store(register, command).await;
    while port.load(register).await & COMMAND_BUSY != 0 {}
    register
}

/// `rom_i2c_readReg`.
pub async fn read(port: &Port, block: u32, host: u32, number: u32) -> u32 {
    let register = command(port, host, block | number << 8).await;
    port.load(register).await >> 16 & 0xFF
}

/// `rom_i2c_writeReg`.
pub async fn write(port: &Port, block: u32, host: u32, number: u32, value: u32) {
    let word = block | number << 8 | value << 16 | COMMAND_WRITE;
    command(port, host, word).await;
}

/// Ones from bit `low` to bit `high`.
fn field(high: u32, low: u32) -> u32 {
    let width = high.wrapping_sub(low).wrapping_add(1) & 31;
    ((1 << width) - 1) << (low & 31)
}

/// `rom_i2c_readReg_Mask`.
pub async fn read_field(
    port: &Port,
    block: u32,
    host: u32,
    number: u32,
    high: u32,
    low: u32,
) -> u32 {
    let value = call(port, entry::READ, &[block, host, number]).await;
    (value & field(high, low)) >> (low & 31) & 0xFF
}

/// `rom_i2c_writeReg_Mask`.
pub async fn write_field(
    port: &Port,
    block: u32,
    host: u32,
    number: u32,
    high: u32,
    low: u32,
    value: u32,
) {
    let old = call(port, entry::READ, &[block, host, number]).await;
    let value = (old & !field(high, low) | value << (low & 31)) & 0xFF;
    call(port, entry::WRITE, &[block, host, number, value]).await;
}

/// Registers of one block, through the table.
async fn set_all(port: &Port, block: u32, host: u32, values: &[(u32, u32)]) {
    for (number, value) in values {
        call(port, entry::WRITE, &[block, host, *number, *value]).await;
    }
}

/// A field of block 0x77 or 0x7C, through the table.
async fn set_field(port: &Port, at: (u32, u32, u32), bits: (u32, u32), value: u32) {
    let (block, host, number) = at;
    let arguments = [block, host, number, bits.0, bits.1, value];
    call(port, entry::WRITE_MASK, &arguments).await;
}

/// `rom_set_txclk_en`.
pub async fn tx_clock(port: &Port, on: u32) {
    set_field(port, (0x77, 0, 28), (6, 6), on).await;
    set_field(port, (0x7C, 1, 21), (0, 0), on).await;
}

/// `rom_set_rxclk_en`.
pub async fn rx_clock(port: &Port, on: u32) {
    set_field(port, (0x77, 0, 28), (5, 5), on).await;
    set_field(port, (0x7C, 1, 21), (1, 1), on).await;
}

/// `rom_sar_init`.
pub async fn sar_init(port: &Port) {
    port.modify(RTC_PHY, 0, RTC_PHY_SAR).await;
    set_field(port, (0x6C, 2, 0), (4, 4), 1).await;
    set_field(port, (0x6C, 2, 1), (1, 0), 2).await;
}

/// `rom_set_ana_inf_tx_scale`: the scale as far as the register goes.
pub async fn tx_scale(port: &Port, scale: u32) -> u32 {
    let (kept, rest) = match scale {
        0..64 => (scale, 0),
        _ => (63, 63u32.wrapping_sub(scale) & 0xFF),
    };
    set_field(port, (0x77, 0, 9), (7, 0), rest).await;
    kept
}

/// `rom_chip_v5_tx_init`.
pub async fn tx_init(port: &Port) {
    const VALUES: [(u32, u32); 11] = [
        (1, 104),
        (2, 15),
        (3, 168),
        (4, 6),
        (5, 8),
        (6, 184),
        (7, 91),
        (8, 4),
        (9, 0),
        (10, 116),
        (11, 7),
    ];
    set_all(port, 0x6B, 2, &VALUES).await;
}

/// `rom_restart_cal`.
pub async fn restart_calibration(port: &Port) {
    set_all(port, 0x62, 1, &[(0, 95), (0, 127), (0, 63)]).await;
}

/// `rom_rfpll_reset`.
pub async fn rfpll_reset(port: &Port) {
    set_all(port, 0x62, 1, &[(10, 166), (10, 167), (10, 165)]).await;
    set_all(port, 0x63, 0, &[(1, 243)]).await;
    set_all(port, 0x62, 1, &[(11, 192)]).await;
}

/// `rom_write_rfpll_sdm`: three bytes of the PLL's fraction.
pub async fn rfpll_fraction(port: &Port, bytes: u32) {
    set_all(port, 0x63, 0, &[(0, 7)]).await;
    for index in 0..3 {
        let byte = port.load_byte(bytes.wrapping_add(index)).await;
        set_all(port, 0x63, 0, &[(3 + index, byte.into())]).await;
    }
    set_all(port, 0x63, 0, &[(0, 23)]).await;
}

/// A correction as it goes to registers: whether it is negative, and how much it is.
struct Correction {
    negative: bool,
    amount: i32,
}

impl Correction {
    /// With a sign register of its own, or as a number of two's complement.
    fn of(value: i32, limit: i32, with_sign: bool) -> Correction {
        match with_sign {
            true => Correction {
                negative: value < 0,
                amount: i32::from(value.wrapping_abs() as i8).min(limit),
            },
            false => Correction {
                negative: false,
                amount: value.clamp(-limit, limit),
            },
        }
    }

    /// What was set, with its sign.
    fn signed(&self) -> i32 {
        match self.negative {
            true => i32::from(self.amount.wrapping_neg() as i8),
            false => self.amount,
        }
    }
}

/// `rom_rfcal_rxiq_set_reg`: gain (`is_gain`) or phase correction of the receiver; what was set.
pub async fn rx_iq(port: &Port, value: i32, sign: u32, is_gain: u32, with_sign: u32) -> i32 {
    let (is_gain, with_sign) = (is_gain != 0, with_sign != 0);
    let limit = if is_gain { 15 } else { 31 };
    let correction = Correction::of(value, limit, with_sign);
    if with_sign {
        port.store_byte(sign, correction.negative.into()).await;
        let (number, bit) = if is_gain { (24, 5) } else { (24, 3) };
        let at = (0x77, 0, number);
        set_field(port, at, (bit, bit), correction.negative.into()).await;
    }
    let amount = correction.amount as u32;
    if is_gain {
        set_field(port, (0x77, 0, 25), (4, 0), amount & 31).await;
    } else {
        set_field(port, (0x77, 0, 25), (7, 5), amount >> 3 & 7).await;
        set_field(port, (0x77, 0, 26), (2, 0), amount & 7).await;
    }
    correction.signed()
}

/// `rom_rfcal_txiq_set_reg`: the same for the transmitter.
pub async fn tx_iq(port: &Port, value: i32, is_gain: u32, with_sign: u32) -> i32 {
    let (is_gain, with_sign) = (is_gain != 0, with_sign != 0);
    let limit = if is_gain { 15 } else { 31 };
    let correction = Correction::of(value, limit, with_sign);
    if with_sign {
        let (number, bit) = if is_gain { (16, 0) } else { (15, 6) };
        let at = (0x77, 0, number);
        set_field(port, at, (bit, bit), correction.negative.into()).await;
    }
    let amount = correction.amount as u32;
    if is_gain {
        set_field(port, (0x77, 0, 16), (7, 3), amount & 31).await;
    } else {
        set_field(port, (0x77, 0, 17), (5, 0), amount & 63).await;
    }
    correction.signed()
}
