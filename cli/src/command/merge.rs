//! `d1ota merge`.

use std::path::PathBuf;

use d1_image::header::InnerView;
use d1_image::FlashMap;
use nor_model::Chip;

use crate::convert::{boot, Elf, FlashAccess, Image, Wish};
use crate::merge::merge;
use crate::problem::Problem;
use crate::size;

const EXAMPLES: &str = "\
Examples:
  d1ota merge target/d1/boot.bin target/d1/user1.bin -o flash.bin
  d1ota merge boot.elf user1.elf user2.elf -o flash.bin --flash-size 1M --chip-size 4M
  d1ota emulate --flash flash.bin";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    parts: Parts,
    /// Where to write the chip's contents
    #[arg(short, long, value_name = "BIN")]
    output: PathBuf,
    /// Size of the flash chip, 512K to 16M
    #[arg(long, default_value = "4M", value_parser = size::chip)]
    chip_size: Chip,
}

/// What a flash chip is to hold, as options.
#[derive(Debug, clap::Args)]
pub(super) struct Parts {
    /// Boot loader, .bin or ELF
    boot: PathBuf,
    /// Images, .bin or ELF: user1 and, if it is to be there from the start, user2
    #[arg(required = true, num_args = 1..=2)]
    images: Vec<PathBuf>,
    /// Flash map: 512K, 1M or 4M [default: the boot loader's]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
}

/// The same, read and converted.
pub(super) struct Contents {
    pub(super) map: FlashMap,
    pub(super) loader: Vec<u8>,
    pub(super) images: Vec<Image>,
}

impl Parts {
    /// Reads and converts the files.
    pub(super) fn read(&self) -> Result<Contents, Problem> {
        let loader = super::read(&self.boot)?;
        let by_loader = InnerView::new_checked(&loader[..])
            .ok()
            .and_then(|inner| FlashMap::from_code(inner.map_code()));
        let mut images = Vec::new();
        for path in &self.images {
            let wish = Wish {
                map: self.flash_size.or(by_loader),
                ..Wish::default()
            };
            let source = super::read(path)?;
            let image = Image::from_file(&source, wish);
            images.push(image.map_err(|error| Problem::image(path, &error))?);
        }
        let map = self.flash_size.or(by_loader).unwrap_or(images[0].map);
        let loader = if loader.starts_with(b"\x7FELF") {
            Elf::parse(&loader)
                .and_then(|elf| boot(&elf, map, FlashAccess::default()))
                .map_err(|error| Problem::image(&self.boot, &error))?
        } else {
            loader
        };
        // Refuses what does not belong together.
        merge(&loader, &images, map, map.flash_len())?;
        Ok(Contents {
            map,
            loader,
            images,
        })
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Problem> {
    let Contents {
        map,
        loader,
        images,
    } = arguments.parts.read()?;
    let flash = merge(&loader, &images, map, arguments.chip_size.len)?;
    super::write(&arguments.output, &flash)?;
    println!(
        "{}: {} bytes, {} map",
        arguments.output.display(),
        flash.len(),
        map.name()
    );
    Ok(())
}
