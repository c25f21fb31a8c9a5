//! What port 88 says to a request that began nothing.

use core::fmt::{self, Write};

use smoltcp::wire::Ipv4Address;

use crate::http::{Body, ErrorPage, Output, Status, HTML};
use crate::identity::Identity;
use crate::token::Token;
use crate::update::{Failure, SERVER_PORT};

/// The button that ends an update.
pub fn write_abort(token: Token, out: &mut dyn Write) -> fmt::Result {
    writeln!(
        out,
        "<form method=post action=\"/abort?{}={token}\"><button>abort update</button></form>",
        Token::PARAMETER
    )
}

/// What a request gets that began nothing.
#[derive(Clone, Copy, Debug)]
pub enum Notice {
    /// A status, and no more.
    Error(ErrorPage),
    /// Asks a person, and gives the page's button what it takes.
    Confirm {
        /// The request came with an old token, or from elsewhere.
        is_stale: bool,
        requester: Ipv4Address,
        running: Identity,
        token: Token,
    },
    /// Another update goes on, or none can.
    Refused {
        failure: Failure,
        written: u32,
        total: u32,
        token: Token,
    },
    /// `end` says whether there was an update to end; `None` if the request may not.
    Abort { end: Option<bool>, token: Token },
}

impl Body for Notice {
    fn status(&self) -> Status {
        match self {
            Notice::Error(page) => page.status(),
            Notice::Confirm { is_stale: true, .. } | Notice::Abort { end: None, .. } => {
                Status::FORBIDDEN
            }
            Notice::Confirm { .. }
            | Notice::Abort {
                end: Some(true), ..
            } => Status::OK,
            Notice::Abort { .. } => Status::CONFLICT,
            Notice::Refused {
                failure: Failure::Busy,
                ..
            } => Status::CONFLICT,
            Notice::Refused { .. } => Status::UNAVAILABLE,
        }
    }

    fn headers(&self) -> &'static str {
        HTML
    }

    fn write(&self, out: &mut dyn Output) -> fmt::Result {
        if let Notice::Error(page) = self {
            return page.write(out);
        }
        out.write_str(NOTICE_HEAD)?;
        match self {
            Notice::Error(_) => Ok(()),
            Notice::Confirm {
                is_stale,
                requester,
                running,
                token,
            } => {
                if *is_stale {
                    out.write_str(
                        "<p>Nothing was begun: that link is older than the last restart, or another site's.\n",
                    )?;
                }
                let (build, slot) = (running.build, running.slot);
                writeln!(
                    out,
                    "<p>Build {build} runs from {}. Fetch {}.bin from {requester}:{SERVER_PORT}?",
                    slot.name(),
                    slot.other().name()
                )?;
                writeln!(
                    out,
                    "<form method=post action=\"/?{}={token}\"><button>begin update</button></form>",
                    Token::PARAMETER
                )
            }
            Notice::Refused {
                failure,
                written,
                total,
                token,
            } => {
                write!(out, "<p>No update: {failure}")?;
                if *failure != Failure::Busy {
                    return out.write_str("\n");
                }
                writeln!(out, ": {written} of {total} bytes")?;
                write_abort(*token, out)
            }
            Notice::Abort { end, token } => match end {
                Some(true) => out.write_str("<p>The update was ended; nothing changed.\n"),
                Some(false) => out.write_str("<p>There is no update that could be ended.\n"),
                None => {
                    out.write_str("<p>Nothing was ended: that link is older than the last restart, or another site's.\n")?;
                    write_abort(*token, out)
                }
            },
        }
    }
}

const NOTICE_HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>update</title>\
<meta name=viewport content=\"width=device-width\">";
