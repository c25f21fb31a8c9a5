//! Starting the clocks and the RF part.
//!
//! At each start the RF part is calibrated in full, which takes the libraries some tens of milliseconds more
//! than with the results of an earlier start.

use core::ptr::addr_of_mut;

use crate::vendor::libraries::{
    d1_wifi_phy_parameters, get_data_from_rtc, phy_afterwake_set_rfoption, phy_check_data_table,
    phy_disable_agc, phy_rx_gain_dc_table, phy_set_powerup_option, register_chipv6_phy, rtc_init,
    rtc_init_clk,
};

/// Bytes of RF parameters, and of calibration results.
const PART_LEN: usize = 128;
const GAINS: usize = 125;
/// What to calibrate: everything.
const EVERYTHING: u8 = 3;
const AFTER_WAKING: u8 = 1;

/// Parameters and calibration.
static mut BLOCK: [[u8; PART_LEN]; 2] = [[0; PART_LEN]; 2];
/// The libraries read it as long as the radio runs.
static mut GAIN_TABLE: [u32; GAINS] = [0; GAINS];

/// What `register_chipv6_phy` returned.
static mut RESULT: i32 = 0;

/// Sets the clocks. The peripherals run at 80 MHz from here on.
///
/// # Safety
/// Called once, with nothing on the UARTs' wires.
pub unsafe fn start_clocks() {
    // SAFETY: the order and the arguments are the SDK's; the parameters are copied since the library may
    // change them.
    unsafe {
        d1_wifi_phy_parameters(addr_of_mut!(BLOCK).cast());
        rtc_init();
        rtc_init_clk(addr_of_mut!(BLOCK).cast());
    }
}

/// The libraries' start comes by here when it is time for the RF part.
#[no_mangle]
extern "C" fn esp_phy_load_cal_and_init(_module: i32) {
    // SAFETY: the order is the SDK's; the table and the block live as long as the program.
    unsafe {
        let block = addr_of_mut!(BLOCK);
        d1_wifi_phy_parameters(block.cast());
        let table = addr_of_mut!(GAIN_TABLE).cast::<u32>();
        phy_rx_gain_dc_table = table;
        phy_check_data_table(table, GAINS as u8, 1);
        phy_afterwake_set_rfoption(AFTER_WAKING);
        phy_set_powerup_option(EVERYTHING);
        RESULT = register_chipv6_phy(block.cast());
        phy_disable_agc();
        get_data_from_rtc(addr_of_mut!((*block)[1]).cast());
        phy_rx_gain_dc_table = table;
    }
}

/// Whether the RF part has started.
pub fn is_good() -> bool {
    // SAFETY: written before anybody asks.
    unsafe { RESULT == 0 }
}
