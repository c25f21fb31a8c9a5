//! The few 802.11 frames a station speaks and understands.
//!
//! Encoding and parsing are the `ieee80211` crate's, not ours: the firmware's own codec
//! is judged by one that shares nothing with it. What it lacks (the reassociation request, LLC/SNAP) is here.

use ieee80211::common::{
    CapabilitiesInformation, DataFrameSubtype, FCFFlags, IEEE80211AuthenticationAlgorithmNumber,
    IEEE80211Reason, IEEE80211StatusCode, SequenceControl,
};
use ieee80211::data_frame::{header::DataFrameHeader, DataFrame};
use ieee80211::elements::element_chain::{ChainElement, ElementChainEnd};
use ieee80211::elements::rates::{
    EncodedRate, ExtendedSupportedRatesElement, SupportedRatesElement,
};
use ieee80211::elements::{ElementID, ReadElements, SSIDElement};
use ieee80211::mac_parser::MACAddress;
use ieee80211::mgmt_frame::body::{
    AssociationRequestBody, AuthenticationBody, DeauthenticationBody, DisassociationBody,
    ProbeRequestBody,
};
use ieee80211::mgmt_frame::{
    AssociationResponseFrame, AuthenticationFrame, BeaconFrame, DeauthenticationFrame,
    DisassociationFrame, ManagementFrame, ManagementFrameHeader, ProbeResponseFrame,
};
use ieee80211::scroll::{ctx::MeasureWith, ctx::TryIntoCtx, Pread, Pwrite};

/// A 48-bit address.
pub type Mac = [u8; 6];

/// Everybody.
pub const BROADCAST: Mac = [0xff; 6];

/// LLC and SNAP for Ethernet types (802.2, RFC 1042).
const SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];

/// 1, 2, 5.5 and 11 Mbit/s as basic rates, 6, 12, 24 and 36 beside them.
const RATES: [u8; 8] = [0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 72];
/// The other 802.11g rates.
const MORE_RATES: [u8; 4] = [18, 36, 96, 108];

/// The RSN element's number.
const RSN: u8 = 48;

/// First byte of the frame control field: version 0, type, subtype (802.11-2012 table 8-1).
mod kind {
    pub const ASSOCIATION_RESPONSE: u8 = 0x10;
    pub const REASSOCIATION_REQUEST: u8 = 0x20;
    pub const REASSOCIATION_RESPONSE: u8 = 0x30;
    pub const PROBE_RESPONSE: u8 = 0x50;
    pub const BEACON: u8 = 0x80;
    pub const DISASSOCIATION: u8 = 0xa0;
    pub const AUTHENTICATION: u8 = 0xb0;
    pub const DEAUTHENTICATION: u8 = 0xc0;
    pub const DATA: u8 = 0x08;
}

/// Flag: the sender sleeps behind this frame.
pub const POWER_MANAGEMENT: u8 = 0x10;

/// A network as its beacons and probe responses announce it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The access point's address.
    pub bssid: Mac,
    /// Its name, as raw bytes.
    pub ssid: Vec<u8>,
    /// Whether it demands encryption.
    pub private: bool,
    /// Its rates in 500 kbit/s, without the basic-rate mark.
    pub rates: Vec<u8>,
    /// Its RSN element, id and length included; empty when it has none.
    pub rsn: Vec<u8>,
}

/// What a frame says to a station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A beacon, or a probe response.
    Network(Network),
    /// An answer to an authentication request.
    Authentication {
        /// Transaction number; 2 is the answer to 1.
        transaction: u16,
        /// 0 is success.
        status: u16,
    },
    /// An answer to an association or reassociation request.
    Association {
        /// 0 is success.
        status: u16,
        /// The number it gave us.
        aid: u16,
    },
    /// The access point ends authentication, and with it association.
    Deauthentication {
        /// 802.11-2012 table 8-36.
        reason: u16,
    },
    /// The access point ends association.
    Disassociation {
        /// 802.11-2012 table 8-36.
        reason: u16,
    },
    /// An Ethernet frame from the distribution system.
    Data(Vec<u8>),
}

/// The addresses every data and management frame begins with, and its frame control and sequence fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Frame control, first byte: version, type, subtype.
    pub kind: u8,
    /// Frame control, second byte: flags.
    pub flags: u8,
    /// Receiver.
    pub to: Mac,
    /// Transmitter.
    pub from: Mac,
    /// BSSID, or far end of the distribution system.
    pub third: Mac,
    /// Sequence and fragment number.
    pub sequence: u16,
}

impl Head {
    /// Reads the head of a data or management frame; `None` for control frames and torsos.
    pub fn of(frame: &[u8]) -> Option<Head> {
        let head = frame.get(..24)?;
        let address = |at: usize| -> Mac { core::array::from_fn(|byte| head[at + byte]) };
        (head[0] & 0x0c != 0x04).then(|| Head {
            kind: head[0],
            flags: head[1],
            to: address(4),
            from: address(10),
            third: address(16),
            sequence: u16::from_le_bytes([head[22], head[23]]),
        })
    }

    /// A beacon.
    pub fn is_beacon(&self) -> bool {
        self.kind == kind::BEACON
    }

    /// More frames wait for its receiver.
    pub fn has_more(&self) -> bool {
        self.flags & 0x20 != 0
    }

    /// Sent again by its sender.
    pub fn is_retry(&self) -> bool {
        self.flags & 0x08 != 0
    }
}

/// True for broadcast and multicast addresses.
pub fn is_group(address: &Mac) -> bool {
    address[0] & 1 != 0
}

/// Whether a beacon says that frames wait for the station with this number, and for all (802.11-2012 8.4.2.7).
pub fn traffic(beacon: &[u8], aid: u16) -> Option<(bool, bool)> {
    const TIM: u8 = 5;
    let mut elements = beacon.get(36..)?;
    while let [id, len, rest @ ..] = elements {
        let (value, next) = rest.split_at_checked(usize::from(*len))?;
        if let (TIM, [_, _, control, bitmap @ ..]) = (*id, value) {
            let byte = usize::from(aid / 8).checked_sub(usize::from(control & 0xfe));
            let bits = byte.and_then(|byte| bitmap.get(byte)).unwrap_or(&0);
            return Some((bits >> (aid % 8) & 1 != 0, control & 1 != 0));
        }
        elements = next;
    }
    None
}

/// A sleeping station asks for one frame (802.11-2012 8.3.1.5).
pub fn ps_poll(bssid: Mac, from: Mac, aid: u16) -> Vec<u8> {
    let mut frame = vec![0xa4, POWER_MANAGEMENT];
    frame.extend((aid | 0xc000).to_le_bytes());
    frame.extend(bssid);
    frame.extend(from);
    frame
}

/// Understands a frame; `None` for what a station has no use for, malformed ones included.
pub fn parse(frame: &[u8]) -> Option<Received> {
    let head = Head::of(frame)?;
    match head.kind {
        kind::BEACON => {
            let beacon: BeaconFrame = frame.pread_with(0, false).ok()?;
            Some(Received::Network(network(
                head.third,
                beacon.body.capabilities_info,
                beacon.body.elements,
            )))
        }
        kind::PROBE_RESPONSE => {
            let answer: ProbeResponseFrame = frame.pread_with(0, false).ok()?;
            Some(Received::Network(network(
                head.third,
                answer.body.capabilities_info,
                answer.body.elements,
            )))
        }
        kind::AUTHENTICATION => {
            let answer: AuthenticationFrame = frame.pread_with(0, false).ok()?;
            Some(Received::Authentication {
                transaction: answer.body.authentication_transaction_sequence_number,
                status: answer.body.status_code.into_bits(),
            })
        }
        kind::ASSOCIATION_RESPONSE | kind::REASSOCIATION_RESPONSE => {
            let answer: AssociationResponseFrame = frame.pread_with(0, false).ok()?;
            Some(Received::Association {
                status: answer.body.status_code.into_bits(),
                aid: answer.body.association_id.map_or(0, |aid| aid.aid()),
            })
        }
        kind::DEAUTHENTICATION => {
            let farewell: DeauthenticationFrame = frame.pread_with(0, false).ok()?;
            Some(Received::Deauthentication {
                reason: farewell.body.reason.into_bits(),
            })
        }
        kind::DISASSOCIATION => {
            let farewell: DisassociationFrame = frame.pread_with(0, false).ok()?;
            Some(Received::Disassociation {
                reason: farewell.body.reason.into_bits(),
            })
        }
        kind::DATA => {
            let data: DataFrame = frame.pread_with(0, false).ok()?;
            let flags = data.header.fcf_flags;
            let packet = data.payload?.strip_prefix(&SNAP)?;
            if !flags.from_ds() || flags.to_ds() || flags.protected() || packet.len() < 2 {
                return None;
            }
            let mut ethernet = head.to.to_vec();
            ethernet.extend(head.third);
            ethernet.extend(packet);
            Some(Received::Data(ethernet))
        }
        _ => None,
    }
}

fn network(
    bssid: Mac,
    capabilities: CapabilitiesInformation,
    elements: ReadElements<'_>,
) -> Network {
    let raw = |id| elements.get_first_element_raw(ElementID::Id(id));
    let rsn = raw(RSN).map_or(Vec::new(), |element| {
        let mut whole = vec![RSN, element.slice.len() as u8];
        whole.extend(element.slice);
        whole
    });
    let mut rates = Vec::new();
    for element in [raw(1), raw(50)].into_iter().flatten() {
        rates.extend(element.slice.iter().map(|rate| rate & 0x7f));
    }
    Network {
        bssid,
        ssid: raw(0).map_or(Vec::new(), |element| element.slice.to_vec()),
        private: capabilities.is_confidentiality_required(),
        rates,
        rsn,
    }
}

/// Asks for networks: one by name, or all (`ssid` empty).
pub fn probe_request(from: Mac, ssid: &str) -> Vec<u8> {
    management(
        BROADCAST,
        from,
        BROADCAST,
        ProbeRequestBody {
            elements: elements(ssid),
            _phantom: Default::default(),
        },
    )
}

/// Open-system authentication, first message.
pub fn authentication_request(from: Mac, bssid: Mac) -> Vec<u8> {
    management(
        bssid,
        from,
        bssid,
        AuthenticationBody {
            authentication_algorithm_number: IEEE80211AuthenticationAlgorithmNumber::OpenSystem,
            authentication_transaction_sequence_number: 1,
            status_code: IEEE80211StatusCode::Success,
            elements: ReadElements { bytes: &[] },
            _phantom: Default::default(),
        },
    )
}

/// Association with the network `ssid` of `bssid`.
pub fn association_request(from: Mac, bssid: Mac, ssid: &str) -> Vec<u8> {
    management(
        bssid,
        from,
        bssid,
        AssociationRequestBody {
            capabilities_info: CapabilitiesInformation::new()
                .with_is_ess(true)
                .with_is_short_preamble_allowed(true),
            listen_interval: 10,
            elements: elements(ssid),
            _phantom: Default::default(),
        },
    )
}

/// Association again, after a disassociation: the same with the present access point after
/// the listen interval (802.11-2012 8.3.3.7), and another subtype.
pub fn reassociation_request(from: Mac, bssid: Mac, ssid: &str) -> Vec<u8> {
    let mut frame = association_request(from, bssid, ssid);
    frame[0] = kind::REASSOCIATION_REQUEST;
    frame.splice(28..28, bssid);
    frame
}

/// Makes an association request one to a network with a key: the privacy bit of the capabilities, and the RSN
/// element at the end.
pub fn with_rsn(mut frame: Vec<u8>, element: &[u8]) -> Vec<u8> {
    if !element.is_empty() {
        frame[24] |= 0x10;
        frame.extend(element);
    }
    frame
}

/// The station goes: reason 3 of 802.11-2012 table 8-36.
pub fn deauthentication(from: Mac, bssid: Mac) -> Vec<u8> {
    management(
        bssid,
        from,
        bssid,
        DeauthenticationBody {
            reason: IEEE80211Reason::from_bits(3),
            elements: ReadElements { bytes: &[] },
            _phantom: Default::default(),
        },
    )
}

/// The station goes but stays authenticated: reason 8.
pub fn disassociation(from: Mac, bssid: Mac) -> Vec<u8> {
    management(
        bssid,
        from,
        bssid,
        DisassociationBody {
            reason: IEEE80211Reason::from_bits(8),
            elements: ReadElements { bytes: &[] },
            _phantom: Default::default(),
        },
    )
}

/// An Ethernet frame on its way to the distribution system; `None` for less than an Ethernet header.
pub fn data(bssid: Mac, ethernet: &[u8]) -> Option<Vec<u8>> {
    let (addresses, packet) = ethernet.split_at_checked(12)?;
    let far: Mac = addresses[..6].try_into().ok()?;
    let from: Mac = addresses[6..].try_into().ok()?;
    let mut payload = SNAP.to_vec();
    payload.extend(packet);
    to_distribution(bssid, from, far, DataFrameSubtype::Data, Some(&payload))
}

/// "Still here": a frame without data.
pub fn null_data(bssid: Mac, from: Mac) -> Option<Vec<u8>> {
    to_distribution(bssid, from, bssid, DataFrameSubtype::Null, None)
}

fn to_distribution(
    bssid: Mac,
    from: Mac,
    far: Mac,
    subtype: DataFrameSubtype,
    payload: Option<&[u8]>,
) -> Option<Vec<u8>> {
    let frame = DataFrame {
        header: DataFrameHeader {
            subtype,
            fcf_flags: FCFFlags::new().with_to_ds(true),
            duration: 0,
            address_1: MACAddress::new(bssid),
            address_2: MACAddress::new(from),
            address_3: MACAddress::new(far),
            sequence_control: SequenceControl::new(),
            address_4: None,
            qos: None,
            ht_control: None,
        },
        payload,
        _phantom: Default::default(),
    };
    let mut bytes = vec![0; frame.measure_with(&false)];
    bytes.pwrite_with(frame, 0, false).ok()?;
    Some(bytes)
}

fn elements(
    ssid: &str,
) -> impl TryIntoCtx<Error = ieee80211::scroll::Error> + MeasureWith<()> + use<'_> {
    let [rates, more] = [
        RATES.map(EncodedRate::from_bits).to_vec(),
        MORE_RATES.map(EncodedRate::from_bits).to_vec(),
    ];
    let ssid = SSIDElement::new(ssid).unwrap_or_default();
    ElementChainEnd::new(ssid)
        .append(SupportedRatesElement::new_unchecked(rates))
        .append(ExtendedSupportedRatesElement::new_unchecked(more))
}

fn management<Body>(to: Mac, from: Mac, bssid: Mac, body: Body) -> Vec<u8>
where
    ManagementFrame<Body>: TryIntoCtx<bool, Error = ieee80211::scroll::Error> + MeasureWith<bool>,
{
    let frame = ManagementFrame {
        header: ManagementFrameHeader {
            receiver_address: MACAddress::new(to),
            transmitter_address: MACAddress::new(from),
            bssid: MACAddress::new(bssid),
            ..Default::default()
        },
        body,
    };
    let mut bytes = vec![0; frame.measure_with(&false)];
    let written = bytes.pwrite_with(frame, 0, false).unwrap_or(0);
    bytes.truncate(written);
    bytes
}

#[cfg(test)]
mod tests;
