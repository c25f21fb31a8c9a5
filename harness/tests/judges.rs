//! What esptool says of our images, and tshark of our frames.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use d1_harness::{image_directory, Bench, Images, Judge, Wait};

#[test]
fn esptool_accepts_the_boot_loader_and_both_images() {
    let Some(esptool) = Judge::esptool() else {
        return;
    };
    for (name, segments) in [("boot.bin", 2), ("user1.bin", 3), ("user2.bin", 3)] {
        let path = image_directory().join(name);
        let arguments = [
            "--chip",
            "esp8266",
            "image_info",
            "--version",
            "2",
            path.to_str().expect("paths are UTF-8"),
        ];
        let said = esptool.ask(arguments);
        assert!(
            said.contains("Checksum:") && said.contains("(valid)"),
            "{name}: {said}"
        );
        let count = said
            .lines()
            .find_map(|line| line.strip_prefix("Segments: "))
            .and_then(|n| n.parse().ok());
        assert!(count >= Some(segments), "{name}: {said}");
    }
}

/// A file with all frames of a station that joins, looks at the page and has the device update itself; and the
/// network's name.
fn captured_story(images: &Images) -> (PathBuf, String) {
    // Tests of one process are threads.
    let (process, thread) = (std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(format!("d1-ota-{process}-{thread:?}.pcap"));
    let mut bench = Bench::on(images);
    let file = BufWriter::new(File::create(&path).expect("the temporary directory is writable"));
    bench
        .machine
        .air()
        .capture(Box::new(file))
        .expect("the capture's head is written");
    bench.join();
    let ssid = bench.station().network().expect("it has joined");
    bench.page();
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    bench.pass(Wait(500));
    (path, ssid)
}

/// How many frames of the capture `filter` finds, under those preferences.
fn count(tshark: &Judge, path: &Path, preferences: &[&str], filter: &str) -> usize {
    let path = path.to_str().expect("paths are UTF-8");
    let preferences = preferences.iter().flat_map(|preference| ["-o", preference]);
    let arguments = [
        "-r",
        path,
        "-Y",
        filter,
        "-T",
        "fields",
        "-e",
        "frame.number",
    ];
    let said = tshark.ask(arguments.into_iter().chain(preferences));
    said.lines().count()
}

#[test]
fn tshark_finds_the_whole_story_on_the_air_and_no_malformed_frame() {
    let Some(tshark) = Judge::tshark() else {
        return;
    };
    let (path, _) = captured_story(&Images::load());
    let count = |filter: &str| count(&tshark, &path, &[], filter);
    for (what, filter, at_least) in [
        ("beacons", "wlan.fc.type_subtype == 8", 15),
        ("probe responses", "wlan.fc.type_subtype == 5", 1),
        ("authentication", "wlan.fc.type_subtype == 11", 2),
        ("association request", "wlan.fc.type_subtype == 0", 1),
        (
            "association response",
            "wlan.fc.type_subtype == 1 && wlan.fixed.status_code == 0",
            1,
        ),
        ("DHCP", "dhcp", 4),
        ("the page", "http.response.code == 200", 1),
        (
            "the device's request for its image",
            "http.request.uri == \"/user2.bin\"",
            1,
        ),
    ] {
        assert!(
            count(filter) >= at_least,
            "{what}: {} frames, at least {at_least} expected",
            count(filter)
        );
    }
    assert_eq!(count("_ws.malformed"), 0, "malformed frames");
    std::fs::remove_file(&path).expect("the capture can be removed");
}

#[test]
fn tshark_decrypts_handshake_and_data_when_it_is_told_the_key() {
    decrypts(&Images::load_wpa2(), 0);
}

#[test]
fn tshark_decrypts_what_the_vendor_engine_sends_too() {
    if let Some(images) = Images::load_vendor_wpa2() {
        // After each of the two starts the libraries announce our membership of mDNS's group, under a key that
        // nobody has been given yet.
        decrypts(&images, 2);
    }
}

fn decrypts(images: &Images, group_frames_to_nobody: usize) {
    let Some(tshark) = Judge::tshark() else {
        return;
    };
    let psk = images.psk.clone().expect("this network has a key");
    let (path, ssid) = captured_story(images);
    let count = |key: &str, filter: &str| {
        let key = format!("uat:80211_keys:\"wpa-pwd\",\"{key}\"");
        let preferences = ["wlan.enable_decryption:TRUE", &key];
        count(&tshark, &path, &preferences, filter)
    };
    let (right, wrong) = (format!("{psk}:{ssid}"), format!("wrong horse:{ssid}"));
    let page = "http.response.code == 200";
    let image = "http.request.uri == \"/user2.bin\"";
    for (what, filter, at_least) in [
        ("messages of the handshake", "eapol.keydes.type == 2", 4),
        (
            "a group key in message 3",
            "wlan.rsn.ie.gtk_kde.key_id == 1",
            1,
        ),
        ("DHCP", "dhcp", 4),
        ("the page", page, 1),
        ("the device's request for its image", image, 1),
    ] {
        let found = count(&right, filter);
        assert!(
            found >= at_least,
            "{what}: {found} frames, at least {at_least} expected"
        );
    }
    for filter in ["dhcp", page, image, "arp", "ip"] {
        assert_eq!(count(&wrong, filter), 0, "{filter} without the key");
    }
    let unread = "wlan.fc.protected == 1 && !(ip || arp || eapol)";
    let unread_group = format!("{unread} && wlan.da[0:1] == 01");
    let unread_alone = format!("{unread} && !(wlan.da[0:1] == 01)");
    assert_eq!(
        count(&right, &unread_alone),
        0,
        "frames that do not decrypt"
    );
    assert_eq!(count(&right, &unread_group), group_frames_to_nobody);
    assert_eq!(count(&right, "_ws.malformed"), 0, "malformed frames");
    std::fs::remove_file(&path).expect("the capture can be removed");
}

#[test]
fn openssl_reads_our_keys_and_finds_our_signatures_true() {
    let Some(openssl) = Judge::openssl() else {
        return;
    };
    let room = std::env::temp_dir().join(format!("d1-ota-{}-keys", std::process::id()));
    std::fs::create_dir(&room).expect("the temporary directory is writable");
    let file = |name: &str| {
        room.join(name)
            .to_str()
            .expect("paths are UTF-8")
            .to_owned()
    };
    let (secret, public, message, signature) = (
        file("key.pem"),
        file("public.pem"),
        file("message"),
        file("signature"),
    );
    let key = d1ota::key::create(secret.as_ref()).expect("a new key");
    let pem = openssl.ask(["pkey", "-in", &secret, "-pubout"]);
    assert_eq!(pem, d1ota::key::public_pem(&key.public()).unwrap());

    let mut image = Images::load().user2;
    d1_signature::sign(&mut image, &key).expect("a manifest in front");
    let bytes = d1_signature::message(&image).expect("a manifest in front");
    std::fs::write(&public, pem).expect("writable");
    std::fs::write(&message, bytes).expect("writable");
    std::fs::write(&signature, &image[16 + 64..16 + 128]).expect("writable");
    let said = openssl.ask([
        "pkeyutl", "-verify", "-pubin", "-inkey", &public, "-rawin", "-in", &message, "-sigfile",
        &signature,
    ]);
    assert!(said.contains("Signature Verified Successfully"), "{said}");

    // And the other way round: what it signs, we find true.
    openssl.ask([
        "pkeyutl", "-sign", "-inkey", &secret, "-rawin", "-in", &message, "-out", &signature,
    ]);
    image[16 + 64..16 + 128].copy_from_slice(&std::fs::read(&signature).expect("readable"));
    let found = d1_signature::examine(&image, &key.public());
    assert_eq!(found, d1_signature::Signed::Truly);
    std::fs::remove_dir_all(&room).expect("the room can be removed");
}
