//! A pseudo-terminal: UART0 as a device file that any serial program can open.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{fcntl_getfl, fcntl_setfl, Mode, OFlags};
use rustix::pty::{grantpt, openpt, ptsname, unlockpt, OpenptFlags};
use rustix::termios::{tcgetattr, tcsetattr, OptionalActions};

use crate::problem::Problem;

/// The program's end of it.
pub(super) struct Terminal {
    path: PathBuf,
    /// Held open, so that the terminal outlives the programs that come and go.
    _end: OwnedFd,
}

impl Terminal {
    /// A new terminal that changes no byte, and our end of it, which never blocks.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the system has none to give.
    pub(super) fn open() -> Result<(Terminal, File), Problem> {
        Terminal::make().map_err(|error| Problem::new(format!("no pseudo-terminal: {error}")))
    }

    fn make() -> io::Result<(Terminal, File)> {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let path = PathBuf::from(std::ffi::OsString::from_vec(
            ptsname(&ours, Vec::new())?.into_bytes(),
        ));
        let theirs = rustix::fs::open(&path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        let mut attributes = tcgetattr(&theirs)?;
        attributes.make_raw();
        tcsetattr(&theirs, OptionalActions::Now, &attributes)?;
        fcntl_setfl(&ours, fcntl_getfl(&ours)? | OFlags::NONBLOCK)?;
        let terminal = Terminal { path, _end: theirs };
        Ok((terminal, File::from(ours)))
    }

    /// Its device file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
