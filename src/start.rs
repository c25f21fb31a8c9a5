//! Starting the chip, in the order it has to be done, and the main loop.

use core::fmt::Write;
use core::mem::MaybeUninit;

use d1_flash::spi0::Spi0;
use d1_flash::Flash;
use d1_image::decision::Why;
use d1_image::handoff::Handoff;
use d1_wifi::wpa2::{Passphrase, Pmk};
use d1_wifi::{Channel, Config, MacAddress, Ssid};
use esp8266_hal::ehal::digital::v2::{InputPin, OutputPin};
use esp8266_hal::ehal::watchdog::{Watchdog, WatchdogEnable};
use esp8266_hal::gpio::GpioExt;
use esp8266_hal::target::{Peripherals, RNG};
use esp8266_hal::watchdog::{StageTimeout, WatchdogExt};
use smoltcp::time::Duration;

use crate::chip::clock::{self, Clock};
use crate::chip::engine;
use crate::chip::place::{self, Place};
use crate::chip::uart::Uart0;
use crate::chip::{image, reset, sleep};
use crate::console::Console;
use crate::firmware::{Firmware, Next, Start};
use crate::identity::{caveat, Identity, PASSPHRASE, TRUSTED_KEY, VERSION};
use crate::network::{Storage, ADDRESS};
use crate::network_key::{self, Found, Origin};
use crate::update::sector::Sector;

static CONSOLE: Place<Console<Uart0>> = Place::new(Console::new(Uart0::new()));
static SOCKETS: Place<Storage> = Place::new(Storage::new());
/// In instruction RAM, which has room.
#[link_section = ".bss.iram"]
static SECTOR: Sector = Sector::new();
static FIRMWARE: Place<MaybeUninit<Firmware>> = Place::new(MaybeUninit::uninit());

/// The network's name; by default [`SSID_PREFIX`] and the last three bytes of the device's address.
const SSID: Option<&str> = option_env!("D1_SSID");
const SSID_PREFIX: &[u8] = b"D1-OTA-";
const CHANNEL: u8 = 6;

/// How long the UART's FIFO takes to send what it holds, roughly: while the console has more, it wants to be
/// asked again by then.
const CONSOLE_PERIOD: Duration = Duration::from_millis(10);

/// Starts the firmware. There is no way back.
pub fn start() -> ! {
    let peripherals = Peripherals::take().expect("the program starts once");

    // The boot loader's last words leave at the old clock, everything else at the new one.
    Uart0::new().drain();
    clock::start_pll(peripherals.RTCCNTL);
    Uart0::new().set_rate();
    let mut clock = Clock::start();
    let console = CONSOLE.take();

    // From here on the main loop has to come round: 3.4 s pass without a word, another 3.4 s reset the chip.
    let mut watchdog = peripherals.WDT.watchdog();
    watchdog.start((StageTimeout::Stage336Sec, StageTimeout::Stage336Sec));

    let pins = peripherals.GPIO.split();
    let mut led = pins.gpio2.into_push_pull_output();
    let button = pins.gpio0.into_pull_up_input();
    let mut flash = Flash::new(
        Spi0::new(peripherals.SPI0, engine::Lock::new()),
        image::flash_map().flash_len(),
    );
    let handoff = image::handoff();
    let identity = image::identity(handoff, chip_len(&mut flash));

    let station = image::station_address();
    let ssid = ssid(station);
    greet(console, &identity, handoff, ssid);
    // Whatever goes wrong next, it is known in which firmware.
    console.flush();

    let now = clock.now();
    let config = Config {
        ssid,
        channel: Channel::new(CHANNEL).expect("a channel"),
        key: PASSPHRASE.map(|passphrase| key(&mut flash, &identity, passphrase, &ssid, console)),
    };
    let access_point = engine::start(now, config, &identity, &mut flash, console);
    let start = Start {
        now,
        identity,
        ssid,
        reset: reset::cause(),
        free: place::free,
    };
    let firmware = Firmware::start(
        FIRMWARE.take(),
        start,
        &mut || random(&peripherals.RNG),
        SOCKETS.take(),
        &SECTOR,
        access_point,
        &mut flash,
    );
    // The console takes everything.
    let _ = writeln!(console, "last update: {}", firmware.last_update());

    // The loader takes an empty record behind a start on trial for this image's work, and gives it up.
    let mut trial = handoff.filter(|handoff| handoff.why == Why::Trial);
    let mut has_printed = false;
    loop {
        watchdog.feed();
        let now = clock.now();
        let next = firmware.turn(now, access_point, &mut flash, console);
        if let Some(trial) = trial.take_if(|_| firmware.is_trusted()) {
            let why = Why::Selected;
            image::leave_note(Handoff { why, ..trial });
        }
        firmware.press(now, button.is_low().unwrap_or(false), console);
        let (is_lit, blink) = firmware.led().at(now);
        // The LED hangs between the pin and 3.3 V: low is lit. Its pin cannot fail.
        let _ = match is_lit {
            true => led.set_low(),
            false => led.set_high(),
        };
        if has_printed {
            engine::print_line(now, console);
        }
        has_printed = console.pump();
        match next {
            Next::Restart => break,
            Next::Sleep(deadline) => {
                let soon = match has_printed {
                    true => blink,
                    false => now + CONSOLE_PERIOD,
                };
                sleep::until(deadline.min(soon), &mut clock, access_point);
            }
        }
    }
    // The flash chip does not notice the restart: nothing may be left halted.
    while matches!(flash.continue_erase(), Ok(false)) {}
    console.flush();
    Uart0::new().drain();
    reset::restart()
}

/// The network's master key; the console hears of a new one.
fn key(
    flash: &mut Flash<Spi0<engine::Lock>>,
    identity: &Identity,
    passphrase: Passphrase,
    ssid: &Ssid,
    console: &mut Console<Uart0>,
) -> Pmk {
    let Found { key, origin } = network_key::find(flash, identity, passphrase, ssid);
    let becomes = match origin {
        Origin::Flash => return key,
        Origin::Kept => "kept",
        Origin::Lost => "flash does not keep it",
    };
    // The console takes everything.
    let _ = writeln!(console, "network key derived: {becomes}");
    key
}

/// Bytes of the flash chip, by the capacity in its JEDEC id; 0 if it does not tell.
fn chip_len(flash: &mut Flash<Spi0<engine::Lock>>) -> u32 {
    match flash.jedec_id().unwrap_or(0) >> 16 & 0xFF {
        exponent @ 0x10..=0x1F => 1 << exponent,
        _ => 0,
    }
}

fn ssid(station: MacAddress) -> Ssid {
    let chosen = SSID.and_then(|name| Ssid::new(name.as_bytes()));
    let own = Ssid::with_address(SSID_PREFIX, station);
    chosen
        .or(own)
        .expect("the prefix leaves room for three bytes")
}

fn greet(console: &mut Console<Uart0>, identity: &Identity, handoff: Option<Handoff>, ssid: Ssid) {
    let Identity {
        build,
        map,
        chip_len,
        ..
    } = *identity;
    let (place, cause) = (identity.place(), reset::cause());
    // The console takes everything.
    let _ = writeln!(
        console,
        "\nd1-ota {VERSION}, build {build}, {place}, {cause}"
    );
    let _ = writeln!(
        console,
        "flash map {}, chip of {chip_len} bytes",
        map.name()
    );
    if handoff.is_none() {
        let _ = writeln!(console, "started by a loader that is not ours");
    }
    let key = TRUSTED_KEY.name();
    let _ = writeln!(console, "updates are to be signed by {key}{}", caveat());
    let _ = writeln!(console, "SSID {ssid}, channel {CHANNEL}, address {ADDRESS}");
    let _ = match PASSPHRASE {
        Some(passphrase) => writeln!(console, "passphrase {}", passphrase.as_str()),
        None => writeln!(console, "open: anybody can join"),
    };
}

/// A random word. The radio's noise makes it so; before the radio runs it is a guess.
fn random(generator: &RNG) -> u32 {
    generator.rng.read().bits()
}
