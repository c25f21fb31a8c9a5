//! Reset: banner, strap, loading from flash, calling what was loaded.
//!
//! Hardware facts 3.1 and 3.2, boot facts 1.2.

use super::layout;
use super::port::{Call, Port};
use super::{download, exception, flash, loader, print, uart, Exit};
use crate::cpu::special::Special;

const GPIO_IN: u32 = 0x6000_0318;
const RTC_STATE1: u32 = 0x6000_0714;
const RTC_STATE2: u32 = 0x6000_0718;
const RTC_TRANSITION: u32 = 0x6000_0708;

/// PS the ROM starts and calls C code with: user vectors, no interrupt masked.
const PS_RUNNING: u32 = 0x20;
const TOP_OF_STACK: u32 = 0x4000_0000;
/// Stack pointer and return address of the user entry (boot facts 1.2).
const USER_STACK: u32 = 0x3FFF_FFF0;
const USER_RETURN: u32 = 0x4000_1100;
/// Where strap 2 starts without loading.
const RAM_START: u32 = 0x4010_0000;

const CAUSE_POWER_ON: u32 = 1;
const CAUSE_PIN: u32 = 2;
const CAUSE_SOFTWARE: u32 = 3;
const CAUSE_WATCHDOG: u32 = 4;
const CAUSE_DEEP_SLEEP: u32 = 5;
const CAUSE_SDIO: u32 = 6;

/// The reset vector, and everything the ROM does from there.
pub async fn reset(port: Port) -> Exit {
    port.set_special(Special::Ps, PS_RUNNING).await;
    port.set_register(1, TOP_OF_STACK).await;
    layout::initialise(&port).await;
    uart::attach(&port).await;
    uart::initialise(&port, 0).await;
    port.store(layout::PUTC1, print::UART_SINK).await;

    let cause = reset_reason(&port).await;
    let strap = port.load(GPIO_IN).await;
    let (mode, second) = (strap >> 16 & 7, strap >> 29);
    let banner = format!("\n ets Jan  8 2013,rst cause:{cause}, boot mode:({mode},{second})\n\n");
    print::print(&port, &banner).await;

    match cause {
        CAUSE_POWER_ON | CAUSE_PIN | CAUSE_WATCHDOG => {
            if cause == CAUSE_WATCHDOG {
                print::print(&port, "wdt reset\n").await;
            }
            select_mode(&port, mode).await;
        }
        // Who slept deeply has put the flash chip to sleep, too.
        CAUSE_SOFTWARE | CAUSE_DEEP_SLEEP | CAUSE_SDIO => flash::attach(&port).await,
        _ => {
            print::print(&port, "unknown reset\n").await;
            hang(&port).await;
        }
    }
    start(&port).await
}

/// From where the ROM turns to flash: esptool's stub comes back here to run what it has written.
pub async fn boot_flash(port: Port) -> Exit {
    port.store(layout::USER_START, 0).await;
    start(&port).await
}

/// Starts what was loaded over the UART or, when that is nothing, what flash holds.
async fn start(port: &Port) -> Exit {
    if port.load(layout::USER_START).await == 0 {
        let Some(entry) = loader::load(port).await else {
            hang(port).await
        };
        port.store(layout::USER_START, entry).await;
    }
    exception::install_fatal_handlers(port).await;
    port.call_with(Call {
        function: port.load(layout::USER_START).await,
        arguments: vec![0, 0],
        return_address: Some(USER_RETURN),
        stack: Some(USER_STACK),
    })
    .await;
    print::print(port, "user code done\n").await;
    super::system::run_tasks(port).await
}

/// `rtc_get_reset_reason`: the cause the banner shows.
pub async fn reset_reason(port: &Port) -> u32 {
    let cause = port.load(RTC_STATE1).await & 0xF;
    if cause != CAUSE_DEEP_SLEEP {
        return cause;
    }
    let wake = port.load(RTC_STATE2).await >> 8 & 0x3F;
    port.modify(RTC_TRANSITION, 1 << 21, 0).await;
    match wake {
        1 => CAUSE_SDIO,
        8 => CAUSE_DEEP_SLEEP,
        _ => 0,
    }
}

/// Does what the strap asks for before flash is looked at, or waits for a host that is not there.
async fn select_mode(port: &Port, mode: u32) {
    match mode {
        2 => port.store(layout::USER_START, RAM_START).await,
        3 => flash::attach(port).await,
        1 => download::serve(port).await,
        0 => port.spin().await,
        _ => {
            port.report(format!(
                "boot mode {mode}: SDIO and HSPI hosts are not modelled; the ROM waits"
            ))
            .await;
            port.spin().await;
        }
    }
}

/// Where the ROM ends when there is nothing to start.
async fn hang(port: &Port) -> ! {
    // What follows the file name on silicon is an integer printed as a string: garbage or nothing.
    print::print(port, "ets_main.c \n").await;
    port.spin().await
}
