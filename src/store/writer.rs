//! The thread that writes. Moments reach it through a short queue; where the disk is slower than the company, those
//! that wait become one, and no turn of a state is lost.
//!
//! It reads no clock: what is tried again is tried with a later moment.

mod keeper;
mod merge;

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use keeper::Keeper;

use super::prune::Limits;
use super::slices::{Asked, Cells};
use crate::domain::history::{AuditEntry, Keeping, Moment};

/// Moments that may wait.
const WAITING: usize = 64;

/// Days of slices that may wait; what is beyond is asked again after the next start.
const MOST_DAYS: usize = 50_000;

/// How history is written.
pub struct Options {
    /// The file.
    pub place: PathBuf,
    /// Who writes it, for others that would like to: `console 1234`.
    pub who: String,
    /// How much is kept.
    pub limits: Limits,
    /// Is told whenever something about the keeping changed.
    pub tell: Box<dyn Fn(&Keeping) + Send>,
}

/// A hand on the thread that writes. Dropping it writes what waits and ends the thread.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Something waits.
    news: Condvar,
    /// Nothing waits any more.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    moments: VecDeque<Moment>,
    audits: Vec<AuditEntry>,
    slices: BTreeMap<(Asked, i64), Cells>,
    /// The thread is at work on what it took.
    is_busy: bool,
    is_closing: bool,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// There is no thread to be had. What is wrong with the file is told instead.
    pub fn start(options: Options) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::Builder::new().name("history".into()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                let mut keeper = Keeper::new(options);
                // What broke is not gone on with: it is only said, before anybody who waits goes on.
                if catch_unwind(AssertUnwindSafe(|| keeper.run(&shared))).is_err() {
                    let _ = catch_unwind(AssertUnwindSafe(|| keeper.broke()));
                    shared.give_up();
                }
            }
        })?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Brings a moment. It never waits for the disk.
    pub fn note(&self, moment: Moment) {
        let mut queue = self.shared.lock();
        if queue.is_closing {
            return;
        }
        match queue.moments.pop_back() {
            Some(last) if queue.moments.len() + 1 >= WAITING && merge::fits(&last, &moment) => {
                queue.moments.push_back(merge::merged(last, moment));
            }
            Some(last) => queue.moments.extend([last, moment]),
            None => queue.moments.push_back(moment),
        }
        drop(queue);
        self.shared.news.notify_one();
    }

    /// Brings what is about to be done, or what came of it.
    pub fn audit(&self, entry: AuditEntry) {
        let mut queue = self.shared.lock();
        if !queue.is_closing {
            queue.audits.push(entry);
        }
        drop(queue);
        self.shared.news.notify_one();
    }

    /// Brings the slices of a day, in the place of those that were kept of it.
    pub fn keep_slices(&self, asked: &Asked, day: i64, cells: Cells) {
        let mut queue = self.shared.lock();
        if !queue.is_closing && queue.slices.len() < MOST_DAYS {
            queue.slices.insert((asked.clone(), day), cells);
        }
        drop(queue);
        self.shared.news.notify_one();
    }

    /// Writes what waits, gives the file up, and takes nothing more.
    pub fn close(&self) {
        self.shared.lock().is_closing = true;
        self.shared.news.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // If it panicked even while it said so, the log has it.
            let _ = thread.join();
        }
    }

    /// Waits until all that was brought is written, or can't be.
    pub fn flush(&self) {
        let queue = self.shared.lock();
        let is_at_work = |queue: &mut Queue| !queue.is_empty() || queue.is_busy;
        drop(self.shared.idle.wait_while(queue, is_at_work));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody writes any more: nothing is taken, and nobody waits for it.
    fn give_up(&self) {
        *self.lock() = Queue { is_closing: true, ..Queue::default() };
        self.idle.notify_all();
    }

    /// Waits for something to write; `None` at the end.
    fn take(&self) -> Option<Taken> {
        let mut queue = self.lock();
        queue.is_busy = false;
        self.idle.notify_all();
        let is_quiet = |queue: &mut Queue| queue.is_empty() && !queue.is_closing;
        let mut queue = self.news.wait_while(queue, is_quiet).unwrap_or_else(PoisonError::into_inner);
        if queue.is_empty() {
            return None;
        }
        queue.is_busy = true;
        let (moments, audits) = (std::mem::take(&mut queue.moments), std::mem::take(&mut queue.audits));
        Some(Taken { moments, audits, slices: std::mem::take(&mut queue.slices) })
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.moments.is_empty() && self.audits.is_empty() && self.slices.is_empty()
    }
}

/// What was brought since the last time.
struct Taken {
    moments: VecDeque<Moment>,
    audits: Vec<AuditEntry>,
    slices: BTreeMap<(Asked, i64), Cells>,
}
