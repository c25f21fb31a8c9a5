//! Port 88: whoever asks for its page begins an update, and watches it there.
//!
//! Only a complete request acts. A connection alone does nothing: port scanners and browsers that connect ahead
//! of need open and close them at will.

use core::fmt::{self, Write};

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::IpAddress;

use crate::http::{
    Body, Connection, ErrorPage, Host, Message, Method, Page, Request, SocketWriter, Status, HTML,
};
use crate::network::{PAGE_PORT, TRIGGER_PORT, TRIGGER_SOCKETS};
use crate::page::is_crowded;
use crate::update::report::{Line, Reporter};
use crate::update::{Failure, Update};

/// Room that a line of the report needs at most, the end of the page included.
const LINE_ROOM: usize = 384;

/// The trigger's sockets and what is being answered on them.
pub struct Trigger {
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
    /// A trigger that nobody pulled yet.
    pub const fn new() -> Trigger {
        const SERVICE: Service = Service {
            connection: Connection::new(),
            reply: None,
        };
        Trigger {
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
                service.reply = Some(reply(now, request, socket, update));
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

impl Default for Trigger {
    fn default() -> Self {
        Self::new()
    }
}

/// Acts on a request.
fn reply(
    now: Instant,
    request: Result<Request, Status>,
    socket: &mut tcp::Socket,
    update: &mut Update,
) -> Reply {
    let notice = |notice| Reply::Notice(Message::new(notice, true));
    let request = match request {
        Ok(request) => request,
        Err(status) => return notice(Notice::Error(ErrorPage(status))),
    };
    if request.page != Page::Root {
        return notice(Notice::Error(ErrorPage(Status::NOT_FOUND)));
    }
    if request.method == Method::Head {
        let refusal = Notice::Error(ErrorPage(Status::METHOD_NOT_ALLOWED));
        return Reply::Notice(Message::new(refusal, false));
    }
    if request.is_guess {
        return notice(Notice::Error(ErrorPage(Status::UNAVAILABLE)));
    }
    // IPv4 is the only protocol built in, and a socket with a request has a peer.
    let Some(IpAddress::Ipv4(requester)) = socket.remote_endpoint().map(|peer| peer.addr) else {
        return notice(Notice::Error(ErrorPage(Status::UNAVAILABLE)));
    };
    match update.begin(now, requester) {
        Ok(()) => {
            // The buffer is empty and has room for all of it.
            let _ = SocketWriter(socket).write_str(REPORT_HEAD);
            Reply::Report(Reporter::following(update), request.host)
        }
        Err(failure) => notice(Notice::Refused {
            failure,
            written: update.written(),
            total: update.total(),
        }),
    }
}

const REPORT_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
Cache-Control: no-store\r\nConnection: close\r\n\r\n\
<!doctype html><html lang=en><meta charset=utf-8><title>update</title>\
<meta name=viewport content=\"width=device-width\"><h1>update</h1><pre>\n";

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

/// Why a request began nothing.
#[derive(Clone, Copy, Debug)]
enum Notice {
    Error(ErrorPage),
    Refused {
        failure: Failure,
        written: u32,
        total: u32,
    },
}

impl Body for Notice {
    fn status(&self) -> Status {
        match self {
            Notice::Error(page) => page.status(),
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
        let (failure, written, total) = match self {
            Notice::Error(page) => return page.write(out),
            Notice::Refused {
                failure,
                written,
                total,
            } => (failure, written, total),
        };
        write!(out, "<!doctype html><title>no update</title><p>{failure}")?;
        if *failure == Failure::Busy {
            write!(out, ": {written} of {total} bytes")?;
        }
        out.write_str("\n")
    }
}
