//! The capture is what Wireshark understands.

use std::fs::File;
use std::process::Command;

use crate::guest::World;
use d1_emulator::air::StationConfig;

fn record(path: &std::path::Path) {
    let mut world = World::new(1);
    let file = File::create(path).unwrap();
    world.wdev.air().capture(Box::new(file)).unwrap();
    let station = world.wdev.air().add_station(StationConfig::default());
    let conn = world.station(station).connect(80);
    let mut back = Vec::new();
    let mut sent = 0;
    world.run_until("the echo", 10_000_000, |world| {
        let station = world.station(station);
        sent += station.send(conn, &b"GET / HTTP/1.1\r\n\r\n"[sent..]);
        back.extend(station.recv(conn));
        back.len() >= 18
    });
    world.station(station).leave();
    world.run(200_000);
    assert!(world.wdev.air().capture_error().is_none());
}

/// One line for each frame: type and subtype, SSID, protocols, malformed?, data rate.
fn tshark(path: &std::path::Path) -> Option<Vec<Vec<String>>> {
    let fields = [
        "wlan.fc.type_subtype",
        "wlan.ssid",
        "frame.protocols",
        "_ws.malformed",
        "wlan_radio.data_rate",
        "tcp.flags.syn",
    ];
    let mut command = Command::new("tshark");
    command.arg("-r").arg(path).args(["-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    match command.output() {
        Ok(run) => {
            let complaint = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success(), "{complaint}");
            let text = String::from_utf8_lossy(&run.stdout).into_owned();
            let columns = |line: &str| line.split('\t').map(str::to_string).collect();
            Some(text.lines().map(columns).collect())
        }
        Err(error) => {
            println!(
                "skipped: tshark does not run ({error}); `apt install tshark` enables this test"
            );
            None
        }
    }
}

#[test]
fn tshark_finds_every_step_and_nothing_malformed() {
    let path = std::env::temp_dir().join(format!("d1-air-{}.pcap", std::process::id()));
    record(&path);
    let frames = tshark(&path);
    std::fs::remove_file(&path).unwrap();
    let Some(frames) = frames else {
        return;
    };
    let count = |found: &dyn Fn(&[String]) -> bool| frames.iter().filter(|it| found(it)).count();
    let kind = |code: &'static str| count(&|it| it[0] == code);
    // The field is the name in hexadecimal, or in clear, depending on the version.
    let name = ["D1-OTA-DDEEAA", "44312d4f54412d444445454141"];
    let beacons = count(&|it| it[0] == "0x0008" && name.contains(&it[1].as_str()));
    assert!(
        beacons > 2 && kind("0x001d") > 10,
        "beacons, ACKs: {frames:?}"
    );
    assert_eq!((kind("0x0004"), kind("0x0005")), (1, 1), "probing");
    assert_eq!(kind("0x000b"), 2, "authentication");
    assert_eq!((kind("0x0000"), kind("0x0001")), (1, 1), "association");
    assert_eq!(kind("0x000c"), 1, "deauthentication");
    assert_eq!(count(&|it| it[2].ends_with(":dhcp")), 4);
    assert_eq!(
        count(&|it| matches!(it[5].as_str(), "1" | "True")),
        2,
        "SYN"
    );
    assert_eq!(count(&|it| !it[3].is_empty()), 0, "malformed");
    assert!(count(&|it| it[4] == "24") > 2);
}
