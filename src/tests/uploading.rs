//! Images that come in the request itself.

use super::bad_server::recovers;
use super::story::boots;
use super::triggering::A_MOMENT;
use super::*;
use crate::update::{Failure, Phase};
use d1_image::intake::Refusal;

fn good() -> Vec<u8> {
    image(Slot::Two, 2, 30_000)
}

/// Begins to send `body`, announced as `len` bytes, by the page's form.
fn begin(world: &mut World, body: &[u8], len: usize) -> usize {
    let path = world.link_before("upload?", "\">\n<label");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nOrigin: http://192.168.123.1\r\n\
         Content-Length: {len}\r\n\r\n"
    );
    let connection = world.station.connect(88);
    world.station.send(connection, head.as_bytes());
    world.station.send(connection, body);
    connection
}

#[track_caller]
fn installs(body: &[u8]) {
    let mut world = World::joined(vec![]);
    let watch = begin(&mut world, body, body.len());
    world.until("the restart", |world| world.has_restarted);
    assert!(world.console.contains("uploads user2.bin\n"));
    let report = world.station.take_text(watch);
    assert!(
        report.contains("user2 is good (build 2), restarting into it"),
        "{report}"
    );
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
    assert_eq!(world.chip.violations(), []);
    assert!(world.server.requests.is_empty());
}

#[test]
fn an_image_in_the_request_is_installed_like_a_fetched_one() {
    installs(&good());
}

#[test]
fn an_image_in_a_form_is_installed_too() {
    let before = "------WebKitFormBoundary0123456789abcdef\r\n\
        Content-Disposition: form-data; name=\"image\"; filename=\"user2.bin\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n";
    let behind = "\r\n------WebKitFormBoundary0123456789abcdef--\r\n";
    installs(&[before.as_bytes(), &good(), behind.as_bytes()].concat());
}

#[track_caller]
fn fails_before_flash(body: &[u8], len: usize, cause: Failure) {
    let mut world = World::joined(vec![]);
    let before = world.chip.operations();
    let watch = begin(&mut world, body, len);
    world.until_console("update failed: ");
    assert_eq!(world.firmware.update().failure(), Some(cause));
    // The history has a cell more.
    assert_eq!(world.chip.operations(), before + 1, "flash was touched");
    recovers(world, watch, cause);
}

#[test]
fn the_other_slots_image_is_refused_before_anything_is_erased() {
    let wrong = image(Slot::One, 2, 30_000);
    let cause = Failure::NotForUs(Refusal::WrongSlot { found: Slot::One });
    fails_before_flash(&wrong, wrong.len(), cause);
}

#[test]
fn what_is_larger_than_the_slot_is_refused_before_anything_is_erased() {
    let slot = MAP.slot(Slot::Two).len;
    let cause = Failure::TooLarge {
        image: slot + 1,
        slot,
        flash: MAP.flash_len(),
    };
    fails_before_flash(&good(), slot as usize + 1, cause);
}

#[test]
fn a_connection_that_is_lost_in_the_middle_leaves_the_old_firmware_in_charge() {
    let good = good();
    for is_reset in [false, true] {
        let mut world = World::joined(vec![]);
        let watch = begin(&mut world, &good[..20_000], good.len());
        world.until("all of the bytes to go out", |world| {
            world.station.has_sent(watch)
        });
        match is_reset {
            false => world.station.close(watch),
            true => world.station.abort(watch),
        }
        world.until_console("update failed: ");
        let failure = world.firmware.update().failure();
        assert!(
            matches!(failure, Some(Failure::Truncated { expected, .. }) if expected as usize == good.len()),
            "{failure:?}"
        );
        assert_eq!(boots(&world.chip), (Slot::One, 1));
    }
}

#[test]
fn an_upload_that_stands_still_is_given_up_and_the_device_stays_reachable() {
    let good = good();
    let mut world = World::joined(vec![]);
    let watch = begin(&mut world, &good[..9_000], good.len());
    world.until_console("update failed: ");
    let received = 9_000;
    let cause = Failure::Stalled { received };
    assert_eq!(world.firmware.update().failure(), Some(cause));
    recovers(world, watch, cause);
}

#[test]
fn without_the_pages_token_nothing_is_taken() {
    let mut world = World::joined(vec![]);
    let body = good();
    for (query, field, status) in [
        ("", "", "403"),
        ("?token=0123456789abcdef", "", "403"),
        ("TOKEN", "Origin: http://evil.example\r\n", "403"),
        ("TOKEN", "Sec-Fetch-Site: cross-site\r\n", "403"),
        ("TOKEN", "Host: evil.example\r\n", "421"),
    ] {
        let good_query = world.link("begin update").replace("/?", "?");
        let query = query.replace("TOKEN", &good_query);
        let host = match field.starts_with("Host") {
            true => "",
            false => "Host: 192.168.123.1:88\r\n",
        };
        let head = format!(
            "PUT /upload{query} HTTP/1.1\r\n{host}{field}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = world.exchange(88, &[head.as_bytes(), &body].concat());
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{query} {field}: {answer}");
        world.pass(A_MOMENT);
    }
    assert_eq!(world.firmware.update().attempt(), 0);
}

#[test]
fn a_second_upload_is_told_of_the_first_and_changes_nothing() {
    let mut world = World::joined(vec![]);
    let good = good();
    let first = begin(&mut world, &good[..9_000], good.len());
    world.until_written(7_936);
    let path = world.link("abort update").replace("/abort?", "/upload?");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nContent-Length: {}\r\n\r\n",
        good.len()
    );
    let second = world.exchange(88, request.as_bytes());
    assert!(second.starts_with("HTTP/1.1 409 "), "{second}");
    assert_eq!(world.firmware.update().phase(), Phase::Receiving);
    world.station.send(first, &good[9_000..]);
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (Slot::Two, 2));
}

#[test]
fn an_upload_can_be_ended() {
    let mut world = World::joined(vec![]);
    let good = good();
    let watch = begin(&mut world, &good[..9_000], good.len());
    world.until_written(7_936);
    let path = world.link("abort update");
    let answer = world.get(88, &path);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    recovers(world, watch, Failure::Aborted);
}
