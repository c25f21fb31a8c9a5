//! `d1ota key`.

use std::path::{Path, PathBuf};

use d1_signature::{SecretKey, DEVELOPMENT};

use crate::key;
use crate::problem::Problem;

const EXAMPLES: &str = "\
Examples:
  d1ota key new release.pem
  d1ota key show release.pem";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a key for signing images, in a new file that only you may read
    New {
        /// The file
        file: PathBuf,
    },
    /// Shows the public half of a key
    Show {
        /// A file with a secret or a public key [default: the development key]
        file: Option<PathBuf>,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Problem> {
    match &arguments.action {
        Action::New { file } => {
            let key = key::create(file)?.public();
            println!("{}: {}", file.display(), key.name());
            println!(
                "build what is to trust it with `cargo xtask build --key {0}`,",
                file.display()
            );
            println!(
                "sign with --key {}, and keep the file: without it, no more updates",
                file.display()
            );
            Ok(())
        }
        Action::Show { file } => show(file.as_deref()),
    }
}

fn show(file: Option<&Path>) -> Result<(), Problem> {
    let key = file.map_or(Ok(DEVELOPMENT), key::read_public)?;
    println!("{}", key.name());
    println!("public half: {key}");
    print!("{}", key::public_pem(&key)?);
    if key.is_development() {
        println!("the secret half is in the sources of d1-ota: use it for trying out only");
    }
    Ok(())
}

/// The key to sign with, as an option.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct KeyArguments {
    /// Sign with the key in FILE [default: the development key, which everybody has]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl KeyArguments {
    /// The key that was chosen, if one was.
    pub(super) fn secret(&self) -> Result<Option<SecretKey>, Problem> {
        self.key.as_deref().map(key::read).transpose()
    }
}
