//! A device that sends anything at all hurts nobody.

use crate::guest::{MacDriver, Ram, AP_MAC};
use d1_emulator::air::{Air, StationConfig};
use d1_emulator::bus::Peripheral;
use d1_emulator::periph::rng::Rng;
use d1_emulator::time::Time;
use d1_emulator::wdev::Wdev;

const STATION: [u8; 6] = [0x02, 0xd1, 0, 0, 0, 1];

/// A frame with a plausible head and noise behind it.
fn noisy(rng: &mut Rng) -> Vec<u8> {
    let mut frame = vec![0; 24 + (rng.next_u32() % 120) as usize];
    rng.fill(&mut frame);
    let kinds = [0x80, 0x50, 0xb0, 0x10, 0x30, 0xc0, 0xa0, 0x08, 0x88, 0xd0];
    if !rng.next_u32().is_multiple_of(8) {
        frame[0] = kinds[rng.next_u32() as usize % kinds.len()];
        frame[1] = [0, 2, 2, 8][rng.next_u32() as usize % 4];
    }
    let to = [STATION, [0xff; 6]][rng.next_u32() as usize % 2];
    frame[4..10].copy_from_slice(&to);
    frame[10..16].copy_from_slice(&AP_MAC);
    frame[16..22].copy_from_slice(&AP_MAC);
    if frame[0] == 0x08 && frame.len() > 32 {
        frame[24..32].copy_from_slice(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]);
    }
    let end = (rng.next_u32() as usize % 150).clamp(10, frame.len());
    frame.truncate(end);
    frame
}

#[test]
fn stations_survive_noise_that_looks_like_frames() {
    let mut wdev = Wdev::new(Air::new(1), 1);
    let mut ram = Ram::new();
    let mut mac = MacDriver::start(&mut wdev, &mut ram, 4, 1600, Time::default());
    wdev.air().add_station(StationConfig::default());
    let mut rng = Rng::new(99);
    let mut now = Time::default();
    for _ in 0..20_000 {
        let frame = noisy(&mut rng);
        mac.send(&mut wdev, &mut ram, 0, &frame, 0xb, now);
        while wdev.read(0xc1c, now).unwrap_or(0) & 1 << 19 == 0 {
            now = now.max(wdev.next_event());
            wdev.poll(now, &mut ram);
        }
        mac.events(&mut wdev, now);
        while mac.receive(&mut wdev, &mut ram, now).is_some() {}
    }
}
