//! Baseband and MAC registers: carrier sense, tones, the IQ estimator.

use super::{call, entry};
use crate::rom::port::Port;
use crate::rom::Arguments;

const IQ_ESTIMATOR: u32 = 0x6000_057C;
const IQ_ENABLE: u32 = 1;
const IQ_START: u32 = 2;
const IQ_SETTINGS: u32 = !0xFFFA_0001;
const IQ_IDLE: u32 = 1 << 12;
const IQ_READY: u32 = 1 << 31;
const TONE_1: u32 = 0x6000_05B8;
const TONE_2: u32 = 0x6000_05BC;
const TONE_3: u32 = 0x6000_05C4;
const TONE_ON: u32 = 1 << 18;
const CCA: u32 = 0x6000_9B00;
const CCA_OFF: u32 = 1 << 28;
const NOISE: u32 = 0x6000_9B64;
const BACKOFF_1: u32 = 0x6000_9C28;
const BACKOFF_2: u32 = 0x6000_9D24;
const RTC_PHY: u32 = 0x6000_0710;
const MAC_TX: u32 = 0x3FF2_0DE0;
const MAC_TX_ENABLE: u32 = 0x3FF2_0C94;

/// `rom_chip_v5_enable_cca`, `rom_chip_v5_disable_cca`.
pub async fn sense_carrier(port: &Port, on: bool) {
    let off = if on { 0 } else { CCA_OFF };
    port.modify(CCA, CCA_OFF, off).await;
}

/// `rom_chip_v5_sense_backoff`.
pub async fn sense_backoff(port: &Port, value: u32) {
    let first = if value & 0x80 != 0 {
        0x1_FC00
    } else {
        value << 10
    };
    port.modify(BACKOFF_1, 0x1_FC00, first).await;
    let second = if (value as i8) < 0 { 254 } else { value << 1 };
    port.modify(BACKOFF_2, 0xFE, second).await;
}

/// `rom_get_noisefloor`: nine bits of a register, in quarters of a decibel around their middle.
pub async fn noise_floor(port: &Port) -> i32 {
    i32::from(((port.load(NOISE).await >> 23) as i32 - 512) as i16)
}

/// `rom_iq_est_enable`: starts, and waits for the result.
pub async fn iq_estimate_on(port: &Port, mode: u32, cycles: u32) {
    port.modify(IQ_ESTIMATOR, 0, IQ_ENABLE).await;
    let settings = mode << 18 | (cycles & 0x7FFF) << 2 | IQ_START;
    port.modify(IQ_ESTIMATOR, IQ_SETTINGS, settings).await;
    while port.load(IQ_ESTIMATOR).await & IQ_READY == 0 {}
}

/// `rom_iq_est_disable`.
pub async fn iq_estimate_off(port: &Port) {
    port.modify(IQ_ESTIMATOR, IQ_SETTINGS, IQ_IDLE).await;
    port.modify(IQ_ESTIMATOR, IQ_ENABLE, 0).await;
}

/// Frequency and attenuation of a tone.
fn tone(frequency: u32, attenuation: u32) -> u32 {
    frequency | (256u32.wrapping_sub(attenuation) & 0xFF) << 10
}

/// `rom_start_tx_tone`: up to three, each with a step that is 0 for none.
pub async fn start_tone(port: Port, arguments: Arguments) {
    call(&port, entry::TX_CLOCK, &[1]).await;
    let [step, frequency, attenuation, step_2, frequency_2, attenuation_2] = arguments.registers;
    for (register, step, frequency, attenuation) in [
        (TONE_1, step, frequency, attenuation),
        (TONE_2, step_2, frequency_2, attenuation_2),
    ] {
        if step != 0 {
            let word = step << 18 | tone(frequency, attenuation);
            port.modify(register, 0x0FFF_FFFF, word).await;
        }
    }
    let stack = arguments.stack;
    let step = u32::from(port.load_byte(stack).await);
    if step != 0 {
        let frequency = super::load_signed(&port, stack.wrapping_add(4)).await as u32;
        let attenuation = port.load_byte(stack.wrapping_add(8)).await;
        let word = step << 28 | step << 18 | tone(frequency, attenuation.into());
        port.modify(TONE_3, 0x1FFF_FFFF, word).await;
    }
}

/// `rom_stop_tx_tone`: one of the three, or all.
pub async fn stop_tone(port: &Port, which: u32) {
    let tones: &[u32] = match which {
        1 => &[TONE_1],
        2 => &[TONE_2],
        3 => &[TONE_3],
        _ => &[TONE_1, TONE_2, TONE_3],
    };
    for register in tones {
        port.modify(*register, TONE_ON, 0).await;
    }
    call(port, entry::TX_CLOCK, &[0]).await;
}

/// `rom_tx_mac_enable`, `rom_tx_mac_disable`.
pub async fn tx_mac(port: &Port, on: bool) {
    let word = port.load(MAC_TX).await;
    let halt = if on { 0 } else { 3 };
    port.store(MAC_TX, word & 0xFC | word >> 1 & 0x7F80_0000 | halt)
        .await;
    port.modify(MAC_TX_ENABLE, 1, on.into()).await;
}

/// `rom_phy_reset_req`.
pub async fn reset_request(port: &Port) {
    port.modify(RTC_PHY, 0xF << 26, 0).await;
}
