//! The engine on Espressif's libraries.

use core::fmt::Write;
use core::mem::MaybeUninit;

use d1_wifi::vendor::SoftAp;
use d1_wifi::Config;
use smoltcp::time::Instant;

use crate::chip::place::Place;
use crate::chip::uart::Uart0;

/// The access point.
pub type Engine = SoftAp;

static ACCESS_POINT: Place<MaybeUninit<Engine>> = Place::new(MaybeUninit::uninit());

/// The engine's interrupts are enabled all the time.
pub const WAKES: u32 = 0;

/// Keeps level 1 and the radio's NMI from the flash.
pub struct Lock(());

impl Lock {
    /// A lock. All are one.
    pub const fn new() -> Lock {
        Lock(())
    }
}

impl d1_flash::spi0::Lock for Lock {
    fn lock(&mut self) {
        SoftAp::lock();
    }

    fn unlock(&mut self) {
        SoftAp::unlock();
    }
}

/// Starts the access point.
///
/// # Panics
/// At the second call, and when the libraries refuse.
// Never inlined: it would leave its room on the stack to the main loop.
#[inline(never)]
pub fn start(now: Instant, config: Config, console: &mut dyn Write) -> &'static mut Engine {
    // The libraries set the clocks anew, to what they are.
    Uart0::new().drain();
    // SAFETY: called once; the wire is quiet; `sleep` serves the interrupts; the feature `vendor` brings
    // `narrow-loads`.
    let started = unsafe { SoftAp::start(&config, now.total_micros() as u64) };
    Uart0::new().set_rate();
    match started {
        Ok(access_point) => {
            // The console takes everything.
            let _ = writeln!(console, "radio libraries run: {:?}", access_point.figures());
            ACCESS_POINT.take().write(access_point)
        }
        Err(error) => panic!("{}: {}", error.0, error.1),
    }
}

/// Called with interrupts held off before the core sleeps: true if there is something to do already.
pub fn enable_wakeup(access_point: &mut Engine) -> bool {
    access_point.is_awaited()
}

/// The engine's part of the level-1 interrupts.
pub fn on_interrupt(pending: u32) {
    SoftAp::on_interrupt(pending);
}
