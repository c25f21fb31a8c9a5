//! `d1ota inspect`.

use std::path::PathBuf;

use d1_image::FlashMap;
use d1_signature::DEVELOPMENT;
use serde_json::json;

use crate::inspect::inspect_with;
use crate::key;
use crate::problem::Problem;
use crate::size;

const EXAMPLES: &str = "\
Examples:
  d1ota inspect target/d1/user1.bin
  d1ota inspect backup.img             a whole flash chip: boot loader, slots, boot record
  d1ota inspect --json user1.bin | jq .verdict

Exit code 0 means that a device would take it, 1 that it would not.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// An image, a boot loader, a flash file or an ELF
    file: PathBuf,
    /// Flash map to assume: 512K, 1M or 4M [default: what the file says]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
    /// The key, secret or public, that signatures are checked with [default: the development key]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Explain as a JSON object
    #[arg(long)]
    json: bool,
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
    if arguments.json {
        let verdict = match report.refused {
            None => "good",
            Some(_) => "refused",
        };
        let object = json!({"file": arguments.file, "bytes": bytes.len(), "verdict": verdict,
            "refused": report.refused, "fields": report.fields});
        println!("{object:#}");
    } else {
        print!("{}", report.text);
    }
    match report.refused {
        None => Ok(()),
        Some(why) => Err(Problem::new(format!(
            "{name}: the device would refuse it: {why}"
        ))),
    }
}
