//! Every test there is.

use d1_image::FlashMap;

use crate::apt;
use crate::build::{self, Engine, Options};
use crate::{process, sdk, setup, workspace, Result};

/// The key of the images that have one.
const PSK: &str = "correct horse battery";

/// Builds the images, then tests every crate; the end-to-end tests run the images.
pub fn run() -> Result {
    setup::toolchain()?;
    setup::judges()?;
    build_images()?;
    for (packages, doing) in [
        // The firmware's logic and the ports', on the host.
        (
            &["--package", "d1-ota", "--lib", "--package", "xtensa-lx-rt"][..],
            "testing the firmware",
        ),
        // Everything else, the end-to-end tests last.
        (&["--no-fail-fast"][..], "testing"),
    ] {
        let mut cargo = process::command(workspace::host_cargo());
        cargo
            .arg("test")
            .args(packages)
            .env("D1_IMAGES", workspace::images());
        if apt::is_here() {
            // Just installed: a test that finds none has found a fault.
            cargo.env("D1_REQUIRE_JUDGES", "1");
        }
        process::watch(&mut cargo, doing)?;
    }
    Ok(())
}

/// Builds the images that the end-to-end tests take.
pub fn build_images() -> Result {
    let open = Options {
        open: true,
        ..Options::default()
    };
    let with_key = Options {
        psk: Some(PSK.into()),
        ..Options::default()
    };
    // Every map runs: 512K has the smallest slots, and those of 4M are both linked for one address.
    for map in [FlashMap::K512, FlashMap::M4] {
        let options = Options {
            flash_size: map,
            ..open.clone()
        };
        build::build_into(&options, &workspace::images().join(map.name()))?;
    }
    if sdk::is_named() {
        let vendor = Options {
            wifi: Engine::Vendor,
            ..open.clone()
        };
        let directory = build::build(&vendor)?;
        let with_key = Options {
            wifi: Engine::Vendor,
            ..with_key.clone()
        };
        build::build_into(&with_key, &directory.join("wpa2"))?;
    } else {
        eprintln!(
            "note: without {} the tests of the vendor engine are skipped; `cargo xtask sdk` fetches what it names",
            sdk::VARIABLE
        );
    }
    build::build_into(&with_key, &workspace::images().join("wpa2"))?;
    build::build(&open)?;
    build::faulty()?;
    build::guests()?;
    Ok(())
}
