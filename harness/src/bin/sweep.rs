//! `cargo xtask sweep`: every power cut of every scenario on the images of `cargo xtask build`.

use std::panic;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use d1_harness::sweep::{scenarios, sweep, Options, Tally};
use d1_harness::Images;
use d1_image::FlashMap;
use indicatif::{ProgressBar, ProgressStyle};

#[derive(Parser)]
#[command(about = "Cuts the power at every flash operation and sees what boots")]
struct Arguments {
    /// Flash maps to sweep; without it 1M and 4M
    #[arg(long, value_name = "SIZE", value_parser = d1ota::size::flash_map)]
    flash_size: Vec<FlashMap>,
    /// Only the scenarios whose names contain this
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Of the cuts inside a slot, try every how many-th
    #[arg(long, value_name = "N", default_value_t = Options::default().every)]
    every: usize,
    /// Of those, follow every how many-th by another update
    #[arg(long, value_name = "N", default_value_t = Options::default().update_every)]
    update_every: usize,
    /// First cuts of each scenario that are followed by second ones
    #[arg(long, value_name = "N", default_value_t = Options::default().doubles)]
    doubles: usize,
    /// Chooses the double cuts; without it a new one each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let options = Options {
        every: arguments.every,
        update_every: arguments.update_every,
        doubles: arguments.doubles,
        seed,
        ..Options::default()
    };
    let maps = if arguments.flash_size.is_empty() {
        vec![FlashMap::M1, FlashMap::M4]
    } else {
        arguments.flash_size
    };

    let started = Instant::now();
    let mut all = Tally::default();
    for map in maps {
        let images = Images::load_for(map);
        let mut chosen = scenarios(map, &images);
        chosen.retain(|scenario| scenario.name.contains(&arguments.only));
        for scenario in chosen {
            let tally = sweep_one(&scenario, &options);
            for lost in &tally.lost {
                println!("lost: {lost}");
            }
            all.add(tally);
        }
    }
    let minutes = started.elapsed().max(Duration::from_secs(1)).as_secs_f64() / 60.0;
    println!(
        "{} of them second cuts, {} on a board of their own, {} followed by another update; {:.0} cuts a minute",
        all.doubles,
        all.booted,
        all.updated,
        all.cuts as f64 / minutes
    );
    println!("{all}");
    if all.cuts > 0 && all.lost.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Sweeps one scenario behind a progress bar.
fn sweep_one(scenario: &d1_harness::sweep::Scenario, options: &Options) -> Tally {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta}");
    let bar = ProgressBar::new(0).with_style(style.expect("a template without errors"));
    bar.set_prefix(scenario.name.clone());
    // What is lost is told with its scenario and its cut, once.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let tally = sweep(scenario, options, &|done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    panic::set_hook(hook);
    bar.finish_and_clear();
    println!("{}: {} cuts", scenario.name, tally.cuts);
    tally
}
