//! A real browser: headless Chromium, driven through chromedriver by the WebDriver protocol (W3C).
//!
//! As much of the protocol as the tests of the page need: JSON over one HTTP request at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use base64ct::{Base64, Encoding};
use serde_json::{json, Value};

use crate::{Judge, Response};

/// How long the browser waits for something, in milliseconds of real time: a busy machine is slow, but not that slow.
const HANG_MS: u64 = 90_000;
/// The key of an element's reference in the protocol's answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub struct Browser {
    driver: Child,
    /// What it says; if nobody held this end, its next word would be its last.
    _said: BufReader<ChildStdout>,
    port: u16,
    session: String,
}

/// How the window looks: its size, and what the user's system prefers.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// CSS pixels across.
    pub width: u32,
    /// CSS pixels down.
    pub height: u32,
    /// Light on dark.
    pub is_dark: bool,
}

impl Browser {
    /// Opens one; `None`, and the reason printed, when it is not installed.
    ///
    /// # Panics
    /// When it does not start, or is missing although `D1_REQUIRE_JUDGES` is set.
    pub fn open() -> Option<Browser> {
        Judge::chromium()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it answered before");
        let mut said = BufReader::new(driver.stdout.take().expect("it is piped"));
        let port = said
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.rsplit_once("successfully on port ")?
                    .1
                    .trim_matches('.')
                    .parse()
                    .ok()
            })
            .expect("chromedriver says its port");
        let mut browser = Browser {
            driver,
            _said: said,
            port,
            session: String::new(),
        };
        let options = json!({
            // Root may use no sandbox; nothing but our own page is opened.
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
        });
        let wanted = json!({
            "goog:chromeOptions": options,
            "timeouts": { "script": HANG_MS, "pageLoad": HANG_MS, "implicit": HANG_MS },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let answer = browser.call(
            "POST",
            "",
            &json!({ "capabilities": { "alwaysMatch": wanted } }),
        );
        let session = answer["sessionId"].as_str().expect("a session has an id");
        browser.session = format!("/{session}");
        Some(browser)
    }

    /// Opens a page.
    pub fn visit(&self, url: &str) {
        self.call("POST", "/url", &json!({ "url": url }));
    }

    /// What a JavaScript expression is worth in the page.
    pub fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.call(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// The text of the page, as it is shown.
    pub fn text(&self) -> String {
        self.value("document.body.innerText")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until a JavaScript expression is true in the page, which looks itself. Not for a page without scripts.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0], look = () => ({expression}) ? done(true) : setTimeout(look, 20); look()"
        );
        let script = json!({ "script": script, "args": [] });
        let is_true = self.try_call("POST", "/execute/async", &script);
        let page = || self.text();
        assert_eq!(
            is_true,
            Ok(Value::Bool(true)),
            "waited for {expression}; the page: {}",
            page()
        );
    }

    /// Waits until that text, which has no quotes, is in the page.
    #[track_caller]
    pub fn until_text(&self, text: &str) {
        let path = format!("//body[contains(normalize-space(.), '{text}')]");
        let by = json!({ "using": "xpath", "value": path });
        // The driver looks again and again: its implicit timeout.
        if let Err(error) = self.try_call("POST", "/element", &by) {
            panic!("waited for {text:?}: {error}; the page: {}", self.text());
        }
    }

    /// Clicks what the CSS selector finds.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.call("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Chooses a file in the input that the CSS selector finds.
    #[track_caller]
    pub fn choose_file(&self, selector: &str, path: &Path) {
        let element = self.find(selector);
        let text = path.to_str().expect("a path that is text");
        self.call(
            "POST",
            &format!("/element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// Presses keys, wherever the focus is.
    pub fn press(&self, key: char) {
        let actions = json!([
            { "type": "keyDown", "value": key },
            { "type": "keyUp", "value": key },
        ]);
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.call("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Changes how the window looks.
    pub fn set_view(&self, view: View) {
        let size = json!({ "width": view.width, "height": view.height, "deviceScaleFactor": 2, "mobile": view.width < 600 });
        self.command("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if view.is_dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command("Emulation.setEmulatedMedia", &features);
    }

    /// Switches JavaScript off or on, for pages opened from now on.
    pub fn set_scripts(&self, is_on: bool) {
        self.command(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": !is_on }),
        );
    }

    /// A picture of the whole page, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        let answer = self.command(
            "Page.captureScreenshot",
            &json!({ "captureBeyondViewport": true }),
        );
        let data = answer["data"].as_str().expect("a picture");
        Base64::decode_vec(data).expect("base64")
    }

    /// What the browser complains about: errors of scripts, and what did not load.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.call("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = log.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    fn find(&self, selector: &str) -> String {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.call("POST", "/element", &by);
        found[ELEMENT]
            .as_str()
            .expect("an element has a reference")
            .to_owned()
    }

    /// A command of the browser's own protocol.
    fn command(&self, name: &str, parameters: &Value) -> Value {
        self.call(
            "POST",
            "/goog/cdp/execute",
            &json!({ "cmd": name, "params": parameters }),
        )
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_call(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path} {body}: {error}"))
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let text = |error: std::io::Error| error.to_string();
        let body = body.to_string();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).map_err(text)?;
        write!(
            stream,
            "{method} /session{}{path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.session,
            self.port,
            body.len()
        )
        .map_err(text)?;
        // Not to the end of the stream: a browser that is started meanwhile inherits the connection and keeps it open.
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        let answer = loop {
            match stream.read(&mut piece).map_err(text)? {
                0 => break Response::parse(&received)?,
                len => received.extend(&piece[..len]),
            }
            match Response::parse(&received) {
                Ok(answer) if !answer.body.is_empty() => break answer,
                _ => {}
            }
        };
        let mut parsed: Value =
            serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
        match answer.status {
            200 => Ok(parsed["value"].take()),
            status => Err(format!("{status}: {}", parsed["value"]["message"])),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session's end closes the browser; a driver that is killed first would leave it behind.
        let _ = self.try_call("DELETE", "", &json!({}));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
