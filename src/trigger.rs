//! Port 88: a link from the status page begins an update here, and shows how it goes.
//!
//! Only a complete request with this start's [`Token`] acts. Port scanners and browsers that connect ahead of
//! need begin nothing, nor do pages from elsewhere; and somebody who types the address is asked first.

use core::fmt::{self, Write};

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{IpAddress, Ipv4Address};

use crate::http::{
    Body, Connection, ErrorPage, Host, Message, Method, Page, Request, SocketWriter, Status, HTML,
};
use crate::identity::Identity;
use crate::network::{PAGE_PORT, TRIGGER_PORT, TRIGGER_SOCKETS};
use crate::page::is_crowded;
use crate::token::Token;
use crate::update::report::{Line, Reporter};
use crate::update::{Failure, Update, SERVER_PORT};

/// Room that a line of the report needs at most, the end of the page included.
const LINE_ROOM: usize = 384;

/// The trigger's sockets and what is being answered on them.
pub struct Trigger {
    token: Token,
    services: [Service; TRIGGER_SOCKETS],
}

struct Service {
    connection: Connection,
    reply: Option<Reply>,
}

enum Reply {
    /// Somebody is told why nothing happens.
    Notice(Message<Notice>),
    /// Somebody watches the update that they began.
    Report(Reporter, Host),
}

impl Trigger {
    /// A trigger that nobody pulled yet. Links act if they have this token.
    pub const fn new(token: Token) -> Trigger {
        const SERVICE: Service = Service {
            connection: Connection::new(),
            reply: None,
        };
        Trigger {
            token,
            services: [SERVICE; TRIGGER_SOCKETS],
        }
    }

    /// Serves; true if a complete request was read.
    pub fn poll(
        &mut self,
        now: Instant,
        sockets: &mut SocketSet,
        handles: &[SocketHandle; TRIGGER_SOCKETS],
        update: &mut Update,
    ) -> bool {
        let mut was_asked = false;
        let is_crowded = is_crowded(sockets, handles);
        for (service, handle) in self.services.iter_mut().zip(handles) {
            let socket = sockets.get_mut::<tcp::Socket>(*handle);
            if let Some(request) = service
                .connection
                .poll(now, socket, TRIGGER_PORT, is_crowded)
            {
                was_asked |= request.is_ok();
                service.reply = Some(reply(now, request, self.token, socket, update));
            }
            service.send(now, socket, update);
        }
        was_asked
    }

    /// Whether everybody who watches has received everything.
    pub fn is_told(&self, sockets: &SocketSet, handles: &[SocketHandle; TRIGGER_SOCKETS]) -> bool {
        let is_told = |(service, handle): (&Service, &SocketHandle)| {
            service.reply.is_none() && sockets.get::<tcp::Socket>(*handle).send_queue() == 0
        };
        self.services.iter().zip(handles).all(is_told)
    }

    /// When [`Trigger::poll`] has something to do even if nothing happens.
    pub fn deadline(
        &self,
        sockets: &SocketSet,
        handles: &[SocketHandle; TRIGGER_SOCKETS],
    ) -> Option<Instant> {
        let is_crowded = is_crowded(sockets, handles);
        let deadline = |(service, handle): (&Service, &SocketHandle)| {
            service
                .connection
                .deadline(sockets.get(*handle), is_crowded)
        };
        self.services.iter().zip(handles).filter_map(deadline).min()
    }
}

/// Acts on a request, if it is one of somebody who has read a page of ours.
fn reply(
    now: Instant,
    request: Result<Request, Status>,
    token: Token,
    socket: &mut tcp::Socket,
    update: &mut Update,
) -> Reply {
    let notice = |notice| Reply::Notice(Message::new(notice, true));
    let error = |status| notice(Notice::Error(ErrorPage(status)));
    let request = match request {
        Ok(request) => request,
        Err(status) => return error(status),
    };
    let is_abort = match request.page {
        Page::Root => false,
        Page::Abort => true,
        Page::Status | Page::Unknown => return error(Status::NOT_FOUND),
    };
    if request.method == Method::Head {
        let refusal = Notice::Error(ErrorPage(Status::METHOD_NOT_ALLOWED));
        return Reply::Notice(Message::new(refusal, false));
    }
    if request.is_guess {
        return error(Status::UNAVAILABLE);
    }
    // IPv4 is the only protocol built in, and a socket with a request has a peer.
    let Some(IpAddress::Ipv4(requester)) = socket.remote_endpoint().map(|peer| peer.addr) else {
        return error(Status::UNAVAILABLE);
    };
    let may_act = request.token == Some(token) && !request.is_foreign;
    let is_simple_visit = request.token.is_none() && request.method == Method::Get;
    if is_abort {
        let end = may_act.then(|| update.abort());
        return notice(Notice::Abort { end, token });
    }
    if !may_act && !update.is_busy(now) {
        return notice(Notice::Confirm {
            is_stale: !is_simple_visit,
            requester,
            running: *update.identity(),
            token,
        });
    }
    match may_act.then(|| update.begin(now, requester, request.is_forced)) {
        Some(Ok(())) => {
            // The buffer is empty and has room for all of it.
            let _ = SocketWriter(socket).write_str(REPORT_HEAD);
            let _ = write_abort(token, &mut SocketWriter(socket));
            let _ = SocketWriter(socket).write_str("<pre>\n");
            Reply::Report(Reporter::following(update), request.host)
        }
        refused => notice(Notice::Refused {
            failure: refused.and_then(Result::err).unwrap_or(Failure::Busy),
            written: update.written(),
            total: update.total(),
            token,
        }),
    }
}

/// The button that ends an update.
fn write_abort(token: Token, out: &mut dyn Write) -> fmt::Result {
    writeln!(
        out,
        "<form method=post action=\"/abort?{}={token}\"><button>abort update</button></form>",
        Token::PARAMETER
    )
}

const REPORT_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
Cache-Control: no-store\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n\
<!doctype html><html lang=en><meta charset=utf-8><title>update</title>\
<meta name=viewport content=\"width=device-width\"><h1>update</h1>\n";

impl Service {
    fn send(&mut self, now: Instant, socket: &mut tcp::Socket, update: &Update) {
        if !self.connection.is_answering() {
            self.reply = None;
        }
        let is_all = match &mut self.reply {
            None => return,
            Some(Reply::Notice(notice)) => notice.send(socket),
            Some(Reply::Report(reporter, host)) => send_report(reporter, host, socket, update),
        };
        if is_all {
            self.reply = None;
            self.connection.finish(now, socket);
        }
    }
}

/// Sends what is new; true when that was the outcome.
fn send_report(
    reporter: &mut Reporter,
    host: &Host,
    socket: &mut tcp::Socket,
    update: &Update,
) -> bool {
    while socket.send_capacity() - socket.send_queue() >= LINE_ROOM {
        let Some(line) = reporter.next(update) else {
            return false;
        };
        // There is room.
        let _ = writeln!(SocketWriter(socket), "{line}");
        if line.is_last() {
            let _ = write_end(&line, host, &mut SocketWriter(socket));
            return true;
        }
    }
    false
}

/// Leads back to the status page: by itself after a success, when the new firmware will have started.
fn write_end(line: &Line, host: &Host, out: &mut dyn Write) -> fmt::Result {
    let url = host.url(TRIGGER_PORT, PAGE_PORT.wrapping_sub(TRIGGER_PORT) as i16);
    writeln!(out, "</pre><p><a href=\"{url}\">status page</a>")?;
    if let Line::Done(..) = line {
        writeln!(out, "<meta http-equiv=refresh content=\"10;url={url}\">")?;
    }
    Ok(())
}

/// What a request gets that began nothing.
#[derive(Clone, Copy, Debug)]
enum Notice {
    Error(ErrorPage),
    /// Asks a person, and gives the page's button what it takes.
    Confirm {
        /// The request came with an old token, or from elsewhere.
        is_stale: bool,
        requester: Ipv4Address,
        running: Identity,
        token: Token,
    },
    Refused {
        failure: Failure,
        written: u32,
        total: u32,
        token: Token,
    },
    /// `end` says whether there was an update to end; `None` if the request may not.
    Abort {
        end: Option<bool>,
        token: Token,
    },
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

    fn write(&self, out: &mut dyn Write) -> fmt::Result {
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
