//! 802.11 frames: views over bytes, and their meanings.
