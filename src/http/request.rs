//! Requests, as far as two pages care.

use super::{decimal, Host, Status};
use crate::token::Token;

const HEADER_COUNT_MAX: usize = 24;

/// The methods a page knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Give me this.
    Get,
    /// Tell me about this.
    Head,
    /// Do this.
    Post,
}

/// A complete request, body included; of an upload, its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Which page.
    pub page: Page,
    /// The name the device was reached by.
    pub host: Host,
    /// The token in the query.
    pub token: Option<Token>,
    /// The browser only guesses that somebody might want this: no reason to act.
    pub is_guess: bool,
    /// The browser says that neither our pages nor the user came up with this: no reason to act.
    pub is_foreign: bool,
    /// `?force=1`: an older release will do.
    pub is_forced: bool,
    /// The client takes compressed answers.
    pub takes_gzip: bool,
    /// Bytes before the body.
    pub head_len: usize,
    /// Bytes of the body.
    pub content_len: u32,
}

/// The pages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/`
    Root,
    /// `/portal`
    Portal,
    /// What phones and computers ask for to learn whether a network leads to the internet.
    Probe,
    /// `/status.json`
    Status,
    /// `/abort`
    Abort,
    /// `/upload`
    Upload,
    /// Anything else.
    Unknown,
}

impl Request {
    /// Reads a request from its first byte on; `None` while it is incomplete.
    ///
    /// `room` is how many bytes there can ever be.
    ///
    /// # Errors
    /// The status to refuse it with.
    pub fn parse(bytes: &[u8], room: usize) -> Result<Option<Request>, Status> {
        // Old clients send a blank line behind a request; robust servers skip it before one (RFC 9112, 2.2).
        let mut headers = [httparse::EMPTY_HEADER; HEADER_COUNT_MAX];
        let mut request = httparse::Request::new(&mut headers);
        let head_len = match request.parse(bytes) {
            Ok(httparse::Status::Complete(head_len)) => head_len,
            Ok(httparse::Status::Partial) if bytes.len() < room => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Err(Status::HEADERS_TOO_LARGE);
            }
            Err(_) => return Err(Status::BAD_REQUEST),
        };
        let fields = Fields::read(request.headers)?;
        let target = request.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let page = Page::of(path);
        // A probe is for a name of its maker's, and gets nothing but our address.
        if fields.is_misdirected && page != Page::Probe {
            return Err(Status::MISDIRECTED);
        }
        let len = head_len.saturating_add(fields.content_len as usize);
        if page != Page::Upload {
            if len > room {
                return Err(Status::CONTENT_TOO_LARGE);
            }
            if len > bytes.len() {
                return Ok(None);
            }
        }
        let method = match request.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            Some("POST") => Method::Post,
            Some("PUT") if page == Page::Upload => Method::Post,
            _ => return Err(Status::METHOD_NOT_ALLOWED),
        };
        Ok(Some(Request {
            method,
            page,
            host: match fields.is_misdirected {
                true => Host::default(),
                false => fields.host,
            },
            token: parameter(query, Token::PARAMETER).and_then(Token::parse),
            is_guess: fields.is_guess,
            is_foreign: fields.is_foreign,
            is_forced: parameter(query, "force") == Some("1"),
            takes_gzip: fields.takes_gzip,
            head_len,
            content_len: fields.content_len,
        }))
    }
}

/// Where systems look for the internet: Android and ChromeOS, Apple's, Windows, Firefox.
const PROBES: [&str; 8] = [
    "/generate_204",
    "/gen_204",
    "/hotspot-detect.html",
    "/library/test/success.html",
    "/connecttest.txt",
    "/ncsi.txt",
    "/canonical.html",
    "/success.txt",
];

/// The value of a query's parameter: of the first one, if there are several.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

impl Page {
    fn of(path: &str) -> Page {
        match path {
            "/" => Page::Root,
            "/portal" => Page::Portal,
            "/status.json" => Page::Status,
            "/abort" => Page::Abort,
            "/upload" => Page::Upload,
            _ if PROBES.contains(&path) => Page::Probe,
            _ => Page::Unknown,
        }
    }
}

/// What the header fields say, as far as anybody here listens.
#[derive(Default)]
struct Fields {
    content_len: u32,
    host: Host,
    is_misdirected: bool,
    is_guess: bool,
    is_foreign: bool,
    takes_gzip: bool,
}

impl Fields {
    fn read(headers: &[httparse::Header]) -> Result<Fields, Status> {
        let host = host(headers)?;
        let mut fields = Fields {
            is_misdirected: !host.is_private(),
            host,
            ..Fields::default()
        };
        for header in headers {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is("Content-Length") {
                fields.content_len = decimal(header.value).ok_or(Status::BAD_REQUEST)?;
            } else if is("Transfer-Encoding") {
                return Err(Status::BAD_REQUEST);
            } else if is("Sec-Purpose") || is("Purpose") || is("X-Moz") {
                fields.is_guess |=
                    header.value.starts_with(b"prefetch") || header.value == b"preview";
            } else if is("Accept-Encoding") {
                fields.takes_gzip |= takes_gzip(header.value);
            } else if is("Sec-Fetch-Site") {
                fields.is_foreign |= header.value == b"cross-site";
            } else if is("Origin") || is("Referer") {
                fields.is_foreign |= !fields.host.is_origin(header.value);
            }
        }
        Ok(fields)
    }
}

/// Whether gzip is among the encodings, and not with the weight 0.
fn takes_gzip(value: &[u8]) -> bool {
    value.split(|byte| *byte == b',').any(|item| {
        let item = item.trim_ascii();
        let (name, weight) = item.split_at(item.len().min(4));
        name.eq_ignore_ascii_case(b"gzip") && !weight.ends_with(b"q=0")
    })
}

/// The one name the device was reached by.
fn host(headers: &[httparse::Header]) -> Result<Host, Status> {
    let mut hosts = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("Host"));
    let Some(field) = hosts.next() else {
        return Ok(Host::default());
    };
    let host = Host::parse(field.value).filter(|_| hosts.next().is_none());
    host.ok_or(Status::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 1024;

    fn parse(text: &str) -> Result<Option<Request>, Status> {
        Request::parse(text.as_bytes(), ROOM)
    }

    #[test]
    fn a_request_is_read_once_it_is_complete_and_not_before() {
        let text = "GET /?x=1 HTTP/1.1\r\nHost: d1:8080\r\nUser-Agent: x\r\n\r\n";
        for len in 0..text.len() {
            assert_eq!(parse(&text[..len]), Ok(None), "{len}");
        }
        let request = parse(text).unwrap().unwrap();
        assert_eq!(request.method, Method::Get);
        assert_eq!(request.page, Page::Root);
        assert_eq!(Some(request.host), Host::parse(b"d1:8080"));
        assert!(!request.is_guess && !request.is_foreign);
    }

    #[test]
    fn the_token_is_found_in_the_query_and_nowhere_else() {
        let token = |target: &str| {
            parse(&format!("GET {target} HTTP/1.1\r\n\r\n"))
                .unwrap()
                .unwrap()
                .token
        };
        let good = Token::parse("0123456789abcdef");
        assert_eq!(token("/?token=0123456789abcdef"), good);
        assert_eq!(token("/?x=1&token=0123456789abcdef&y"), good);
        assert_eq!(token("/token=0123456789abcdef"), None);
        assert_eq!(token("/?nottoken=0123456789abcdef"), None);
        assert_eq!(token("/?token=&token=0123456789abcdef"), None);
        assert_eq!(token("/?token"), None);
    }

    #[test]
    fn a_request_that_another_site_made_is_known_as_one() {
        let is_foreign = |fields: &str| {
            let text = format!("GET / HTTP/1.1\r\n{fields}Host: d1:88\r\n\r\n");
            parse(&text).unwrap().unwrap().is_foreign
        };
        for fields in [
            "",
            "Sec-Fetch-Site: same-site\r\n",
            "Sec-Fetch-Site: same-origin\r\n",
            "Sec-Fetch-Site: none\r\n",
            "Origin: http://d1\r\n",
            "Referer: http://d1:88/?x\r\n",
        ] {
            assert!(!is_foreign(fields), "{fields}");
        }
        for fields in [
            "Sec-Fetch-Site: cross-site\r\n",
            "Origin: null\r\n",
            "Origin: http://evil.example\r\n",
            "Referer: https://evil.example/d1\r\n",
            "Origin: http://d1\r\nReferer: http://evil.example/\r\n",
        ] {
            assert!(is_foreign(fields), "{fields}");
        }
    }

    #[test]
    fn a_name_that_may_be_a_strangers_is_refused() {
        let with = |fields: &str| parse(&format!("GET / HTTP/1.1\r\n{fields}\r\n"));
        assert_eq!(with("Host: evil.example\r\n"), Err(Status::MISDIRECTED));
        assert_eq!(with("Host: a~b.example\r\n"), Err(Status::BAD_REQUEST));
        let two = "Host: d1\r\nHost: d1\r\n";
        assert_eq!(with(two), Err(Status::BAD_REQUEST));
        assert!(with("").is_ok());
        let probe = "GET /generate_204 HTTP/1.1\r\nHost: evil.example\r\n\r\n";
        assert_eq!(parse(probe).unwrap().unwrap().page, Page::Probe);
    }

    #[test]
    fn a_request_with_a_body_is_complete_when_its_body_is() {
        let text = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(parse(&text[..text.len() - 1]), Ok(None));
        assert_eq!(parse(text).unwrap().unwrap().method, Method::Post);
        let pipelined = format!("{text}GET / HTTP/1.1\r\n\r\n");
        assert_eq!(parse(&pipelined).unwrap().unwrap().method, Method::Post);
    }

    #[test]
    fn an_upload_is_handed_out_before_its_body_has_come() {
        for method in ["POST", "PUT"] {
            let head = format!("{method} /upload HTTP/1.1\r\nContent-Length: 170000\r\n\r\n");
            assert_eq!(parse(&head[..head.len() - 1]), Ok(None));
            let request = parse(&format!("{head}\u{1}\u{2}")).unwrap().unwrap();
            assert_eq!(request.page, Page::Upload);
            assert_eq!(request.method, Method::Post);
            assert_eq!(request.head_len, head.len());
            assert_eq!(request.content_len, 170_000);
        }
        let put = "PUT / HTTP/1.1\r\n\r\n";
        assert_eq!(parse(put), Err(Status::METHOD_NOT_ALLOWED));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let endless = format!("GET /{}", "x".repeat(ROOM));
        assert_eq!(parse(&endless[..ROOM]), Err(Status::HEADERS_TOO_LARGE));
        let many = format!(
            "GET / HTTP/1.1\r\n{}\r\n",
            "A: b\r\n".repeat(HEADER_COUNT_MAX + 1)
        );
        assert_eq!(parse(&many), Err(Status::HEADERS_TOO_LARGE));
        let large = "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n";
        assert_eq!(parse(large), Err(Status::CONTENT_TOO_LARGE));
        let huge = "POST / HTTP/1.1\r\nContent-Length: 4294967295\r\n\r\n";
        assert_eq!(parse(huge), Err(Status::CONTENT_TOO_LARGE));
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        assert_eq!(
            parse("\u{0}\u{1} rubbish\r\n\r\n"),
            Err(Status::BAD_REQUEST)
        );
        assert_eq!(parse("SSH-2.0-x\r\n"), Err(Status::BAD_REQUEST));
        assert_eq!(
            parse("DELETE / HTTP/1.1\r\n\r\n"),
            Err(Status::METHOD_NOT_ALLOWED)
        );
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(parse(chunked), Err(Status::BAD_REQUEST));
        let length = "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n";
        assert_eq!(parse(length), Err(Status::BAD_REQUEST));
    }

    #[test]
    fn pages_are_told_apart() {
        let page = |target: &str| {
            parse(&format!("GET {target} HTTP/1.0\r\n\r\n"))
                .unwrap()
                .unwrap()
                .page
        };
        assert_eq!(page("/"), Page::Root);
        assert_eq!(page("/status.json?t=1"), Page::Status);
        assert_eq!(page("/abort?token=0"), Page::Abort);
        assert_eq!(page("/generate_204"), Page::Probe);
        assert_eq!(page("/favicon.ico"), Page::Unknown);
        assert_eq!(page("//"), Page::Unknown);
    }

    #[test]
    fn gzip_is_taken_where_it_is_offered() {
        for (value, is_taken) in [
            ("gzip, deflate", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let text = format!("GET / HTTP/1.1\r\nAccept-Encoding: {value}\r\n\r\n");
            assert_eq!(
                parse(&text).unwrap().unwrap().takes_gzip,
                is_taken,
                "{value}"
            );
        }
        let none = parse("GET / HTTP/1.1\r\n\r\n").unwrap().unwrap();
        assert!(!none.takes_gzip);
    }

    #[test]
    fn force_is_a_parameter_of_its_own() {
        for (target, is_forced) in [
            ("/?force=1", true),
            ("/?t=1&force=1", true),
            ("/", false),
            ("/?force=0", false),
            ("/?enforce=1", false),
            ("/force=1", false),
        ] {
            let request = parse(&format!("GET {target} HTTP/1.1\r\n\r\n"));
            assert_eq!(request.unwrap().unwrap().is_forced, is_forced, "{target}");
        }
    }

    #[test]
    fn a_browsers_guess_is_known_as_one() {
        for field in [
            "Sec-Purpose: prefetch;prerender",
            "Purpose: prefetch",
            "X-Moz: prefetch",
        ] {
            let request = parse(&format!("GET / HTTP/1.1\r\n{field}\r\n\r\n"))
                .unwrap()
                .unwrap();
            assert!(request.is_guess, "{field}");
        }
    }
}
