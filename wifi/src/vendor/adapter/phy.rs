//! Starting the clocks and the RF part.
//!
//! The RF part is calibrated with the results of an earlier start, or in full if there are none that are good.

use core::ptr::null_mut;

use crate::efuse;
use crate::vendor::calibration::{chip, Calibration};
use crate::vendor::libraries::{
    d1_wifi_phy_parameters, get_data_from_rtc, phy_afterwake_set_rfoption, phy_disable_agc,
    phy_rx_gain_dc_table, phy_set_powerup_option, register_chipv6_phy, rtc_init, rtc_init_clk,
};

/// What to calibrate: what wants it at each start, or everything.
const LITTLE: u8 = 1;
const EVERYTHING: u8 = 3;
const AFTER_WAKING: u8 = 1;

/// The libraries read the table in it as long as the radio runs.
static mut CALIBRATION: *mut Calibration = null_mut();
/// What `register_chipv6_phy` returned.
static mut RESULT: i32 = 0;
/// Whether everything was calibrated.
static mut IS_NEW: bool = false;

/// Fetches the RF parameters.
pub fn parameters(calibration: &mut Calibration) {
    // SAFETY: the block begins with room for them.
    unsafe { d1_wifi_phy_parameters(calibration.block()) };
}

/// Sets the clocks. The peripherals run at 80 MHz from here on. `calibration` has the parameters, and is what the
/// RF part will be started with.
///
/// # Safety
/// Called once, with nothing on the UARTs' wires.
pub unsafe fn start_clocks(calibration: &'static mut Calibration) {
    // SAFETY: the order and the arguments are the SDK's; nothing of the libraries runs yet.
    unsafe {
        CALIBRATION = calibration;
        rtc_init();
        rtc_init_clk((*CALIBRATION).block());
    }
}

/// The libraries' start comes by here when it is time for the RF part.
#[no_mangle]
extern "C" fn esp_phy_load_cal_and_init(_module: i32) {
    // SAFETY: the order is the SDK's; the calibration lives as long as the program, and nobody else uses it now.
    unsafe {
        let calibration = &mut *CALIBRATION;
        // Setting the clocks may have changed them.
        parameters(calibration);
        IS_NEW = !calibration.is_sound(chip(efuse::read));
        phy_rx_gain_dc_table = calibration.gains();
        phy_afterwake_set_rfoption(AFTER_WAKING);
        phy_set_powerup_option(if IS_NEW { EVERYTHING } else { LITTLE });
        // With `LITTLE` it takes the results from the block.
        RESULT = register_chipv6_phy(calibration.block());
        phy_disable_agc();
        let results = calibration.parts().1;
        get_data_from_rtc(results.as_mut_ptr());
    }
}

/// Whether the RF part has started.
pub fn is_good() -> bool {
    // SAFETY: written before anybody asks.
    unsafe { RESULT == 0 }
}

/// The calibration, if everything was calibrated and it is worth keeping.
pub fn new_calibration() -> Option<&'static Calibration> {
    // SAFETY: the libraries write to it in `esp_phy_load_cal_and_init` only, which has returned.
    unsafe { (IS_NEW && RESULT == 0).then(|| &*CALIBRATION) }
}
