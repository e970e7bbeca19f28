//! The real binary in a real pseudo-terminal, read back through a terminal emulator.
//!
//! Tests look at what a person would see, not at the bytes: a screen is text of fixed width. A thread reads all that
//! the program writes as it comes, so that the program never waits for us.

#![allow(dead_code, reason = "each test target uses its own part of it")]
#![allow(clippy::disallowed_methods, reason = "real processes are waited for in real time")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};

/// The program under test.
pub const BSMTOP: &str = env!("CARGO_BIN_EXE_bsmtop");

/// What the program has shown so far.
struct Shown {
    emulator: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
    detach: bool,
}

/// A terminal in which the program runs. Dropped, it kills the program.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn std::io::Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has at least one cell")
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    /// Starts the program in a terminal of `columns` by `rows`, as an xterm of true colour without this machine's own
    /// configuration. `environment` comes on top.
    pub fn start(columns: u16, rows: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_program(BSMTOP, columns, rows, arguments, environment)
    }

    /// The same with another program, such as a shell that starts ours.
    pub fn start_program(
        program: &str,
        columns: u16,
        rows: u16,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        for name in ["NO_COLOR", "BSMTOP_CONFIG", "TMUX", "STY"] {
            command.env_remove(name);
        }
        for (name, value) in
            [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")]
        {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudo-terminal can be had");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("its output can be read");
        let shown = Shown {
            emulator: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
            ended: false,
            detach: false,
        };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let theirs = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut chunk = [0; 16 * 1024];
            loop {
                let read = reader.read(&mut chunk);
                let mut shown = lock(&theirs.0);
                match read {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Ok(count) if count > 0 => {
                        shown.bytes.extend_from_slice(&chunk[..count]);
                        shown.emulator.process(&chunk[..count]);
                    }
                    // Linux reports the end of a pseudo-terminal as an error.
                    Ok(_) | Err(_) => shown.ended = true,
                }
                theirs.1.notify_all();
                if shown.ended || shown.detach {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().expect("the keyboard is taken once");
        Self { master: Some(pair.master), keyboard: Some(keyboard), child, shown }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        lock(&self.shown.0)
    }

    /// Types. Escape sequences of keys are written as terminals send them: `"\x1b[A"` is the arrow up.
    pub fn send(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().expect("the terminal is attached");
        keyboard.write_all(keys.as_bytes()).and_then(|()| keyboard.flush()).expect("the program takes keys");
    }

    /// The screen as text, without trailing blanks.
    pub fn screen(&self) -> String {
        self.shown().emulator.screen().contents()
    }

    /// One row of the screen, from 0.
    pub fn row(&self, row: u16) -> String {
        self.screen().lines().nth(row.into()).unwrap_or_default().to_owned()
    }

    /// Looks at the emulator's screen: colours, cursor, modes.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shown().emulator.screen())
    }

    /// Everything written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.shown().bytes.clone()
    }

    /// Waits until the screen is as asked, and returns it; fails with the last screen when that takes too long.
    pub fn wait(&self, what: &str, patience: Duration, mut is_so: impl FnMut(&str) -> bool) -> String {
        let deadline = Instant::now() + patience;
        let mut shown = self.shown();
        loop {
            let screen = shown.emulator.screen().contents();
            if is_so(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "in {patience:?} the screen did not show {what}:\n{screen}");
            assert!(!shown.ended, "the program ended before it showed {what}:\n{screen}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the program has sent some bytes, whether or not they show on the screen.
    pub fn wait_sent(&self, bytes: &str, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut shown = self.shown();
        while !shown.bytes.windows(bytes.len()).any(|window| window == bytes.as_bytes()) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !shown.ended, "in {patience:?} it did not send {bytes:?}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the screen contains a text.
    pub fn wait_for(&self, text: &str, patience: Duration) -> String {
        self.wait(&format!("{text:?}"), patience, |screen| screen.contains(text))
    }

    /// Gives the terminal another size, as a person does who drags the window.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        // The emulator first: what the program paints on hearing of it is for the new size.
        self.shown().emulator.screen_mut().set_size(cells(rows), cells(columns));
        let master = self.master.as_ref().expect("the terminal is attached");
        master.resize(size(columns, rows)).expect("a pseudo-terminal changes its size");
    }

    /// The modes of the terminal, as `stty` would show them.
    pub fn modes(&self) -> Termios {
        let master = self.master.as_ref().expect("the terminal is attached");
        let path = master.tty_name().expect("a pseudo-terminal has a name");
        let tty = std::fs::File::open(path).expect("the terminal can be opened");
        tcgetattr(tty).expect("a terminal has modes")
    }

    /// The program's process id.
    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        id.expect("a started program has an id")
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program is still there");
    }

    /// The terminal goes away, as a lost SSH connection takes it. The last handle is let go with the program's next
    /// output, so this is for programs that show seconds; the change of size makes them paint at once.
    pub fn hang_up(&mut self, columns: u16, rows: u16) {
        self.shown().detach = true;
        self.resize(columns, rows);
        self.keyboard = None;
        self.master = None;
    }

    /// Waits until the program has ended and all its output was read.
    pub fn wait_exit(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.child.try_wait().expect("a child can be waited for");
            let detached = self.master.is_none();
            match status {
                Some(status) if detached || self.shown().ended => return status,
                _ => assert!(Instant::now() < deadline, "in {patience:?} the program did not end:\n{}", self.screen()),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A failed assertion while looking poisons it; what it holds is still what was shown.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
