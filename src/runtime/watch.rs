//! Notices changes in the configuration folder, and says so once they have settled.
//!
//! Editors write a file in several steps, and a checkout writes many: what comes in a burst is one change. Where the
//! system can't watch, nothing happens by itself; the command `reload` reads again anyway.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::inbox::Inbox;
use crate::app::message::Message;

/// A change has settled when nothing more came for so long.
const SETTLED: Duration = Duration::from_millis(300);

/// A folder that is watched, until it is dropped.
#[derive(Debug)]
pub struct Watch(#[expect(dead_code, reason = "it watches as long as it is kept")] RecommendedWatcher);

/// Watches a folder with all below it. `None`: the system can't.
pub fn start(folder: &Path, inbox: &Inbox) -> Option<Watch> {
    let (sender, changes) = channel();
    let begin = || {
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| matters(&event)) {
                // Nobody listens any more when the console has ended.
                let _ = sender.send(());
            }
        })?;
        watcher.watch(folder, RecursiveMode::Recursive)?;
        Ok::<_, notify::Error>(watcher)
    };
    let watcher = begin().inspect_err(|error| tracing::warn!(%error, "the folder can't be watched")).ok()?;
    let inbox = inbox.clone();
    let listen = move || {
        while changes.recv().is_ok() {
            loop {
                match changes.recv_timeout(SETTLED) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            inbox.noticed(Message::FilesChanged);
        }
    };
    std::thread::Builder::new().name("changes".into()).spawn(listen).ok()?;
    Some(Watch(watcher))
}

/// Whether something that is read may have changed. Reading is no change, or reading again would go on for ever.
fn matters(event: &Event) -> bool {
    let is_change = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    is_change
        && event.paths.iter().any(|path| path.extension().is_some_and(|extension| extension == "toml") || path.is_dir())
}
