//! PBUS, the internal bus to the gains and power switches of the front end.

use super::{call, delay, entry, give_scratch_back, store_half, take_scratch};
use crate::rom::port::Port;

const COMMAND: u32 = 0x6000_0594;
const COMMAND_DEBUG: u32 = 1;
const COMMAND_START: u32 = 2;
const COMMAND_FIELDS: u32 = 0xFFFE;
const STATUS: u32 = 0x6000_05A0;
const STATUS_BUSY: u32 = 1 << 31;
const READBACK: u32 = 0x6000_05A4;
const SWITCH: u32 = 0x6000_9B08;
const SWITCH_DEBUG: u32 = 1 << 27;
const MAC_STATE: u32 = 0x3FF2_0C70;
const MAC_BUSY: u32 = 2;

/// `rom_pbus_force_test`: a value to a place.
pub async fn force(port: &Port, place: u32, part: u32, value: u32) {
    let word = place << 2 | part << 14 | value << 5 | COMMAND_START;
    port.modify(COMMAND, COMMAND_FIELDS, word).await;
    while port.load(STATUS).await & STATUS_BUSY != 0 {}
    port.modify(COMMAND, COMMAND_START, 0).await;
}

/// `rom_pbus_rd`: the nine bits of a place. Three of them share a word.
pub async fn read(port: &Port, place: u32, part: u32) -> u32 {
    const FIRST_PART: [u32; 8] = [0, 2, 4, 5, 7, 9, 11, 12];
    const ALONE: u32 = 12;
    let first = FIRST_PART[(place & 7) as usize];
    let part = match part {
        4 => 2,
        part => part.wrapping_sub(1),
    };
    let index = first.wrapping_add(part) & 0xFF;
    let shift = match index {
        ALONE => 0,
        _ => 18 - 9 * (index % 3),
    };
    port.load(READBACK + 4 * (index / 3)).await >> shift & 0x1FF
}

async fn set(port: &Port, place: u32, part: u32, value: u32) {
    call(port, entry::PBUS_FORCE, &[place, part, value]).await;
}

/// `rom_set_loopback_gain`.
pub async fn loopback_gain(port: &Port, gains: [u32; 4]) {
    set(port, 2, 1, 0x185).await;
    for ((place, part), gain) in [(7, 1), (2, 1), (3, 1), (3, 2)].into_iter().zip(gains) {
        set(port, place, part, gain).await;
    }
}

/// `rom_pbus_debugmode`: takes the bus from the MAC, once that has let go of the receiver.
pub async fn debug_mode(port: &Port) {
    let ours = port.load(COMMAND).await & COMMAND_DEBUG != 0;
    if !ours && port.load(MAC_STATE).await & MAC_BUSY != 0 {
        call(port, entry::TX_MAC_OFF, &[]).await;
        delay(port, 5).await;
        loop {
            let gain = call(port, entry::PBUS_READ, &[2, 1]).await;
            if gain & 0x184 == 0x184 && call(port, entry::PBUS_READ, &[3, 2]).await & 6 == 6 {
                break;
            }
        }
    }
    port.modify(SWITCH, 0, SWITCH_DEBUG).await;
    port.modify(COMMAND, 0, COMMAND_DEBUG).await;
}

/// `rom_pbus_workmode`: gives it back.
pub async fn work_mode(port: &Port) {
    port.modify(COMMAND, COMMAND_DEBUG, 0).await;
    port.modify(SWITCH, SWITCH_DEBUG, 0).await;
    call(port, entry::TX_MAC_ON, &[]).await;
}

/// `rom_pbus_enter_debugmode`: transmitter on, receiver off.
pub async fn enter_debug_mode(port: &Port, gain: u32) {
    call(port, entry::PBUS_DEBUG, &[]).await;
    call(port, entry::RX_OFF, &[1]).await;
    call(port, entry::TX_ON_LOW_GAIN, &[gain]).await;
}

/// `rom_pbus_exit_debugmode`: the reverse.
pub async fn exit_debug_mode(port: &Port) {
    call(port, entry::TX_OFF, &[]).await;
    call(port, entry::RX_ON, &[]).await;
    call(port, entry::PBUS_WORK, &[]).await;
}

/// `rom_pbus_xpd_rx_off`.
pub async fn rx_off(port: &Port, gain: u32) {
    set(port, 2, 1, gain).await;
    set(port, 3, 1, 0).await;
    set(port, 3, 2, 0).await;
}

/// `rom_pbus_xpd_rx_on`.
pub async fn rx_on(port: &Port) {
    set(port, 2, 1, 0x184).await;
    set(port, 3, 2, 6).await;
}

/// `rom_pbus_xpd_tx_off`.
pub async fn tx_off(port: &Port) {
    set(port, 6, 1, 0).await;
    set(port, 1, 1, 12).await;
    set(port, 2, 1, 0).await;
}

/// `rom_pbus_xpd_tx_on` and `rom_pbus_xpd_tx_on__low_gain`.
pub async fn tx_on(port: &Port, gain: u32, last: u32) {
    set(port, 2, 1, 1).await;
    set(port, 7, 1, last).await;
    set(port, 0, 1, gain).await;
    set(port, 1, 1, 127).await;
    set(port, 6, 1, 127).await;
}

/// `rom_pbus_dco___SA2`: settles the receiver's DC offset in two steps, coarse and fine; the
/// settings of each to two halfwords. What it would print while it does is left out.
pub async fn dc_offset(port: &Port, cycles: u32, results: u32, wait: u32, talks: u32) {
    const ATTEMPTS: u32 = 12;
    const MIDDLE: i32 = 0x200;
    /// By coarse gain: how much of the offset one step takes away.
    const COARSE: [i32; 8] = [0x69, 0x56, 0x50, 0x48, 0x40, 0x37, 0x32, 0];
    if talks != 0 {
        port.report("rom_pbus_dco___SA2 was asked to print: not modelled".into())
            .await;
    }
    let fine_gain = call(port, entry::PBUS_READ, &[3, 1]).await;
    let stages = (fine_gain & 0x7C).count_ones();
    let coarse_gain = call(port, entry::PBUS_READ, &[3, 2]).await;
    set(port, 4, 2, 0x100).await;
    set(port, 5, 2, 0x100).await;
    // What is left of the offset after each step, at most.
    let good_enough = match stages {
        0..3 => [2, 2],
        3 => [5, 2],
        _ => [10, 5],
    };
    let fine_shift = match (fine_gain >> 2 & 3) + (fine_gain >> 4 & 1) {
        0 => 4,
        1 => 5,
        _ => 6,
    };
    let coarse = COARSE[(coarse_gain >> 3 & 7) as usize];
    for (step, factor, shift) in [(0, coarse, stages + 6), (1, 40, fine_shift)] {
        let result = results.wrapping_add(4 * step);
        let mut settings = [MIDDLE; 2];
        for _ in 0..ATTEMPTS {
            for (index, setting) in settings.into_iter().enumerate() {
                let half = (setting + 1) >> 1;
                store_half(port, result.wrapping_add(2 * index as u32), half).await;
                set(port, 4 + index as u32, step + 1, half as u32 & 0xFFFF).await;
            }
            delay(port, wait).await;
            let scratch = take_scratch(port).await;
            call(port, entry::DC_IQ_ESTIMATE, &[1, cycles, scratch]).await;
            let mut offsets = [0; 2];
            for (index, offset) in offsets.iter_mut().enumerate() {
                *offset = port.load(scratch + 4 * index as u32).await as i32;
            }
            give_scratch_back(port, scratch).await;
            if is_small(port, offsets, good_enough[step as usize]).await {
                break;
            }
            for (setting, offset) in settings.iter_mut().zip(offsets) {
                let change = offset.wrapping_mul(factor) >> shift;
                *setting = i32::from(setting.wrapping_sub(change) as i16).clamp(0, 0x3FF);
            }
        }
    }
}

async fn is_small(port: &Port, offsets: [i32; 2], limit: i32) -> bool {
    for offset in offsets {
        if call(port, entry::ABSOLUTE, &[offset as u32]).await as i32 > limit {
            return false;
        }
    }
    true
}
