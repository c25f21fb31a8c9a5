//! The PHY routines of the mask ROM that vendor firmware calls for RF start-up.
//!
//! Hardware facts 4.3. Firmware gets a table of them, replaces entries by its own and
//! calls through it; so do the routines among themselves. What they move is analog:
//! here only registers change, and every measurement reads 0.

mod analog;
mod baseband;
mod measure;
mod pbus;

use super::layout;
use super::port::Port;
use super::{Arguments, Exit, Routine};
use core::future::Future;

/// Pointer to the table, and where the ROM has it.
const TABLE_POINTER: u32 = 0x3FFF_C730;
const TABLE: u32 = 0x3FFF_C734;
/// The table's entries as the ROM lists them, by address; 0 where it has none.
const ENTRIES: [u32; 71] = [
    0x4000_60C0, // rom_abs_temp
    0x4000_60D0, // rom_chip_v5_disable_cca
    0x4000_60EC, // rom_chip_v5_enable_cca
    0x4000_610C, // rom_chip_v5_sense_backoff
    0x4000_615C, // rom_dc_iq_est
    0,
    0x4000_61B8, // rom_en_pwdet
    0x4000_6238, // rom_get_bb_atten
    0x4000_6260, // rom_get_corr_power
    0x4000_62DC, // rom_get_fm_sar_dout
    0x4000_6394, // rom_get_noisefloor
    0x4000_63B0, // rom_get_power_db
    0x4000_6400, // rom_iq_est_disable
    0x4000_6430, // rom_iq_est_enable
    0x4000_6484, // rom_linear_to_db
    0x4000_650C, // rom_set_txclk_en
    0x4000_6550, // rom_set_rxclk_en
    0x4000_65A4, // rom_mhz2ieee
    0x4000_6628, // rom_rxiq_get_mis
    0x4000_6738, // rom_sar_init
    0x4000_678C, // rom_set_ana_inf_tx_scale
    0x4000_67C8, // rom_set_loopback_gain
    0x4000_6830, // rom_set_noise_floor
    0,
    0,
    0x4000_6874, // rom_start_noisefloor
    0x4000_68B4, // rom_start_tx_tone
    0x4000_698C, // rom_stop_tx_tone
    0x4000_6A1C, // rom_txtone_linear_pwr
    0x4000_6A98, // rom_tx_mac_disable
    0x4000_6AD4, // rom_tx_mac_enable
    0x4000_6B10, // rom_ana_inf_gating_en
    0x4000_6C50, // rom_set_channel_freq
    0x4000_6F84, // rom_chip_50_set_channel
    0x4000_711C, // rom_chip_v5_rx_init
    0x4000_718C, // rom_chip_v5_tx_init
    0x4000_7268, // rom_i2c_readReg
    0x4000_729C, // rom_i2c_readReg_Mask
    0x4000_72D8, // rom_i2c_writeReg
    0x4000_730C, // rom_i2c_writeReg_Mask
    0x4000_737C, // rom_pbus_debugmode
    0x4000_7410, // rom_pbus_enter_debugmode
    0x4000_7448, // rom_pbus_exit_debugmode
    0x4000_747C, // rom_pbus_force_test
    0x4000_74D8, // rom_pbus_rd
    0x4000_754C, // rom_pbus_set_rxgain
    0x4000_7610, // rom_pbus_set_txgain
    0x4000_7648, // rom_pbus_workmode
    0x4000_7688, // rom_pbus_xpd_rx_off
    0x4000_76CC, // rom_pbus_xpd_rx_on
    0x4000_76FC, // rom_pbus_xpd_tx_off
    0x4000_7740, // rom_pbus_xpd_tx_on
    0x4000_77A0, // rom_pbus_xpd_tx_on__low_gain
    0x4000_7804, // rom_phy_reset_req
    0x4000_781C, // rom_restart_cal
    0x4000_7868, // rom_rfpll_reset
    0x4000_78DC, // rom_write_rfpll_sdm
    0x4000_7968, // rom_rfpll_set_freq
    0x4000_7A28, // rom_cal_tos_v50
    0x4000_7BF0, // rom_pbus_dco___SA2
    0x4000_7EB4, // rom_rfcal_pwrctrl
    0x4000_804C, // rom_rfcal_rxiq
    0x4000_8264, // rom_rfcal_rxiq_set_reg
    0x4000_8388, // rom_rfcal_txcap
    0x4000_8610, // rom_rfcal_txiq
    0x4000_88B8, // rom_rfcal_txiq_cover
    0x4000_8A70, // rom_rfcal_txiq_set_reg
    0x4000_8B6C, // rom_rxiq_cover_mg_mp
    0x4000_8C6C, // rom_set_txbb_atten
    0x4000_8D34, // rom_set_txiq_cal
    0,
];

/// Places in the table of what routines here call, as byte offsets.
mod entry {
    pub const ABSOLUTE: u32 = 0;
    pub const DC_IQ_ESTIMATE: u32 = 16;
    pub const SAR_OUTPUT: u32 = 36;
    pub const IQ_ESTIMATE_OFF: u32 = 48;
    pub const IQ_ESTIMATE_ON: u32 = 52;
    pub const LINEAR_TO_DB: u32 = 56;
    pub const TX_CLOCK: u32 = 60;
    pub const SAR_INIT: u32 = 76;
    pub const TX_MAC_OFF: u32 = 116;
    pub const TX_MAC_ON: u32 = 120;
    pub const READ: u32 = 144;
    pub const WRITE: u32 = 152;
    pub const WRITE_MASK: u32 = 156;
    pub const PBUS_DEBUG: u32 = 160;
    pub const PBUS_FORCE: u32 = 172;
    pub const PBUS_READ: u32 = 176;
    pub const PBUS_WORK: u32 = 188;
    pub const RX_OFF: u32 = 192;
    pub const RX_ON: u32 = 196;
    pub const TX_OFF: u32 = 200;
    pub const TX_ON_LOW_GAIN: u32 = 208;
}

/// Writes the table where the ROM has it after reset.
pub async fn initialise(port: &Port) {
    port.store(TABLE_POINTER, TABLE).await;
    for (index, routine) in ENTRIES.into_iter().enumerate() {
        port.store(TABLE + 4 * index as u32, routine).await;
    }
}

/// Calls what the table now has in a place.
async fn call(port: &Port, place: u32, arguments: &[u32]) -> u32 {
    let table = port.load(TABLE_POINTER).await;
    let function = port.load(table.wrapping_add(place)).await;
    port.call(function, arguments).await
}

/// Room on the caller's stack for what callees answer with through pointers.
const SCRATCH_LEN: u32 = 64;

/// The room's address, below the stack pointer, which moves.
async fn take_scratch(port: &Port) -> u32 {
    let stack = port.register(1).await.wrapping_sub(SCRATCH_LEN);
    port.set_register(1, stack).await;
    stack
}

async fn give_scratch_back(port: &Port, scratch: u32) {
    port.set_register(1, scratch.wrapping_add(SCRATCH_LEN))
        .await;
}

/// A halfword with its sign, in memory that has narrow loads.
async fn load_signed(port: &Port, address: u32) -> i32 {
    let low = port.load_byte(address).await;
    let high = port.load_byte(address.wrapping_add(1)).await;
    i16::from_le_bytes([low, high]).into()
}

async fn store_half(port: &Port, address: u32, value: i32) {
    let [low, high, ..] = value.to_le_bytes();
    port.store_byte(address, low).await;
    port.store_byte(address.wrapping_add(1), high).await;
}

/// Boxes a routine that answers with a word, or with a number.
fn answer<F: Future<Output = u32> + Send + 'static>(work: F) -> Routine {
    Box::pin(async move { Exit::Return(work.await) })
}

fn number<F: Future<Output = i32> + Send + 'static>(work: F) -> Routine {
    Box::pin(async move { Exit::Return(work.await as u32) })
}

fn act<F: Future<Output = ()> + Send + 'static>(work: F) -> Routine {
    Box::pin(async move {
        work.await;
        Exit::Return(0)
    })
}

/// The PHY routine at `routine`; `None` when it is not modelled.
#[rustfmt::skip] // a table reads by its columns
pub fn begin(routine: u32, port: Port, arguments: Arguments) -> Option<Routine> {
    let [a, b, c, d, e, f] = arguments.registers;
    Some(match routine {
        0x4000_6B08 => answer(async move { port.load(TABLE_POINTER).await }),

        0x4000_7268 => answer(async move { analog::read(&port, a, b, c).await }),
        0x4000_729C => answer(async move { analog::read_field(&port, a, b, c, d, e).await }),
        0x4000_72D8 => act(async move { analog::write(&port, a, b, c, d).await }),
        0x4000_730C => act(async move { analog::write_field(&port, a, b, c, d, e, f).await }),
        0x4000_650C => act(async move { analog::tx_clock(&port, a).await }),
        0x4000_6550 => act(async move { analog::rx_clock(&port, a).await }),
        0x4000_6738 => act(async move { analog::sar_init(&port).await }),
        0x4000_678C => answer(async move { analog::tx_scale(&port, a).await }),
        0x4000_718C => act(async move { analog::tx_init(&port).await }),
        0x4000_781C => act(async move { analog::restart_calibration(&port).await }),
        0x4000_7868 => act(async move { analog::rfpll_reset(&port).await }),
        0x4000_78DC => act(async move { analog::rfpll_fraction(&port, a).await }),
        0x4000_8264 => number(async move { analog::rx_iq(&port, a as i32, b, c, d).await }),
        0x4000_8A70 => number(async move { analog::tx_iq(&port, a as i32, b, c).await }),

        0x4000_60D0 => act(async move { baseband::sense_carrier(&port, false).await }),
        0x4000_60EC => act(async move { baseband::sense_carrier(&port, true).await }),
        0x4000_610C => act(async move { baseband::sense_backoff(&port, a).await }),
        0x4000_6394 => number(async move { baseband::noise_floor(&port).await }),
        0x4000_6400 => act(async move { baseband::iq_estimate_off(&port).await }),
        0x4000_6430 => act(async move { baseband::iq_estimate_on(&port, a, b).await }),
        0x4000_68B4 => act(baseband::start_tone(port, arguments)),
        0x4000_698C => act(async move { baseband::stop_tone(&port, a).await }),
        0x4000_6A98 => act(async move { baseband::tx_mac(&port, false).await }),
        0x4000_6AD4 => act(async move { baseband::tx_mac(&port, true).await }),
        0x4000_7804 => act(async move { baseband::reset_request(&port).await }),

        0x4000_60C0 => number(core::future::ready((a as i32).wrapping_abs())),
        0x4000_615C => act(async move { measure::dc_iq(&port, a, b, c).await }),
        0x4000_61B8 => act(async move { measure::power_detector(&port, a).await }),
        0x4000_62DC => act(async move { measure::sar_output(&port, a, b).await }),
        0x4000_63B0 => number(async move { measure::power_db(&port, a as i32).await }),
        0x4000_6484 => number(core::future::ready(measure::linear_to_db(a, b))),
        0x4000_65A4 => number(core::future::ready(measure::channel(a as i32, b))),
        0x4000_6A1C => number(async move { measure::tone_power(&port, a, b).await }),

        0x4000_67C8 => act(async move { pbus::loopback_gain(&port, [a, b, c, d]).await }),
        0x4000_737C => act(async move { pbus::debug_mode(&port).await }),
        0x4000_7410 => act(async move { pbus::enter_debug_mode(&port, a).await }),
        0x4000_7448 => act(async move { pbus::exit_debug_mode(&port).await }),
        0x4000_747C => act(async move { pbus::force(&port, a, b, c).await }),
        0x4000_74D8 => answer(async move { pbus::read(&port, a, b).await }),
        0x4000_7648 => act(async move { pbus::work_mode(&port).await }),
        0x4000_7688 => act(async move { pbus::rx_off(&port, a).await }),
        0x4000_76CC => act(async move { pbus::rx_on(&port).await }),
        0x4000_76FC => act(async move { pbus::tx_off(&port).await }),
        0x4000_7740 => act(async move { pbus::tx_on(&port, a, 95).await }),
        0x4000_77A0 => act(async move { pbus::tx_on(&port, a, 0).await }),
        0x4000_7BF0 => act(async move { pbus::dc_offset(&port, a, b, c, d | e).await }),
        _ => return None,
    })
}

/// Microseconds pass as in `ets_delay_us`.
async fn delay(port: &Port, microseconds: u32) {
    let mhz = port.load(layout::CPU_MHZ).await;
    port.pass(u64::from(microseconds) * u64::from(mhz)).await;
}
