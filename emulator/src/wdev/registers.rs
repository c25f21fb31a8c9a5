//! Where things are in the MAC's block, as offsets from 0x3FF20000.
//!
//! Source: docs/wifi-mac-registers.md, whose section numbers are cited.

/// Receiver control (2).
pub const RX_ENABLE: u32 = 0x004;
/// First receive descriptor (2).
pub const RX_BASE: u32 = 0x008;
/// Last descriptor of the last frame (2).
pub const RX_LAST: u32 = 0x014;
/// Descriptor filled next (2).
pub const RX_NEXT: u32 = 0x01c;
/// Receive filter options (4).
pub const RX_FILTER: u32 = 0x06c;
/// Counter: frames with a bad FCS (2).
pub const COUNT_BAD_FCS: u32 = 0x190;
/// Counter: no receive buffer (2).
pub const COUNT_NO_BUFFER: u32 = 0x19c;
/// Counter: unicast frames for others (2).
pub const COUNT_FOR_OTHERS: u32 = 0x1a0;
/// Counter: data frames received (2).
pub const COUNT_DATA: u32 = 0x1bc;
/// Counter: frames received (2).
pub const COUNT_FRAMES: u32 = 0x1c0;
/// Diagnosis: receiver state (9).
pub const RX_STATE: u32 = 0x1d0;
/// ACK rates for received codes 0..7; 8..15 in the next word (6).
pub const ACK_RATES: u32 = 0x400;
/// Diagnosis: transmitter state (9).
pub const TX_STATE: u32 = 0x410;
/// Decryption for interface 1 (8).
pub const DECRYPTION_1: u32 = 0x804;
/// Which entries of the key table are valid (8).
pub const KEYS_VALID: u32 = 0x80c;
/// First word of the key table (8).
pub const KEY_TABLE: u32 = 0x1400;
/// Microseconds (7).
pub const MICROSECONDS: u32 = 0xc00;
/// Event enable mask (3).
pub const EVENT_ENABLE: u32 = 0xc18;
/// Raw events (3).
pub const EVENT_RAW: u32 = 0xc1c;
/// Enabled events (3).
pub const EVENT_STATUS: u32 = 0xc20;
/// Clears events (3).
pub const EVENT_CLEAR: u32 = 0xc24;
/// BSSID of interface 0; interface 1 is 8 further, masks 0x10 further (4).
pub const BSSID: u32 = 0xc28;
/// MAC of interface 0; interface 1 is 8 further, masks 0x10 further (4).
pub const MAC: u32 = 0xc48;
/// Holds transmission (5).
pub const TX_HOLD: u32 = 0xc74;
/// What became of a transmission (5).
pub const TX_STATUS: u32 = 0xc84;
/// Bit 0: transmitter enabled (5).
pub const TX_ENABLE: u32 = 0xc94;
/// Slots whose lifetime ran out (5).
pub const TX_EXPIRED: u32 = 0xcc0;
/// Back-off of slot 0; slot n is 24 * n lower (5).
pub const SLOT_BACKOFF: u32 = 0xdc0;
/// Descriptor, flags and start bits of slot 0 (5).
pub const SLOT_CONTROL: u32 = 0xdc4;
/// Length, rate and key of slot 0 (5).
pub const SLOT_FORMAT: u32 = 0xdc8;
/// Lifetime of slot 0 (5).
pub const SLOT_LIFETIME: u32 = 0xdd4;
/// Distance between slots (5).
pub const SLOT_STRIDE: u32 = 24;
/// Signal quality of the last ACK (5).
pub const ACK_SIGNAL: u32 = 0xe04;
/// A random word (7).
pub const RANDOM: u32 = 0xe44;
/// Counter 0, low word (7).
pub const COUNTER_0: u32 = 0x1004;
/// Counter 0, high word (7).
pub const COUNTER_0_HIGH: u32 = 0x1008;
/// Counter 1, low word (7).
pub const COUNTER_1: u32 = 0x1048;
/// Counter 1, high word (7).
pub const COUNTER_1_HIGH: u32 = 0x104c;
/// Counter 1: run from the loaded value (7).
pub const COUNTER_1_CONTROL: u32 = 0x1058;
/// Counter 1: value to load, low and high (7).
pub const COUNTER_1_LOAD: u32 = 0x105c;
/// Timer 0: control, compare low, compare high (7).
pub const TIMER_0: u32 = 0x1098;
/// Timer 1: control, compare low, compare high (7).
pub const TIMER_1: u32 = 0x10c8;
/// Time of the last frame, low (2).
pub const RX_TIME: u32 = 0x10fc;

/// Words that exist: what the libraries save and restore around a reset of the MAC, and the keys (1, 8).
const BLOCKS: [core::ops::Range<u32>; 6] = [
    0x000..0x1dc,
    0x400..0x424,
    0x800..0x830,
    0xc00..0xe58,
    0x1000..0x111c,
    0x1400..0x1800,
];

/// True for words that exist.
pub fn exists(offset: u32) -> bool {
    BLOCKS.iter().any(|block| block.contains(&offset))
}

/// Events (3).
pub mod event {
    /// A frame is in the ring.
    pub const RECEIVED: u32 = 1 << 8;
    /// A transmission has ended.
    pub const SENT: u32 = 1 << 19;
    /// Timer 0.
    pub const TIMER_0: u32 = 1 << 26;
    /// Timer 1.
    pub const TIMER_1: u32 = 1 << 27;
    /// A frame got too old before it was sent.
    pub const EXPIRED: u32 = 1 << 29;
}
