//! Figures: what `cargo xtask bench` prints, and what `tests/performance.rs` holds it to.
//!
//! Those in emulated time are the same on every machine: cycles, and what the data sheets and 802.11 say that
//! flash and air take (docs/emulator-fidelity.md).

mod chart;
mod floor;
mod padded;
mod start;
mod update;

use std::fmt;

use d1_image::{FlashMap, Slot};
use nor_model::Pace;

use crate::Images;
pub use chart::chart;
pub use floor::flash_floor;
pub use padded::padded;
pub use start::{start, Start};
pub use update::{update, vendor_style, Circumstances, Stages};

/// Bytes of the image in all figures about updates: about what other firmware with updates has.
pub const LEN: usize = 400 * 1024;
/// The loss that updates have to stand: one frame, or ACK, in a hundred.
pub const LOSS: f64 = 0.01;

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is measured.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The most it may be.
    pub limit: Option<f64>,
    /// It as a multiple of something, and of what.
    pub ratio: Option<(f64, &'static str)>,
}

impl Figure {
    /// A figure without limit and ratio.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Figure {
        Figure {
            name: name.into(),
            value,
            unit,
            limit: None,
            ratio: None,
        }
    }

    /// Limits it.
    pub fn at_most(mut self, limit: f64) -> Figure {
        self.limit = Some(limit);
        self
    }

    /// Compares it.
    pub fn of(mut self, whole: f64, what: &'static str) -> Figure {
        self.ratio = Some((self.value / whole, what));
        self
    }

    /// Whether it keeps its limit.
    pub fn is_kept(&self) -> bool {
        self.limit.is_none_or(|limit| self.value <= limit)
    }

    /// It as a JSON object.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name, "value": self.value, "unit": self.unit, "limit": self.limit,
            "ratio": self.ratio.map(|(ratio, _)| ratio), "ratio_of": self.ratio.map(|(_, what)| what),
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit.map_or("-".into(), |limit| format!("{limit:.0}"));
        let ratio = self.ratio.map_or(String::new(), |(ratio, what)| {
            format!("{ratio:.2} x {what}")
        });
        let mark = if self.is_kept() { ' ' } else { '!' };
        write!(
            f,
            "{:<52}{:>10.1} {:<7}{:>10}{mark} {ratio}",
            self.name, self.value, self.unit, limit
        )
    }
}

/// The table's head.
pub const HEAD: &str =
    "figure                                                   value unit        limit  ratio";

/// One kind of update, measured.
#[derive(Clone, Debug)]
pub struct Update {
    /// In words.
    pub name: String,
    /// What the chip alone needs, in microseconds.
    pub floor: u64,
    /// Where the time went.
    pub stages: Stages,
}

/// Measures updates on flash of this pace: on clean air, and on lossy air.
pub fn updates(images: &Images, pace: Pace) -> [Update; 2] {
    let name = match pace {
        Pace::Maximum => "slowest flash",
        _ => "typical flash",
    };
    [(0.0, "clean air"), (LOSS, "1 % loss")].map(|(loss, air)| {
        let len = LEN;
        Update {
            name: format!("{name}, {air}"),
            floor: floor(pace),
            stages: update(images, Circumstances { len, pace, loss }),
        }
    })
}

/// What the chip alone needs for an image of [`LEN`], in microseconds.
pub fn floor(pace: Pace) -> u64 {
    flash_floor(FlashMap::M1, Slot::Two, LEN as u32, pace)
}

/// The limits that issue and documentation promise, in multiples of the floor.
const LIMIT_CLEAN: f64 = 1.25;
const LIMIT_LOSSY: f64 = 1.5;

/// The figures of one update. Only on typical flash have they limits.
pub fn of_update(update: &Update, pace: Pace, loss: f64) -> Vec<Figure> {
    let ms = |micros: u64| micros as f64 / 1000.0;
    let Stages {
        requested,
        erasing,
        written,
        switched,
        running,
        retries,
    } = update.stages;
    let floor = ms(update.floor);
    let limit = if loss > 0.0 { LIMIT_LOSSY } else { LIMIT_CLEAN };
    let image = Figure::new(
        format!("400 KiB into flash ({})", update.name),
        ms(written - requested),
        "ms",
    )
    .of(floor, "floor");
    let image = match pace {
        Pace::Typical => image.at_most(limit * floor),
        _ => image,
    };
    vec![
        image,
        Figure::new("  asked, connected, first bytes judged", ms(erasing), "ms"),
        Figure::new(
            "  erased, programmed, read back",
            ms(written - erasing),
            "ms",
        ),
        Figure::new("  sums and signature", ms(switched - written), "ms"),
        Figure::new("  restarted into it", ms(running - switched), "ms"),
        Figure::new("  all of it", ms(running), "ms").of(floor, "floor"),
        Figure::new(
            "  frames sent again by the station",
            retries as f64,
            "frames",
        ),
    ]
}
