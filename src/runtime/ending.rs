//! The way out that needs nobody else: asked for by a signal or by a terminal that died.
//!
//! The main thread gets its chance to end in order (it gives the terminal back, and history is committed); if the
//! process still lives after [`GRACE`], it is ended from here.

use std::time::Duration;

use super::inbox::Inbox;
use crate::term::{session, signals};

/// How long ending in order may take. With what a terminal that does not drain costs, all is over in half a second.
const GRACE: Duration = Duration::from_millis(300);

/// Asks the main thread to end with an exit code, and ends the process if it does not. Returns at once.
pub fn begin(inbox: &Inbox, code: u8) {
    inbox.end(code);
    let watch = std::thread::Builder::new().name("ending".into()).spawn(move || force(code));
    if watch.is_err() {
        force(code);
    }
}

fn force(code: u8) {
    std::thread::sleep(GRACE);
    session::restore_at_once();
    signals::end_now(code);
}
