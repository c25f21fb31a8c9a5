//! Trouble on the air, the same for both engines: nothing crashes, nothing leaks, and who behaves is served.

use d1_emulator::air::Saving;
use d1_harness::beacons::Beacons;
use d1_harness::{frame, Bench, Images, Wait};

use super::either::*;

on_both! {
    a_silent_station_is_sent_away_after_five_minutes_and_its_place_is_free
    stations_come_back_after_a_restart
    a_station_that_never_acknowledges_holds_up_nobody
    ghosts_that_associate_take_nobodys_place
    a_storm_of_broadcasts_passes
    requests_for_more_addresses_than_there_are_do_no_harm
    malformed_frames_do_no_harm
    malformed_frames_do_no_harm_under_a_key
    oversized_and_fragmented_frames_do_no_harm
}

const DEAUTHENTICATION: u8 = 0xc0;
/// Both engines wait for five minutes before they think that a station is gone; the libraries then look every few
/// seconds, and ours asks it first.
const INACTIVITY: Wait = Wait(300_000);
const GRACE: Wait = Wait(15_000);

fn bench(engine: Engine) -> Option<Bench> {
    Some(Bench::with(&engine.images()?))
}

/// Runs `trouble`, and sees that afterwards the first station is served as before and all memory is back.
fn survives(bench: &mut Bench, engine: Engine, trouble: impl FnOnce(&mut Bench)) {
    survives_with(bench, engine, false, trouble);
}

/// The same, where the network may have a key.
fn survives_with(
    bench: &mut Bench,
    engine: Engine,
    has_key: bool,
    trouble: impl FnOnce(&mut Bench),
) {
    bench.page();
    bench.pass(Wait(3_000));
    let before = engine.free_heap(bench, has_key);
    trouble(bench);
    bench.pass(Wait(5_000));
    bench.join();
    assert!(bench.page().contains("begin update"));
    bench.pass(Wait(3_000));
    let after = engine.free_heap(bench, has_key);
    assert!(after + 512 >= before, "{before} bytes free, then {after}");
    assert_faultless(bench);
}

fn a_silent_station_is_sent_away_after_five_minutes_and_its_place_is_free(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    let others = add_stations(&mut bench, 1, engine.places() - 1, Saving::Never);
    join_all(&mut bench, &others);
    bench.machine.air().station(others[0]).vanish();
    bench.pass(Wait(INACTIVITY.0 - GRACE.0));
    let air = Beacons::listen(&mut bench);
    bench.pass(Wait(2 * GRACE.0));
    let gone = [0x02, 0xd1, 0, 0, 1, 0];
    let told = air.frames(DEAUTHENTICATION);
    assert!(told.iter().any(|heard| heard.frame[4..10] == gone));
    assert!(told.iter().all(|heard| heard.frame[4..10] == gone));
    let next = add_stations(&mut bench, 2, 1, Saving::Never);
    join_all(&mut bench, &next);
    assert!(page_by(&mut bench, next[0]).contains("begin update"));
    assert_faultless(&bench);
}

fn stations_come_back_after_a_restart(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    let others = add_stations(&mut bench, 1, 2, Saving::Never);
    join_all(&mut bench, &others);
    let joins = bench.station().joins();
    bench.machine.press_reset();
    bench.until("everybody to join again", Wait(20_000), |bench| {
        bench.station().joins() > joins
    });
    bench.join();
    join_all(&mut bench, &others);
    assert!(bench.page().contains("begin update"));
    assert_faultless(&bench);
}

fn a_station_that_never_acknowledges_holds_up_nobody(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    let others = add_stations(&mut bench, 1, 1, Saving::Never);
    join_all(&mut bench, &others);
    survives(&mut bench, engine, |bench| {
        for _ in 0..3 {
            // In the middle of an answer.
            let air = bench.machine.air();
            let conn = air.station(others[0]).connect(80);
            bench.until("its connection", Wait::PAGE, |bench| {
                bench.machine.air().station(others[0]).is_established(conn)
            });
            let request = b"GET / HTTP/1.1\r\nHost: 192.168.123.1\r\n\r\n";
            let station = bench.machine.air().station(others[0]);
            station.send(conn, request);
            bench.pass(Wait(5));
            bench.machine.air().station(others[0]).vanish();
            let from = bench.machine.now();
            assert!(bench.page().contains("begin update"));
            let took = bench.machine.now() - from;
            assert!(took.as_micros() < 1_000_000, "{took:?}");
            // Until its connection is given up.
            bench.pass(Wait(12_000));
            bench.machine.air().station(others[0]).rejoin();
            join_all(bench, &others);
        }
    });
}

fn ghosts_that_associate_take_nobodys_place(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    let ssid = b"D1-OTA-DDEEAA";
    survives(&mut bench, engine, |bench| {
        for ghost in 0..60 {
            let from = [0x02, 0xd1, 9, 9, 9, ghost];
            let request = frame(0xb0, 0, [DEVICE, from, DEVICE], &[0, 0, 1, 0, 0, 0]);
            bench.station().say(request);
            bench.pass(Wait(20));
            let mut body = vec![0x21, 0, 10, 0, 0, ssid.len() as u8];
            body.extend(ssid);
            body.extend([1, 8, 0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 72]);
            bench
                .station()
                .say(frame(0x00, 0, [DEVICE, from, DEVICE], &body));
            bench.pass(Wait(30));
            if ghost % 20 == 0 {
                bench.page();
            }
        }
        // Ours notices that nobody acknowledges the answer. The libraries let ghosts have their places, until they are
        // told to send away who has said nothing for 15 seconds.
        if engine == Engine::Vendor {
            bench.pass(Wait(17_000));
        }
        let newcomer = add_stations(bench, 3, 1, Saving::Never);
        join_all(bench, &newcomer);
        assert!(page_by(bench, newcomer[0]).contains("begin update"));
        bench.machine.air().station(newcomer[0]).leave();
    });
}

fn a_storm_of_broadcasts_passes(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    let others = add_stations(&mut bench, 1, 1, Saving::Never);
    join_all(&mut bench, &others);
    survives(&mut bench, engine, |bench| {
        // An ARP request for somebody who is not there, as often as the air takes it.
        let mut request = vec![0, 1, 8, 0, 6, 4, 0, 1];
        request.extend(FIRST);
        request.extend([192, 168, 123, 100, 0, 0, 0, 0, 0, 0, 192, 168, 123, 77]);
        for _ in 0..400 {
            let storm = data(FIRST, [0xff; 6], 0x0806, &request);
            bench.station().say(storm);
            bench.pass(Wait(3));
        }
        let page = page_by(bench, others[0]);
        assert!(page.contains("begin update"));
    });
}

/// A DHCP discover from `client` on its way through the first station.
fn discover(client: [u8; 6]) -> Vec<u8> {
    let mut dhcp = vec![1, 1, 6, 0];
    dhcp.extend([0x39, 3, client[4], client[5], 0, 0, 0x80, 0]);
    dhcp.extend([0; 16]);
    dhcp.extend(client);
    dhcp.resize(236, 0);
    dhcp.extend([99, 130, 83, 99, 53, 1, 1, 255]);
    let udp_len = 8 + dhcp.len() as u16;
    let mut packet = vec![0x45, 0];
    packet.extend((20 + udp_len).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]);
    let sum = checksum(&packet);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend([0, 68, 0, 67]);
    packet.extend(udp_len.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(dhcp);
    data(FIRST, [0xff; 6], 0x0800, &packet)
}

fn requests_for_more_addresses_than_there_are_do_no_harm(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    survives(&mut bench, engine, |bench| {
        for client in 0..120 {
            bench.station().say(discover([0x02, 0xd1, 7, 7, 7, client]));
            bench.pass(Wait(15));
        }
        // Offers that nobody took are soon forgotten.
        let newcomer = add_stations(bench, 4, 1, Saving::Never);
        bench.until("an address for the newcomer", Wait(90_000), |bench| {
            has_address(bench, newcomer[0])
        });
        bench.machine.air().station(newcomer[0]).leave();
    });
}

fn malformed_frames_do_no_harm(engine: Engine) {
    if let Some(images) = engine.images() {
        survives_malformed_frames(engine, &images);
    }
}

fn malformed_frames_do_no_harm_under_a_key(engine: Engine) {
    if let Some(images) = engine.images_with_key() {
        survives_malformed_frames(engine, &images);
    }
}

/// From the first station and from strangers; under a key, also from within what it protects.
fn survives_malformed_frames(engine: Engine, images: &Images) {
    let mut bench = Bench::with(images);
    let mut random = fastrand::Rng::with_seed(8266);
    // Management, data, QoS data, null and control frames. Leaving is no malformed frame: whoever says so is
    // believed.
    let kinds = [
        0x00, 0x20, 0x40, 0xb0, 0xd0, 0x08, 0x88, 0x48, 0xa4, 0xb4, 0x84,
    ];
    survives_with(&mut bench, engine, images.psk.is_some(), |bench| {
        for round in 0..300 {
            let kind = kinds[round % kinds.len()];
            let mut body = vec![0; random.usize(..200)];
            random.fill(&mut body);
            let flags = match kind & 0x0c {
                0x08 => 0x01 | [0, 0x04, 0x40][random.usize(..3)],
                _ => 0,
            };
            let from = match round % 4 {
                0 => [0x02, 0xd1, 8, 8, 8, random.u8(..3)],
                _ => FIRST,
            };
            let mut bytes = frame(kind, flags, [DEVICE, from, DEVICE], &body);
            if random.bool() {
                bytes.truncate(random.usize(10..bytes.len()));
            }
            bench.station().say(bytes);
            bench.pass(Wait(5));
            // IPv4, ARP, EAPOL, and what nobody has heard of.
            let kind = [0x0800_u16, 0x0806, 0x888e, 0x1234][round % 4];
            let head = [&DEVICE[..], &FIRST, &kind.to_be_bytes()].concat();
            bench.station().say_ethernet(&[head, body].concat());
            bench.pass(Wait(5));
        }
        // Who was let in by chance leaves.
        for number in 0..3 {
            let stranger = [0x02, 0xd1, 8, 8, 8, number];
            bench
                .station()
                .say(frame(0xc0, 0, [DEVICE, stranger, DEVICE], &[3, 0]));
            bench.pass(Wait(20));
        }
    });
}

fn oversized_and_fragmented_frames_do_no_harm(engine: Engine) {
    let Some(mut bench) = bench(engine) else {
        return;
    };
    survives(&mut bench, engine, |bench| {
        for round in 0..60 {
            let len = [1_497, 1_530, 1_600, 2_000, 2_304][round % 5];
            let mut bytes = data(FIRST, DEVICE, 0x0800, &vec![0x45; len]);
            // Whole; a first fragment; a second one without a first.
            match round % 3 {
                1 => bytes[1] |= 0x04,
                2 => bytes[22] |= 0x01,
                _ => {}
            }
            bench.station().say(bytes);
            bench.pass(Wait(40));
        }
    });
}
