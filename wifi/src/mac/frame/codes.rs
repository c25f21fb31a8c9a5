//! Reason codes (9.4.1.7) and status codes (9.4.1.9): why an association ended, or did not begin.

/// Why a station was sent away, or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonCode(pub u16);

impl ReasonCode {
    /// An authentication from before the access point started anew is worth nothing now.
    pub const PREVIOUS_AUTHENTICATION_NOT_VALID: ReasonCode = ReasonCode(2);
    /// The sender leaves.
    pub const LEAVING: ReasonCode = ReasonCode(3);
    /// Nothing was heard of the station for too long.
    pub const INACTIVITY: ReasonCode = ReasonCode(4);
    /// A frame that only authenticated stations may send.
    pub const CLASS_2_FROM_UNAUTHENTICATED: ReasonCode = ReasonCode(6);
    /// A frame that only associated stations may send.
    pub const CLASS_3_FROM_UNASSOCIATED: ReasonCode = ReasonCode(7);
}

/// How a request of a station went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusCode(pub u16);

impl StatusCode {
    /// Granted.
    pub const SUCCESS: StatusCode = StatusCode(0);
    /// Refused for a reason that has no number.
    pub const UNSPECIFIED_FAILURE: StatusCode = StatusCode(1);
    /// Only open-system authentication is offered.
    pub const ALGORITHM_NOT_SUPPORTED: StatusCode = StatusCode(13);
    /// The authentication frame is not the first of an exchange.
    pub const SEQUENCE_OUT_OF_ORDER: StatusCode = StatusCode(14);
    /// The table of stations is full.
    pub const TOO_MANY_STATIONS: StatusCode = StatusCode(17);
    /// The station lacks one of the rates that everybody here must understand.
    pub const BASIC_RATES_NOT_SUPPORTED: StatusCode = StatusCode(18);
    /// The station wants management frames protected, which is not done here.
    pub const PROTECTION_REFUSED: StatusCode = StatusCode(31);
    /// An element is missing or makes no sense: for one, that of RSN in a network with a key.
    pub const INVALID_ELEMENT: StatusCode = StatusCode(40);
    /// Another cipher than CCMP for the group.
    pub const GROUP_CIPHER_REFUSED: StatusCode = StatusCode(41);
    /// Other ciphers than CCMP for data between two.
    pub const PAIRWISE_CIPHER_REFUSED: StatusCode = StatusCode(42);
    /// Other ways to authenticate than by a pre-shared key.
    pub const KEY_MANAGEMENT_REFUSED: StatusCode = StatusCode(43);
}
