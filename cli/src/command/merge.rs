//! `d1ota merge`.

use std::path::PathBuf;

use d1_image::header::InnerView;
use d1_image::FlashMap;
use nor_model::Chip;

use crate::convert::{boot, Elf, FlashAccess, Image, Wish};
use crate::merge::merge;
use crate::problem::Problem;
use crate::size;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Boot loader, .bin or ELF
    boot: PathBuf,
    /// Images, .bin or ELF: user1 and, if it is to be there from the start, user2
    #[arg(required = true, num_args = 1..=2)]
    images: Vec<PathBuf>,
    /// Where to write the chip's contents
    #[arg(short, long, value_name = "BIN")]
    output: PathBuf,
    /// Flash map: 512K, 1M or 4M [default: the boot loader's]
    #[arg(long, value_parser = size::flash_map)]
    flash_size: Option<FlashMap>,
    /// Size of the flash chip, 512K to 16M
    #[arg(long, default_value = "4M", value_parser = size::chip)]
    chip_size: Chip,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Problem> {
    let loader = super::read(&arguments.boot)?;
    let by_loader = InnerView::new_checked(&loader[..])
        .ok()
        .and_then(|inner| FlashMap::from_code(inner.map_code()));
    let mut images = Vec::new();
    for path in &arguments.images {
        let wish = Wish {
            map: arguments.flash_size.or(by_loader),
            ..Wish::default()
        };
        let source = super::read(path)?;
        images.push(Image::from_file(&source, wish).map_err(|error| Problem::image(path, &error))?);
    }
    let map = arguments.flash_size.or(by_loader).unwrap_or(images[0].map);
    let loader = if loader.starts_with(b"\x7FELF") {
        Elf::parse(&loader)
            .and_then(|elf| boot(&elf, map, FlashAccess::default()))
            .map_err(|error| Problem::image(&arguments.boot, &error))?
    } else {
        loader
    };
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
