//! Firmware that goes wrong on purpose: what the boot loader and the watchdog have to cope with.
//!
//! For tests only (feature `faults`). One program has every fault; the word behind [`MARK`] says which one it
//! commits, so that a test can choose by patching the image.

use core::fmt::Write;
use core::mem::{self, MaybeUninit};

use d1_flash::spi0::{Interrupts, Spi0};
use d1_image::layout::SECTOR_LEN;
use d1_wifi::Ssid;
use embedded_storage::nor_flash::NorFlash;
use esp8266_hal::ehal::watchdog::{Watchdog, WatchdogEnable};
use esp8266_hal::target::Peripherals;
use esp8266_hal::watchdog::{StageTimeout, WatchdogExt};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;

use crate::baseline;
use crate::chip::clock::{self, Clock};
use crate::chip::place::{self, Place};
use crate::chip::uart::Uart0;
use crate::chip::{image, reset};
use crate::console::Console;
use crate::firmware::{AccessPoint, Firmware, Next, Start};
use crate::network::Storage;
use crate::update::sector::Sector;

/// What a test looks for; the fault's number stands behind it.
const MARK: [u32; 3] = [0x6372_6173, 0x6820_6F6E, 0x2070_7572];
// In a segment: the sum that a test corrects is over those.
#[link_section = ".data.fault"]
static FAULT: [u32; 4] = [MARK[0], MARK[1], MARK[2], 0];

static SOCKETS: Place<Storage> = Place::new(Storage::new());
#[link_section = ".bss.iram"]
static SECTOR: Sector = Sector::new();
static BASELINE: Place<baseline::Memory> = Place::new([0; size_of::<baseline::Memory>()]);
static FIRMWARE: Place<MaybeUninit<Firmware>> = Place::new(MaybeUninit::uninit());

type Flash = d1_flash::Flash<Spi0<Interrupts>>;

/// Starts, says which fault it is about to commit, and commits it.
pub fn start() -> ! {
    let peripherals = Peripherals::take().expect("the program starts once");
    Uart0::new().drain();
    clock::start_pll(peripherals.RTCCNTL);
    Uart0::new().set_rate();
    let mut watchdog = peripherals.WDT.watchdog();
    watchdog.start((StageTimeout::Stage336Sec, StageTimeout::Stage336Sec));
    let mut flash = Flash::new(
        Spi0::new(peripherals.SPI0, Interrupts::new()),
        image::flash_map().flash_len(),
    );

    // SAFETY: an ordinary static; volatile, since tests change it in the image.
    let fault = unsafe { (&raw const FAULT).read_volatile() }[3];
    let mut console = Console::<_, 64>::new(Uart0::new());
    // The console takes everything.
    let _ = writeln!(console, "\nfault {fault}");
    console.flush();
    // Some faults reset the chip before it could be read.
    Uart0::new().drain();
    match fault {
        1 => panic!("on purpose"),
        2 => hang(),
        3 => {
            xtensa_lx::interrupt::disable();
            hang()
        }
        4 => jump_into_the_wild(),
        5 => {
            overflow(fault);
            hang()
        }
        6 => be_deaf(&mut flash, || watchdog.feed()),
        7 => {
            erase_record(&mut flash);
            hang()
        }
        8 => {
            erase_record(&mut flash);
            panic!("after erasing the boot record")
        }
        9 => be_slow(&mut flash, || watchdog.feed()),
        _ => hang(),
    }
}

fn hang() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

fn jump_into_the_wild() -> ! {
    // SAFETY: there is none: nothing is at this address. That is the fault.
    let nowhere: extern "C" fn() -> ! = unsafe { mem::transmute(0x2BAD_0000_usize) };
    nowhere()
}

#[allow(unconditional_recursion)] // the fault
#[inline(never)]
fn overflow(depth: u32) -> u32 {
    let frame = core::hint::black_box([depth; 64]);
    overflow(depth + 1) + core::hint::black_box(frame)[depth as usize % 64]
}

fn erase_record(flash: &mut Flash) {
    for sector in image::flash_map().record_sectors() {
        // Nothing depends on it but the point of the exercise, and the test looks.
        let _ = flash.erase(sector.get(), sector.get() + SECTOR_LEN);
    }
}

/// Updates, but as others do.
fn be_slow(flash: &mut Flash, feed: impl FnMut()) -> ! {
    let config = d1_wifi::Config {
        ssid: Ssid::new(b"baseline").expect("it is short"),
        channel: d1_wifi::Channel::new(6).expect("a channel"),
        key: None,
    };
    let identity = image::identity(image::handoff(), u32::MAX);
    let console = &mut Console::new(Uart0::new());
    baseline::run(flash, BASELINE.take(), &identity, config, console, feed)
}

/// The whole firmware, in good order, on a radio that is dead.
fn be_deaf(flash: &mut Flash, mut feed: impl FnMut()) -> ! {
    let mut clock = Clock::start();
    let mut console = Console::<_, 512>::new(Uart0::new());
    let start = Start {
        now: clock.now(),
        identity: image::identity(image::handoff(), u32::MAX),
        ssid: Ssid::new(b"nobody hears").expect("it is short"),
        reset: reset::cause(),
        free: place::free,
    };
    let firmware = Firmware::start(
        FIRMWARE.take(),
        start,
        &mut || 4,
        SOCKETS.take(),
        &SECTOR,
        &mut DeadRadio,
        flash,
    );
    loop {
        feed();
        let next = firmware.turn(clock.now(), &mut DeadRadio, flash, &mut console);
        console.pump();
        if next == Next::Restart {
            console.flush();
            Uart0::new().drain();
            reset::restart()
        }
    }
}

struct DeadRadio;

impl AccessPoint for DeadRadio {
    fn poll(&mut self, _: Instant) {}

    fn deadline(&self) -> Instant {
        Instant::from_secs(1_000_000)
    }

    fn address(&self) -> EthernetAddress {
        EthernetAddress([2, 0, 0, 0, 0, 0])
    }

    fn is_joined(&self, _: EthernetAddress) -> bool {
        false
    }

    fn station_count(&self) -> usize {
        0
    }

    fn is_beaconing(&self) -> bool {
        false
    }
}

/// Never made.
enum Token {}

impl RxToken for Token {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, _: F) -> R {
        match self {}
    }
}

impl TxToken for Token {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, _: usize, _: F) -> R {
        match self {}
    }
}

impl Device for DeadRadio {
    type RxToken<'a> = Token;
    type TxToken<'a> = Token;

    fn receive(&mut self, _: Instant) -> Option<(Token, Token)> {
        None
    }

    fn transmit(&mut self, _: Instant) -> Option<Token> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}
