//! The engine on Espressif's libraries.

use core::fmt::Write;
use core::mem::MaybeUninit;

use d1_wifi::vendor::calibration::Calibration;
use d1_wifi::vendor::SoftAp;
use d1_wifi::Config;
use smoltcp::time::Instant;

use crate::chip::clock::CYCLES_PER_MICROSECOND;
use crate::chip::place::Place;
use crate::chip::uart::Uart0;
use crate::flash::Flash;
use crate::identity::Identity;
use crate::kept;

/// The access point.
pub type Engine = SoftAp;

static CALIBRATION: Place<Calibration> = Place::new(Calibration::new());
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
    /// 6 ms: a beacon that waits for its end is still within 10 ms of its time.
    const SLICE: u32 = 6_000 * CYCLES_PER_MICROSECOND;

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
pub fn start<F: Flash>(
    now: Instant,
    config: Config,
    identity: &Identity,
    flash: &mut F,
    console: &mut dyn Write,
) -> &'static mut Engine {
    let calibration = CALIBRATION.take();
    SoftAp::parameters(calibration);
    let sector = identity.map.rf_calibration();
    let (parameters, kept) = calibration.parts();
    let is_known = kept::load(flash, sector, parameters, kept);
    // The libraries set the clocks anew, to what they are.
    Uart0::new().drain();
    // SAFETY: called once; the wire is quiet; `sleep` serves the interrupts; the feature `vendor` brings
    // `narrow-loads`.
    let started = unsafe { SoftAp::start(config, calibration, now.total_micros() as u64) };
    Uart0::new().set_rate();
    while SoftAp::has_line() {
        // The console takes everything.
        let _ = SoftAp::print_line(0, console);
    }
    let access_point = match started {
        Ok(access_point) => access_point,
        Err(error) => panic!("{}: {}", error.0, error.1),
    };
    // The console takes everything.
    let _ = writeln!(console, "radio libraries run: {:?}", access_point.figures());
    if let Some(new) = access_point.new_calibration() {
        let found = if is_known { "not good" } else { "none" };
        let becomes = match kept::save(flash, identity, sector, new.parameters(), new.kept()) {
            true => "kept",
            false => "flash does not keep it",
        };
        let _ = writeln!(console, "RF calibration: {found}, made anew: {becomes}");
    }
    ACCESS_POINT.take().write(access_point)
}

/// Prints a line of the libraries' log, if there is one.
pub fn print_line(now: Instant, console: &mut dyn Write) {
    // The console takes everything.
    let _ = SoftAp::print_line(now.total_micros() as u64, console);
}

/// Called with interrupts held off before the core sleeps: true if there is something to do already.
pub fn enable_wakeup(access_point: &mut Engine) -> bool {
    access_point.is_awaited()
}

/// The engine's part of the level-1 interrupts.
pub fn on_interrupt(pending: u32) {
    SoftAp::on_interrupt(pending);
}
