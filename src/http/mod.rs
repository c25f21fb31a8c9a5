//! As much of HTTP/1.1 as a device with two pages needs: one request per connection, then close.
//!
//! A request is read where it lies, in the socket's receive buffer, so a request that does not fit there is
//! refused by status. An answer is a pure function of a snapshot, so it is rendered again for each buffer-full
//! and only the part that is due is kept: it may be longer than the socket's transmit buffer.

mod connection;
mod host;
mod message;
mod port;
mod request;
mod text;

pub use connection::Connection;
pub use host::Host;
pub use message::{Body, ErrorPage, Message, Output, Status, COMMON, HTML};
pub use port::{is_crowded, serve, Service};
pub use request::{Method, Page, Request};
pub use text::{Html, Json, SocketWriter};

/// A number without sign, blanks allowed around it.
pub fn decimal(text: &[u8]) -> Option<u32> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(u32::from(digit))
    })
}
