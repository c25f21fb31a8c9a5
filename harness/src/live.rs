//! A device that runs in real time, behind real ports of this host: for tests with programs of other people.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use d1ota::emulate::{Audience, Background, Options};

/// A device with power on, until it is dropped.
pub struct Live {
    /// Taken when it is dropped.
    board: Option<Background>,
    page_port: u16,
    console: Arc<Mutex<String>>,
    flash: PathBuf,
}

impl Live {
    /// Powers a device with `flash`, in a temporary file of that name; its image server is at `server`.
    ///
    /// # Panics
    /// When the file cannot be written or the ports are not to be had.
    pub fn start(name: &str, flash: &[u8], server: SocketAddr) -> Live {
        let file = format!("d1-ota-{}-{name}.bin", std::process::id());
        let path = std::env::temp_dir().join(file);
        std::fs::write(&path, flash).expect("the temporary directory is writable");
        let page_port = free_pair();
        let options = Options {
            listen: Some(page_port),
            server: server.to_string(),
            ..Options::new(&path)
        };
        let console = Arc::new(Mutex::new(String::new()));
        let board = Background::start(options, Arc::default(), Console(console.clone()))
            .unwrap_or_else(|problem| panic!("{problem:?}"));
        Live {
            board: Some(board),
            page_port,
            console,
            flash: path,
        }
    }

    /// The status page.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.page_port)
    }

    /// Everything the console has printed.
    pub fn console(&self) -> String {
        self.console.lock().expect("nobody panics").clone()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let board = self.board.take().expect("it is taken once");
        let ended = board.switch_off();
        let _ = std::fs::remove_file(&self.flash);
        if !thread::panicking() {
            ended.expect("the device runs to the end");
        }
    }
}

struct Console(Arc<Mutex<String>>);

impl Audience for Console {
    fn console(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.0.lock().expect("nobody panics").push_str(&text);
    }

    fn note(&mut self, _: &str) {}
}

/// A free port whose eighth follower is free too.
///
/// # Panics
/// When loopback has none.
pub fn free_pair() -> u16 {
    loop {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
        let port = first
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        if port < u16::MAX - 8 && TcpListener::bind((Ipv4Addr::LOCALHOST, port + 8)).is_ok() {
            return port;
        }
    }
}

/// A server on loopback that answers every request with `answer`, byte by byte as given; for as long as the test runs.
///
/// # Panics
/// When loopback has no free port.
pub fn serve(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            head.take_while(|line| !line.is_empty()).for_each(drop);
            // A device that hangs up has its reasons.
            let _ = stream.write_all(&answer);
        }
    });
    address
}

/// An address on loopback where nobody listens.
///
/// # Panics
/// When loopback has no free port.
pub fn nobody() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    listener
        .local_addr()
        .expect("a bound socket has an address")
}
