//! The recorder: poller, engine and history without a screen, for a server that never sleeps.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use anyhow::{Context as _, bail};
use tokio::runtime::Runtime;

use super::metrics::{self, Newest};
use super::start::{BROKEN, FAREWELL, UPDATES, forward};
use super::{clock, history, logging};
use crate::config::{self, Config};
use crate::demo::Demo;
use crate::domain::history::{Keeping, Role};
use crate::domain::map::Map;
use crate::engine::live::{self, Input, Published};
use crate::sources::poller::Poller;
use crate::sources::settings::Settings;
use crate::term::signals::{self, GONE, Signal};

/// Signals that may wait.
const SIGNALS: usize = 8;

/// What is recorded, and where.
#[derive(Debug)]
pub struct Record {
    /// The company.
    pub config: Config,
    /// Where the configuration was read from, to read it again on SIGHUP.
    pub folder: Option<PathBuf>,
    /// The embedded company, to keep it alive.
    pub demo: Option<Demo>,
    /// The file of history.
    pub place: PathBuf,
    /// Where metrics are served; `None`: nowhere.
    pub listen: Option<SocketAddr>,
}

/// What the main thread waits for.
enum News {
    End,
    Reload,
    /// The engine is gone.
    Broken,
}

/// Records until a signal ends it; returns the exit code. What there is to say about the keeping is said line by line.
///
/// # Errors
/// What keeps it from starting: a thread. A file that can't be written is said and tried again.
pub fn record(network: Runtime, record: Record, say: impl Fn(&str) + Send + Sync + 'static) -> anyhow::Result<u8> {
    signals::survive_limits().context("signals can't be handled")?;
    let log = logging::start();
    let say = Arc::new(say);
    let map = Arc::new(record.config.map);
    let remembered = history::remember(&record.place, &map, clock::now());
    let last = Mutex::new(None);
    let tell = {
        let say = Arc::clone(&say);
        move |keeping: &Keeping| {
            let line = sentence(keeping);
            if let Ok(mut last) = last.lock()
                && last.as_ref() != Some(&line)
            {
                say(&line);
                *last = Some(line);
            }
        }
    };
    let place = record.place;
    let writer = history::write(Some(place.clone()), "bsmtop record", tell).context("history could not be begun")?;
    let writer = Arc::new(writer);
    let shelf = history::shelf(&place, &writer);
    let newest = Newest::default();
    if let Some(address) = record.listen {
        let listening = network.block_on(metrics::listen(address, newest.clone()));
        let address = listening.with_context(|| format!("metrics can't be served on {address}"))?;
        say(&format!("metrics on http://{address}/metrics"));
    }
    let (engine, inputs) = sync_channel(UPDATES);
    let (news, waiting) = sync_channel(SIGNALS);
    let publish = {
        let (writer, newest) = (Arc::clone(&writer), newest.clone());
        move |published| {
            if let Published::Moment(moment) = published {
                newest.take(Arc::clone(&moment.world));
                writer.note(moment);
            }
        }
    };
    let thinking = live::spawn(Arc::clone(&map), remembered.memory, inputs, Box::new(publish), clock::now)
        .context("the engine could not be started")?;
    watch(&news, thinking)?;
    let updates = forward(engine.clone())?;
    let mut poller = Poller::idle(Some(shelf));
    poller.go_on(network.handle(), record.config.sources, &map, &updates, clock::now);
    let code = loop {
        match waiting.recv() {
            Ok(News::Reload) => match reload(record.folder.as_deref(), &engine) {
                Ok((sources, map)) => {
                    poller.go_on(network.handle(), sources, &map, &updates, clock::now);
                    say("configuration and map were read again");
                }
                Err(error) => say(&format!("the new configuration was refused, the old one holds: {error:#}")),
            },
            Ok(News::End) => break 0,
            Ok(News::Broken) | Err(_) => break BROKEN,
        }
    };
    drop(poller);
    drop(record.demo);
    network.shutdown_timeout(FAREWELL);
    writer.close();
    drop(log);
    if code == BROKEN {
        bail!("the engine stopped over an error in the program; the log has more");
    }
    Ok(code)
}

/// Brings signals, and the end of the engine, to the main thread.
fn watch(news: &SyncSender<News>, engine: JoinHandle<()>) -> io::Result<()> {
    let broken = news.clone();
    std::thread::Builder::new().name("watch".into()).spawn(move || {
        if engine.join().is_err() {
            // If nobody waits any more, all is at its end anyway.
            let _ = broken.send(News::Broken);
        }
    })?;
    let news = news.clone();
    signals::start(move |signal| {
        let _ = match signal {
            // Without a terminal, SIGHUP asks to read the configuration again.
            Signal::End(GONE) => news.try_send(News::Reload),
            Signal::End(_) => news.try_send(News::End),
            Signal::Suspend | Signal::Resumed | Signal::Resized => Ok(()),
        };
    })
}

fn reload(folder: Option<&Path>, engine: &SyncSender<Input>) -> anyhow::Result<(Vec<Settings>, Arc<Map>)> {
    let config = config::load(folder.context("the demo has no files to read again")?)?;
    let map = Arc::new(config.map);
    engine.send(Input::Map(Arc::clone(&map))).context("the engine has ended")?;
    Ok((config.sources, map))
}

/// How history is kept, in a line for a journal.
fn sentence(keeping: &Keeping) -> String {
    match (&keeping.role, &keeping.trouble) {
        (Role::Reading(who), _) => format!("{who} writes {}; this one takes over when it ends", keeping.place),
        (_, Some(trouble)) => trouble.clone(),
        (Role::Writing, None) => format!("recording into {}", keeping.place),
        (Role::Off, None) => format!("nothing is written to {}", keeping.place),
    }
}
