//! One poll of all sources, for those who want the world once and no screen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{clock, start};
use crate::config::Config;
use crate::domain::id::SourceName;
use crate::domain::observation::{Observation, Update};
use crate::domain::world::World;
use crate::engine::live::Live;
use crate::sources::poller;

/// Once every source has answered, more (older figures) is waited for as long as it keeps coming so fast.
const QUIET: Duration = Duration::from_millis(250);

/// Asks every source once, for at most so long, and returns the world that follows. A source that did not answer in
/// time is pending in it, and what rests on it unknown.
///
/// # Errors
/// No thread could be started.
pub fn world(config: Config, patience: Duration) -> std::io::Result<World> {
    asked(config, patience, |_| ()).map(|(world, _)| world)
}

/// As [`world`], telling of every answer as it comes; and which sources did not answer in time.
///
/// # Errors
/// No thread could be started.
pub fn asked(
    config: Config,
    patience: Duration,
    mut heard: impl FnMut(&Update),
) -> std::io::Result<(World, Vec<SourceName>)> {
    let network = start::network()?;
    let map = Arc::new(config.map);
    let mut live = Live::new(Arc::clone(&map), clock::now());
    let (sender, mut updates) = mpsc::channel(64);
    let poller = poller::start(network.handle(), config.sources, &map, &sender, clock::now);
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
    Ok((live.world(clock::now()), waiting.0.into_keys().collect()))
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
