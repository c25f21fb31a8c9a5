//! Ctrl-C and SIGTERM, as a flag that long-running work looks at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::problem::Problem;

/// A flag that Ctrl-C or SIGTERM sets. The second signal ends the process at once.
///
/// # Errors
///
/// [`Problem`] when the system will not tell us of signals.
pub fn flag() -> Result<Arc<AtomicBool>, Problem> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(flag.clone());
    }
    let flag = FLAG.get_or_init(Arc::default).clone();
    let seen = flag.clone();
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::AcqRel) {
            std::process::exit(130);
        }
    })
    .map_err(|error| Problem::new(format!("cannot watch for Ctrl-C: {error}")))?;
    Ok(flag)
}
