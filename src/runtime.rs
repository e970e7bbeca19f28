//! The imperative shell: the only layer that joins the others, starts threads and reads the clock.
//!
//! [`start`] makes a configuration run: poller → engine → [`inbox`] → [`console`], with [`history`] beside the engine;
//! [`record`] does the same without a screen. The main thread owns the terminal
//! and waits in the inbox; nothing else draws. Invariants: every queue between threads is bounded; nobody waits for a
//! clock that nobody sees; an end asked for by a signal comes even if the main thread is stuck.

mod browser;
pub mod clock;
pub mod console;
pub mod ending;
pub mod greeting;
pub mod history;
pub mod inbox;
pub mod logging;
pub mod metrics;
pub mod once;
pub mod past;
pub mod personal;
pub mod record;
pub mod start;
pub mod watch;
mod writing;
