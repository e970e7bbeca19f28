//! The file descriptors of the terminal: which they are, how large it is, and writing to it.
//!
//! Invariant: a write goes out as one system call where the terminal takes it, and a descriptor that another program
//! has made non-blocking is waited for, never spun on.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};

/// Sizes beyond these are taken for a terminal that lies: frames are built in memory.
const LARGEST: (u16, u16) = (1024, 512);

/// What stands for the size where the terminal does not know it.
const USUAL: (u16, u16) = (80, 24);

/// Whether standard output is a terminal.
pub fn is_output_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The descriptor that keys come from: standard input, or the controlling terminal where input is redirected.
///
/// # Errors
/// There is no controlling terminal.
pub fn keyboard() -> io::Result<OwnedFd> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(rustix::io::dup(stdin.as_fd())?);
    }
    Ok(File::options().read(true).open("/dev/tty")?.into())
}

/// The size of the terminal in columns and rows, within sane bounds. The terminal itself is not asked.
pub fn size() -> (u16, u16) {
    let (columns, rows) = match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => USUAL,
    };
    (columns.min(LARGEST.0), rows.min(LARGEST.1))
}

/// Standard output without a buffer between.
#[derive(Debug)]
pub struct Screen(File);

impl Screen {
    /// A handle of its own to standard output.
    ///
    /// # Errors
    /// No descriptor is left.
    pub fn open() -> io::Result<Self> {
        Ok(Self(File::from(rustix::io::dup(io::stdout().as_fd())?)))
    }

    /// The descriptor.
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None)?;
                }
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
