//! A board on a thread of its own, while somebody else does things to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{mpsc, Arc};
use std::thread::{self, JoinHandle};

use super::{Audience, Emulation, Ending, Options};
use crate::problem::Problem;

/// A board with power on, until it is switched off or dropped.
pub struct Background {
    uart: Option<String>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Ending, Problem>>>,
}

impl Background {
    /// Switches a board on. It runs until `stop` says so, which `audience` may do too.
    ///
    /// # Errors
    ///
    /// [`Problem`] when a file or port is not to be had.
    pub fn start(
        options: Options,
        stop: Arc<AtomicBool>,
        mut audience: impl Audience + Send + 'static,
    ) -> Result<Background, Problem> {
        let (tell, told) = mpsc::channel();
        let seen = stop.clone();
        // Nothing of a board leaves the thread it was made on.
        let thread = thread::spawn(move || {
            let emulation = Emulation::start(&options)?;
            // Nobody waits for it any more if the caller's thread is gone.
            let _ = tell.send(emulation.uart_name());
            emulation.run(&seen, &mut audience)
        });
        let mut background = Background {
            uart: None,
            stop,
            thread: Some(thread),
        };
        match told.recv() {
            Ok(uart) => background.uart = uart,
            Err(_) => drop(background.join()?),
        }
        Ok(background)
    }

    /// UART0 as `--port` takes it, if it is to be had.
    pub fn uart(&self) -> Option<&str> {
        self.uart.as_deref()
    }

    /// Switches the board off; its flash file holds the flash afterwards.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the flash file cannot be written.
    pub fn switch_off(self) -> Result<Ending, Problem> {
        self.stop.store(true, Ordering::Release);
        self.until_it_stops()
    }

    /// Waits until the board stops for a reason of its own, or because it was told to.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the flash file cannot be written.
    pub fn until_it_stops(mut self) -> Result<Ending, Problem> {
        self.join()
    }

    fn join(&mut self) -> Result<Ending, Problem> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(Ending::Stopped),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // Whoever wants to know how it ended switches it off.
            let _ = thread.join();
        }
    }
}
