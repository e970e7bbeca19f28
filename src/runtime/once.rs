//! One poll of all sources, for those who want the world once and no screen.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::history::{recent, shelf_to_read};
use super::{clock, start};
use crate::config::Config;
use crate::domain::history::Memory;
use crate::domain::id::SourceName;
use crate::domain::observation::{Observation, Update};
use crate::domain::world::World;
use crate::engine::live::Live;
use crate::sources::poller::Poller;
use crate::store::StoreError;

/// Once every source has answered, more (older figures) is waited for as long as it keeps coming so fast.
const QUIET: Duration = Duration::from_millis(250);

/// What one poll of all sources yields.
#[derive(Debug)]
pub struct Look {
    /// The world that follows. A source that did not answer in time is pending in it, and what rests on it unknown.
    pub world: World,
    /// The sources that did not answer in time.
    pub silent: Vec<SourceName>,
    /// Why history was not read, where there is one.
    pub trouble: Option<StoreError>,
}

/// Asks every source once, for at most so long, telling of every answer as it comes. Money, budgets and "since when"
/// go on from what is in the file of history; nothing is written to it.
///
/// # Errors
/// No thread could be started.
pub fn look(
    config: Config,
    patience: Duration,
    history: Option<&Path>,
    mut heard: impl FnMut(&Update),
) -> std::io::Result<Look> {
    let network = start::network()?;
    let (map, now) = (Arc::new(config.map), clock::now());
    let (memory, trouble) = match history.map_or_else(|| Ok(Memory::default()), |place| recent(place, &map, now)) {
        Ok(memory) => (memory, None),
        Err(StoreError::None(_)) => (Memory::default(), None),
        Err(error) => (Memory::default(), Some(error)),
    };
    let mut live = Live::remembering(Arc::clone(&map), &memory, now);
    let (sender, mut updates) = mpsc::channel(64);
    let mut poller = Poller::idle(history.map(shelf_to_read));
    poller.go_on(network.handle(), config.sources, &map, &sender, clock::now);
    let mut waiting = Waiting(poller.lanes().map(|(source, lanes)| (source.clone(), (lanes, false))).collect());
    let ask = async {
        loop {
            let update = if waiting.0.is_empty() {
                timeout(QUIET, updates.recv()).await.ok().flatten()
            } else {
                updates.recv().await
            };
            let Some(update) = update else { return };
            waiting.take(&update);
            heard(&update);
            live.take(update);
        }
    };
    // Who has not answered by then is as it is.
    let _ = network.block_on(async { timeout(patience, ask).await });
    drop(poller);
    network.shutdown_background();
    Ok(Look { world: live.world(clock::now()), silent: waiting.0.into_keys().collect(), trouble })
}

/// Sources that have not answered in all their lanes, with how many are left, and whether the figures came.
struct Waiting(BTreeMap<SourceName, (usize, bool)>);

impl Waiting {
    fn take(&mut self, update: &Update) {
        let Some((left, has_figures)) = self.0.get_mut(&update.source) else { return };
        let is_figures = matches!(update.observation, Observation::Figures(_));
        if is_figures && *has_figures {
            // Older ones on top of those that were counted.
            return;
        }
        *has_figures |= is_figures;
        *left -= 1;
        if *left == 0 {
            self.0.remove(&update.source);
        }
    }
}
