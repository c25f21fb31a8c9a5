//! The status page on port 80, for people (`/`) and for programs (`/status.json`).
//!
//! Nothing here acts: what a page can set off, it sets off on port 88.

mod asset;
mod gzip;
mod html;
mod json;
mod snapshot;

use core::fmt;

use smoltcp::iface::SocketHandle;
use smoltcp::iface::SocketSet;
use smoltcp::socket::tcp;
use smoltcp::time::Instant;

use crate::http::{
    self, is_crowded, Body, Connection, ErrorPage, Message, Method, Output, Page, Request, Status,
    HTML,
};
use crate::network::{PAGE_PORT, PAGE_SOCKETS};
use crate::update::History;
use html::Visit;
pub use snapshot::Snapshot;

/// The page's sockets and the answers on their way.
pub struct StatusPage {
    services: [Service; PAGE_SOCKETS],
}

struct Service {
    connection: Connection,
    answer: Option<(Answer, Message)>,
}

impl StatusPage {
    /// A page that nobody asked for yet.
    pub const fn new() -> StatusPage {
        const SERVICE: Service = Service {
            connection: Connection::new(),
            answer: None,
        };
        StatusPage {
            services: [SERVICE; PAGE_SOCKETS],
        }
    }

    /// Serves; true if a complete request was read. `look` tells what there is to show.
    pub fn poll(
        &mut self,
        now: Instant,
        sockets: &mut SocketSet,
        handles: &[SocketHandle; PAGE_SOCKETS],
        history: &History,
        look: impl Fn() -> Snapshot,
    ) -> bool {
        let turn = |service: &mut Service, socket: &mut tcp::Socket, request| {
            if let Some(request) = request {
                service.answer = Some(answer(request, &look));
            }
            service.send(now, socket, history);
        };
        http::serve(now, sockets, handles, PAGE_PORT, &mut self.services, turn)
    }

    /// When [`StatusPage::poll`] has something to do even if nothing happens.
    pub fn deadline(
        &self,
        sockets: &SocketSet,
        handles: &[SocketHandle; PAGE_SOCKETS],
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

impl Default for StatusPage {
    fn default() -> Self {
        Self::new()
    }
}

impl http::Service for Service {
    fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Service {
    fn send(&mut self, now: Instant, socket: &mut tcp::Socket, history: &History) {
        if !self.connection.is_answering() {
            self.answer = None;
        }
        let is_all = match &mut self.answer {
            Some((answer, message)) => message.send(&Shown { answer, history }, socket),
            None => return,
        };
        if is_all {
            self.answer = None;
            self.connection.finish(now, socket);
        }
    }
}

fn answer(request: Result<Request, Status>, look: impl Fn() -> Snapshot) -> (Answer, Message) {
    let request = match request {
        Ok(request) => request,
        Err(status) => return (Answer::Error(ErrorPage(status)), Message::new(true)),
    };
    let answer = match (request.page, request.method) {
        (Page::Unknown | Page::Abort | Page::Upload, _) => {
            Answer::Error(ErrorPage(Status::NOT_FOUND))
        }
        (_, Method::Post) => Answer::Error(ErrorPage(Status::METHOD_NOT_ALLOWED)),
        (Page::Root | Page::Portal, _) => {
            let visit = Visit {
                is_portal: request.page == Page::Portal,
                takes_gzip: request.takes_gzip,
                host: request.host,
            };
            Answer::People(visit, look())
        }
        (Page::Probe, _) => Answer::Redirect,
        (Page::Status, _) => Answer::Programs(look()),
    };
    (answer, Message::new(request.method != Method::Head))
}

/// The way from a probe to the page. By address: the name that was asked for is somebody else's.
const PORTAL: &str = "Location: http://192.168.123.1/portal\r\n";

/// Header lines for HTML that is compressed.
const GZIP_HTML: &str =
    "Content-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n";

/// What the page can answer.
#[derive(Clone, Debug)]
enum Answer {
    People(Visit, Snapshot),
    /// To where a system that looks for the internet finds the page.
    Redirect,
    Programs(Snapshot),
    Error(ErrorPage),
}

/// An answer, and the history that it tells of.
struct Shown<'a> {
    answer: &'a Answer,
    history: &'a History,
}

impl Body for Shown<'_> {
    fn status(&self) -> Status {
        match self.answer {
            Answer::Error(page) => page.status(),
            Answer::Redirect => Status::FOUND,
            _ => Status::OK,
        }
    }

    fn headers(&self) -> &'static str {
        match self.answer {
            Answer::People(visit, _) if visit.takes_gzip => GZIP_HTML,
            Answer::People(..) => HTML,
            // Read-only, so that a page from elsewhere may look too.
            Answer::Programs(_) => {
                "Content-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n"
            }
            Answer::Redirect => PORTAL,
            Answer::Error(page) => page.headers(),
        }
    }

    fn write(&self, out: &mut dyn Output) -> fmt::Result {
        let history = self.history;
        match self.answer {
            Answer::People(visit, snapshot) if visit.takes_gzip => {
                gzip::write(out, |out| html::write(visit, snapshot, history, out))
            }
            Answer::People(visit, snapshot) => html::write(visit, snapshot, history, out),
            Answer::Redirect => Ok(()),
            Answer::Programs(snapshot) => json::write(snapshot, history, out),
            Answer::Error(page) => page.write(out),
        }
    }
}
