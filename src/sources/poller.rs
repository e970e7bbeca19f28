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

use self::lane::{Feed, Lane, Questions};
use super::Clock;
use super::kind::find;
use super::plan::Plan;
use super::settings::Settings;
use crate::domain::id::SourceName;
use crate::domain::map::Map;
use crate::domain::observation::Update;

/// The running lanes of all sources.
#[derive(Debug)]
pub struct Poller {
    sources: BTreeMap<SourceName, Running>,
}

/// The running lanes of one source; dropped, they end.
#[derive(Debug)]
struct Running {
    settings: Arc<Settings>,
    lanes: Vec<JoinHandle<()>>,
    nudges: Vec<Arc<Notify>>,
    /// What its lane of figures asks, where it has one.
    questions: Option<Questions>,
}

impl Poller {
    /// The sources, with how many lanes each has.
    pub fn lanes(&self) -> impl Iterator<Item = (&SourceName, usize)> {
        self.sources.iter().map(|(source, running)| (source, running.lanes.len()))
    }

    /// Goes on with other sources and another map. A source whose settings are the same keeps what it knows, and is
    /// asked at once where there may be new questions for it.
    pub fn go_on(
        &mut self,
        runtime: &Handle,
        sources: Vec<Settings>,
        map: &Arc<Map>,
        updates: &mpsc::Sender<Update>,
        clock: Clock,
    ) {
        let mut before = std::mem::take(&mut self.sources);
        for settings in sources {
            let plan = Plan::of(map, &settings.name);
            let same = before.remove(&settings.name).filter(|running| running.fits(&settings, &plan));
            let name = settings.name.clone();
            let running = match same {
                Some(running) => {
                    if let Some(questions) = &running.questions {
                        questions.replace(plan);
                    }
                    running.nudges.iter().for_each(|nudge| nudge.notify_one());
                    running
                }
                None => Running::start(runtime, settings, plan, updates, clock),
            };
            self.sources.insert(name, running);
        }
    }

    /// Asks a source now, or all of them, instead of at the end of their pause. A pause that the server itself
    /// asked for is kept.
    pub fn poll_now(&self, source: Option<&SourceName>) {
        let wanted = self.sources.iter().filter(|(name, _)| source.is_none_or(|source| source == *name));
        for nudge in wanted.flat_map(|(_, running)| &running.nudges) {
            nudge.notify_one();
        }
    }
}

impl Drop for Running {
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
    let mut poller = Poller { sources: BTreeMap::new() };
    poller.go_on(runtime, sources, map, updates, clock);
    poller
}
impl Running {
    fn start(runtime: &Handle, settings: Settings, plan: Plan, updates: &mpsc::Sender<Update>, clock: Clock) -> Self {
        let questions = has_figures(&settings, &plan).then(|| Questions::new(plan));
        let settings = Arc::new(settings);
        let mut running = Self { settings, lanes: Vec::new(), nudges: Vec::new(), questions };
        // Also where a source has figures alone: that it answers is known from the lane for state.
        let figures = running.questions.clone().map(Feed::Figures);
        for feed in std::iter::once(Feed::State).chain(figures) {
            let nudge = Arc::new(Notify::new());
            let lane = Lane::new(Arc::clone(&running.settings), feed, Arc::clone(&nudge), updates.clone(), clock);
            running.nudges.push(nudge);
            running.lanes.push(runtime.spawn(lane.run()));
        }
        running
    }

    /// Whether it can go on as it is with other settings and another plan, apart from what it asks.
    fn fits(&self, settings: &Settings, plan: &Plan) -> bool {
        *self.settings == *settings && has_figures(settings, plan) == self.questions.is_some()
    }
}

/// Whether a source has a lane for figures: where it can answer queries, and the map has some for it.
fn has_figures(settings: &Settings, plan: &Plan) -> bool {
    let capabilities = find(&settings.type_word).map(|kind| kind.capabilities);
    capabilities.is_some_and(|capabilities| capabilities.figures) && !plan.is_empty()
}
