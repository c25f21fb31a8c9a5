//! The memory the engine needs, all of it, handed in by the firmware.

use super::super::frame::data::MAX_FRAME_LEN;
use super::dma::Place;

/// Receive buffers. Two are always the hardware's, so that its list never runs empty; see
/// [`super::ReceiveRing`].
pub const RECEIVE_COUNT: usize = 6;
/// A receive buffer holds the receive header (12), any frame we accept (1550 with QoS control and CCMP), the frame
/// check sequence and some room, as in the AT firmware (docs/wifi-mac-registers.md, section 2).
pub const RECEIVE_LEN: usize = 1600;
/// Data frames waiting to be sent, the one on the air among them. Two may wait for stations to wake up; everything else
/// goes past them through the third place.
pub const DATA_COUNT: usize = 3;
/// The longest data frame and its frame check sequence.
pub const DATA_LEN: usize = MAX_FRAME_LEN + super::FRAME_CHECK_LEN;
/// Management frames waiting to be sent.
pub const MANAGEMENT_COUNT: usize = 8;
/// The longest management frame we send, a beacon with a name of 32 bytes and the RSN element, takes 120 bytes and
/// its frame check sequence.
pub const MANAGEMENT_LEN: usize = 128;

/// The memory the Wi-Fi MAC reads and writes: less than 16 KB. Must lie in DRAM (0x3FFE8000 to 0x3FFFFFFF).
#[repr(C)]
pub struct Resources {
    pub(super) receive: [Place<RECEIVE_LEN>; RECEIVE_COUNT],
    pub(super) data: [Place<DATA_LEN>; DATA_COUNT],
    pub(super) management: [Place<MANAGEMENT_LEN>; MANAGEMENT_COUNT],
    pub(super) beacon: [Place<MANAGEMENT_LEN>; 1],
}

impl Resources {
    /// All zero: a static of it takes no flash.
    pub const fn new() -> Resources {
        Resources {
            receive: [const { Place::new() }; RECEIVE_COUNT],
            data: [const { Place::new() }; DATA_COUNT],
            management: [const { Place::new() }; MANAGEMENT_COUNT],
            beacon: [const { Place::new() }; 1],
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self::new()
    }
}

const _: () = assert!(core::mem::size_of::<Resources>() <= 16 * 1024);
