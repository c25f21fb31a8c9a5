//! What the PHY measures, and the arithmetic around it.

use super::{call, delay, entry, give_scratch_back, load_signed, store_half, take_scratch};
use crate::rom::port::Port;

const IQ_RESULTS: [u32; 2] = [0x6000_05DC, 0x6000_05E0];
const SAR_CONTROL: u32 = 0x6000_0D50;
const SAR_START: u32 = 1 << 1;
const SAR_POWER_DETECTOR: u32 = 1;
const SAR_SETTINGS: u32 = 0x6000_0D5C;
const SAR_RESULTS: u32 = 0x6000_0D80;
/// A conversion is waited for this long.
const SAR_MICROSECONDS: u32 = 25;

/// `rom_abs_temp` and friends take numbers through the table as words.
fn divide(a: i32, b: i32) -> i32 {
    a.checked_div(b).unwrap_or(0)
}

/// `rom_dc_iq_est`: the offsets of both branches to two words.
pub async fn dc_iq(port: &Port, mode: u32, cycles: u32, results: u32) {
    call(port, entry::IQ_ESTIMATE_ON, &[mode, cycles]).await;
    let count = (cycles as i32).wrapping_add(1);
    for (register, place) in IQ_RESULTS
        .into_iter()
        .zip([results, results.wrapping_add(4)])
    {
        let sum = port.load(register).await as i32 >> 6;
        port.store(place, divide(sum, count) as u32).await;
    }
    call(port, entry::IQ_ESTIMATE_OFF, &[]).await;
}

/// `rom_en_pwdet`.
pub async fn power_detector(port: &Port, on: u32) {
    call(port, entry::SAR_INIT, &[]).await;
    port.modify(SAR_SETTINGS, 1 << 21 | 1 << 23, 0).await;
    match on {
        0 => port.modify(SAR_CONTROL, SAR_POWER_DETECTOR, 0).await,
        1 => port.modify(SAR_CONTROL, 0, SAR_POWER_DETECTOR).await,
        _ => {}
    }
}

/// `rom_get_fm_sar_dout`: two halfwords made of eight conversions.
pub async fn sar_output(port: &Port, first: u32, second: u32) {
    port.modify(SAR_CONTROL, SAR_START, 0).await;
    port.modify(SAR_CONTROL, 0, SAR_START).await;
    delay(port, SAR_MICROSECONDS).await;
    let mut values = [0; 8];
    for (index, value) in values.iter_mut().enumerate() {
        let word = port.load(SAR_RESULTS + 4 * index as u32).await;
        *value = 0x800 - (word & 0xFFF) as i32;
        *value &= 0xFFFF;
    }
    let [_, b, c, d, e, f, g, h] = values;
    let base = 3 * (g + h);
    store_half(port, first, 2 * (b + c + d) - base).await;
    store_half(port, second, 3 * (e + f) - base).await;
}

/// Both outputs of the converter.
async fn sar_pair(port: &Port) -> (i32, i32) {
    let scratch = take_scratch(port).await;
    let second = scratch.wrapping_add(2);
    call(port, entry::SAR_OUTPUT, &[scratch, second]).await;
    let pair = (
        load_signed(port, scratch).await,
        load_signed(port, second).await,
    );
    give_scratch_back(port, scratch).await;
    pair
}

/// `rom_get_power_db`: their ratio in decibels, in the unit of [`linear_to_db`].
pub async fn power_db(port: &Port, offset: i32) -> i32 {
    let (a, b) = sar_pair(port).await;
    let a = call(port, entry::LINEAR_TO_DB, &[a as u32, 3]).await as i32;
    let b = call(port, entry::LINEAR_TO_DB, &[b as u32, 3]).await as i32;
    i32::from(offset.wrapping_add(a).wrapping_sub(b) as i16)
}

/// `rom_linear_to_db`: a logarithm, 48 to the octave (an eighth of a decibel, of power), of a
/// number with `fraction` binary places.
pub fn linear_to_db(number: u32, fraction: u32) -> i32 {
    // 48 * log2(1 + n/16); the ROM's fifth entry is rounded up.
    const OCTAVE: [i32; 16] = [0, 4, 8, 12, 16, 19, 22, 25, 28, 31, 34, 36, 39, 41, 44, 46];
    let number = match fraction {
        0..3 => number << (3 - fraction),
        _ => (number as i32 >> ((fraction - 3) & 31)) as u32,
    };
    let octave = 28 - number.leading_zeros() as i32;
    let (octave, place) = match octave {
        1.. => (octave, (number as i32 >> (octave - 1)) as u32 & 15),
        _ => (0, number & 15),
    };
    i32::from((OCTAVE[place as usize] + 48 * octave) as i16)
}

/// `rom_mhz2ieee`: a channel's number.
pub fn channel(megahertz: i32, flags: u32) -> i32 {
    const LAST_IN_RASTER: u32 = 2483;
    let number = match megahertz {
        2484 => 14,
        _ if megahertz as u32 <= LAST_IN_RASTER => megahertz.wrapping_sub(2407) / 5,
        _ if flags & 0x80 != 0 => megahertz.wrapping_sub(2512) / 20 + 15,
        _ => -1,
    };
    i32::from(number as i8)
}

/// `rom_txtone_linear_pwr`: the sum of so many ratios.
pub async fn tone_power(port: &Port, count: u32, shift: u32) -> i32 {
    let mut sum = 0i32;
    for _ in 0..count & 0xFF {
        let (a, b) = sar_pair(port).await;
        let scaled = a.checked_shl(shift).unwrap_or(0);
        let divisor = if b == 0 { 1 } else { b };
        sum = i32::from(sum.wrapping_add(divide(scaled, divisor)) as i16);
    }
    sum
}
