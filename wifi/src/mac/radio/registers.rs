//! The registers this driver uses: addresses and bits, each with its section of docs/wifi-mac-registers.md.

/// Where the MAC's interrupt goes: 0 in bits 0 to 4 is INUM 0, level 1 (section 3, routing). In the DPORT
/// block.
pub const INTERRUPT_ROUTE: u32 = 0x3FF0_0000;
/// See [`INTERRUPT_ROUTE`].
pub const INTERRUPT_ROUTE_MASK: u32 = 0x1F;

/// Receive control (section 2).
pub const RECEIVE_CONTROL: u32 = 0x3FF2_0000;
/// Bits that are cleared before receiving starts.
pub const RECEIVE_CONTROL_CLEARED: u32 = 0x2000_00FF;
/// Receiver switch (section 2).
pub const RECEIVER: u32 = 0x3FF2_0004;
/// See [`RECEIVER`].
pub const RECEIVER_ENABLED: u32 = 1 << 31;
/// First receive descriptor; a write makes the hardware start over there (section 2).
pub const RECEIVE_BASE: u32 = 0x3FF2_0008;
/// First descriptor of the A-MPDU list (section 2). Unused here.
pub const RECEIVE_AGGREGATE_BASE: u32 = 0x3FF2_000C;
/// Written 0 at start (section 2).
pub const RECEIVE_START: u32 = 0x3FF2_0010;
/// Last descriptor of the last frame received completely (section 2).
pub const RECEIVE_LAST: u32 = 0x3FF2_0014;
/// Counts frames that found no free buffer (section 2).
pub const RECEIVE_UNBUFFERED: u32 = 0x3FF2_019C;
/// Counts frames received at all (section 2).
pub const RECEIVED: u32 = 0x3FF2_01C0;
/// End of the memory of receive descriptors and buffers (section 2).
pub const RECEIVE_MEMORY_END: u32 = 0x3FF2_007C;
/// Its start.
pub const RECEIVE_MEMORY_START: u32 = 0x3FF2_0080;
/// Receive filter (section 1, step 6, and section 4).
pub const RECEIVE_FILTER: u32 = 0x3FF2_006C;
/// Drop what is for others.
pub const RECEIVE_FILTER_SET: u32 = 0x707;
/// No beacons of other networks, and a bit without a known meaning.
pub const RECEIVE_FILTER_CLEARED: u32 = 0x1010;
/// Without a known name (section 1, step 6).
pub const RECEIVE_OPTION: u32 = 0x3FF2_0178;
/// See [`RECEIVE_OPTION`].
pub const RECEIVE_OPTION_SET: u32 = 0x2;

/// Rates of acknowledgements for the 16 received rate codes, and for HT (section 6): address and value.
pub const ACKNOWLEDGEMENT_RATES: [(u32, u32); 3] = [
    (0x3FF2_0400, 0x7650_3210),
    (0x3FF2_0404, 0xBBBB_BBBB),
    (0x3FF2_0408, 0xBBBB_BBBB),
];

/// Decryption per interface: off (section 1, step 3, and section 8). Address and value.
pub const DECRYPTION_OFF: [(u32, u32); 3] = [
    (0x3FF2_0800, 0x0003_0000),
    (0x3FF2_0804, 0x0003_0000),
    (0x3FF2_0808, 0),
];

/// Decryption for the access point's interface (section 8).
pub const DECRYPTION: u32 = 0x3FF2_0804;
/// What switches it on for CCMP.
pub const DECRYPTION_ON: u32 = 0x0003_0303;
/// Bit k: entry k of the key table is valid (section 8).
pub const KEYS_VALID: u32 = 0x3FF2_080C;
/// The key table (section 8).
pub const KEY_TABLE: u32 = 0x3FF2_1400;
/// Bytes of an entry: address, what the key is for, 32 bytes of key.
pub const KEY_ENTRY_LEN: u32 = 40;
/// Entries.
pub const KEY_ENTRY_COUNT: u8 = 25;
/// Second word of an entry: CCMP.
pub const KEY_CCMP: u32 = 3 << 18;
/// The key is for one station.
pub const KEY_PAIRWISE: u32 = 2 << 21;
/// The key is for all.
pub const KEY_GROUP: u32 = 6 << 21;
/// The key is for the access point's interface.
pub const KEY_ACCESS_POINT: u32 = 1 << 24;
/// Where its id is.
pub const KEY_ID_SHIFT: u32 = 30;

/// Options of the MAC core (section 1, step 2): address, bits cleared, bits set.
pub const CORE_OPTIONS: [(u32, u32, u32); 6] = [
    (0x3FF2_0C88, 0x0020_4008, 0x8084_A000),
    (0x3FF2_0C90, 0, 0x8),
    // Bit 0 switches the transmitter on (section 5).
    (0x3FF2_0C94, 0, 0x3),
    (0x3FF2_0E08, 0xF0, 0),
    (0x3FF2_0C6C, 0xFFFF, 0x1616),
    (0x3FF2_0C14, 0xFFF, 0xC000_00F0),
];
/// A field whose power-on value is raised (section 1, step 2).
pub const CORE_TIMING: u32 = 0x3FF2_0C68;
/// Where the field is in [`CORE_TIMING`], how wide, and by how much it is raised.
pub const CORE_TIMING_SHIFT: u32 = 16;
/// See [`CORE_TIMING_SHIFT`].
pub const CORE_TIMING_MASK: u32 = 0xFF;
/// See [`CORE_TIMING_SHIFT`].
pub const CORE_TIMING_RAISE: u32 = 18;

/// Which events raise the interrupt (section 3).
pub const EVENTS_ENABLED: u32 = 0x3FF2_0C18;
/// Events that happened, whether enabled or not (section 3).
pub const EVENTS_RAW: u32 = 0x3FF2_0C1C;
/// Events that happened (section 3).
pub const EVENTS: u32 = 0x3FF2_0C20;
/// Written 1 bits clear events (section 3).
pub const EVENTS_CLEAR: u32 = 0x3FF2_0C24;
/// A transmission ended.
pub const EVENT_TRANSMITTED: u32 = 1 << 19;
/// A queued frame's lifetime ran out.
pub const EVENT_EXPIRED: u32 = 1 << 29;
/// The vendor's handler stops for good when it sees one of these.
pub const EVENTS_FATAL: u32 = 1 << 20 | 1 << 28;
/// What we enable: a frame received (bit 8), the two above, and bits 9 and 23, of which we do not know what
/// they report. The vendor's driver enables these and its two timers (bits 26 and 27).
pub const EVENTS_WANTED: u32 = 0x2088_0300;

/// Address slots of interface 1, the access point (section 4): low and high word, low and high mask.
pub const ACCESS_POINT_BSSID: [u32; 4] = [0x3FF2_0C30, 0x3FF2_0C34, 0x3FF2_0C40, 0x3FF2_0C44];
/// See [`ACCESS_POINT_BSSID`].
pub const ACCESS_POINT_MAC: [u32; 4] = [0x3FF2_0C50, 0x3FF2_0C54, 0x3FF2_0C60, 0x3FF2_0C64];
/// The high mask of interface 0, the station (section 4): its BSSID slot stays off.
pub const STATION_BSSID_MASK_HIGH: u32 = 0x3FF2_0C3C;
/// In a high mask: the slot is in use.
pub const ADDRESS_SLOT_ENABLED: u32 = 1 << 16;

/// Holds the transmitter so that a queued frame can be withdrawn (section 5).
pub const TRANSMIT_HOLD: u32 = 0x3FF2_0C74;
/// See [`TRANSMIT_HOLD`].
pub const TRANSMIT_HOLD_SET: u32 = 0xC000_0000;
/// How the last transmission ended (section 5): slot in bits 8 to 11, result in bits 28 to 31.
pub const TRANSMIT_STATUS: u32 = 0x3FF2_0C84;
/// Slots whose frame expired, from bit 16 (section 5).
pub const TRANSMIT_EXPIRED: u32 = 0x3FF2_0CC0;
/// Where slot 0 is in [`TRANSMIT_EXPIRED`].
pub const TRANSMIT_EXPIRED_SHIFT: u32 = 16;

/// The transmit slot we use: best effort (section 5).
pub const TRANSMIT_SLOT: u32 = 2;
const TRANSMIT_SLOT_STRIDE: u32 = 24;
const fn slot(address_of_slot_0: u32) -> u32 {
    address_of_slot_0 - TRANSMIT_SLOT * TRANSMIT_SLOT_STRIDE
}
/// Our slot's back-off (section 5).
pub const TRANSMIT_BACKOFF: u32 = slot(0x3FF2_0DC0);
/// Where the number of slots is in [`TRANSMIT_BACKOFF`].
pub const TRANSMIT_BACKOFF_SHIFT: u32 = 12;
/// Our slot's descriptor and its start bits (section 5).
pub const TRANSMIT_DESCRIPTOR: u32 = slot(0x3FF2_0DC4);
/// The part of a descriptor's address that [`TRANSMIT_DESCRIPTOR`] holds.
pub const TRANSMIT_DESCRIPTOR_MASK: u32 = 0x3_FFFF;
/// Always set for 802.11b/g: bit 21, and bit 22 where there is no TXOP limit.
pub const TRANSMIT_ALWAYS: u32 = 3 << 21;
/// Wait for an acknowledgement.
pub const TRANSMIT_ACKNOWLEDGED: u32 = 1 << 24;
/// Start.
pub const TRANSMIT_START: u32 = 0xC000_0000;
/// Our slot's length, rate and format (section 5).
pub const TRANSMIT_FORMAT: u32 = slot(0x3FF2_0DC8);
/// Where the rate code is in [`TRANSMIT_FORMAT`].
pub const TRANSMIT_RATE_SHIFT: u32 = 12;
/// Where the entry of the key is in [`TRANSMIT_FORMAT`].
pub const TRANSMIT_KEY_SHIFT: u32 = 16;
/// The entry is of the access point's interface.
pub const TRANSMIT_KEY_ACCESS_POINT: u32 = 1 << 23;
/// Our slot's duration, from bit 16 (section 5).
pub const TRANSMIT_DURATION: u32 = slot(0x3FF2_0DD0);
/// Where the duration is in [`TRANSMIT_DURATION`].
pub const TRANSMIT_DURATION_SHIFT: u32 = 16;
/// Our slot's lifetime, in units of 1024 microseconds from bit 12 (section 5).
pub const TRANSMIT_LIFETIME: u32 = slot(0x3FF2_0DD4);
/// Where the lifetime is in [`TRANSMIT_LIFETIME`].
pub const TRANSMIT_LIFETIME_SHIFT: u32 = 12;

/// Another word at each read (section 7).
pub const RANDOM: u32 = 0x3FF2_0E44;
