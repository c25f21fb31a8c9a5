//! Why an update did not happen: one list, for the page, the console and port 88 alike.

use core::fmt;

use d1_image::intake::Refusal;
use d1_image::manifest::KeyId;
use d1_image::verify::Fault;
use d1_image::Slot;

use super::{PATIENCE, SERVER_PORT};

/// What a flash operation was about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashStep {
    /// Erase a sector.
    Erase,
    /// Program a page.
    Program,
    /// Read back.
    Read,
    /// Hold what was written, after all retries.
    Keep,
}

/// The cause of a failed update. The firmware that runs stays in charge in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Another update is in progress.
    Busy,
    /// The flash chip has fewer bytes than the map this firmware was built for.
    FlashTooSmall {
        /// Bytes of the chip, by its JEDEC id.
        chip: u32,
        /// Bytes the map divides.
        map: u32,
    },
    /// The server's port is closed.
    Refused,
    /// Nobody answers at the server's address, or something swallows our packets.
    Unreachable,
    /// Connected, but [`PATIENCE`] passed without a byte.
    Stalled {
        /// Bytes of the image received until then.
        received: u32,
    },
    /// The server closed the connection before its answer was complete.
    ClosedEarly,
    /// The server closed the connection in the middle of the image.
    Truncated {
        /// Bytes received.
        received: u32,
        /// Bytes announced.
        expected: u32,
    },
    /// Bytes arrived behind the announced end.
    ExtraBytes {
        /// Bytes announced.
        expected: u32,
    },
    /// The answer is not HTTP, or its head is longer than [`super::reply::HEAD_LEN_MAX`].
    NotHttp,
    /// The server does not have this slot's image.
    NotFound(Slot),
    /// The server wants us to look elsewhere.
    Redirect(u16),
    /// Any other status but 200.
    Status(u16),
    /// No Content-Length: the size must be known before anything is erased.
    NoLength,
    /// A Content-Length that is no number, or several that differ.
    BadLength,
    /// Chunked transfer or compressed content.
    Encoded,
    /// The image does not fit.
    TooLarge {
        /// Bytes announced.
        image: u32,
        /// Bytes of the slot.
        slot: u32,
        /// Bytes of the flash map.
        flash: u32,
    },
    /// Not an image that may take this firmware's place: by its first bytes, or by all of them in flash.
    NotForUs(Refusal),
    /// The flash chip failed.
    Flash {
        /// What it should have done.
        step: FlashStep,
        /// Where, from the start of flash.
        offset: u32,
    },
    /// The flash chip refuses every change: its status register protects it, or its pin.
    WriteProtected,
    /// What was read back from flash is no good image.
    Bad(Fault),
    /// The image read back is complete, but ends before the download did.
    Trailing {
        /// Bytes of the image.
        image: u32,
        /// Bytes downloaded.
        received: u32,
    },
    /// The signature is not that of the trusted key on this image, although it says so.
    Forged(KeyId),
    /// The boot record did not take the entry that selects the new image.
    Record,
    /// The station that serves the image left the network.
    StationLeft,
    /// Somebody pressed the button.
    Aborted,
    /// It stood still, and somebody began another one.
    TakenOver,
}

impl Failure {
    /// The cause's number in the history. Numbers are never used again for another cause.
    pub const fn code(&self) -> u8 {
        match self {
            Failure::Busy => 2,
            Failure::FlashTooSmall { .. } => 3,
            Failure::Refused => 4,
            Failure::Unreachable => 5,
            Failure::Stalled { .. } => 6,
            Failure::ClosedEarly => 7,
            Failure::Truncated { .. } => 8,
            Failure::ExtraBytes { .. } => 9,
            Failure::NotHttp => 10,
            Failure::NotFound(_) => 11,
            Failure::Redirect(_) => 12,
            Failure::Status(_) => 13,
            Failure::NoLength => 14,
            Failure::BadLength => 15,
            Failure::Encoded => 16,
            Failure::TooLarge { .. } => 17,
            Failure::NotForUs(_) => 18,
            Failure::Flash {
                step: FlashStep::Erase,
                ..
            } => 19,
            Failure::Flash {
                step: FlashStep::Program,
                ..
            } => 20,
            Failure::Flash {
                step: FlashStep::Read,
                ..
            } => 21,
            Failure::Bad(_) => 22,
            Failure::Trailing { .. } => 23,
            Failure::Record => 24,
            Failure::StationLeft => 25,
            Failure::Aborted => 26,
            Failure::TakenOver => 27,
            Failure::WriteProtected => 28,
            Failure::Forged(_) => 30,
            Failure::Flash {
                step: FlashStep::Keep,
                ..
            } => 29,
        }
    }

    /// One number more about the cause: a status, a length, a flash offset, a fault.
    pub const fn detail(&self) -> u32 {
        match *self {
            Failure::FlashTooSmall { chip, .. } => chip,
            Failure::Truncated { expected, .. } | Failure::ExtraBytes { expected } => expected,
            Failure::Redirect(status) | Failure::Status(status) => status as u32,
            Failure::TooLarge { image, .. } | Failure::Trailing { image, .. } => image,
            Failure::Flash { offset, .. } => offset,
            Failure::Bad(fault) => fault.code() as u32,
            _ => 0,
        }
    }
}

/// What a cause's number in the history means, in few words; 0 and 1 are no failures.
pub const fn cause_name(code: u8) -> &'static str {
    match code {
        0 => "installed",
        1 => "interrupted",
        2 => "busy",
        3 => "flash chip too small",
        4 => "port 8888 refused",
        5 => "no answer from port 8888",
        6 => "stalled",
        7 => "closed unanswered",
        8 => "cut short",
        9 => "more sent than announced",
        10 => "not HTTP",
        11 => "404",
        12 => "redirected",
        13 => "other status",
        14 => "no Content-Length",
        15 => "bad Content-Length",
        16 => "chunked or compressed",
        17 => "too large",
        18 => "not an image for this device",
        19 => "flash failed to erase",
        20 => "flash failed to program",
        21 => "flash failed to read",
        22 => "bad image",
        23 => "image shorter than download",
        24 => "boot record not written",
        25 => "station left",
        26 => "ended on request",
        27 => "taken over",
        28 => "flash chip write-protected",
        29 => "flash worn out, or a weak supply",
        30 => "wrongly signed",
        _ => "unknown cause",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Failure::Busy => f.write_str("another update is in progress"),
            Failure::FlashTooSmall { chip, map } => write!(
                f,
                "the flash chip has {chip} bytes, this firmware is built for {map}"
            ),
            Failure::Refused => write!(
                f,
                "connection to port {SERVER_PORT} refused: is the image server running?"
            ),
            Failure::Unreachable => write!(
                f,
                "no answer from port {SERVER_PORT}: does a firewall block it?"
            ),
            Failure::Stalled { received } => write!(
                f,
                "no progress for {} s, {received} bytes received",
                PATIENCE.secs()
            ),
            Failure::ClosedEarly => f.write_str("the connection was closed before an image came"),
            Failure::Truncated { received, expected } => write!(
                f,
                "the connection was closed after {received} of {expected} bytes"
            ),
            Failure::ExtraBytes { expected } => {
                write!(
                    f,
                    "more came than the {expected} bytes announced"
                )
            }
            Failure::NotHttp => f.write_str("the server's answer is not HTTP"),
            Failure::NotFound(slot) => write!(f, "the server has no {}.bin (404)", slot.name()),
            Failure::Redirect(code) => {
                write!(f, "the server redirects ({code}), which is not followed")
            }
            Failure::Status(code) => write!(f, "the server answered with status {code}"),
            Failure::NoLength => f.write_str("the server announced no Content-Length"),
            Failure::BadLength => f.write_str("the server's Content-Length makes no sense"),
            Failure::Encoded => f.write_str("the server's answer is chunked or compressed"),
            Failure::TooLarge { image, slot, flash } => write!(
                f,
                "too large: image {image} bytes, slot {slot}, flash {flash}"
            ),
            Failure::NotForUs(refusal) => write!(f, "what came was {refusal}"),
            Failure::Flash {
                step: FlashStep::Keep,
                offset,
            } => write!(
                f,
                "flash does not keep what is written at {offset:#x}: worn out, or a weak supply"
            ),
            Failure::WriteProtected => f.write_str("the flash chip is write-protected"),
            Failure::Flash { step, offset } => {
                let step = match step {
                    FlashStep::Erase => "erase",
                    FlashStep::Program => "program",
                    FlashStep::Read | FlashStep::Keep => "read",
                };
                write!(f, "flash failed to {step} at {offset:#x}")
            }
            Failure::Bad(fault) => write!(f, "the image read back from flash is bad: {fault}"),
            Failure::Trailing { image, received } => write!(
                f,
                "the image ends after {image} bytes, but {received} were sent"
            ),
            Failure::Forged(key) => write!(
                f,
                "bad signature: the image was changed after it was signed, or key {key} never signed it"
            ),
            Failure::Record => f.write_str("the boot record could not be written"),
            Failure::StationLeft => f.write_str("the station left the network"),
            Failure::Aborted => f.write_str("ended on request"),
            Failure::TakenOver => f.write_str("it stood still, and another update took its place"),
        }
    }
}
