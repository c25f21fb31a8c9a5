//! `d1ota serve`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use d1_image::FlashMap;
use d1_signature::{PublicKey, DEVELOPMENT};

use crate::problem::Problem;
use crate::serve::{Options, Server, Terminal, PORT};
use crate::size;

#[derive(Debug, clap::Args)]
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
    #[command(flatten)]
    access: super::AccessArguments,
    #[command(flatten)]
    key: super::key::KeyArguments,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Problem> {
    let terminal = Arc::new(Terminal::new());
    let key = arguments.key.secret()?;
    let signer = key.map_or(DEVELOPMENT, |key| key.public());
    terminal.line(&signing(&signer));
    let options = Options {
        map: arguments.flash_size,
        access: arguments.access.into(),
        key,
        address: SocketAddr::new(arguments.bind, arguments.port),
        ..Options::new(arguments.files)
    };
    let server = Server::bind(options, terminal.clone())?;
    terminal.line(&format!("serving on {}; end with Ctrl-C", server.address()));
    if arguments.port != PORT {
        terminal.line(&format!(
            "devices ask on port {PORT}: something has to lead them to this one"
        ));
    }
    server.run();
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
