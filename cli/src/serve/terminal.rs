//! The server's events on a terminal: lines that stay, and a bar per transfer.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::event::{Event, Outcome, Watcher};

/// Prints lines to standard output and draws bars on standard error (none when that is no terminal).
#[derive(Default)]
pub struct Terminal {
    bars: MultiProgress,
    running: Mutex<HashMap<usize, ProgressBar>>,
}

impl Terminal {
    /// A terminal with nothing on it.
    pub fn new() -> Terminal {
        Terminal::default()
    }

    /// Prints a line above the bars.
    pub fn line(&self, text: &str) {
        // A closed pipe must not end the server.
        self.bars.suspend(|| drop(writeln!(io::stdout(), "{text}")));
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<usize, ProgressBar>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Terminal {
    fn notice(&self, event: &Event) {
        match event {
            Event::Loaded { file, image } => self.line(&format!(
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
            } => {
                let (name, build, ip) = (image.file_name(), image.build, peer.ip());
                self.line(&format!("{ip} gets {name}, build {build}"));
                let bar = self.bars.add(ProgressBar::new(image.bytes.len() as u64));
                bar.set_style(style());
                bar.set_prefix(format!("{ip} {name}"));
                self.running().insert(*transfer, bar);
            }
            Event::Progress { transfer, sent } => {
                if let Some(bar) = self.running().get(transfer) {
                    bar.set_position(*sent as u64);
                }
            }
            Event::Finished {
                transfer,
                peer,
                image,
                outcome,
            } => {
                if let Some(bar) = self.running().remove(transfer) {
                    bar.finish_and_clear();
                    self.bars.remove(&bar);
                }
                let (name, build, len) = (image.file_name(), image.build, image.bytes.len());
                let ip = peer.ip();
                self.line(&match outcome {
                    Outcome::Sent => {
                        format!("{ip} got {name}, build {build}: {len} bytes sent")
                    }
                    Outcome::Broken { sent, why } => {
                        format!("{ip} did not get {name}: {why} after {sent} of {len} bytes")
                    }
                });
            }
            Event::Answered {
                peer,
                request,
                status,
            } => {
                self.line(&format!("{} sent {request}: answered {status}", peer.ip()));
            }
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(
        "{prefix} [{bar:30}] {bytes}/{total_bytes} sent, {bytes_per_sec}, {eta} left",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .progress_chars("=> ")
}
