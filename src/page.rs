//! The status page on port 80, for people (`/`) and for programs (`/status.json`).

use core::fmt::{self, Write};

use d1_wifi::Ssid;
use smoltcp::iface::SocketHandle;
use smoltcp::iface::SocketSet;
use smoltcp::socket::tcp;
use smoltcp::time::Instant;

use crate::http::{
    Body, Connection, ErrorPage, Host, Html, Json, Message, Method, Page, Request, Status,
};
use crate::identity::{caveat, openness, Identity, TRUSTED_KEY, VERSION};
use crate::network::{ADDRESS, PAGE_PORT, PAGE_SOCKETS, TRIGGER_PORT};
use crate::reset::ResetCause;
use crate::token::Token;
use crate::update::history::{Events, Object, Told};
use crate::update::{Failure, LastUpdate, Phase};
use d1_image::intake::Refusal;

/// How far the trigger's port is from the page's.
const TRIGGER_SHIFT: i16 = (TRIGGER_PORT - PAGE_PORT) as i16;

/// What the page shows, at one instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The firmware.
    pub identity: Identity,
    /// The network's name.
    pub ssid: Ssid,
    /// A number of this start: another one means that the device has restarted.
    pub boot: u32,
    /// What the links that act carry.
    pub token: Token,
    /// Where the update is.
    pub phase: Phase,
    /// Bytes of the new image in flash.
    pub written: u32,
    /// Bytes of the new image; 0 while unknown.
    pub total: u32,
    /// What became of the last update.
    pub last: LastUpdate,
    /// Why the chip was started.
    pub reset: ResetCause,
    /// What happened before, oldest first.
    pub history: Events,
}

/// The page's sockets and the answers on their way.
pub struct StatusPage {
    services: [Service; PAGE_SOCKETS],
}

struct Service {
    connection: Connection,
    answer: Option<Message<Answer>>,
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
        look: impl Fn() -> Snapshot,
    ) -> bool {
        let mut was_asked = false;
        let is_crowded = is_crowded(sockets, handles);
        for (service, handle) in self.services.iter_mut().zip(handles) {
            let socket = sockets.get_mut::<tcp::Socket>(*handle);
            if let Some(request) = service.connection.poll(now, socket, PAGE_PORT, is_crowded) {
                was_asked |= request.is_ok();
                service.answer = Some(answer(request, &look));
            }
            service.send(now, socket);
        }
        was_asked
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

/// Whether none of these sockets waits for a new connection.
pub fn is_crowded(sockets: &SocketSet, handles: &[SocketHandle]) -> bool {
    let is_busy = |handle: &SocketHandle| {
        let socket = sockets.get::<tcp::Socket>(*handle);
        socket.is_open() && !socket.is_listening()
    };
    handles.iter().all(is_busy)
}

impl Service {
    fn send(&mut self, now: Instant, socket: &mut tcp::Socket) {
        if !self.connection.is_answering() {
            self.answer = None;
        }
        let is_all = match &mut self.answer {
            Some(answer) => answer.send(socket),
            None => return,
        };
        if is_all {
            self.answer = None;
            self.connection.finish(now, socket);
        }
    }
}

fn answer(request: Result<Request, Status>, look: impl Fn() -> Snapshot) -> Message<Answer> {
    let request = match request {
        Ok(request) => request,
        Err(status) => return Message::new(Answer::Error(ErrorPage(status)), true),
    };
    let body = match (request.page, request.method) {
        (Page::Unknown | Page::Abort, _) => Answer::Error(ErrorPage(Status::NOT_FOUND)),
        (_, Method::Post) => Answer::Error(ErrorPage(Status::METHOD_NOT_ALLOWED)),
        (Page::Root, _) => Answer::People(look(), request.host),
        (Page::Status, _) => Answer::Programs(look()),
    };
    Message::new(body, request.method != Method::Head)
}

/// What the page can answer.
#[derive(Clone, Debug)]
enum Answer {
    People(Snapshot, Host),
    Programs(Snapshot),
    Error(ErrorPage),
}

impl Body for Answer {
    fn status(&self) -> Status {
        match self {
            Answer::People(..) | Answer::Programs(_) => Status::OK,
            Answer::Error(page) => page.status(),
        }
    }

    fn headers(&self) -> &'static str {
        match self {
            Answer::People(..) => crate::http::HTML,
            // Read-only, so that a page from elsewhere may look too.
            Answer::Programs(_) => {
                "Content-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n"
            }
            Answer::Error(page) => page.headers(),
        }
    }

    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Answer::People(snapshot, host) => write_html(snapshot, host, out),
            Answer::Programs(snapshot) => write_json(snapshot, out),
            Answer::Error(page) => page.write(out),
        }
    }
}

const STYLE: &str =
    "body{font:1rem/1.5 sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}\
dt{color:#666}dd{margin:0 0 .6rem;font-weight:600}progress{width:100%}";

/// Asks how things are every two seconds; shows the page anew when something changed, a new build after a
/// restart included, and moves the bar when only bytes did.
const SCRIPT: &str = "setInterval(()=>fetch('/status.json').then(r=>r.json()).then(s=>{\
if([s.boot,s.build,s.slot,s.state,s.last,s.cause].join()!=document.body.dataset.seen)location.reload();\
let p=document.querySelector('progress');if(p)p.value=s.written}).catch(()=>0),2000)";

fn write_html(snapshot: &Snapshot, host: &Host, out: &mut dyn Write) -> fmt::Result {
    let Snapshot {
        identity,
        ssid,
        phase,
        last,
        ..
    } = snapshot;
    let ssid = Html(ssid);
    write!(
        out,
        "<!doctype html><html lang=en><meta charset=utf-8><title>{ssid}</title>"
    )?;
    out.write_str("<meta name=viewport content=\"width=device-width\"><style>")?;
    out.write_str(STYLE)?;
    write!(
        out,
        "</style><body data-seen=\"{:08x},{},{}",
        snapshot.boot,
        identity.build,
        identity.slot.name()
    )?;
    writeln!(out, ",{},{},{}\">", phase.word(), last.word(), Html(last))?;
    writeln!(
        out,
        "<h1>{ssid}</h1>\n<dl><dt>firmware<dd>build {}",
        identity.build
    )?;
    writeln!(
        out,
        "<dt>running<dd>{}\n<dt>started by<dd>{}",
        identity.place(),
        snapshot.reset
    )?;
    writeln!(
        out,
        "<dt>network<dd>{ssid}, {ADDRESS}{}\n<dt>last update<dd>{}",
        openness(),
        Html(last)
    )?;
    writeln!(
        out,
        "<dt>updates<dd>signed by {}{}",
        TRUSTED_KEY.name(),
        caveat()
    )?;
    if *phase != Phase::Idle {
        let (written, total) = (snapshot.written, snapshot.total);
        writeln!(
            out,
            "<dt>update in progress<dd>{}, {written} of {total} bytes",
            phase.word()
        )?;
        writeln!(
            out,
            "<progress value={written} max={}></progress>",
            total.max(1)
        )?;
    }
    out.write_str("</dl>\n")?;
    let (url, name, token) = (
        host.url(PAGE_PORT, TRIGGER_SHIFT),
        Token::PARAMETER,
        snapshot.token,
    );
    if *phase == Phase::Idle {
        writeln!(
            out,
            "<p><a rel=nofollow href=\"{url}?{name}={token}\">begin update</a>"
        )?;
        if let LastUpdate::Failed(Failure::NotForUs(Refusal::Older { .. })) = last {
            writeln!(
                out,
                "<p><a rel=nofollow href=\"{url}?{name}={token}&amp;force=1\">update to the older image</a>"
            )?;
        }
    } else {
        writeln!(
            out,
            "<form method=post action=\"{url}abort?{name}={token}\"><button>abort update</button></form>"
        )?;
    }
    if !snapshot.history.is_empty() {
        out.write_str("<h2>history</h2><ul>\n")?;
        for event in snapshot.history.iter().rev() {
            writeln!(out, "<li>{}", Html(Told(event)))?;
        }
        out.write_str("</ul>\n")?;
    }
    writeln!(out, "<script>{SCRIPT}</script>")
}

fn write_json(snapshot: &Snapshot, out: &mut dyn Write) -> fmt::Result {
    let Snapshot {
        identity,
        ssid,
        phase,
        last,
        ..
    } = snapshot;
    let Identity {
        build,
        release,
        slot,
        map,
        chip_len,
    } = identity;
    let offset = map.slot(*slot).start.get();
    // Without the token: every page may read this.
    write!(
        out,
        "{{\"version\":\"{VERSION}\",\"boot\":\"{:08x}\",\"build\":{build},\"slot\":\"{}\",",
        snapshot.boot,
        slot.name()
    )?;
    write!(
        out,
        "\"offset\":{offset},\"map\":\"{}\",\"chip\":{chip_len},",
        map.name()
    )?;
    write!(
        out,
        "\"release\":{release},\"key\":\"{}\",\"development\":{},",
        TRUSTED_KEY.id(),
        TRUSTED_KEY.is_development()
    )?;
    write!(
        out,
        "\"ssid\":\"{}\",\"address\":\"{ADDRESS}\",",
        Json(ssid)
    )?;
    write!(
        out,
        "\"state\":\"{}\",\"written\":{},",
        phase.word(),
        snapshot.written
    )?;
    write!(
        out,
        "\"total\":{},\"last\":\"{}\",",
        snapshot.total,
        last.word()
    )?;
    write!(
        out,
        "\"cause\":\"{}\",\"reset\":\"{}\",\"history\":[",
        Json(last),
        snapshot.reset
    )?;
    for (index, event) in snapshot.history.iter().rev().enumerate() {
        if index > 0 {
            out.write_str(",")?;
        }
        write!(out, "{}", Object(event))?;
    }
    out.write_str("]}\n")
}
