//! Makes a configuration run: configuration → poller → engine → console.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Monotonic};

use anyhow::{Context as _, bail};
use ratatui::layout::Rect;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc;

use super::console::{Console, Outside, Program};
use super::history::{self, Remembered};
use super::inbox::Inbox;
use super::past::Historian;
use super::personal::{self, Personal, Themes};
use super::writing::{self, Desk};
use super::{browser, clock, ending, logging, watch};
use crate::app::message::{Arranged, Effect, Message};
use crate::app::wall::Begin;
use crate::app::{self, Model};
use crate::config::{self, Config};
use crate::demo::Demo;
use crate::domain::facts::Assumptions;
use crate::domain::history::Keeping;
use crate::domain::observation::Update;
use crate::domain::span::Instant;
use crate::domain::world::World;
use crate::engine::live::{self, Input, Published};
use crate::sources::poller::Poller;
use crate::term::capabilities::{Capabilities, ColorDepth};
use crate::term::input::{self, Heard};
use crate::term::output::Output;
use crate::term::session::Session;
use crate::term::signals::{self, GONE, Signal};
use crate::term::{decode, tty};
use crate::view;
use crate::view::scene::Scene;

/// Answers of sources that may wait for the engine; then the sources wait.
pub const UPDATES: usize = 64;

/// What is left to tasks that poll when the console ends.
pub const FAREWELL: Duration = Duration::from_millis(100);

/// Stands for an end because of the engine, within this layer (`EX_SOFTWARE`).
pub const BROKEN: u8 = 70;

/// What the console shows, and how.
#[derive(Debug)]
pub struct Start {
    /// The company.
    pub config: Config,
    /// Where the configuration was read from, to read it again.
    pub folder: Option<PathBuf>,
    /// The embedded company, to keep it alive.
    pub demo: Option<Demo>,
    /// The file of history; `None`: nothing is remembered.
    pub history: Option<PathBuf>,
    /// The name of the theme; `None`: the standard one.
    pub theme: Option<String>,
    /// How the wall begins.
    pub wall: Begin,
    /// What the terminal can do.
    pub capabilities: Capabilities,
}

/// The runtime of everything that waits for a network: two threads.
///
/// # Errors
/// Its threads could not be started.
pub fn network() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("network").enable_all().build()
}

/// Runs the console until its end; returns the exit code.
///
/// # Errors
/// What keeps it from starting: the terminal, a thread, a theme that there is not.
pub fn console(network: Runtime, start: Start) -> anyhow::Result<u8> {
    signals::survive_limits().context("signals can't be handled")?;
    let log = logging::start();
    let capabilities = start.capabilities;
    let folder = start.folder;
    let personal = Personal::load(folder.as_deref(), &start.config.console, start.theme, capabilities.color)?;
    let read = Read::of(&start.config.files);
    let inbox = Inbox::default();

    // The engine thinks about its first world while the terminal is taken over.
    let map = Arc::new(start.config.map);
    let remembered = match &start.history {
        Some(place) => history::remember(place, &map, clock::now()),
        None => Remembered::default(),
    };
    let tell = {
        let inbox = inbox.clone();
        move |keeping: &Keeping| inbox.noticed(Message::Keeping(keeping.clone()))
    };
    let historian = Historian::start(start.history.clone(), Arc::clone(&map), inbox.clone())?;
    let writer = history::write(start.history.clone(), "the console", tell).map(Arc::new);
    let shelf = start.history.as_deref().zip(writer.as_ref()).map(|(place, writer)| history::shelf(place, writer));
    let (engine, inputs) = sync_channel(UPDATES);
    let (first, waiting) = sync_channel::<Arc<World>>(1);
    let publish = {
        let inbox = inbox.clone();
        let writer = writer.clone();
        move |published| {
            let world = match published {
                Published::Assumed(world) => return inbox.published(world),
                Published::Moment(moment) => {
                    let world = Arc::clone(&moment.world);
                    if let Some(writer) = &writer {
                        writer.note(moment);
                    }
                    world
                }
            };
            if let Err(TrySendError::Full(world) | TrySendError::Disconnected(world)) = first.try_send(world) {
                inbox.published(world);
            }
        }
    };
    let thinking = live::spawn(Arc::clone(&map), remembered.memory, inputs, Box::new(publish), clock::now)
        .context("the engine could not be started")?;
    watch_engine(thinking, &inbox)?;
    let updates = forward(engine.clone())?;
    // The demo leaves nothing behind: its audit goes with its history.
    let audit = match &start.demo {
        Some(_) => start.history.as_deref().and_then(Path::parent).map(Path::to_owned),
        None => logging::folder(),
    };
    let desk = Desk::new(&start.config.sources, network.handle(), &inbox, writer.clone(), audit);
    let mut poller = Poller::idle(shelf);
    poller.go_on(network.handle(), start.config.sources, &map, &updates, clock::now);

    watch_signals(&inbox)?;
    let session = Session::start(capabilities.mouse).context("the terminal could not be taken over")?;
    listen(&inbox)?;
    let now = clock::now();
    let world = waiting.recv().unwrap_or_else(|_| Arc::new(World::empty(now)));
    drop(waiting);

    let size = tty::size();
    let mut model = Model::new(world, personal.themes.names(), size, now);
    model.ascii = capabilities.ascii;
    let themes = Rc::new(RefCell::new(personal.arrange(&mut model)));
    model.begin_wall(&start.wall);
    let watch = folder.as_deref().and_then(|folder| watch::start(folder, &inbox));
    model.writing.author = writing::author();
    if let Some(world) = remembered.world {
        model.remember(world);
    }
    let outside = Surroundings {
        poller,
        desk,
        historian,
        updates,
        engine,
        network: network.handle().clone(),
        folder,
        read,
        themes: Rc::clone(&themes),
        few_colours: capabilities.color == ColorDepth::Ansi16,
        inbox: inbox.clone(),
    };
    let output = Output::new(tty::Screen::open()?, capabilities);
    let screen = Screen { model, themes };
    let console = Console::new(screen, outside, output, Some(session), inbox, capabilities.frame_time);
    // The terminal is given back when it returns.
    let code = console.run().unwrap_or_else(|error| {
        tracing::warn!(%error, "the terminal is gone");
        GONE
    });
    drop(watch);
    if let Some(writer) = writer {
        writer.close();
    }
    drop(start.demo);
    // A look-up of a name can hang for long, and nobody waits for it any more.
    network.shutdown_timeout(FAREWELL);
    drop(log);
    if code == BROKEN {
        bail!("the engine stopped over an error in the program, and old figures must not look fresh; the log has more");
    }
    Ok(code)
}

/// Hands what the sources say to the engine's thread. It waits while the engine is busy, and so do the sources.
pub fn forward(engine: SyncSender<Input>) -> io::Result<mpsc::Sender<Update>> {
    let (updates, mut received) = mpsc::channel(UPDATES);
    std::thread::Builder::new().name("updates".into()).spawn(move || {
        while let Some(update) = received.blocking_recv() {
            if engine.send(Input::Update(update)).is_err() {
                return;
            }
        }
    })?;
    Ok(updates)
}

/// A console whose engine is gone would show its last world for ever, as if it were fresh: it ends.
fn watch_engine(engine: JoinHandle<()>, inbox: &Inbox) -> io::Result<()> {
    let inbox = inbox.clone();
    std::thread::Builder::new().name("watch".into()).spawn(move || {
        if engine.join().is_err() {
            inbox.end(BROKEN);
        }
    })?;
    Ok(())
}

pub(super) fn watch_signals(inbox: &Inbox) -> io::Result<()> {
    let inbox = inbox.clone();
    signals::start(move |signal| match signal {
        Signal::End(code) => ending::begin(&inbox, code),
        Signal::Suspend => inbox.suspend(),
        Signal::Resumed => inbox.resumed(),
        Signal::Resized => inbox.resized(tty::size()),
    })
}

pub(super) fn listen(inbox: &Inbox) -> io::Result<()> {
    let inbox = inbox.clone();
    input::start(move |heard| match heard {
        Heard::Input(decode::Input::Key(key)) => inbox.typed(Message::Key(key)),
        Heard::Input(decode::Input::Mouse(mouse)) => inbox.typed(Message::Mouse(mouse)),
        Heard::Input(decode::Input::Paste(text)) => inbox.typed(Message::Paste(text)),
        Heard::Input(decode::Input::Focus(focused)) => inbox.typed(Message::Focus(focused)),
        Heard::Gone => ending::begin(&inbox, GONE),
    })?;
    Ok(())
}

/// The model and its views, as what runs in the loop.
struct Screen {
    model: Model,
    themes: Rc<RefCell<Themes>>,
}

impl Program for Screen {
    fn update(&mut self, message: Message, now: Instant) -> Vec<Effect> {
        app::update(&mut self.model, message, now)
    }

    fn deadline(&self, now: Instant) -> Option<Instant> {
        self.model.deadline(now)
    }

    fn draw(&self, area: Rect) -> Scene {
        view::draw(&self.model, &self.themes.borrow().at(self.model.theme), area)
    }
}

/// What the console acts on.
struct Surroundings {
    poller: Poller,
    desk: Desk,
    historian: Historian,
    updates: mpsc::Sender<Update>,
    engine: SyncSender<Input>,
    network: Handle,
    folder: Option<PathBuf>,
    /// What the configuration was read from.
    read: Read,
    themes: Rc<RefCell<Themes>>,
    few_colours: bool,
    inbox: Inbox,
}

impl Surroundings {
    /// Reads everything of the configuration folder again. What is wrong is said, and what it stands for stays as it
    /// was; what did not change is left alone.
    fn reload(&mut self) -> Result<(), String> {
        let Some(folder) = self.folder.clone() else { return Err("the demo has no files to read again".to_owned()) };
        let (themes, mut wrong) = Themes::load(Some(&folder), self.few_colours);
        let mut arranged = Arranged::default();
        if wrong.is_empty() {
            arranged.themes = Some(themes.names());
            self.themes.replace(themes);
        }
        match personal::keymap(&folder) {
            Ok(keymap) => arranged.keymap = Some(Arc::new(keymap)),
            Err(error) => wrong.push(error.brief()),
        }
        match config::load(&folder) {
            Ok(config) => {
                arranged.wishes = Some(personal::wishes(&config.console));
                self.run_on(config)?;
            }
            Err(error) => wrong.push(error.brief()),
        }
        self.inbox.noticed(Message::Arranged(arranged));
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    /// Goes on with a configuration that was read again, where its files changed.
    fn run_on(&mut self, config: Config) -> Result<(), String> {
        let read = Read::of(&config.files);
        if read == self.read {
            return Ok(());
        }
        self.read = read;
        let map = Arc::new(config.map);
        self.engine.send(Input::Map(Arc::clone(&map))).map_err(|_| "the engine has ended".to_owned())?;
        self.desk.renew(&config.sources);
        self.historian.remap(Arc::clone(&map));
        self.poller.go_on(&self.network, config.sources, &map, &self.updates, clock::now);
        Ok(())
    }
}

impl Surroundings {
    /// Hands assumptions to the engine; the console does not wait while that is busy.
    fn assume(&self, assumed: Assumptions) {
        if let Err(TrySendError::Full(input)) = self.engine.try_send(Input::Assume(assumed)) {
            let engine = self.engine.clone();
            // Where the engine has ended, the console is about to.
            self.network.spawn_blocking(move || drop(engine.send(input)));
        }
    }
}

/// The texts that a configuration was read from.
#[derive(PartialEq, Eq)]
struct Read(BTreeMap<PathBuf, Vec<u8>>);

impl Read {
    fn of(files: &[PathBuf]) -> Self {
        let read = |file: &PathBuf| Some((file.clone(), std::fs::read(file).ok()?));
        Self(files.iter().filter_map(read).collect())
    }
}

impl Outside for Surroundings {
    fn now(&self) -> Instant {
        clock::now()
    }

    fn monotonic(&self) -> Monotonic {
        clock::monotonic()
    }

    fn size(&self) -> (u16, u16) {
        tty::size()
    }

    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Poll(source) => self.poller.poll_now(source.as_ref()),
            Effect::Recall(span) => self.historian.recall(span),
            Effect::LookBack(at) => self.historian.look_back(at),
            Effect::Reload => {
                let outcome = self.reload();
                self.inbox.noticed(Message::Reloaded(outcome));
            }
            Effect::Open(address) => match browser::open(&address) {
                Ok(()) => self.inbox.noticed(Message::Notice(format!("the browser opens {address}"))),
                Err(why) => self.inbox.noticed(Message::NoBrowser(address, why)),
            },
            effect @ (Effect::Prepare { .. } | Effect::Send { .. }) => self.desk.run(effect),
            Effect::Assume(assumed) => self.assume(assumed),
            // The loop does the others.
            Effect::Quit | Effect::Suspend | Effect::Repaint | Effect::Notify { .. } | Effect::Copy(_) => {}
        }
    }
}
