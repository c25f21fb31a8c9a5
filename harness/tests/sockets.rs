//! The story over real sockets, as `cargo xtask run` lives it: browser, page, trigger, server, flash file.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{mpsc, Arc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use d1_harness::live::free_pair;
use d1_harness::{image_directory, Images, Response};
use d1ota::session::Session;

/// A test that waits longer hangs: the emulator is slow on a busy machine, but not that slow.
const HANG: Duration = Duration::from_secs(300);

/// A running session.
struct Running {
    stop: Arc<AtomicBool>,
    page_port: u16,
    thread: JoinHandle<()>,
}

impl Running {
    fn start(flash: &PathBuf) -> Running {
        let page_port = free_pair();
        let mut session = Session::new(flash, &image_directory());
        session.server_port = 0;
        session.device.listen = Some(page_port);
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let (opened, is_open) = mpsc::channel();
        let thread = thread::spawn(move || {
            let ready = session
                .open()
                .unwrap_or_else(|problem| panic!("{problem:?}"));
            opened.send(()).expect("the test waits for this");
            ready
                .run(&seen)
                .unwrap_or_else(|problem| panic!("{problem:?}"));
        });
        is_open.recv().expect("the session opens");
        Running {
            stop,
            page_port,
            thread,
        }
    }

    /// Asks until the page satisfies `wanted`.
    fn page_until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let begin = Instant::now();
        while begin.elapsed() < HANG {
            // An answer may be cut by a restart.
            if let Ok(response) = get(self.page_port, "/") {
                if response.status == 200 && wanted(&response.body) {
                    return response.body;
                }
                last = response.body;
            }
            assert!(
                !self.thread.is_finished(),
                "the session ended while the test waited for {what}"
            );
            thread::yield_now();
        }
        panic!("no page with {what}; the last one was: {last}");
    }

    /// Follows the page's link to begin an update; the whole report.
    fn update(&self) -> Response {
        let link = format!("http://localhost:{}/", self.page_port + 8);
        let page = self.page_until("the link to the trigger", |page| page.contains(&link));
        let (_, query) = page.split_once(&link).expect("it is there");
        let query = query.split('"').next().expect("a first piece");
        get(self.page_port + 8, &format!("/{query}")).expect("the trigger answers")
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the session ends well");
    }
}

fn get(port: u16, path: &str) -> Result<Response, String> {
    let mut stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| error.to_string())?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    )
    .map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .map_err(|error| error.to_string())?;
    Response::parse(&answer)
}

#[test]
fn page_update_and_power_cycle_on_one_flash_file() {
    let flash = std::env::temp_dir().join(format!("d1-ota-{}.bin", std::process::id()));
    std::fs::write(&flash, Images::load().flash).expect("the temporary directory is writable");

    let running = Running::start(&flash);
    running.page_until("build 1", |page| page.contains("build 1"));
    // The answer tells progress and ends with the restart.
    let answer = running.update();
    assert!(answer.body.contains("user2"), "{answer:?}");
    running.page_until("build 2", |page| {
        page.contains("build 2") && page.contains("user2 @ 0x81000")
    });
    running.end();

    // Power off, and on again with the flash file that the first run left.
    let running = Running::start(&flash);
    running.page_until("build 2 after a power cycle", |page| {
        page.contains("build 2")
    });
    running.update();
    running.page_until("build 1 again", |page| {
        page.contains("build 1") && page.contains("user1 @ 0x1000")
    });
    running.end();
    std::fs::remove_file(&flash).expect("the flash file can be removed");
}
