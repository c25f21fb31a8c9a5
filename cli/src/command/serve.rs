//! `d1ota serve`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use d1_image::FlashMap;
use d1_signature::{PublicKey, DEVELOPMENT};

use crate::interrupt;
use crate::problem::Problem;
use crate::serve::{Detail, Journal, Neighbours, Options, Server, Terminal, Watcher, PORT};
use crate::size;

/// Between two looks at Ctrl-C, the files, and the network.
const LOOK: Duration = Duration::from_millis(100);
const LOOK_AT_FILES: Duration = Duration::from_millis(500);
const LOOK_AROUND: Duration = Duration::from_secs(3);

const EXAMPLES: &str = "\
Examples:
  d1ota serve target/d1/user1.elf target/d1/user2.elf
  d1ota serve --port 8888 app1.elf app2.elf --flash-size 1M
  d1ota serve --key release.pem user1.elf user2.elf
  d1ota serve --json user1.bin user2.bin | jq .event

A device asks the machine on which its page's `begin update` was pressed, on port 8888. Files are read again when they
change: rebuild, and press `begin update` again.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// ELF files of user1 and user2, in either order; image files (.bin) work too
    #[arg(required = true, num_args = 1..=2, value_name = "ELF")]
    files: Vec<PathBuf>,
    /// Port to listen on; devices ask on 8888
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    bind: IpAddr,
    /// Flash map of the devices: 512K, 1M or 4M [default: what the ELFs were built for]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
    /// Port of the devices' status page [default: 80; of an emulated device 80 or 8080]
    #[arg(long, value_name = "PORT")]
    page_port: Option<u16>,
    /// Tell every event as a line of JSON
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    /// Tell only what goes wrong, and draw no bars
    #[arg(short, long)]
    quiet: bool,
    /// Tell what devices do, step by step
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    #[command(flatten)]
    access: super::AccessArguments,
    #[command(flatten)]
    key: super::key::KeyArguments,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Problem> {
    let stop = interrupt::flag()?;
    let detail = match (arguments.quiet, arguments.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Usual,
    };
    let terminal = (!arguments.json).then(|| Arc::new(Terminal::new(detail)));
    let say = |text: &str| {
        if let Some(terminal) = &terminal {
            terminal.usual(text);
        }
    };
    let watcher: Arc<dyn Watcher> = match &terminal {
        Some(terminal) => terminal.clone(),
        None => Arc::new(Journal::default()),
    };
    let key = arguments.key.secret()?;
    say(&signing(&key.map_or(DEVELOPMENT, |key| key.public())));
    let options = Options {
        map: arguments.flash_size,
        access: arguments.access.into(),
        key,
        address: SocketAddr::new(arguments.bind, arguments.port),
        page_port: arguments.page_port,
        ..Options::new(arguments.files)
    };
    let server = Server::bind(options, watcher.clone())?.spawn();
    say(&format!("serving on {}; end with Ctrl-C", server.address()));
    if arguments.port != PORT {
        say(&format!(
            "devices ask on port {PORT}: something has to lead them to this one"
        ));
    }
    let mut neighbours = Neighbours::default();
    let (mut files, mut around) = (Instant::now(), None::<Instant>);
    while !stop.load(Ordering::Acquire) {
        if around.is_none_or(|around| around.elapsed() >= LOOK_AROUND) {
            neighbours.look(&server, watcher.as_ref());
            around = Some(Instant::now());
        }
        if files.elapsed() >= LOOK_AT_FILES {
            server.look_at_files();
            files = Instant::now();
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Says who signs what is served.
fn signing(key: &PublicKey) -> String {
    if key.is_development() {
        let name = key.name();
        format!("ELFs are signed by the {name}, which everybody has (--key FILE for your own)")
    } else {
        format!("everything served is signed by {}", key.name())
    }
}
