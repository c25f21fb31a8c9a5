//! `d1ota inspect`.

use std::path::PathBuf;

use d1_image::FlashMap;
use d1_signature::DEVELOPMENT;

use crate::inspect::inspect_with;
use crate::key;
use crate::problem::Problem;
use crate::size;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// An image, a boot loader, a flash file or an ELF
    file: PathBuf,
    /// Flash map to assume: 512K, 1M or 4M [default: what the file says]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
    /// The key, secret or public, that signatures are checked with [default: the development key]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Problem> {
    let bytes = super::read(&arguments.file)?;
    let key = match &arguments.key {
        Some(path) => key::read_public(path)?,
        None => DEVELOPMENT,
    };
    let name = arguments.file.display();
    let report =
        inspect_with(&bytes, arguments.flash_size, &key).map_err(|problem| problem.about(&name))?;
    print!("{}", report.text);
    match report.refused {
        None => Ok(()),
        Some(why) => Err(Problem::new(format!(
            "{name}: the device would refuse it: {why}"
        ))),
    }
}
