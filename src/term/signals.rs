//! The thread of signals: it depends on no other thread, so that a console that is stuck can still be ended.
//!
//! Exit codes are those of shells: 128 and the signal's number.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ};
use signal_hook::iterator::Signals;

/// The exit code of a program whose terminal is gone: as if by SIGHUP.
pub const GONE: u8 = 128 + SIGHUP as u8;

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// To end, with an exit code.
    End(u8),
    /// To stop, as asked from outside.
    Suspend,
    /// The process was continued.
    Resumed,
    /// The terminal has a new size.
    Resized,
}

/// Starts the thread. `act` is called on it, one signal at a time.
///
/// # Errors
/// The handlers could not be installed.
pub fn start(mut act: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            act(match signal {
                SIGTSTP => Signal::Suspend,
                SIGCONT => Signal::Resumed,
                SIGWINCH => Signal::Resized,
                // Signal numbers are small.
                ending => Signal::End(128 + ending as u8),
            });
        }
    })?;
    Ok(())
}

/// A file that may not grow further is an error of whoever writes it, not the end of the program.
///
/// # Errors
/// The handler could not be installed.
pub fn survive_limits() -> io::Result<()> {
    // Nobody looks at the flag: that something is installed is enough.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}

/// Ends the process now, without running what would wait for other threads.
pub fn end_now(code: u8) -> ! {
    signal_hook::low_level::exit(i32::from(code))
}
