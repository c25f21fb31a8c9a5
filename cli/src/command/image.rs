//! `d1ota image`.

use std::path::PathBuf;

use d1_image::manifest::KeyId;
use d1_image::{FlashMap, Slot};
use d1_signature::DEVELOPMENT;

use crate::convert::{boot, Elf, Image, Wish};
use crate::problem::Problem;
use crate::size;

const EXAMPLES: &str = "\
Examples:
  d1ota image user1.elf -o user1.bin --flash-size 1M
  d1ota image user2.elf -o user2.bin --key release.pem
  d1ota image boot.elf -o boot.bin --boot";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The linked firmware
    elf: PathBuf,
    /// Where to write the image
    #[arg(short, long, value_name = "BIN")]
    output: PathBuf,
    /// Flash map: 512K, 1M or 4M [default: what the ELF was built for]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
    /// The slot it has to be for [default: what it is linked for]
    #[arg(long, value_parser = slot)]
    slot: Option<Slot>,
    /// It is a boot loader, for flash offset 0
    #[arg(long, conflicts_with = "slot")]
    boot: bool,
    #[command(flatten)]
    access: super::AccessArguments,
    #[command(flatten)]
    key: super::key::KeyArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Problem> {
    let source = super::read(&arguments.elf)?;
    let problem = |error| Problem::image(&arguments.elf, &error);
    let (bytes, what) = if arguments.boot {
        let map = arguments.flash_size.unwrap_or(FlashMap::M1);
        let elf = Elf::parse(&source).map_err(problem)?;
        let bytes = boot(&elf, map, arguments.access.into()).map_err(problem)?;
        (bytes, format!("boot loader, {} map", map.name()))
    } else {
        let wish = Wish {
            map: arguments.flash_size,
            slot: arguments.slot,
            access: arguments.access.into(),
            key: arguments.key.secret()?,
        };
        let image = Image::from_file(&source, wish).map_err(problem)?;
        let what = format!(
            "{}, build {}, {} map, {}",
            image.slot.name(),
            image.build,
            image.map.name(),
            signer(image.key)
        );
        (image.bytes, what)
    };
    super::write(&arguments.output, &bytes)?;
    println!(
        "{}: {what}, {} bytes",
        arguments.output.display(),
        bytes.len()
    );
    Ok(())
}

fn signer(key: Option<KeyId>) -> String {
    match key {
        None => "unsigned".into(),
        Some(id) if id == DEVELOPMENT.id() => format!("signed by {}", DEVELOPMENT.name()),
        Some(id) => format!("signed by key {id}"),
    }
}

fn slot(text: &str) -> Result<Slot, String> {
    let number = text.strip_prefix("user").unwrap_or(text).parse().ok();
    number
        .and_then(Slot::from_number)
        .ok_or_else(|| "the slots are 1 and 2".into())
}
