//! The images under test: what `cargo xtask build` wrote.

use std::path::{Path, PathBuf};
use std::{env, fs};

use d1_image::FlashMap;
use d1ota::convert::{Image, Wish};
use d1ota::join::key_of_images;
use d1ota::merge::merge;

use crate::Server;

/// The flash images of one build.
#[derive(Clone)]
pub struct Images {
    /// Boot loader, slot 1's firmware and erased rest: the size of the flash map.
    pub flash: Vec<u8>,
    /// Slot 1's image.
    pub user1: Vec<u8>,
    /// Slot 2's image.
    pub user2: Vec<u8>,
    /// What it takes to join their network.
    pub psk: Option<String>,
}

/// Where `cargo xtask build` puts its output: `$D1_IMAGES`, or `target/d1` of this workspace.
pub fn image_directory() -> PathBuf {
    match env::var_os("D1_IMAGES") {
        Some(directory) => PathBuf::from(directory),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/d1"),
    }
}

impl Images {
    /// Reads the images, or says how to build them.
    ///
    /// # Panics
    /// When they are missing: a test that cannot run its subject has failed.
    pub fn load() -> Images {
        Images::load_from(&image_directory())
    }

    /// Reads the images whose network has a key, which `cargo xtask test` builds besides.
    ///
    /// # Panics
    /// When they are missing.
    pub fn load_wpa2() -> Images {
        Images::load_from(&image_directory().join("wpa2"))
    }

    /// Reads the images for `map`; `cargo xtask test` builds those of all three.
    ///
    /// # Panics
    /// When they are missing.
    pub fn load_for(map: FlashMap) -> Images {
        if map == FlashMap::M1 {
            Images::load()
        } else {
            Images::load_from(&image_directory().join(map.name()))
        }
    }

    /// A server of both images.
    pub fn server(&self) -> Server {
        Server::of(&self.user1, &self.user2)
    }

    /// Reads the images with the vendor engine, which `cargo xtask test` builds when it is told where the SDK is.
    /// None, and a line that says why, when there are none.
    ///
    /// # Panics
    /// When they are missing although `ESP8266_RTOS_SDK` is set.
    pub fn load_vendor() -> Option<Images> {
        let directory = image_directory().join("vendor");
        if !directory.join("flash.bin").exists() && env::var_os("ESP8266_RTOS_SDK").is_none() {
            println!(
                "skipped: no images with the vendor engine. Set ESP8266_RTOS_SDK (`cargo xtask sdk` fetches it) \
                 and run `cargo xtask test`, or `cargo xtask build --wifi vendor`."
            );
            return None;
        }
        Some(Images::load_from(&directory))
    }

    /// Reads the images with the vendor engine whose network has a key. None when there are none with it.
    ///
    /// # Panics
    /// As [`Images::load_vendor`].
    pub fn load_vendor_wpa2() -> Option<Images> {
        Images::load_vendor()?;
        Some(Images::load_from(&image_directory().join("vendor/wpa2")))
    }

    fn load_from(directory: &Path) -> Images {
        let read = |name: &str| {
            let path = directory.join(name);
            fs::read(&path).unwrap_or_else(|error| {
                panic!(
                    "cannot read {}: {error}. `cargo xtask test` builds all images, `cargo xtask build` those of target/d1 itself.",
                    path.display()
                )
            })
        };
        Images {
            flash: read("flash.bin"),
            user1: read("user1.bin"),
            user2: read("user2.bin"),
            psk: key_of_images(directory),
        }
    }
}

/// A program of `guests/`, as `cargo xtask test` links it.
pub struct Guest {
    /// Where its ELF file is.
    pub elf: PathBuf,
    /// A flash chip with our boot loader and this program in slot 1.
    pub flash: Vec<u8>,
}

impl Guest {
    /// Reads it, or says how to build it.
    ///
    /// # Panics
    /// When it is missing.
    pub fn load(name: &str) -> Guest {
        let directory = image_directory();
        let elf = directory.join(format!("guests/{name}.elf"));
        let read = |path: &Path| {
            fs::read(path).unwrap_or_else(|error| {
                panic!(
                    "cannot read {}: {error}. `cargo xtask test` builds it.",
                    path.display()
                )
            })
        };
        let map = FlashMap::M1;
        let wish = Wish {
            map: Some(map),
            ..Wish::default()
        };
        let image = Image::from_file(&read(&elf), wish).expect("the guest is linked for a slot");
        let boot = read(&directory.join("boot.bin"));
        let flash = merge(&boot, &[image], map, map.flash_len()).expect("the guest fits");
        Guest { elf, flash }
    }
}
