//! Port 88: a link from the status page begins an update here, an upload brings one, and both show how it goes.
//!
//! Only a complete request with this start's [`Token`] acts. Port scanners and browsers that connect ahead of
//! need begin nothing, nor do pages from elsewhere; and somebody who types the address is asked first.

mod notice;
mod upload;

use core::fmt::{self, Write};

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::IpAddress;

use crate::flash::Flash;
use crate::http::{
    self, is_crowded, Connection, ErrorPage, Host, Message, Method, Page, Request, SocketWriter,
    Status,
};
use crate::network::{PAGE_PORT, TRIGGER_PORT, TRIGGER_SOCKETS};
use crate::token::Token;
use crate::update::report::{Line, Reporter};
use crate::update::{Failure, Source, Update};
use notice::{write_abort, Notice};
use upload::Upload;

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
    /// What the request brings, while it does.
    upload: Option<Upload>,
}

enum Reply {
    /// Somebody is told why nothing happens.
    Notice(Notice, Message),
    /// Somebody watches the update that they began.
    Report(Reporter, Host),
}

impl Trigger {
    /// A trigger that nobody pulled yet. Links act if they have this token.
    pub const fn new(token: Token) -> Trigger {
        const SERVICE: Service = Service {
            connection: Connection::new(),
            reply: None,
            upload: None,
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
        let token = self.token;
        let turn = |service: &mut Service, socket: &mut tcp::Socket, request| {
            if let Some(request) = request {
                service.upload = None;
                let reply = reply(now, request, token, socket, update, &mut service.upload);
                service.reply = Some(reply);
            }
            service.send(now, socket, update);
        };
        http::serve(
            now,
            sockets,
            handles,
            TRIGGER_PORT,
            &mut self.services,
            turn,
        )
    }

    /// Passes on what an upload has brought since the last call.
    // Never inlined: as `Firmware::advance_update`, which calls it.
    #[inline(never)]
    pub fn feed<F: Flash>(
        &mut self,
        now: Instant,
        sockets: &mut SocketSet,
        handles: &[SocketHandle; TRIGGER_SOCKETS],
        update: &mut Update,
        flash: &mut F,
    ) {
        for (service, handle) in self.services.iter_mut().zip(handles) {
            let Some(upload) = &mut service.upload else {
                continue;
            };
            let socket = sockets.get_mut::<tcp::Socket>(*handle);
            if upload.pass_on(now, socket, update, flash) {
                service.upload = None;
                begin_report(self.token, socket);
            }
        }
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
        update: &Update,
    ) -> Option<Instant> {
        let is_crowded = is_crowded(sockets, handles);
        let deadline = |(service, handle): (&Service, &SocketHandle)| {
            let socket = sockets.get::<tcp::Socket>(*handle);
            match &service.upload {
                // More was there than one turn takes.
                Some(upload) if upload.is_behind(update, socket) => Some(Instant::ZERO),
                _ => service.connection.deadline(socket, is_crowded),
            }
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
    upload: &mut Option<Upload>,
) -> Reply {
    let notice = |notice| Reply::Notice(notice, Message::new(true));
    let error = |status| notice(Notice::Error(ErrorPage(status)));
    let request = match request {
        Ok(request) => request,
        Err(status) => return error(status),
    };
    let is_upload = request.page == Page::Upload;
    let is_abort = match request.page {
        Page::Root | Page::Upload => false,
        Page::Abort => true,
        _ => return error(Status::NOT_FOUND),
    };
    if is_upload && request.method == Method::Get {
        return error(Status::METHOD_NOT_ALLOWED);
    }
    if request.method == Method::Head {
        let refusal = Notice::Error(ErrorPage(Status::METHOD_NOT_ALLOWED));
        return Reply::Notice(refusal, Message::new(false));
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
    let source = match is_upload {
        false => Source::Server(requester),
        true => Source::Upload(requester),
    };
    match may_act.then(|| update.begin(now, source, request.is_forced)) {
        Some(Ok(())) => {
            if is_upload {
                *upload = Some(Upload::new(&request, update));
            }
            if !is_upload {
                begin_report(token, socket);
            }
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

const REPORT_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
Cache-Control: no-store\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n\
<!doctype html><html lang=en><meta charset=utf-8><title>update</title>\
<meta name=viewport content=\"width=device-width\"><h1>update</h1>\n";

fn begin_report(token: Token, socket: &mut tcp::Socket) {
    // The buffer is empty and has room for all of it.
    let mut out = SocketWriter(socket);
    let _ = out.write_str(REPORT_HEAD);
    let _ = write_abort(token, &mut out);
    let _ = out.write_str("<pre>\n");
}

impl http::Service for Service {
    fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Service {
    fn send(&mut self, now: Instant, socket: &mut tcp::Socket, update: &Update) {
        if !self.connection.is_answering() {
            self.reply = None;
        }
        if self.upload.is_some() {
            // A browser that has its answer may send no more.
            return;
        }
        let is_all = match &mut self.reply {
            None => return,
            Some(Reply::Notice(notice, message)) => message.send(notice, socket),
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
