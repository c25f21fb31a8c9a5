//! The server's events for programs: a JSON object per line on standard output.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{json, Value};

use super::event::{Event, Outcome, Verdict, Watcher};
use super::reach::firewall_hints;
use crate::convert::Image;
use crate::problem::Problem;

/// Writes one line per event. Of bytes on their way it tells once per percent.
#[derive(Default)]
pub struct Journal {
    percents: Mutex<HashMap<usize, u64>>,
    lens: Mutex<HashMap<usize, u64>>,
}

impl Journal {
    /// The line for an event; `None` when there is nothing new in it.
    fn line(&self, event: &Event) -> Option<Value> {
        Some(match event {
            Event::Loaded { file, image } => {
                json!({"event": "loaded", "file": file, "image": about(image)})
            }
            Event::Unusable { problem } => with_problem(json!({"event": "unusable"}), problem),
            Event::Started {
                transfer,
                peer,
                image,
            } => {
                self.lens().insert(*transfer, image.bytes.len() as u64);
                json!({"event": "started", "transfer": transfer, "peer": peer, "image": about(image)})
            }
            Event::Doubtful { peer, problem } => {
                with_problem(json!({"event": "doubtful", "peer": peer}), problem)
            }
            Event::Progress { transfer, sent } => {
                if !self.is_news(*transfer, *sent as u64) {
                    return None;
                }
                json!({"event": "sent", "transfer": transfer, "bytes": sent})
            }
            Event::Finished {
                transfer,
                peer,
                outcome,
                ..
            } => {
                self.lens().remove(transfer);
                let (outcome, sent, why) = match outcome {
                    Outcome::Sent => ("sent", None, None),
                    Outcome::Broken { sent, why } => ("broken", Some(sent), Some(why)),
                };
                json!({"event": "finished", "transfer": transfer, "peer": peer, "outcome": outcome,
                    "bytes": sent, "why": why})
            }
            Event::Flashed {
                transfer,
                peer,
                written,
                state,
            } => {
                json!({"event": "flashed", "transfer": transfer, "peer": peer, "bytes": written, "state": state})
            }
            Event::Told {
                transfer,
                peer,
                verdict,
                ..
            } => {
                let (verdict, build, cause) = match verdict {
                    Verdict::Runs { build } => ("runs", Some(build), None),
                    Verdict::Failed { cause } => ("failed", None, Some(cause)),
                    Verdict::Unknown => ("unknown", None, None),
                };
                json!({"event": "told", "transfer": transfer, "peer": peer, "verdict": verdict, "build": build,
                    "cause": cause})
            }
            Event::Answered {
                peer,
                request,
                status,
            } => json!({"event": "answered", "peer": peer, "request": request, "status": status}),
            Event::Interface { interface } => json!({"event": "interface", "interface": interface}),
            Event::Device { peer, status } => {
                json!({"event": "device", "peer": peer, "build": status.build,
                "slot": status.slot, "map": status.map, "state": status.state})
            }
            Event::Blocked { peer, cause, port } => {
                json!({"event": "blocked", "peer": peer, "cause": cause,
                "hints": firewall_hints(*port)})
            }
        })
    }

    /// Whether the transfer has reached another percent.
    fn is_news(&self, transfer: usize, sent: u64) -> bool {
        let len = self.lens().get(&transfer).copied().unwrap_or(0);
        let percent = (sent * 100).checked_div(len).unwrap_or(0);
        let mut percents = self.percents.lock().unwrap_or_else(PoisonError::into_inner);
        percents.insert(transfer, percent) != Some(percent)
    }

    fn lens(&self) -> std::sync::MutexGuard<'_, HashMap<usize, u64>> {
        self.lens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Journal {
    fn notice(&self, event: &Event) {
        if let Some(line) = self.line(event) {
            // A closed pipe must not end the server.
            let mut out = io::stdout().lock();
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }
}

fn about(image: &Image) -> Value {
    json!({
        "name": image.file_name(), "slot": image.slot.name(), "build": image.build, "map": image.map.name(),
        "bytes": image.bytes.len(),
    })
}

fn with_problem(mut line: Value, problem: &Problem) -> Value {
    line["problem"] = problem.message().into();
    line["help"] = problem.help().into();
    line
}
