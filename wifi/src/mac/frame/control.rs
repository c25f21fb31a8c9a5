//! The frame control field (9.2.4.1): what kind of frame, and its flags.

/// What a frame is: type and subtype in one, the first byte of the frame control field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A station asks to join.
    AssociationRequest,
    /// The answer to it.
    AssociationResponse,
    /// A station asks to join and names the access point it comes from.
    ReassociationRequest,
    /// The answer to it.
    ReassociationResponse,
    /// A station asks who is there.
    ProbeRequest,
    /// The answer to it.
    ProbeResponse,
    /// The access point says that it is there.
    Beacon,
    /// An association ends, the authentication stays.
    Disassociation,
    /// Either side of the authentication exchange.
    Authentication,
    /// Authentication and association end.
    Deauthentication,
    /// Data.
    Data,
    /// No data: carries the power management flag, or asks for an acknowledgement.
    Null,
    /// Data with a QoS control field.
    QosData,
    /// No data, with a QoS control field.
    QosNull,
    /// Any other, by its byte.
    Unknown(u8),
}

impl Kind {
    const TYPE_MASK: u8 = 0x0C;
    const TYPE_MANAGEMENT: u8 = 0x00;
    const TYPE_DATA: u8 = 0x08;

    /// Reads the first byte of the frame control field. Bits 0 and 1, the protocol version, stay in
    /// `Unknown`.
    pub const fn from_byte(byte: u8) -> Kind {
        match byte {
            0x00 => Kind::AssociationRequest,
            0x10 => Kind::AssociationResponse,
            0x20 => Kind::ReassociationRequest,
            0x30 => Kind::ReassociationResponse,
            0x40 => Kind::ProbeRequest,
            0x50 => Kind::ProbeResponse,
            0x80 => Kind::Beacon,
            0xA0 => Kind::Disassociation,
            0xB0 => Kind::Authentication,
            0xC0 => Kind::Deauthentication,
            0x08 => Kind::Data,
            0x48 => Kind::Null,
            0x88 => Kind::QosData,
            0xC8 => Kind::QosNull,
            other => Kind::Unknown(other),
        }
    }

    /// The first byte of the frame control field.
    pub const fn to_byte(self) -> u8 {
        match self {
            Kind::AssociationRequest => 0x00,
            Kind::AssociationResponse => 0x10,
            Kind::ReassociationRequest => 0x20,
            Kind::ReassociationResponse => 0x30,
            Kind::ProbeRequest => 0x40,
            Kind::ProbeResponse => 0x50,
            Kind::Beacon => 0x80,
            Kind::Disassociation => 0xA0,
            Kind::Authentication => 0xB0,
            Kind::Deauthentication => 0xC0,
            Kind::Data => 0x08,
            Kind::Null => 0x48,
            Kind::QosData => 0x88,
            Kind::QosNull => 0xC8,
            Kind::Unknown(byte) => byte,
        }
    }

    /// Whether this is a management frame of protocol version 0.
    pub const fn is_management(self) -> bool {
        self.to_byte() & (Self::TYPE_MASK | 0x03) == Self::TYPE_MANAGEMENT
    }

    /// Whether this is a data frame of protocol version 0, with or without data in it.
    pub const fn is_data(self) -> bool {
        self.to_byte() & (Self::TYPE_MASK | 0x03) == Self::TYPE_DATA
    }

    /// Whether a QoS control field follows the three addresses.
    pub const fn is_qos(self) -> bool {
        self.is_data() && self.to_byte() & 0x80 != 0
    }
}

/// The second byte of the frame control field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u8);

impl Flags {
    /// No flag.
    pub const NONE: Flags = Flags(0);
    /// Towards the access point.
    pub const TO_DS: Flags = Flags(0x01);
    /// From the access point.
    pub const FROM_DS: Flags = Flags(0x02);
    /// Another fragment follows.
    pub const MORE_FRAGMENTS: Flags = Flags(0x04);
    /// Sent before, with the same sequence control.
    pub const RETRY: Flags = Flags(0x08);
    /// The sender dozes after this exchange.
    pub const POWER_MANAGEMENT: Flags = Flags(0x10);
    /// More frames are waiting for the receiver.
    pub const MORE_DATA: Flags = Flags(0x20);
    /// The body is encrypted.
    pub const PROTECTED: Flags = Flags(0x40);
    /// Another control field follows (+HTC).
    pub const ORDER: Flags = Flags(0x80);

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any flag of `other` is set.
    pub const fn intersects(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    /// The flags of both.
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_kind_and_every_kind_its_byte() {
        for byte in 0..=255 {
            assert_eq!(Kind::from_byte(byte).to_byte(), byte);
        }
    }

    #[test]
    fn management_and_data_are_told_apart() {
        assert!(Kind::Beacon.is_management() && !Kind::Beacon.is_data());
        assert!(Kind::Null.is_data() && !Kind::Null.is_management());
        // An acknowledgement is a control frame: neither. So is anything of another protocol version.
        for byte in [0xD4, 0x81, 0x0A] {
            let kind = Kind::from_byte(byte);
            assert!(!kind.is_management() && !kind.is_data(), "{byte:#x}");
        }
    }

    #[test]
    fn only_qos_data_kinds_carry_a_qos_control() {
        assert!(Kind::QosData.is_qos() && Kind::QosNull.is_qos());
        assert!(!Kind::Data.is_qos() && !Kind::Beacon.is_qos());
    }
}
