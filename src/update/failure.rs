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
            Failure::ClosedEarly => f.write_str("the server closed the connection unanswered"),
            Failure::Truncated { received, expected } => write!(
                f,
                "the server closed the connection after {received} of {expected} bytes"
            ),
            Failure::ExtraBytes { expected } => {
                write!(
                    f,
                    "the server sent more than the {expected} bytes it announced"
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
            Failure::NotForUs(refusal) => write!(f, "the server sent {refusal}"),
            Failure::Flash { step, offset } => {
                let step = match step {
                    FlashStep::Erase => "erase",
                    FlashStep::Program => "program",
                    FlashStep::Read => "read",
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
