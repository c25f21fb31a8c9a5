//! `cargo xtask bench`: the figures of docs/performance.md on the images of `cargo xtask build`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use d1_harness::figures::{self, Circumstances, Figure, Stages, LEN, LOSS};
use d1_harness::sweep::{scenarios, sweep, Options};
use d1_harness::{image_directory, Guest, Images};
use d1_image::FlashMap;
use nor_model::{Chip, Nor, Pace};

#[derive(Parser)]
#[command(about = "Measures, in emulated time and in the host's")]
struct Arguments {
    /// Print JSON, one object per figure and line
    #[arg(long)]
    json: bool,
    /// Draw where an update's time goes, to this SVG file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Leave out what takes the host's time: the slowest flash, speed, sweep
    #[arg(long)]
    quick: bool,
}

/// Prints figures as they come, and remembers whether all keep their limits.
struct Table {
    json: bool,
    is_kept: bool,
}

impl Table {
    fn put(&mut self, figure: &Figure) {
        self.is_kept &= figure.is_kept();
        match self.json {
            true => println!("{}", figure.json()),
            false => println!("{figure}"),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let images = Images::load();
    let mut table = Table {
        json: arguments.json,
        is_kept: true,
    };
    if !arguments.json {
        println!("{}", figures::HEAD);
    }
    let mut rows = Vec::new();
    let paces = match arguments.quick {
        true => &[Pace::Typical][..],
        false => &[Pace::Typical, Pace::Maximum],
    };
    for &pace in paces {
        updates(&images, pace, &mut table, &mut rows);
    }
    start(&images, &mut table);
    sizes(&mut table);
    if !arguments.quick {
        speed(&mut table);
        sweeping(&images, &mut table);
    }
    if let Some(path) = arguments.chart {
        let stages = [
            "asking",
            "erasing and programming",
            "verifying",
            "restarting",
        ];
        let title = "An update of 400 KiB on typical flash";
        let svg = figures::chart(title, &stages, &rows);
        fs::write(&path, svg).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    match table.is_kept {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn updates(images: &Images, pace: Pace, table: &mut Table, rows: &mut Vec<(String, Vec<f64>)>) {
    let ms = |micros: u64| micros as f64 / 1000.0;
    let name = match pace {
        Pace::Maximum => "slowest",
        _ => "typical",
    };
    let floor = ms(figures::floor(pace));
    table.put(&Figure::new(
        format!("floor: 400 KiB, the {name} flash chip alone"),
        floor,
        "ms",
    ));
    let ours = figures::updates(images, pace);
    for (update, loss) in ours.iter().zip([0.0, LOSS]) {
        for figure in figures::of_update(update, pace, loss) {
            table.put(&figure);
        }
        let Stages {
            erasing,
            written,
            switched,
            running,
            ..
        } = update.stages;
        let parts = [
            erasing,
            written - erasing,
            switched - written,
            running - switched,
        ];
        if pace == Pace::Typical {
            rows.push((update.name.clone(), parts.map(ms).to_vec()));
        }
    }
    let (len, loss) = (LEN, 0.0);
    let (written, checked) = figures::vendor_style(images, Circumstances { len, pace, loss });
    let whole = Figure::new(
        format!("vendor's way, {name} flash: in flash"),
        ms(written),
        "ms",
    );
    let Stages {
        requested,
        written: our_end,
        switched,
        ..
    } = ours[0].stages;
    table.put(&whole.of(ms(our_end - requested), "ours"));
    let whole = Figure::new("  and its CRC compared", ms(checked), "ms");
    table.put(&whole.of(ms(switched - requested), "ours, with its signature"));
    if pace == Pace::Typical {
        let parts = [0, written, checked - written, 0];
        rows.push(("the vendor's way".into(), parts.map(ms).to_vec()));
        rows.push(("the flash chip alone".into(), vec![0.0, floor, 0.0, 0.0]));
    }
}

fn start(images: &Images, table: &mut Table) {
    let start = figures::start(images);
    let ms = |micros: u64| micros as f64 / 1000.0;
    table.put(&Figure::new(
        "power to first beacon",
        ms(start.beacon),
        "ms",
    ));
    table.put(&Figure::new(
        "power to a station with an address",
        ms(start.address),
        "ms",
    ));
    table.put(&Figure::new("power to status page", ms(start.page), "ms"));
}

fn sizes(table: &mut Table) {
    for (name, limit) in [("boot.bin", Some(4096.0)), ("user1.bin", None)] {
        let path = image_directory().join(name);
        let len = fs::metadata(&path).map_or(0, |file| file.len());
        let figure = Figure::new(name, len as f64, "bytes");
        table.put(&match limit {
            Some(limit) => figure.at_most(limit),
            None => figure,
        });
    }
}

/// The emulator on a guest that computes.
fn speed(table: &mut Table) {
    let guest = Guest::load("computations");
    let nor = Nor::new(Chip::W25Q32, &guest.flash).expect("it fits");
    let mut machine = d1_emulator::board::Machine::new(Default::default(), nor);
    let started = Instant::now();
    machine.run_until(d1_emulator::time::Time::from_micros(3_000_000));
    let rate = machine.cycles() as f64 / started.elapsed().as_secs_f64() / 1e6;
    let figure = Figure::new("emulator, busy", rate, "MHz");
    table.put(&figure.of(80.0, "real time at 80 MHz"));
}

fn sweeping(images: &Images, table: &mut Table) {
    let options = Options {
        every: 64,
        update_every: 16,
        update_every_other: 6,
        doubles: 0,
        ..Options::default()
    };
    let started = Instant::now();
    let scenario = scenarios(FlashMap::M1, images).swap_remove(0);
    let tally = sweep(&scenario, &options, &|_, _| ());
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let rate = tally.cuts as f64 / minutes;
    table.put(&Figure::new("sweep, cuts a minute", rate, "cuts"));
    table.put(&Figure::new("  of them lost", tally.lost.len() as f64, "cuts").at_most(0.0));
}
