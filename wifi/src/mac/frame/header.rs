//! The three-address header that opens management and data frames (9.3.2, 9.3.3).
//!
//! Refused here, once for everything above: control frames, other protocol versions, fragments, four
//! addresses, encrypted management frames, and the extra control field of +HTC.

use core::ops::Range;

use super::super::MacAddress;
use super::{read_u16, write_u16, Error, Flags, Kind, Result, SequenceControl};

mod field {
    use super::Range;

    pub const KIND: usize = 0;
    pub const FLAGS: usize = 1;
    pub const DURATION: Range<usize> = 2..4;
    pub const ADDRESS_1: Range<usize> = 4..10;
    pub const ADDRESS_2: Range<usize> = 10..16;
    pub const ADDRESS_3: Range<usize> = 16..22;
    pub const SEQUENCE: Range<usize> = 22..24;
    pub const QOS: Range<usize> = 24..26;
}

/// The header's length in bytes, without a QoS control field.
pub const HEADER_LEN: usize = field::SEQUENCE.end;
/// The header's length in bytes, with a QoS control field.
pub const QOS_HEADER_LEN: usize = field::QOS.end;

/// The first address, to which the hardware sends: also outside a [`Header`], on a frame that is ours.
pub(crate) fn receiver(frame: &[u8]) -> MacAddress {
    MacAddress::from_bytes(&frame[field::ADDRESS_1])
}

/// Whether a frame, checked or not, says that its body is encrypted.
pub(crate) fn is_protected(frame: &[u8]) -> bool {
    Flags(frame[field::FLAGS]).contains(Flags::PROTECTED)
}

/// Marks a frame of ours as sent before.
pub(crate) fn set_retry(frame: &mut [u8]) {
    frame[field::FLAGS] |= Flags::RETRY.0;
}

/// Marks a frame of ours: more are waiting for its receiver.
pub(crate) fn set_more_data(frame: &mut [u8]) {
    frame[field::FLAGS] |= Flags::MORE_DATA.0;
}

/// Sets the duration field of a frame of ours, in microseconds.
pub(crate) fn set_duration(frame: &mut [u8], duration: u16) {
    write_u16(frame, field::DURATION, duration);
}

/// The duration field of a frame of ours, in microseconds.
pub(crate) fn duration(frame: &[u8]) -> u16 {
    read_u16(frame, field::DURATION)
}

/// A checked view of a management or data frame.
#[derive(Debug, Clone, Copy)]
pub struct Header<T: AsRef<[u8]>> {
    frame: T,
}

impl<T: AsRef<[u8]>> Header<T> {
    /// Checks that `frame` (without its frame check sequence) is one this module understands.
    ///
    /// # Errors
    /// [`Error`] for anything the module's documentation names, and for a frame shorter than its header.
    pub fn new_checked(frame: T) -> Result<Header<T>> {
        let bytes = frame.as_ref();
        if bytes.len() < HEADER_LEN {
            return Err(Error);
        }
        let header = Header { frame };
        let kind = header.kind();
        let flags = header.flags();
        let both_ways = Flags::TO_DS.with(Flags::FROM_DS);
        let unsupported = Flags::MORE_FRAGMENTS.with(Flags::ORDER);
        let only_data = both_ways.with(Flags::PROTECTED);
        if !(kind.is_management() || kind.is_data())
            || flags.contains(both_ways)
            || flags.intersects(unsupported)
            || (kind.is_management() && flags.intersects(only_data))
            || header.sequence().fragment() != 0
            || header.frame.as_ref().len() < header.header_len()
        {
            return Err(Error);
        }
        Ok(header)
    }

    /// The frame's kind.
    pub fn kind(&self) -> Kind {
        Kind::from_byte(self.frame.as_ref()[field::KIND])
    }

    /// The frame's flags.
    pub fn flags(&self) -> Flags {
        Flags(self.frame.as_ref()[field::FLAGS])
    }

    /// Address 1: the receiver.
    pub fn receiver(&self) -> MacAddress {
        self.address(field::ADDRESS_1)
    }

    /// Address 2: the transmitter.
    pub fn transmitter(&self) -> MacAddress {
        self.address(field::ADDRESS_2)
    }

    /// Address 3: the BSSID of a management frame, the far end of a data frame.
    pub fn address_3(&self) -> MacAddress {
        self.address(field::ADDRESS_3)
    }

    /// Sequence and fragment number.
    pub fn sequence(&self) -> SequenceControl {
        SequenceControl(read_u16(self.frame.as_ref(), field::SEQUENCE))
    }

    /// The QoS traffic identifier, 0 to 15, if the frame has one.
    pub fn traffic_id(&self) -> Option<u8> {
        self.kind()
            .is_qos()
            .then(|| self.frame.as_ref()[field::QOS.start] & 0xF)
    }

    /// Whether the QoS control says that the body is an aggregate of several (A-MSDU).
    pub fn is_aggregate(&self) -> bool {
        self.kind().is_qos() && self.frame.as_ref()[field::QOS.start] & 0x80 != 0
    }

    /// Whether the body is encrypted.
    pub fn is_protected(&self) -> bool {
        self.flags().contains(Flags::PROTECTED)
    }

    /// The header's length in bytes.
    pub fn header_len(&self) -> usize {
        if self.kind().is_qos() {
            QOS_HEADER_LEN
        } else {
            HEADER_LEN
        }
    }

    /// What follows the header.
    pub fn body(&self) -> &[u8] {
        &self.frame.as_ref()[self.header_len()..]
    }

    fn address(&self, field: Range<usize>) -> MacAddress {
        MacAddress::from_bytes(&self.frame.as_ref()[field])
    }
}

/// What a three-address header without QoS control says. We send no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// The frame's kind.
    pub kind: Kind,
    /// The frame's flags.
    pub flags: Flags,
    /// How long the medium stays taken after this frame, in microseconds.
    pub duration: u16,
    /// Address 1.
    pub receiver: MacAddress,
    /// Address 2.
    pub transmitter: MacAddress,
    /// Address 3.
    pub address_3: MacAddress,
    /// Sequence and fragment number.
    pub sequence: SequenceControl,
}

impl Repr {
    /// Reads the meaning of a checked header.
    ///
    /// # Errors
    /// [`Error`] when there is a QoS control field: it has no place here.
    pub fn parse<T: AsRef<[u8]>>(header: &Header<T>) -> Result<Repr> {
        if header.kind().is_qos() {
            return Err(Error);
        }
        Ok(Repr {
            kind: header.kind(),
            flags: header.flags(),
            duration: duration(header.frame.as_ref()),
            receiver: header.receiver(),
            transmitter: header.transmitter(),
            address_3: header.address_3(),
            sequence: header.sequence(),
        })
    }

    /// The bytes [`Repr::emit`] writes.
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header to the start of `frame`.
    ///
    /// # Panics
    /// When `frame` is shorter than [`HEADER_LEN`].
    pub fn emit(&self, frame: &mut [u8]) {
        frame[field::KIND] = self.kind.to_byte();
        frame[field::FLAGS] = self.flags.0;
        write_u16(frame, field::DURATION, self.duration);
        frame[field::ADDRESS_1].copy_from_slice(self.receiver.as_bytes());
        frame[field::ADDRESS_2].copy_from_slice(self.transmitter.as_bytes());
        frame[field::ADDRESS_3].copy_from_slice(self.address_3.as_bytes());
        write_u16(frame, field::SEQUENCE, self.sequence.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// A deauthentication from the access point, retried; then two bytes of body.
    const GOLDEN: [u8; 26] = [
        0xC0, 0x08, 0x3A, 0x01, // kind, flags, duration 314
        0x02, 0x11, 0x22, 0x33, 0x44, 0x55, // receiver
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A, // transmitter
        0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A, // BSSID
        0x30, 0x12, // sequence 0x123, fragment 0
        0x07, 0x00,
    ];

    fn repr() -> Repr {
        let access_point = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);
        Repr {
            kind: Kind::Deauthentication,
            flags: Flags::RETRY,
            duration: 314,
            receiver: MacAddress([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]),
            transmitter: access_point,
            address_3: access_point,
            sequence: SequenceControl::unfragmented(0x123),
        }
    }

    #[test]
    fn a_header_is_read() {
        let header = Header::new_checked(&GOLDEN[..]).unwrap();
        assert_eq!(Repr::parse(&header), Ok(repr()));
        assert_eq!(header.body(), [7, 0]);
        assert_eq!(header.traffic_id(), None);
    }

    #[test]
    fn a_header_is_written_over_whatever_was_there() {
        let mut bytes = [0xA5; 26];
        repr().emit(&mut bytes);
        assert_eq!(bytes[..HEADER_LEN], GOLDEN[..HEADER_LEN]);
        assert_eq!(bytes[HEADER_LEN..], [0xA5; 2]);
    }

    #[test]
    fn a_qos_control_moves_the_body() {
        let mut bytes = GOLDEN;
        bytes[0] = Kind::QosData.to_byte();
        let header = Header::new_checked(&bytes[..]).unwrap();
        assert_eq!(header.traffic_id(), Some(7));
        assert!(!header.is_aggregate());
        assert!(header.body().is_empty());
        assert_eq!(Repr::parse(&header), Err(Error));
        assert!(Header::new_checked(&bytes[..25]).is_err());
    }

    #[test]
    fn what_an_access_point_has_no_use_for_is_refused() {
        let refused = |change: fn(&mut [u8; 26])| {
            let mut bytes = GOLDEN;
            change(&mut bytes);
            Header::new_checked(&bytes[..]).is_err()
        };
        assert!(!refused(|_| {}));
        assert!(refused(|bytes| bytes[0] = 0xD4), "acknowledgement");
        assert!(refused(|bytes| bytes[0] |= 1), "protocol version");
        assert!(refused(|bytes| bytes[1] |= 0x04), "more fragments");
        assert!(refused(|bytes| bytes[22] |= 1), "second fragment");
        assert!(refused(|bytes| bytes[1] |= 0x40), "management protected");
        assert!(
            !refused(|bytes| (bytes[0], bytes[1]) = (0x08, 0x41)),
            "data protected"
        );
        assert!(refused(|bytes| bytes[1] |= 0x80), "order");
        assert!(refused(|bytes| bytes[1] |= 0x01), "management to DS");
        assert!(
            refused(|bytes| (bytes[0], bytes[1]) = (0x08, 0x03)),
            "four addresses"
        );
        assert!(Header::new_checked(&GOLDEN[..23]).is_err(), "short");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(header) = Header::new_checked(&bytes[..]) {
                prop_assert_eq!(header.header_len() + header.body().len(), bytes.len());
                if let Ok(repr) = Repr::parse(&header) {
                    let mut again = Vec::from([0xA5; HEADER_LEN]);
                    repr.emit(&mut again);
                    prop_assert_eq!(&again[..], &bytes[..HEADER_LEN]);
                }
            }
        }
    }
}
