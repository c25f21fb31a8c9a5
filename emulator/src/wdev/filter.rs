//! Which frames are for this chip (docs/wifi-mac-registers.md, section 4).

/// Which interfaces a frame's addresses fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Address 1 is, or includes, the interface's own.
    pub address: [bool; 2],
    /// The BSSID is, or includes, the interface's.
    pub bssid: [bool; 2],
    /// Address 1 is exactly one of ours: it wants an ACK.
    pub unicast: bool,
}

impl Match {
    /// The receive header's bits 28..31.
    pub fn header_bits(self) -> u32 {
        let bits = [
            self.address[0],
            self.address[1],
            self.bssid[0],
            self.bssid[1],
        ];
        (28..)
            .zip(bits)
            .fold(0, |word, (at, bit)| word | u32::from(bit) << at)
    }
}

/// One address with its mask; the fields are the four registers.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressSlot {
    /// Bytes 0..3.
    pub low: u32,
    /// Bytes 4..5.
    pub high: u32,
    /// Which of bytes 0..3 count.
    pub mask_low: u32,
    /// Which of bytes 4..5 count; bit 16: in use.
    pub mask_high: u32,
}

impl AddressSlot {
    fn is_used(&self) -> bool {
        self.mask_high & 1 << 16 != 0
    }

    fn is(&self, address: &[u8; 6]) -> bool {
        let [a, b, c, d, e, f] = *address;
        let low = u32::from_le_bytes([a, b, c, d]);
        let high = u32::from_le_bytes([e, f, 0, 0]);
        self.is_used()
            && (low ^ self.low) & self.mask_low == 0
            && (high ^ self.high) & self.mask_high & 0xffff == 0
    }

    fn includes(&self, address: &[u8; 6]) -> bool {
        self.is_used() && address[0] & 1 != 0 || self.is(address)
    }
}

/// The four slots.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// MAC addresses of interface 0 and 1.
    pub addresses: [AddressSlot; 2],
    /// BSSIDs of interface 0 and 1.
    pub bssids: [AddressSlot; 2],
}

impl Filter {
    /// Compares a frame's addresses.
    pub fn check(&self, frame: &[u8]) -> Match {
        let Some(to) = address(frame, 4) else {
            return Match::default();
        };
        // 802.11-2012 table 8-19: where the BSSID is depends on to-DS and from-DS.
        let bssid = match frame[1] & 3 {
            1 => Some(to),
            2 => address(frame, 10),
            3 => None,
            _ => address(frame, 16),
        };
        Match {
            address: self.addresses.map(|slot| slot.includes(&to)),
            bssid: self
                .bssids
                .map(|slot| bssid.is_some_and(|bssid| slot.includes(&bssid))),
            unicast: to[0] & 1 == 0 && self.addresses.iter().any(|slot| slot.is(&to)),
        }
    }
}

fn address(frame: &[u8], at: usize) -> Option<[u8; 6]> {
    frame.get(at..at + 6)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [u8; 6] = [0x5e, 0xcf, 0x7f, 1, 2, 3];

    fn slot(address: [u8; 6]) -> AddressSlot {
        let [a, b, c, d, e, f] = address;
        AddressSlot {
            low: u32::from_le_bytes([a, b, c, d]),
            high: u32::from_le_bytes([e, f, 0, 0]),
            mask_low: u32::MAX,
            mask_high: 0x1ffff,
        }
    }

    fn access_point() -> Filter {
        let mut filter = Filter::default();
        filter.addresses[1] = slot(OURS);
        filter.bssids[1] = slot(OURS);
        filter
    }

    fn frame(flags: u8, to: [u8; 6], third: [u8; 6]) -> Vec<u8> {
        let mut frame = vec![0x08, flags, 0, 0];
        frame.extend(to);
        frame.extend([2; 6]);
        frame.extend(third);
        frame
    }

    #[test]
    fn a_frame_for_the_access_point_matches_interface_one_only() {
        let found = access_point().check(&frame(1, OURS, [4; 6]));
        assert!(found.unicast);
        assert_eq!(found.header_bits(), 0xa000_0000);
    }

    #[test]
    fn a_broadcast_matches_without_asking_for_an_ack() {
        let found = access_point().check(&frame(0, [0xff; 6], [0xff; 6]));
        assert!(!found.unicast);
        assert_eq!(found.header_bits(), 0xa000_0000);
    }

    #[test]
    fn a_frame_for_a_neighbour_matches_nothing() {
        let mut neighbour = OURS;
        neighbour[5] ^= 1;
        let found = access_point().check(&frame(1, neighbour, [4; 6]));
        assert_eq!(found, Match::default());
    }

    #[test]
    fn a_slot_out_of_use_matches_nothing() {
        let mut filter = access_point();
        filter.addresses[1].mask_high = 0xffff;
        assert!(!filter.check(&frame(1, OURS, OURS)).unicast);
    }

    #[test]
    fn a_torso_matches_nothing() {
        for len in 0..10 {
            assert_eq!(access_point().check(&vec![0; len]), Match::default());
        }
    }
}
