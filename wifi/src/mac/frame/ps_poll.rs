//! PS-Poll: a station that sleeps asks for one frame (9.3.1.5).

use super::super::MacAddress;

/// Kind and flags of one; the sender sleeps on, whatever its flag says.
const KIND: u8 = 0xA4;
const LEN: usize = 16;

/// Who asks whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsPoll {
    /// The access point.
    pub receiver: MacAddress,
    /// The station.
    pub transmitter: MacAddress,
}

impl PsPoll {
    /// Reads a frame without its frame check sequence; nothing when it is no PS-Poll.
    pub fn parse(frame: &[u8]) -> Option<PsPoll> {
        (frame.len() >= LEN && frame[0] == KIND).then(|| PsPoll {
            receiver: MacAddress::from_bytes(&frame[4..10]),
            transmitter: MacAddress::from_bytes(&frame[10..16]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: [u8; 16] = [
        0xA4, 0x10, 0x01, 0xC0, // kind, flags, association id 1
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A, // access point
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55, // station
    ];

    #[test]
    fn a_poll_is_read_and_nothing_else_is_one() {
        let poll = PsPoll::parse(&GOLDEN).unwrap();
        assert_eq!(poll.receiver.0, [0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);
        assert_eq!(poll.transmitter.0, [0x02, 0x11, 0x22, 0x33, 0x44, 0x55]);
        assert_eq!(PsPoll::parse(&GOLDEN[..15]), None);
        let mut acknowledgement = GOLDEN;
        acknowledgement[0] = 0xD4;
        assert_eq!(PsPoll::parse(&acknowledgement), None);
    }
}
