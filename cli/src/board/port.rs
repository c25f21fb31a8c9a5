//! Serial ports as people name them: /dev/ttyUSB0, COM3, socket://HOST:PORT, rfc2217://HOST:PORT.

use std::fmt;
use std::io::{self, Read};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serialport::{SerialPort, SerialPortType};

use crate::problem::Problem;

/// Bits per second of the boot ROM's console, and of ours after it.
pub const CONSOLE_BAUD: u32 = 74_880;
/// How long a read waits: Ctrl-C is looked at in between.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the reset line is held, as esptool holds it.
const RESET_TIME: Duration = Duration::from_millis(100);

/// A port's name, in esptool's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port(String);

impl Port {
    /// The port of that name, which is only looked at when it is used.
    pub fn new(name: impl Into<String>) -> Port {
        Port(name.into())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it is on the network, where there are no device files to check.
    fn is_remote(&self) -> bool {
        self.0.contains("://")
    }

    /// Says what is wrong with the name before a program is started that says it less well.
    ///
    /// # Errors
    ///
    /// [`Problem`] when this system has no such port; it names those there are.
    pub fn check(&self) -> Result<(), Problem> {
        // Windows' COM ports are no files.
        if self.is_remote() || cfg!(windows) || Path::new(&self.0).exists() {
            return Ok(());
        }
        Err(Problem::new(format!("there is no serial port {}", self.0)).with_help(here()))
    }

    /// Opens the console behind it.
    ///
    /// # Errors
    ///
    /// [`Problem`] when it is not there, in use, or not ours to use.
    pub(super) fn open(&self, baud: u32) -> Result<Line, Problem> {
        if let Some(address) = self.0.strip_prefix("socket://") {
            let open = || {
                let stream = TcpStream::connect(address)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                Ok(stream)
            };
            let opened: io::Result<TcpStream> = open();
            return opened.map(Line::Socket).map_err(|error| {
                Problem::new(format!("cannot reach {}: {error}", self.0))
                    .with_help("`d1ota emulate --uart tcp:PORT` opens one")
            });
        }
        if self.is_remote() {
            return Err(
                Problem::new(format!("{} is no port to listen to", self.0)).with_help(
                    "a console is to be had from a serial port, or from socket://HOST:PORT",
                ),
            );
        }
        self.check()?;
        serialport::new(&self.0, baud)
            .timeout(PATIENCE)
            .open()
            .map(Line::Serial)
            .map_err(|error| refused(&self.0, &error))
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An open console.
pub(super) enum Line {
    Serial(Box<dyn SerialPort>),
    Socket(TcpStream),
}

impl Line {
    /// Presses the reset button: RTS pulls it on boards with the usual two transistors, and DTR leaves GPIO0 alone.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the port has no such lines.
    pub(super) fn reset(&mut self) -> Result<(), Problem> {
        let Line::Serial(port) = self else {
            return Err(Problem::new("a socket has no reset line").with_help("leave --reset away"));
        };
        let press = |port: &mut Box<dyn SerialPort>| {
            port.write_data_terminal_ready(false)?;
            port.write_request_to_send(true)?;
            std::thread::sleep(RESET_TIME);
            port.write_request_to_send(false)
        };
        press(port).map_err(|error| {
            Problem::new(format!("the port cannot press reset: {error}"))
                .with_help("leave --reset away, and press the button")
        })
    }

    /// The bytes that have come; none when there was silence.
    ///
    /// # Errors
    ///
    /// When the port is gone.
    pub(super) fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = match self {
            Line::Serial(port) => port.read(bytes),
            Line::Socket(stream) => stream.read(bytes),
        };
        match read {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(count),
            Err(error) if is_silence(error.kind()) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

fn is_silence(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(kind, TimedOut | WouldBlock | Interrupted)
}

fn refused(name: &str, error: &serialport::Error) -> Problem {
    let problem = Problem::new(format!("cannot open {name}: {error}"));
    match error.kind() {
        serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => problem.with_help(rights()),
        serialport::ErrorKind::NoDevice => {
            problem.with_help("does another program have it, a monitor or an IDE? Close that")
        }
        _ => problem.with_help(here()),
    }
}

/// How to be allowed to use a serial port.
fn rights() -> &'static str {
    if cfg!(target_os = "linux") {
        "serial ports are for the group dialout (uucp on some systems): `sudo usermod -aG dialout $USER`, then log in anew"
    } else {
        "does another program have it, a monitor or an IDE? Close that"
    }
}

/// The serial ports there are.
fn here() -> String {
    let mut names = Vec::new();
    for port in serialport::available_ports().unwrap_or_default() {
        let what = match port.port_type {
            SerialPortType::UsbPort(usb) => usb.product.unwrap_or_else(|| "USB".into()),
            _ => continue,
        };
        names.push(format!("{} ({what})", port.port_name));
    }
    match names.is_empty() {
        false => format!("there is {}", names.join(", ")),
        true => "no USB serial port is here: is the cable one for data, and the driver of its chip (CH340, CP2102) \
                 installed?"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_on_the_network_are_not_looked_for_among_files() {
        assert!(Port::new("rfc2217://127.0.0.1:5555").check().is_ok());
        assert!(Port::new("socket://127.0.0.1:5555").check().is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn missing_port_is_named_with_advice() {
        let problem = Port::new("/dev/ttyUSB99").check().unwrap_err();
        assert!(problem.message().contains("/dev/ttyUSB99"), "{problem}");
        assert!(problem.help().is_some());
    }
}
