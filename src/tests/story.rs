//! What the update is for: the other slot, and back.

use super::*;
use crate::update::LastUpdate;
use d1_image::decision::{decide, Decision, ImageStatus};
use d1_image::record::{Kind, Reason};
use d1_image::verify::verify;
use d1_image::verify::Fault;

/// What the boot loader would start, from what flash holds.
#[track_caller]
pub fn boots(chip: &Chip) -> (Slot, u32) {
    let contents = chip.contents();
    let newest = d1_image::record::scan(&mut &contents[..], MAP)
        .unwrap()
        .newest();
    let mut images = [ImageStatus::Unknown; 2];
    loop {
        match decide(newest.as_ref(), images) {
            Decision::Nothing => panic!("nothing boots"),
            Decision::Verify(slot) => {
                let start = MAP.slot(slot).start.get() as usize;
                images[slot.index()] = match verify(&mut &contents[start..], MAP, slot) {
                    Ok(verified) => ImageStatus::Good {
                        build: verified.build,
                    },
                    Err(fault) => ImageStatus::Bad(fault),
                };
            }
            Decision::Boot { slot, .. } => match images[slot.index()] {
                ImageStatus::Good { build } => return (slot, build),
                status => panic!("boots {status:?}"),
            },
        }
    }
}

#[track_caller]
fn update(world: &mut World, slot: Slot, build: u32) {
    world
        .server
        .set_script(Act::image(&image(slot, build, 30_000)));
    world.console.clear();
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    assert_eq!(boots(&world.chip), (slot, build));
    world.restart(slot, build);
}

#[test]
fn an_update_goes_to_the_other_slot_and_the_next_one_back() {
    let mut world = World::joined(vec![]);
    assert_eq!(boots(&world.chip), (Slot::One, 1));
    update(&mut world, Slot::Two, 2);
    assert!(world.server.requests[0].starts_with("GET /user2.bin HTTP/1.1\r\n"));
    update(&mut world, Slot::One, 3);
    assert!(world.server.requests[1].starts_with("GET /user1.bin HTTP/1.1\r\n"));
    update(&mut world, Slot::Two, 4);
    assert_eq!(world.chip.violations(), []);
}

#[test]
fn the_console_tells_the_update_line_by_line() {
    let image = image(Slot::Two, 2, 30_000);
    let mut world = World::joined(Act::image(&image));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let lines: Vec<&str> = world.console.lines().collect();
    assert_eq!(
        lines[0],
        "update: asking 192.168.123.100:8888 for /user2.bin"
    );
    assert_eq!(lines[1], format!("update: receiving {} bytes", image.len()));
    assert!(
        lines[2].contains(" of 30260 bytes in flash ("),
        "{}",
        lines[2]
    );
    let [.., all, verifying, done] = lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(
        all,
        format!("update: {0} of {0} bytes in flash (100 %)", image.len())
    );
    assert_eq!(verifying, "update: reading back and verifying");
    assert_eq!(done, "update: user2 is good (build 2), restarting into it");
}

#[test]
fn the_requester_watches_the_update_and_is_led_back_to_the_page() {
    let mut world = World::joined(Act::image(&image(Slot::Two, 2, 30_000)));
    let watch = world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let report = world.station.take_text(watch);
    assert!(report.starts_with("HTTP/1.1 200 OK\r\n"), "{report}");
    assert!(report.contains("update: receiving"), "{report}");
    assert!(report.contains("restarting into it\n</pre>"), "{report}");
    assert!(
        report.contains("content=\"10;url=http://192.168.123.1:80/\""),
        "{report}"
    );
}

#[test]
fn a_new_image_boots_on_trial_and_the_first_request_confirms_it() {
    let mut world = World::joined(Act::image(&image(Slot::Two, 2, 30_000)));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    let newest = crate::update::record::newest(&mut world.chip, MAP).unwrap();
    assert_eq!(newest.kind, Kind::Select { trial: true });
    assert_eq!(
        (newest.slot, newest.from_build, newest.to_build),
        (Slot::Two, 1, 2)
    );

    world.restart(Slot::Two, 2);
    assert_eq!(world.firmware.last_update(), LastUpdate::OnTrial(Slot::Two));
    let start = world.now;
    let page = world.get(80, "/");
    assert!(world.now < start + crate::health::QUIET_TIME);
    assert!(
        page.contains("build 2\n") && page.contains("user2 @ 0x81000"),
        "{page}"
    );
    assert!(
        world.console.contains("confirmed: user2 stays"),
        "{}",
        world.console
    );
    let newest = crate::update::record::newest(&mut world.chip, MAP).unwrap();
    assert_eq!(newest.kind, Kind::Confirm);
    assert!(world
        .get(80, "/")
        .contains("installed into user2, confirmed"));
}

#[test]
fn a_new_image_confirms_itself_when_nobody_asks_and_not_before_its_time() {
    let mut world = World::joined(Act::image(&image(Slot::Two, 2, 30_000)));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
    world.restart(Slot::Two, 2);
    world.console.clear();
    world.pass(Duration::from_secs(9));
    assert_eq!(world.console, "");
    world.pass(Duration::from_secs(2));
    assert_eq!(world.console, "confirmed: user2 stays\n");
}

#[test]
fn after_a_fall_back_the_page_says_which_slot_and_why() {
    let mut world = World::fallen_back(Reason::Bad(Fault::BadCrc));
    let page = world.get(80, "/");
    assert!(
        page.contains("fell back to user1, because user2 would not do: CRC"),
        "{page}"
    );
    assert!(world
        .get(80, "/status.json")
        .contains("\"last\":\"fell-back\""));
}
