//! Our own engine.

use core::fmt::Write;
use core::mem::MaybeUninit;

pub use d1_flash::spi0::Interrupts as Lock;
use d1_wifi::{ChipRegisters, Config, Resources, SoftAp};
use smoltcp::time::Instant;

use crate::chip::place::Place;
use crate::identity::Identity;

/// The access point.
pub type Engine = SoftAp<ChipRegisters>;

static RADIO_MEMORY: Place<Resources> = Place::new(Resources::new());
static ACCESS_POINT: Place<MaybeUninit<Engine>> = Place::new(MaybeUninit::uninit());

/// The MAC's interrupt, enabled while the main loop sleeps.
pub const WAKES: u32 = 1 << 0;

/// Starts the access point.
///
/// # Panics
/// At the second call.
// Never inlined: it would leave its room on the stack to the main loop.
#[inline(never)]
pub fn start<F>(
    now: Instant,
    config: Config,
    _identity: &Identity,
    _flash: &mut F,
    _console: &mut dyn Write,
) -> &'static mut Engine {
    // SAFETY: nothing else drives the Wi-Fi MAC.
    let registers = unsafe { ChipRegisters::new() };
    let now = now.total_micros() as u64;
    ACCESS_POINT
        .take()
        .write(SoftAp::new(config, RADIO_MEMORY.take(), registers, now))
}

/// This engine has nothing to say.
pub fn print_line(_now: Instant, _console: &mut dyn Write) {}

/// Called with interrupts held off before the core sleeps: lets the engine wake it. True if there is something to
/// do already.
pub fn enable_wakeup(access_point: &mut Engine) -> bool {
    // An event that came since the poll raises the interrupt at once.
    access_point.enable_wakeup();
    false
}

/// The engine's part of the level-1 interrupts.
pub fn on_interrupt(pending: u32) {
    if pending & WAKES != 0 {
        d1_wifi::on_interrupt();
    }
}
