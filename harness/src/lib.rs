//! End-to-end tests: the real flash images in an emulated D1 mini, on emulated time.
//!
//! A [`Bench`] is one powered device with one station in range. Everything it
//! waits for has a limit in emulated time and a name, so a hang reads as "waited
//! 5 s for the page; console: ...". The [`Server`] plays the host on port 8888,
//! well-behaved or not. No sockets, no threads, no sleeps: a run is a pure
//! function of the images and the seed.
//!
//! A [`live`] device is for what wants real sockets and real time: a [`browser`].

#![forbid(unsafe_code)]

pub mod beacons;
mod bench;
pub mod browser;
mod faulty;
pub mod figures;
mod frame;
mod hang;
mod http;
mod images;
mod judges;
pub mod live;
mod server;
pub mod sweep;
mod symbols;
mod vendor;

pub use bench::{Bench, Wait};
pub use faulty::{on_trial, Fault};
pub use frame::frame;
pub use hang::hanging;
pub use http::Response;
pub use images::{image_directory, Guest, Images};
pub use judges::Judge;
pub use server::{Act, Request, Server};
pub use symbols::Symbols;
pub use vendor::{mask_rom, mask_rom_path, VendorSdk};
