//! `d1ota inspect`.

use std::path::PathBuf;

use d1_image::FlashMap;

use crate::inspect::inspect;
use crate::problem::Problem;
use crate::size;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// An image, a boot loader, a flash file or an ELF
    file: PathBuf,
    /// Flash map to assume: 512K, 1M or 4M [default: what the file says]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Problem> {
    let bytes = super::read(&arguments.file)?;
    let name = arguments.file.display();
    let report = inspect(&bytes, arguments.flash_size).map_err(|problem| problem.about(&name))?;
    print!("{}", report.text);
    match report.refused {
        None => Ok(()),
        Some(why) => Err(Problem::new(format!(
            "{name}: the device would refuse it: {why}"
        ))),
    }
}
