//! An emulated device and the image server in one process: the whole story on one screen.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::Arc;

use d1_image::{FlashMap, Slot};
use d1_signature::SecretKey;

use crate::emulate::{Audience, Emulation, Ending, Options};
use crate::problem::Problem;
use crate::serve::{self, Server, Terminal};

/// Page port and trigger port as a device has them, and where they go when only root may use those.
const PAGE_PORTS: [u16; 2] = [80, 8080];

/// What to run.
#[derive(Clone, Debug)]
pub struct Session {
    /// The ELF or image files to serve, at most one per slot.
    pub files: Vec<PathBuf>,
    /// The device's flash map; without it, what the files say.
    pub map: Option<FlashMap>,
    /// Who signs what is served; without it, the development key.
    pub key: Option<SecretKey>,
    /// The emulated device. Its `server` is set here; its `listen` is chosen here when `None`.
    pub device: Options,
    /// The image server's port on 127.0.0.1.
    pub server_port: u16,
}

impl Session {
    /// A device on `flash`, and a server of `user1.elf` and `user2.elf` in `images` (the `.bin`
    /// of a slot where there is no ELF).
    pub fn new(flash: impl Into<PathBuf>, images: &Path) -> Session {
        let file = |slot: Slot| {
            let elf = images.join(format!("{}.elf", slot.name()));
            if elf.exists() {
                elf
            } else {
                images.join(format!("{}.bin", slot.name()))
            }
        };
        Session {
            files: Slot::ALL.map(file).to_vec(),
            map: None,
            key: None,
            device: Options::new(flash),
            server_port: serve::PORT,
        }
    }
}

/// A session whose files are good and whose ports are bound, about to run.
pub struct Ready {
    terminal: Arc<Terminal>,
    server: Server,
    emulation: Emulation,
    page_port: u16,
}

impl Session {
    /// Opens files and ports.
    ///
    /// # Errors
    ///
    /// [`Problem`] when a file is unusable or a port is taken.
    pub fn open(self) -> Result<Ready, Problem> {
        let terminal = Arc::new(Terminal::new(serve::Detail::Usual));
        let page_port = match self.device.listen {
            Some(port) => port,
            None => free_page_port()?,
        };
        let options = serve::Options {
            map: self.map,
            key: self.key,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, self.server_port)),
            page_port: Some(page_port),
            ..serve::Options::new(self.files)
        };
        let server = Server::bind(options, terminal.clone())?;
        let emulation = Emulation::start(&Options {
            listen: Some(page_port),
            server: server.address().to_string(),
            ..self.device
        })?;
        Ok(Ready {
            terminal,
            server,
            emulation,
            page_port,
        })
    }
}

impl Ready {
    /// Where the device's status page will be.
    pub fn url(&self) -> String {
        match self.page_port {
            80 => "http://127.0.0.1/".into(),
            port => format!("http://127.0.0.1:{port}/"),
        }
    }

    /// Where the image server listens.
    pub fn server_address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Runs until `stop` is set; the flash file holds the device's flash afterwards.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the flash file cannot be written.
    pub fn run(self, stop: &AtomicBool) -> Result<Ending, Problem> {
        self.terminal.line(&format!(
            "image server on {}; the device's page will be {} (Ctrl-C ends both)",
            self.server_address(),
            self.url()
        ));
        let mut screen = Screen {
            terminal: self.terminal,
            partial: Vec::new(),
        };
        let _server = self.server.spawn();
        let ending = self.emulation.run(stop, &mut screen);
        screen.flush();
        ending
    }
}

/// Opens and runs a session until `stop` is set.
///
/// # Errors
///
/// [`Problem`] when a file is unusable or a port is taken, before anything runs, and when the
/// flash file cannot be written at the end.
pub fn run(session: Session, stop: &AtomicBool) -> Result<Ending, Problem> {
    session.open()?.run(stop)
}

/// The first pair of ports that can be had: 80 and 88, 8080 and 8088.
fn free_page_port() -> Result<u16, Problem> {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    PAGE_PORTS
        .into_iter()
        .find(|port| is_free(*port) && is_free(port + 8))
        .ok_or_else(|| {
            Problem::new("neither ports 80 and 88 nor 8080 and 8088 can be used")
                .with_help("choose a port with --listen; the one 8 above it is used too")
        })
}

/// Console and progress bars on one terminal: whole lines only, above the bars.
struct Screen {
    terminal: Arc<Terminal>,
    partial: Vec<u8>,
}

impl Screen {
    fn flush(&mut self) {
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.terminal.line(&printable(&line));
        }
    }
}

impl Audience for Screen {
    fn console(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.partial);
                    self.terminal.line(&printable(&line));
                }
                byte => self.partial.push(*byte),
            }
        }
    }

    fn note(&mut self, text: &str) {
        self.flush();
        self.terminal.line(&format!("[emulator] {text}"));
    }
}

/// A console line without what would upset a terminal.
fn printable(line: &[u8]) -> String {
    String::from_utf8_lossy(line)
        .chars()
        .filter(|it| !it.is_control() || *it == '\t')
        .collect()
}
