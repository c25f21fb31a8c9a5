//! A model of the MAC for this crate's tests, written from docs/wifi-mac-registers.md.
