//! The image server over real sockets: everything a device, a browser or a port scanner does.

#[path = "../src/sample.rs"]
mod sample;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use d1_image::{FlashMap, Slot};
use d1ota::convert::{Image, Wish};
use d1ota::serve::{Event, Limits, Options, Outcome, Running, Server, Watcher};
use sample::Sample;
use tempfile::TempDir;

/// Remembers what happened, a line per event.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>, Condvar);

impl Diary {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Waits for a line that starts like this. Only a server that is broken keeps a test waiting for ever.
    fn wait_for(&self, start: &str) -> String {
        let mut lines = self.0.lock().unwrap();
        loop {
            if let Some(line) = lines.iter().find(|line| line.starts_with(start)) {
                return line.clone();
            }
            lines = self.1.wait(lines).unwrap();
        }
    }
}

impl Watcher for Diary {
    fn notice(&self, event: &Event) {
        let line = match event {
            Event::Loaded { image, .. } => format!("loaded {} {}", image.slot.name(), image.build),
            Event::Unusable { problem } => format!("unusable {}", problem.message()),
            Event::Started { image, .. } => {
                format!("started {} {}", image.slot.name(), image.build)
            }
            Event::Progress { .. } => return,
            Event::Finished {
                image,
                outcome: Outcome::Sent,
                ..
            } => {
                format!("sent {} {}", image.slot.name(), image.build)
            }
            Event::Finished {
                image,
                outcome: Outcome::Broken { .. },
                ..
            } => {
                format!("broken {} {}", image.slot.name(), image.build)
            }
            Event::Answered {
                request, status, ..
            } => format!("{request}: {status}"),
            Event::Doubtful { problem, .. } => format!("doubtful: {problem}"),
            Event::Flashed { written, state, .. } => format!("flashed {written} {state}"),
            Event::Told { verdict, .. } => format!("told {verdict:?}"),
            _ => return,
        };
        self.0.lock().unwrap().push(line);
        self.1.notify_all();
    }
}

struct Fixture {
    directory: TempDir,
    server: Running,
    diary: Arc<Diary>,
}

fn elf(slot: Slot, build: u32) -> Vec<u8> {
    Sample::for_slot(FlashMap::M1, slot).build(build).emit()
}

fn image(slot: Slot, build: u32) -> Vec<u8> {
    Image::from_file(&elf(slot, build), Wish::default())
        .unwrap()
        .bytes
}

/// A firmware that fills much of its slot.
fn large_elf() -> Vec<u8> {
    let mut sample = Sample::for_slot(FlashMap::M1, Slot::One);
    sample.segments[0].1 = (0..0x7_0000u32).map(|at| (at % 253) as u8).collect();
    sample.emit()
}

fn options(directory: &Path, files: &[&str]) -> Options {
    Options {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        ..Options::new(files.iter().map(|file| directory.join(file)).collect())
    }
}

fn start(files: &[(&str, Vec<u8>)], limits: Limits) -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let diary = Arc::new(Diary::default());
    let options = Options {
        limits,
        ..options(directory.path(), &names)
    };
    let server = Server::bind(options, diary.clone()).unwrap().spawn();
    Fixture {
        directory,
        server,
        diary,
    }
}

/// A server of both slots, given in the "wrong" order.
fn both() -> Fixture {
    let files = [
        ("two.elf", elf(Slot::Two, 2)),
        ("one.elf", elf(Slot::One, 1)),
    ];
    start(&files, Limits::default())
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Fixture {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.address()).unwrap();
        // Only a server that is broken keeps a test waiting that long.
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Sends bytes, then reads until the server closes.
    fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    fn ask(&self, request: &str) -> Answer {
        answer(&self.raw(request.as_bytes()))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ))
    }

    /// The server is as it should be whatever happened before.
    fn assert_serves(&self) {
        assert_eq!(self.get("/user1.bin").status, 200);
    }
}

fn answer(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole header")
        + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: bytes[end..].to_vec(),
    }
}

#[test]
fn each_slot_gets_its_own_image_in_either_order_of_files() {
    let fixture = both();
    for (path, slot, build) in [("/user1.bin", Slot::One, 1), ("/user2.bin", Slot::Two, 2)] {
        let answer = fixture.get(path);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, image(slot, build));
        assert_eq!(
            answer.header("Content-Length"),
            Some(answer.body.len().to_string().as_str())
        );
        assert_eq!(
            answer.header("Content-Type"),
            Some("application/octet-stream")
        );
    }
}

#[test]
fn image_files_are_served_as_they_are() {
    let files = [
        ("one.bin", image(Slot::One, 7)),
        ("two.elf", elf(Slot::Two, 8)),
    ];
    let fixture = start(&files, Limits::default());
    assert_eq!(fixture.get("/user1.bin").body, image(Slot::One, 7));
}

#[test]
fn one_elf_for_both_slots_of_4m_serves_both() {
    let mut sample = Sample::for_slot(FlashMap::M4, Slot::One);
    sample.symbols.retain(|(name, _)| *name != "_d1_slot");
    let fixture = start(&[("app.elf", sample.emit())], Limits::default());
    assert_eq!(fixture.get("/user1.bin").body[3], 1);
    assert_eq!(fixture.get("/user2.bin").body[3], 2);
}

#[test]
fn head_tells_length_and_etag_and_sends_nothing_more() {
    let fixture = both();
    let head = fixture.ask("HEAD /user2.bin HTTP/1.1\r\nConnection: close\r\n\r\n");
    let get = fixture.get("/user2.bin");
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("Content-Length"), get.header("Content-Length"));
    assert_eq!(head.header("ETag"), get.header("ETag"));
    assert!(head.header("ETag").is_some());
}

#[test]
fn known_etag_is_answered_without_a_body() {
    let fixture = both();
    let etag = fixture
        .get("/user1.bin")
        .header("ETag")
        .unwrap()
        .to_string();
    let request =
        format!("GET /user1.bin HTTP/1.1\r\nIf-None-Match: {etag}\r\nConnection: close\r\n\r\n");
    let answer = fixture.ask(&request);
    assert_eq!(answer.status, 304);
    assert!(answer.body.is_empty());
}

#[test]
fn the_rest_of_an_image_is_sent_to_whoever_has_its_beginning() {
    let fixture = both();
    let whole = fixture.get("/user1.bin");
    let etag = whole.header("ETag").unwrap();
    let ask = |range: &str, tag: &str| {
        fixture.ask(&format!(
            "GET /user1.bin HTTP/1.1\r\nRange: {range}\r\nIf-Range: {tag}\r\nConnection: close\r\n\r\n"
        ))
    };
    let rest = ask("bytes=100-", etag);
    let len = whole.body.len();
    assert_eq!(rest.status, 206);
    assert_eq!(rest.body, whole.body[100..]);
    assert_eq!(
        rest.header("Content-Range"),
        Some(&*format!("bytes 100-{}/{len}", len - 1))
    );
    // Another image's beginning, nothing left, or something that is not understood: all of it.
    for (range, tag) in [
        ("bytes=100-", "\"0-0\""),
        (&*format!("bytes={len}-"), etag),
        ("bytes=5-9", etag),
    ] {
        let all = ask(range, tag);
        assert_eq!((all.status, all.body), (200, whole.body.clone()), "{range}");
    }
}

#[test]
fn stray_cr_behind_a_request_harms_nothing() {
    let fixture = both();
    let answer = fixture.ask("GET /user2.bin HTTP/1.0\r\nHost: x\r\n\r\n\r");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, image(Slot::Two, 2));
}

#[test]
fn head_then_get_on_one_connection_with_stray_crs() {
    let fixture = both();
    let mut stream = fixture.connect();
    stream
        .write_all(b"HEAD /user1.bin HTTP/1.1\r\nHost: x\r\n\r\n\r")
        .unwrap();
    let mut first = Vec::new();
    let mut byte = [0];
    while !first.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        first.push(byte[0]);
    }
    assert_eq!(answer(&first).header("Connection"), Some("keep-alive"));
    stream
        .write_all(b"GET /user1.bin HTTP/1.1\r\nConnection: close\r\n\r\n\r")
        .unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(answer(&rest).body, image(Slot::One, 1));
}

#[test]
fn requests_that_arrive_byte_by_byte_are_understood() {
    let fixture = both();
    let mut stream = fixture.connect();
    for byte in b"GET /user1.bin HTTP/1.0\r\n\r\n" {
        stream.write_all(&[*byte]).unwrap();
    }
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert_eq!(answer(&bytes).body, image(Slot::One, 1));
}

#[test]
fn whole_urls_and_queries_lead_to_the_image() {
    let fixture = both();
    assert_eq!(
        fixture.get("http://192.168.123.100:8888/user1.bin").status,
        200
    );
    assert_eq!(fixture.get("/user1.bin?fresh=1").status, 200);
}

#[test]
fn anything_else_is_404_and_says_what_there_is() {
    let fixture = both();
    for path in [
        "/",
        "/favicon.ico",
        "/user3.bin",
        "/user1.bin/",
        "/xuser2.bin",
        "/../user1.elf",
    ] {
        let answer = fixture.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.text().contains("/user1.bin  build 1"),
            "{}",
            answer.text()
        );
    }
}

#[test]
fn slot_without_a_file_is_404() {
    let fixture = start(&[("one.elf", elf(Slot::One, 1))], Limits::default());
    let answer = fixture.get("/user2.bin");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("/user1.bin"));
}

#[test]
fn other_methods_are_405_and_told_what_is_allowed() {
    let fixture = both();
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let request = format!("{method} /user1.bin HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
        let answer = fixture.ask(&request);
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("Allow"), Some("GET, HEAD"));
    }
    fixture.assert_serves();
}

#[test]
fn what_is_not_http_is_400() {
    let fixture = both();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"hello\r\n\r\n",
        b"\0\0\0\0",
    ] {
        assert_eq!(answer(&fixture.raw(bytes)).status, 400);
    }
    fixture.assert_serves();
}

#[test]
fn endless_request_is_431() {
    let fixture = both();
    let mut request = b"GET /user1.bin HTTP/1.1\r\nX: ".to_vec();
    request.resize(64 * 1024, b'x');
    assert_eq!(answer(&fixture.raw(&request)).status, 431);
    let many: String = (0..200).map(|number| format!("H{number}: x\r\n")).collect();
    let request = format!("GET /user1.bin HTTP/1.1\r\n{many}\r\n");
    assert_eq!(fixture.ask(&request).status, 431);
    fixture.assert_serves();
}

#[test]
fn half_a_request_is_408_after_its_time() {
    let limits = Limits {
        request_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let fixture = start(&[("one.elf", elf(Slot::One, 1))], limits);
    assert_eq!(answer(&fixture.raw(b"GET /user1.bin HT")).status, 408);
    fixture.assert_serves();
}

#[test]
fn silent_connection_is_closed_after_its_time() {
    let limits = Limits {
        request_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let fixture = start(&[("one.elf", elf(Slot::One, 1))], limits);
    assert_eq!(fixture.raw(b""), b"");
    assert_eq!(fixture.raw(b"\r\n\r"), b"", "line ends are no request");
    fixture.assert_serves();
}

#[test]
fn peers_that_leave_in_the_middle_harm_nothing() {
    let fixture = start(&[("one.elf", large_elf())], Limits::default());
    for bytes in [
        &b""[..],
        b"GET",
        b"GET /user1.bin HTTP/1.1\r\n",
        b"GET /user1.bin HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = fixture.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }
    fixture.assert_serves();
}

#[test]
fn broken_transfer_is_reported_as_broken() {
    let fixture = start(&[("one.elf", large_elf())], Limits::default());
    let mut stream = fixture.connect();
    stream
        .write_all(b"GET /user1.bin HTTP/1.1\r\n\r\n")
        .unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    drop(stream);
    while !fixture
        .diary
        .lines()
        .contains(&"broken user1 1".to_string())
    {
        std::thread::yield_now();
    }
    fixture.assert_serves();
}

#[test]
fn device_that_takes_nothing_is_given_up_after_its_time() {
    let limits = Limits {
        stall_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let fixture = start(&[("one.elf", large_elf())], limits);
    let mut stream = fixture.connect();
    stream
        .write_all(b"GET /user1.bin HTTP/1.1\r\n\r\n")
        .unwrap();
    while !fixture
        .diary
        .lines()
        .contains(&"broken user1 1".to_string())
    {
        std::thread::yield_now();
    }
}

#[test]
fn several_devices_are_served_at_once() {
    let fixture = start(&[("one.elf", large_elf())], Limits::default());
    // Each has begun before the first goes on.
    let mut streams: Vec<TcpStream> = (0..8).map(|_| fixture.connect()).collect();
    for stream in &mut streams {
        stream
            .write_all(b"GET /user1.bin HTTP/1.0\r\n\r\n")
            .unwrap();
        stream.read_exact(&mut [0; 1]).unwrap();
    }
    let expected = Image::from_file(&large_elf(), Wish::default())
        .unwrap()
        .bytes;
    for mut stream in streams {
        let mut bytes = vec![b'H'];
        stream.read_to_end(&mut bytes).unwrap();
        assert!(answer(&bytes).body == expected);
    }
}

#[test]
fn one_connection_too_many_is_turned_away_and_the_next_is_not() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let fixture = start(&[("one.elf", elf(Slot::One, 1))], limits);
    let mut first = fixture.connect();
    first
        .write_all(b"HEAD /user1.bin HTTP/1.1\r\n\r\n")
        .unwrap();
    first.read_exact(&mut [0; 1]).unwrap();
    assert_eq!(answer(&fixture.raw(b"")).status, 503);
    drop(first);
    // The first one's place is free once its thread has noticed.
    while answer(&fixture.raw(b"GET / HTTP/1.0\r\n\r\n")).status == 503 {}
    fixture.assert_serves();
}

#[test]
fn rebuilt_elf_is_served_without_a_restart() {
    let fixture = both();
    let before = fixture
        .get("/user2.bin")
        .header("ETag")
        .unwrap()
        .to_string();
    std::fs::write(fixture.directory.path().join("two.elf"), elf(Slot::Two, 9)).unwrap();
    let after = fixture.get("/user2.bin");
    assert_eq!(after.body, image(Slot::Two, 9));
    assert_ne!(after.header("ETag"), Some(before.as_str()));
    let lines = fixture.diary.lines();
    assert!(lines.contains(&"loaded user2 9".to_string()), "{lines:?}");
    assert_eq!(
        lines
            .iter()
            .filter(|line| *line == "loaded user1 1")
            .count(),
        1,
        "{lines:?}"
    );
}

#[test]
fn broken_build_is_503_until_it_is_whole_again() {
    let fixture = both();
    let path = fixture.directory.path().join("two.elf");
    std::fs::write(&path, &elf(Slot::Two, 2)[..100]).unwrap();
    let answer = fixture.get("/user2.bin");
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("two.elf"), "{}", answer.text());
    assert_eq!(
        fixture.get("/user1.bin").status,
        200,
        "the other slot is not affected"
    );
    std::fs::remove_file(&path).unwrap();
    assert_eq!(fixture.get("/user2.bin").status, 503);
    std::fs::write(&path, elf(Slot::Two, 3)).unwrap();
    assert_eq!(fixture.get("/user2.bin").body, image(Slot::Two, 3));
}

#[test]
fn elf_rebuilt_for_the_other_slot_is_a_conflict_not_a_mixture() {
    let fixture = both();
    std::fs::write(fixture.directory.path().join("two.elf"), elf(Slot::One, 3)).unwrap();
    let answer = fixture.get("/user1.bin");
    assert_eq!(answer.status, 503);
    assert!(
        answer.text().contains("both for user1"),
        "{}",
        answer.text()
    );
    assert_eq!(fixture.get("/user2.bin").status, 404);
}

#[test]
fn diary_tells_who_got_what() {
    let fixture = both();
    fixture.get("/user2.bin");
    fixture.get("/nothing");
    let lines = fixture.diary.lines();
    assert_eq!(
        lines[2..],
        ["started user2 2", "sent user2 2", "GET /nothing: 404"].map(String::from)
    );
}

fn refusal(files: &[(&str, Vec<u8>)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let options = options(directory.path(), &names);
    let problem = Server::bind(options, Arc::new(Diary::default()))
        .err()
        .unwrap();
    problem.to_string()
}

#[test]
fn two_elfs_for_one_slot_are_refused_naming_both() {
    let text = refusal(&[("a.elf", elf(Slot::Two, 1)), ("b.elf", elf(Slot::Two, 2))]);
    assert!(
        text.contains("a.elf") && text.contains("b.elf") && text.contains("user2"),
        "{text}"
    );
    assert!(text.contains("memory-app1.x"), "{text}");
}

#[test]
fn elfs_for_different_maps_are_refused_naming_both() {
    let other = Sample::for_slot(FlashMap::K512, Slot::Two).emit();
    let text = refusal(&[("a.elf", elf(Slot::One, 1)), ("b.elf", other)]);
    assert!(text.contains("1M") && text.contains("512K"), "{text}");
}

#[test]
fn unusable_file_is_refused_by_name() {
    let text = refusal(&[("page.html", b"<html><body>404</body></html>".to_vec())]);
    assert!(
        text.contains("page.html") && text.contains("HTML"),
        "{text}"
    );
}

#[test]
fn missing_file_is_refused_by_name() {
    let options = Options::new(vec![PathBuf::from("/nonexistent/app1.elf")]);
    let problem = Server::bind(options, Arc::new(Diary::default()))
        .err()
        .unwrap();
    assert!(
        problem.message().contains("/nonexistent/app1.elf"),
        "{problem}"
    );
}

#[test]
fn taken_port_is_named_with_the_option_to_change_it() {
    let fixture = both();
    let mut options = options(fixture.directory.path(), &["one.elf"]);
    options.address = fixture.server.address();
    let problem = Server::bind(options, Arc::new(Diary::default()))
        .err()
        .unwrap();
    let port = fixture.server.address().port().to_string();
    assert!(problem.message().contains(&port), "{problem}");
    assert!(problem.help().unwrap().contains("--port"), "{problem}");
}

#[test]
fn dropped_server_frees_its_port() {
    let fixture = both();
    let address = fixture.server.address();
    drop(fixture);
    assert!(TcpStream::connect(address).is_err());
}

/// A device's status page: each question gets the next answer, and the last one again and again.
fn status_page(answers: Vec<String>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut answers = answers.into_iter();
        let mut current = answers.next().unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 512]);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
            let _ = stream.write_all(format!("{head}{current}").as_bytes());
            current = answers.next().unwrap_or(current);
        }
    });
    port
}

/// What a device says while it gets `image(Slot::Two, 2)`.
fn status(boot: u32, slot: &str, state: &str, written: usize, cause: &str) -> String {
    let (build, total) = (boot, image(Slot::Two, 2).len());
    format!(
        r#"{{"boot":"{boot:08x}","build":{build},"slot":"{slot}","map":"1M","state":"{state}","written":{written},
        "total":{total},"last":"x","cause":"{cause}"}}"#
    )
}

/// Serves slot 2 to a device whose page answers like this.
fn serve_to(answers: Vec<String>) -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("two.elf"), elf(Slot::Two, 2)).unwrap();
    let diary = Arc::new(Diary::default());
    let options = Options {
        page_port: Some(status_page(answers)),
        ..options(directory.path(), &["two.elf"])
    };
    let server = Server::bind(options, diary.clone()).unwrap().spawn();
    Fixture {
        directory,
        server,
        diary,
    }
}

#[test]
fn device_tells_what_it_has_in_flash_and_what_it_runs_in_the_end() {
    let len = image(Slot::Two, 2).len();
    let fixture = serve_to(vec![
        status(1, "user1", "receiving", 64, ""),
        status(1, "user1", "verifying", len, ""),
        status(2, "user2", "idle", 0, ""),
    ]);
    assert_eq!(fixture.get("/user2.bin").status, 200);
    assert_eq!(fixture.diary.wait_for("told"), "told Runs { build: 2 }");
    fixture.diary.wait_for("flashed 64 receiving");
    fixture.diary.wait_for(&format!("flashed {len} verifying"));
}

#[test]
fn device_that_gives_up_is_quoted() {
    let fixture = serve_to(vec![
        status(1, "user1", "receiving", 64, ""),
        status(1, "user1", "idle", 64, "bad signature"),
    ]);
    assert_eq!(fixture.get("/user2.bin").status, 200);
    let told = fixture.diary.wait_for("told");
    assert_eq!(told, "told Failed { cause: \"bad signature\" }");
}

#[test]
fn device_that_went_back_after_its_restart_is_quoted() {
    let fixture = serve_to(vec![
        status(1, "user1", "receiving", 64, ""),
        status(2, "user1", "idle", 0, "fell back to user1"),
    ]);
    assert_eq!(fixture.get("/user2.bin").status, 200);
    let told = fixture.diary.wait_for("told");
    assert_eq!(told, "told Failed { cause: \"fell back to user1\" }");
}

#[test]
fn another_device_on_this_machine_is_not_taken_for_the_one_that_asked() {
    let idle = status(1, "user1", "idle", 0, "some other update failed");
    let fixture = serve_to(vec![idle]);
    assert_eq!(fixture.get("/user2.bin").status, 200);
    assert_eq!(fixture.diary.wait_for("told"), "told Unknown");
}

#[test]
fn device_of_another_flash_map_is_named_before_it_refuses() {
    let fixture = both();
    let request =
        "GET /user2.bin HTTP/1.1\r\nUser-Agent: d1-ota/0.1.0 (build 1; user1; 4M)\r\nConnection: close\r\n\r\n";
    assert_eq!(fixture.ask(request).status, 200);
    let said = fixture.diary.wait_for("doubtful");
    assert!(
        said.contains("the device has the 4M flash map, and this image is for 1M"),
        "{said}"
    );
    assert!(said.contains("--flash-size 4M"), "{said}");
}

#[test]
fn device_that_asks_for_the_slot_it_runs_is_named() {
    let fixture = both();
    let request =
        "GET /user2.bin HTTP/1.1\r\nUser-Agent: d1-ota/0.1.0 (build 2; user2; 1M)\r\nConnection: close\r\n\r\n";
    assert_eq!(fixture.ask(request).status, 200);
    let said = fixture.diary.wait_for("doubtful");
    assert!(
        said.contains("the device runs user2, and asks for it"),
        "{said}"
    );
}

#[test]
fn rebuilt_file_is_loaded_before_anybody_asks() {
    let fixture = both();
    std::fs::write(fixture.directory.path().join("one.elf"), elf(Slot::One, 9)).unwrap();
    // The first look sees that the file changed, the second that nobody writes it any more.
    fixture.server.look_at_files();
    fixture.server.look_at_files();
    assert!(fixture.diary.lines().contains(&"loaded user1 9".to_owned()));
}

#[test]
fn server_knows_itself_on_the_addresses_it_is_bound_to() {
    let fixture = both();
    let interfaces = fixture.server.interfaces();
    let local = interfaces
        .iter()
        .find(|it| it.address == Ipv4Addr::LOCALHOST);
    assert!(local.is_some_and(|it| it.answers), "{interfaces:?}");
    assert!(
        !fixture
            .diary
            .lines()
            .iter()
            .any(|line| line.contains("self-test")),
        "it told of itself"
    );
}
