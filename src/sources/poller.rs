//! Asks every source again and again, each on its own: two lanes a source, *state* (alerts, tickets) and *figures*
//! (queries), so that no query delays an alert and no source delays another.
//!
//! A poll that hangs is given up, one that fails is tried again with growing pauses, one that panics is reported as
//! its source's failure and its adapter is made anew. The poller only reports; how fresh a source is follows from
//! the times of its updates. Dropping the [`Poller`] ends all of it.

mod lane;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use self::lane::{Feed, Lane};
use super::Clock;
use super::kind::find;
use super::plan::Plan;
use super::settings::Settings;
use super::slices::Shelf;
use crate::domain::id::SourceName;
use crate::domain::map::Map;
use crate::domain::observation::Update;

/// The running lanes of all sources.
#[derive(Debug)]
pub struct Poller {
    lanes: Vec<JoinHandle<()>>,
    nudges: BTreeMap<SourceName, Vec<Arc<Notify>>>,
}

impl Poller {
    /// The sources, with how many lanes each has.
    pub fn lanes(&self) -> impl Iterator<Item = (&SourceName, usize)> {
        self.nudges.iter().map(|(source, nudges)| (source, nudges.len()))
    }

    /// Asks a source now, or all of them, instead of at the end of their pause. A pause that the server itself
    /// asked for is kept.
    pub fn poll_now(&self, source: Option<&SourceName>) {
        let wanted = self.nudges.iter().filter(|(name, _)| source.is_none_or(|source| source == *name));
        for nudge in wanted.flat_map(|(_, nudges)| nudges) {
            nudge.notify_one();
        }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.abort();
        }
    }
}

/// Starts the lanes of all sources on a runtime. Updates go into a bounded channel: a reader that is slow slows the
/// polling down, and one that is gone ends it.
pub fn start(
    runtime: &Handle,
    sources: Vec<Settings>,
    map: &Arc<Map>,
    updates: &mpsc::Sender<Update>,
    clock: Clock,
) -> Poller {
    start_with(runtime, sources, map, updates, clock, None)
}

/// The same, with a place where counts survive a restart.
pub fn start_with(
    runtime: &Handle,
    sources: Vec<Settings>,
    map: &Arc<Map>,
    updates: &mpsc::Sender<Update>,
    clock: Clock,
    shelf: Option<&Arc<dyn Shelf>>,
) -> Poller {
    let mut poller = Poller { lanes: Vec::new(), nudges: BTreeMap::new() };
    for settings in sources {
        let plan = Plan { shelf: shelf.cloned(), ..Plan::of(map, &settings.name) };
        let capabilities = find(&settings.type_word).map(|kind| kind.capabilities);
        // Also where a source has figures alone: that it answers is known from this lane.
        let mut feeds = vec![Feed::State];
        if capabilities.is_some_and(|capabilities| capabilities.figures) && !plan.is_empty() {
            feeds.push(Feed::Figures(plan));
        }
        let settings = Arc::new(settings);
        for feed in feeds {
            let nudge = Arc::new(Notify::new());
            poller.nudges.entry(settings.name.clone()).or_default().push(Arc::clone(&nudge));
            let lane = Lane::new(Arc::clone(&settings), feed, nudge, updates.clone(), clock);
            poller.lanes.push(runtime.spawn(lane.run()));
        }
    }
    poller
}
