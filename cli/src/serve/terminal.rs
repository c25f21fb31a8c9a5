//! The server's events on a terminal: lines that stay, and a bar per device.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::event::{Event, Outcome, Verdict, Watcher};
use super::reach::{firewall_hints, Interface};
use crate::convert::Image;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What goes wrong.
    Quiet,
    /// What is served to whom, and what became of it.
    #[default]
    Usual,
    /// What devices do meanwhile, too.
    Verbose,
}

/// Prints lines to standard output and draws bars on standard error (none when that is no terminal).
#[derive(Default)]
pub struct Terminal {
    detail: Detail,
    bars: MultiProgress,
    running: Mutex<HashMap<usize, Running>>,
}

/// A transfer's bar.
struct Running {
    bar: ProgressBar,
    /// The device tells what it has in flash: bytes sent are no news then.
    is_told: bool,
    state: String,
}

impl Terminal {
    /// A terminal with nothing on it.
    pub fn new(detail: Detail) -> Terminal {
        Terminal {
            detail,
            ..Terminal::default()
        }
    }

    /// Prints a line above the bars.
    pub fn line(&self, text: &str) {
        // A closed pipe must not end the server.
        self.bars.suspend(|| drop(writeln!(io::stdout(), "{text}")));
    }

    /// Prints a line unless only faults are wanted.
    pub fn usual(&self, text: &str) {
        if self.detail >= Detail::Usual {
            self.line(text);
        }
    }

    fn verbose(&self, text: &str) {
        if self.detail >= Detail::Verbose {
            self.line(text);
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<usize, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, transfer: usize, who: &str, image: &Image) {
        let name = image.file_name();
        self.usual(&format!("{who} gets {name}, build {}", image.build));
        if self.detail == Detail::Quiet {
            return;
        }
        let bar = self.bars.add(ProgressBar::new(image.bytes.len() as u64));
        bar.set_style(style("sent"));
        bar.set_prefix(format!("{who} {name}"));
        let running = Running {
            bar,
            is_told: false,
            state: String::new(),
        };
        self.running().insert(transfer, running);
    }

    fn flashed(&self, transfer: usize, who: &str, written: usize, state: &str) {
        let mut line = None;
        if let Some(running) = self.running().get_mut(&transfer) {
            if !running.is_told {
                running.is_told = true;
                running.bar.set_style(style("in flash"));
            }
            running.bar.set_position(written as u64);
            if running.state != state {
                running.state = state.into();
                running.bar.set_message(format!("({state})"));
                line = Some(format!("{who} is {state}, {written} bytes in flash"));
            }
        }
        // The lock is not held: drawing takes its time.
        if let Some(line) = line {
            self.verbose(&line);
        }
    }

    fn end(&self, transfer: usize) {
        let running = self.running().remove(&transfer);
        if let Some(running) = running {
            running.bar.finish_and_clear();
            self.bars.remove(&running.bar);
        }
    }

    fn interface(&self, interface: &Interface) {
        let Interface {
            name,
            address,
            answers,
        } = interface;
        let joined = match interface.is_joined() {
            true => ", a device's network",
            false => "",
        };
        match answers {
            true => self.usual(&format!("  {name} {address}: listening{joined}")),
            false => self.line(&format!(
                "  {name} {address}: no answer{joined}; does another program or a firewall hold the port?"
            )),
        }
    }
}

impl Watcher for Terminal {
    fn notice(&self, event: &Event) {
        match event {
            Event::Loaded { file, image } => self.usual(&format!(
                "{}: build {} from {}, {} bytes of the slot's {} ({} map)",
                image.file_name(),
                image.build,
                file.display(),
                image.bytes.len(),
                image.map.slot(image.slot).len,
                image.map.name()
            )),
            Event::Unusable { problem } => self.line(&format!("not served now: {problem}")),
            Event::Started {
                transfer,
                peer,
                image,
            } => self.start(*transfer, &peer.ip().to_string(), image),
            Event::Doubtful { peer, problem } => {
                self.line(&format!("warning: {}: {problem}", peer.ip()));
            }
            Event::Progress { transfer, sent } => {
                if let Some(running) = self.running().get(transfer) {
                    if !running.is_told {
                        running.bar.set_position(*sent as u64);
                    }
                }
            }
            Event::Flashed {
                transfer,
                peer,
                written,
                state,
            } => self.flashed(*transfer, &peer.ip().to_string(), *written, state),
            // The bar stays until the device has told: what is sent may be far ahead of what is in flash.
            Event::Finished {
                peer,
                image,
                outcome,
                ..
            } => {
                let (name, len, ip) = (image.file_name(), image.bytes.len(), peer.ip());
                match outcome {
                    Outcome::Sent => self.usual(&format!(
                        "{ip} got {name}, build {}: {len} bytes sent",
                        image.build
                    )),
                    Outcome::Broken { sent, why } => self.line(&format!(
                        "{ip} did not get {name}: {why} after {sent} of {len} bytes"
                    )),
                }
            }
            Event::Told {
                transfer,
                peer,
                image,
                verdict,
            } => {
                self.end(*transfer);
                let (ip, slot) = (peer.ip(), image.slot.name());
                match verdict {
                    Verdict::Runs { build } => {
                        self.usual(&format!("{ip} has restarted: {slot}, build {build} runs"));
                    }
                    Verdict::Failed { cause } => {
                        self.line(&format!("{ip} does not run {slot}: {cause}"));
                    }
                    Verdict::Unknown => {
                        self.verbose(&format!("{ip} does not say what became of {slot}"));
                    }
                }
            }
            Event::Interface { interface } => self.interface(interface),
            Event::Device { peer, status } => self.usual(&format!(
                "a device is at {}: build {}, {}, {} map",
                peer.ip(),
                status.build,
                status.slot,
                status.map
            )),
            Event::Blocked { peer, cause, port } => {
                self.line(&format!("{} was not heard here: {cause}", peer.ip()));
                for hint in firewall_hints(*port) {
                    self.line(&format!("  help: {hint}"));
                }
            }
            Event::Answered {
                peer,
                request,
                status,
            } => self.usual(&format!("{} sent {request}: answered {status}", peer.ip())),
        }
    }
}

fn style(what: &str) -> ProgressStyle {
    ProgressStyle::with_template(&format!(
        "{{prefix}} [{{bar:30}}] {{bytes}}/{{total_bytes}} {what}, {{bytes_per_sec}}, {{eta}} left {{msg}}"
    ))
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .progress_chars("=> ")
}
