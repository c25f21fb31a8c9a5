//! The page in a real browser: headless Chromium clicks through updates of an emulated device.
//!
//! Pictures of what it shows are left in `screenshots` beside the images.

use std::fs;
use std::net::SocketAddr;

use d1_harness::browser::{Browser, View};
use d1_harness::live::{nobody, serve, Live};
use d1_harness::{image_directory, Fault, Images};
use d1_image::Slot;
use d1_signature::{sign, SecretKey};
use serde_json::json;

const PHONE: View = View {
    width: 390,
    height: 780,
    is_dark: false,
};
const DESKTOP: View = View {
    width: 1100,
    height: 700,
    is_dark: false,
};

fn answer(image: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", image.len());
    [head.as_bytes(), image].concat()
}

/// Pictures of the page as it is now, on phone and desktop, light and dark.
fn picture(browser: &Browser, name: &str) {
    let directory = image_directory().join("screenshots");
    fs::create_dir_all(&directory).expect("the images' directory is writable");
    for (size, view) in [("phone", PHONE), ("desktop", DESKTOP)] {
        for (scheme, is_dark) in [("light", false), ("dark", true)] {
            browser.set_view(View { is_dark, ..view });
            let file = directory.join(format!("{name}-{size}-{scheme}.png"));
            fs::write(file, browser.screenshot()).expect("the directory is there");
        }
    }
}

/// A browser, and the images of the devices whose pages it visits; none where there is no browser.
fn open() -> Option<(Browser, Images)> {
    Browser::open().map(|browser| (browser, Images::load()))
}

/// The browser on the page of a fresh device, whose image server is at `server`.
fn visit(browser: &Browser, name: &str, images: &Images, server: SocketAddr) -> Live {
    let device = Live::start(name, &images.flash, server);
    browser.visit(&device.url());
    browser.until_text("build 1");
    browser.until_text("begin update");
    device
}

/// Chooses that image for an upload, and sends it.
fn upload(browser: &Browser, name: &str) {
    let path = image_directory().join(name);
    browser.choose_file("#file", &path.canonicalize().expect("it is there"));
    browser.click("main button");
}

#[test]
fn an_update_is_begun_watched_and_confirmed_on_one_page() {
    let Some((browser, images)) = open() else {
        return;
    };
    let server = serve(answer(&images.user2));
    let _device = visit(&browser, "update", &images, server);
    browser.until("document.querySelector('#uptime').textContent > ''");
    picture(&browser, "idle");
    browser.value("void (window.isSame = true)");

    browser.click("main a");
    browser.until("document.querySelector('progress')?.value > 20000");
    browser.until("/KB\\/s, \\d+ s left/.test(document.querySelector('#rate').textContent)");
    picture(&browser, "updating");
    browser.until_text("Now build 2");
    browser.until_text("installed into user2, confirmed");
    picture(&browser, "updated");
    // No reload: what was said, and where the reader was, stays.
    assert_eq!(browser.value("window.isSame"), json!(true));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_failed_update_says_why_and_the_page_stays() {
    let Some((browser, images)) = open() else {
        return;
    };
    let device = visit(&browser, "no-server", &images, nobody());
    browser.click("main a");
    browser.until_text("Update failed: the connection was closed before an image came");
    browser.until_text("begin update");
    picture(&browser, "failed");
    drop(device);

    let html = answer(b"<!doctype html><title>Not here</title>");
    let _device = visit(&browser, "bad-server", &images, serve(html));
    browser.click("main a");
    browser.until_text("Update failed: what came was an HTML page");
}

#[test]
fn a_firmware_that_crashes_is_rolled_back_and_the_page_says_so() {
    let Some((browser, images)) = open() else {
        return;
    };
    let mut bad = Fault::PanicAtStart.image(Slot::Two);
    sign(&mut bad, &SecretKey::DEVELOPMENT).expect("it has a manifest");
    let _device = visit(&browser, "rollback", &images, serve(answer(&bad)));
    browser.click("main a");
    browser.until_text("Rolled back to build 1");
    browser.until_text("because user2 would not do");
    picture(&browser, "rolled-back");
}

#[test]
fn an_image_is_sent_from_the_browser_and_the_wrong_one_is_not() {
    let Some((browser, images)) = open() else {
        return;
    };
    let device = visit(&browser, "upload", &images, nobody());
    upload(&browser, "user1.bin");
    browser.until_text("That is not user2.bin: nothing was sent");
    // Both at once are fine too: the page picks.
    upload(&browser, "user2.bin");
    browser.until_text("Now build 2");
    assert!(device.console().contains("uploads user2.bin"));
}

#[test]
fn without_scripts_the_page_is_complete_and_its_form_works() {
    let Some((browser, images)) = open() else {
        return;
    };
    browser.set_scripts(false);
    let _device = visit(&browser, "plain", &images, nobody());
    let text = browser.text();
    for part in ["build 1", "user1 @ 0x1000", "begin update", "free RAM"] {
        assert!(text.contains(part), "no {part:?}: {text}");
    }
    upload(&browser, "user2.bin");
    browser.until_text("user2 is good (build 2), restarting into it");
}
