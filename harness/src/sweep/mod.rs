//! Every power cut of every course of events, on the real images: what boots afterwards?
//!
//! A power cut takes everything but flash, so what follows depends on flash alone. One run of a [`Scenario`]
//! therefore gives all of its cuts: the flash model keeps the chip as each cut would have left it
//! ([`nor_model::Nor::keep_cuts`]). Each of those chips is soldered to a fresh board, and `recovery` judges
//! what it does. A cut *before* an operation leaves what one *after* the operation before it does, so an
//! operation brings two chips: one torn inside of it, one right after it.

mod cut;
mod recovery;
mod scenario;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::thread;

pub use cut::{Cut, Expectation};
use recovery::Boots;
pub use recovery::Depth;
pub use scenario::{scenarios, Scenario};

/// How much of the sweep is done. The default is all of it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Of the cuts inside the slot that is written, every how many-th is tried. All others always are.
    pub every: usize,
    /// Of the cuts tried inside the slot, every how many-th is followed by another update.
    pub update_every: usize,
    /// Of the other cuts, every how many-th is.
    pub update_every_other: usize,
    /// How many first cuts of each scenario are followed by second ones.
    pub doubles: usize,
    /// Chooses the double cuts.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            every: 1,
            update_every: 256,
            update_every_other: 1,
            doubles: 4,
            seed: 0,
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What came of a sweep.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Cuts made.
    pub cuts: usize,
    /// Of those, cuts in the recovery from another cut.
    pub doubles: usize,
    /// Of those, cuts whose chip was put on a board; the others read alike to a boot that was seen before.
    pub booted: usize,
    /// Of those, cuts after which another update was made.
    pub updated: usize,
    /// One text for each cut after which the device was not as it has to be.
    pub lost: Vec<String>,
}

impl Tally {
    /// One cut, lost for the reason told.
    fn lost(why: String) -> Tally {
        Tally {
            cuts: 1,
            lost: vec![why],
            ..Tally::default()
        }
    }

    /// Takes in another tally.
    pub fn add(&mut self, other: Tally) {
        self.cuts += other.cuts;
        self.doubles += other.doubles;
        self.booted += other.booted;
        self.updated += other.updated;
        self.lost.extend(other.lost);
    }
}

/// The line that sums it up.
impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (cuts, lost) = (self.cuts, self.lost.len());
        write!(
            f,
            "sweep: {cuts} cuts, {} recovered, {lost} lost",
            cuts - lost
        )
    }
}

/// One thing to do.
enum Job {
    /// Judge what a cut left.
    Try(Cut, Depth),
    /// Judge what second cuts leave, made during the recovery from this one.
    Double(Cut, u64),
}

/// Runs a scenario once and tries its cuts. `progress` is told how many of how many jobs are done.
pub fn sweep(
    scenario: &Scenario,
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Tally {
    let jobs = match guarded(|| jobs(scenario, options)) {
        Ok(jobs) => jobs,
        // Without a course there are no cuts; that is no success.
        Err(why) => return Tally::lost(format!("{}: {why}", scenario.name)),
    };
    let total = jobs.len();
    let boots = Boots::default();
    let queue = Mutex::new(jobs.into_iter());
    let done = Mutex::new((0, Tally::default()));
    let work = || loop {
        let job = queue.lock().expect("no worker panics").next();
        let Some(job) = job else { return };
        let result = job.run(scenario, &boots);
        let mut done = done.lock().expect("no worker panics");
        done.0 += 1;
        done.1.add(result);
        progress(done.0, total);
    };
    thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(work);
        }
    });
    done.into_inner().expect("no worker panics").1
}

/// Runs the scenario and chooses the cuts to try.
fn jobs(scenario: &Scenario, options: &Options) -> Vec<Job> {
    let mut random = fastrand::Rng::with_seed(options.seed);
    let mut jobs = Vec::new();
    let cuts = scenario.cuts();
    let (in_slot, others): (Vec<&Cut>, Vec<&Cut>) =
        cuts.iter().partition(|cut| cut.is_in_slot(scenario.map));
    let in_slot = in_slot.into_iter().step_by(options.every.max(1));
    let mut plan = |cuts: &mut dyn Iterator<Item = &Cut>, update_every: usize| {
        for (nth, cut) in cuts.enumerate() {
            let depth = if nth % update_every.max(1) == 0 {
                Depth::Update
            } else {
                Depth::Boot
            };
            jobs.push(Job::Try(cut.clone(), depth));
        }
    };
    plan(&mut in_slot.into_iter(), options.update_every);
    plan(&mut others.into_iter(), options.update_every_other);
    for _ in 0..options.doubles {
        let cut = random
            .choice(&cuts)
            .expect("a course without flash operations");
        jobs.push(Job::Double(cut.clone(), random.u64(..)));
    }
    jobs
}

impl Job {
    fn run(self, scenario: &Scenario, boots: &Boots) -> Tally {
        match self {
            Job::Try(cut, depth) => judge(scenario, &cut, depth, boots, ""),
            Job::Double(first, seed) => {
                let name = first.to_string();
                let again = match guarded(|| recovery::cuts(scenario, &first)) {
                    Ok(cuts) => cuts,
                    Err(why) => return Tally::lost(format!("{}: {name}: {why}", scenario.name)),
                };
                let (many, mut few): (Vec<_>, Vec<_>) = again
                    .into_iter()
                    .partition(|cut| cut.is_in_slot(scenario.map));
                let mut random = fastrand::Rng::with_seed(seed);
                few.extend(random.choose_multiple(many, SECOND_CUTS_IN_SLOT));
                let before = format!("{name}, then ");
                let mut tally = Tally::default();
                for second in few {
                    tally.doubles += 1;
                    tally.add(judge(scenario, &second, Depth::Boot, boots, &before));
                }
                tally
            }
        }
    }
}

/// Second cuts inside of the slot that are tried, of hundreds that are all alike.
const SECOND_CUTS_IN_SLOT: usize = 4;

fn judge(scenario: &Scenario, cut: &Cut, depth: Depth, boots: &Boots, before: &str) -> Tally {
    let result = guarded(|| recovery::check(scenario, cut, depth, boots));
    let mut tally = Tally {
        cuts: 1,
        updated: usize::from(depth == Depth::Update),
        ..Tally::default()
    };
    match result {
        Ok(is_booted) => tally.booted = usize::from(is_booted),
        Err(why) => tally
            .lost
            .push(format!("{}: {before}{cut}: {why}", scenario.name)),
    }
    tally
}

/// The text of the panic in `work`, if there is one: the bench panics when it waits in vain.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "a panic without a text".to_owned())
    })
}
