//! The thread that reads the keyboard.
//!
//! It waits for the descriptor itself before it reads, so that a terminal that died (hang-up, end of file, I/O error)
//! is seen as such and reported once: the usual readers take the endless readability of a dead terminal for input and
//! burn a core for ever.

use std::io;
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::decode::{Decoder, Input};
use super::tty::keyboard;

/// How long the rest of an escape sequence may take over a slow line before `Esc` is taken for the key.
const SEQUENCE_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 40_000_000 };

/// What the thread of the keyboard tells.
#[derive(Debug)]
pub enum Heard {
    /// Something was typed.
    Input(Input),
    /// The terminal is gone: nothing will be typed or seen any more.
    Gone,
}

/// Starts reading. `tell` is called on the thread of its own and may block, which leaves keys to the terminal's queue.
///
/// # Errors
/// There is no terminal to read from, or no thread could be started.
pub fn start(tell: impl FnMut(Heard) + Send + 'static) -> io::Result<JoinHandle<()>> {
    let tty = keyboard()?;
    std::thread::Builder::new().name("keyboard".into()).spawn(move || read(&tty, tell))
}

fn read(tty: &OwnedFd, mut tell: impl FnMut(Heard)) {
    let mut decoder = Decoder::default();
    let mut typed = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        match wait(tty, decoder.is_waiting()) {
            Wait::Readable => match rustix::io::read(tty, &mut bytes) {
                Ok(0) => return tell(Heard::Gone),
                Ok(length) => decoder.feed(&bytes[..length], &mut typed),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => return tell(Heard::Gone),
            },
            Wait::Quiet => decoder.flush(&mut typed),
            Wait::Interrupted => {}
            Wait::Gone => return tell(Heard::Gone),
        }
        for input in typed.drain(..) {
            tell(Heard::Input(input));
        }
    }
}

enum Wait {
    Readable,
    Quiet,
    Interrupted,
    Gone,
}

fn wait(tty: &OwnedFd, is_waiting: bool) -> Wait {
    let mut watched = [PollFd::new(tty, PollFlags::IN)];
    match poll(&mut watched, is_waiting.then_some(&SEQUENCE_TIME)) {
        Ok(0) => return Wait::Quiet,
        Ok(_) => {}
        Err(Errno::INTR | Errno::AGAIN) => return Wait::Interrupted,
        Err(_) => return Wait::Gone,
    }
    let seen = watched[0].revents();
    if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) { Wait::Gone } else { Wait::Readable }
}
