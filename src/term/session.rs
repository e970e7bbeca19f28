//! The session: from taking the terminal over to giving it back.
//!
//! The state is global because a process has one terminal, and because those who must give it back (the panic hook, the
//! thread of signals) hold no reference to anything. Invariant: [`restore`] may be called at any time, from any thread,
//! any number of times; it acts only while the terminal is ours.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::queue;
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use rustix::process::{Signal, getpid, getsid, kill_current_process_group, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::tty::{Screen, keyboard};

/// Whether the alternate screen is ours.
static OURS: AtomicBool = AtomicBool::new(false);

/// Whether reports of the mouse are on while the terminal is ours: presses and the wheel, no moves.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// The modes as they were found, while they are changed.
static FOUND: Mutex<Option<Termios>> = Mutex::new(None);

/// The thread whose panic ends the program.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// How long a terminal that does not drain may keep us from leaving.
const PATIENCE: Duration = Duration::from_millis(150);

/// A terminal that was taken over; dropping it gives it back.
#[derive(Debug)]
#[must_use = "dropping it gives the terminal back"]
pub struct Session(());

impl Session {
    /// Takes the terminal over, with reports of the mouse where wanted: raw mode, alternate screen, no cursor, bracketed paste, focus reports, no wrapping.
    ///
    /// # Errors
    /// The terminal is gone, or there is none.
    pub fn start(mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        *lock(&OWNER) = Some(std::thread::current().id());
        restore_on_panic();
        let session = Self(());
        session.enter()?;
        Ok(session)
    }

    /// Takes the terminal (again), as after a suspension. What it showed is lost: all cells must be painted.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn enter(&self) -> io::Result<()> {
        // A shell, or whoever stopped us, may have changed the modes since: what is found now is what it wants back.
        make_raw()?;
        OURS.store(true, Ordering::SeqCst);
        let mut bytes = Vec::with_capacity(64);
        queue!(bytes, EnterAlternateScreen, Hide, DisableLineWrap, EnableBracketedPaste, EnableFocusChange)?;
        if MOUSE.load(Ordering::SeqCst) {
            bytes.extend_from_slice(b"\x1b[?1000h\x1b[?1006h");
        }
        Screen::open()?.write_all(&bytes)
    }

    /// Gives the terminal back and stops, as Ctrl-Z does. Returns when the process was continued; the terminal is to
    /// be entered again when the signal of that arrives.
    ///
    /// # Errors
    /// The process could not be stopped; the terminal is given back all the same.
    pub fn suspend(&self, who: Stop) -> io::Result<()> {
        restore();
        // SIGSTOP, as the kernel drops SIGTSTP for orphaned groups, and we catch it anyway.
        match who {
            Stop::Group => kill_current_process_group(Signal::STOP)?,
            Stop::Process => kill_process(getpid(), Signal::STOP)?,
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        restore();
    }
}

/// Who is stopped by a suspension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// All of the job, with the script that may have started us: what the key does.
    Group,
    /// Us alone: what a signal sent to us does.
    Process,
}

/// Whether there is somebody who could continue us: a process that leads its session has no shell to return to.
pub fn has_shell() -> bool {
    getsid(None).is_ok_and(|leader| leader != getpid())
}

/// Gives the terminal back, if it is ours.
pub fn restore() {
    restore_modes();
    if OURS.swap(false, Ordering::SeqCst)
        && let Ok(mut screen) = Screen::open()
    {
        // A terminal that is gone needs no restoring.
        let _ = screen.write_all(&farewell());
    }
}

/// Gives the terminal back for a process that ends now, whatever its other threads are doing: where the terminal does
/// not drain, or a thread sits in a write to it, the escapes are given up after [`PATIENCE`].
pub fn restore_at_once() {
    restore_modes();
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    let (done, waiting) = sync_channel::<()>(1);
    let writer = std::thread::Builder::new().name("farewell".into()).spawn(move || {
        if let Ok(mut screen) = Screen::open() {
            // CAN and ST end what another thread may have been in the middle of.
            let mut bytes = b"\x18\x1b\\".to_vec();
            bytes.extend_from_slice(&farewell());
            let _ = screen.write_all(&bytes);
        }
        let _ = done.send(());
    });
    if writer.is_ok() {
        let _ = waiting.recv_timeout(PATIENCE);
    }
}

/// What undoes [`Session::enter`], and what a frame that was cut short may have left on: synchronized update, colours,
/// a link, a scroll region.
fn farewell() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(96);
    let _ = queue!(bytes, EndSynchronizedUpdate);
    bytes.extend_from_slice(b"\x1b]8;;\x1b\\\x1b[r\x1b[0m");
    if MOUSE.load(Ordering::SeqCst) {
        bytes.extend_from_slice(b"\x1b[?1006l\x1b[?1000l");
    }
    let _ = queue!(bytes, DisableFocusChange, DisableBracketedPaste, EnableLineWrap);
    // Where there is no alternate screen, as in GNU screen by default, at least nothing of ours stays on the one.
    bytes.extend_from_slice(b"\x1b[H\x1b[J");
    let _ = queue!(bytes, LeaveAlternateScreen, Show);
    bytes
}

fn make_raw() -> io::Result<()> {
    let tty = keyboard()?;
    let mut found = lock(&FOUND);
    let now = tcgetattr(&tty)?;
    let mut raw = now.clone();
    raw.make_raw();
    tcsetattr(&tty, OptionalActions::Now, &raw)?;
    let is_raw_already = now.local_modes == raw.local_modes && now.output_modes == raw.output_modes;
    if found.is_none() || !is_raw_already {
        *found = Some(now);
    }
    Ok(())
}

fn restore_modes() {
    if let Some(modes) = lock(&FOUND).take()
        && let Ok(tty) = keyboard()
    {
        let _ = tcsetattr(&tty, OptionalActions::Now, &modes);
    }
}

/// A panic of the thread that owns the terminal gives it back before the message is printed; one of any other thread
/// goes to the log, as the console runs on and a message would spoil its screen.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_owner = *lock(&OWNER) == Some(std::thread::current().id());
            if is_owner || !OURS.load(Ordering::SeqCst) {
                restore();
                print(panic);
            }
            tracing::error!(thread = std::thread::current().name(), "{panic}");
        }));
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_erased_before_the_alternate_screen_is_left() {
        let bytes = String::from_utf8(farewell()).expect("escapes are ASCII");
        let (erased, left) = (bytes.find("\x1b[H\x1b[J"), bytes.find("\x1b[?1049l"));
        assert!(erased.is_some() && erased < left, "{bytes:?}");
    }
}
