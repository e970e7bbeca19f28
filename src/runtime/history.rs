//! Joins history to the engine and the console: what is remembered at the start, and who writes what happens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::facts::{Facts, Freshness, SourceFact};
use crate::domain::history::{GAP, Keeping, Memory};
use crate::domain::id::SourceName;
use crate::domain::map::Map;
use crate::domain::span::Instant;
use crate::domain::world::World;
use crate::engine::{Model, Reach, recalled};
use crate::sources::slices::{DayOfSlices, Shelf};
use crate::store::{Asked, Cells, Limits, Options, Reader, StoreError, Writer};

/// What history knew last.
#[derive(Debug, Default)]
pub struct Remembered {
    /// The company as it was then, marked as overdue throughout; `None`: the map was never looked at.
    pub world: Option<Arc<World>>,
    /// What the engine goes on with.
    pub memory: Memory,
}

/// Reads what history knew last. Whatever keeps it from that is no reason not to start; who writes will say it.
pub fn remember(place: &Path, map: &Arc<Map>, now: Instant) -> Remembered {
    read(place, map, now).unwrap_or_else(|error| {
        if !matches!(error, StoreError::None(_)) {
            tracing::warn!(%error, "nothing is remembered");
        }
        Remembered::default()
    })
}

fn read(place: &Path, map: &Arc<Map>, now: Instant) -> Result<Remembered, StoreError> {
    Reader::open(place)?.in_one_state(|reader| read_of(reader, map, now))
}

fn read_of(reader: &Reader, map: &Arc<Map>, now: Instant) -> Result<Remembered, StoreError> {
    let Some(last) = reader.reach()?.map(|reach| reach.end.min(now)) else {
        return Ok(Remembered::default());
    };
    let memory = memory_at(reader, map, last)?;
    let facts = overdue(reader.facts_at(last)?, map);
    let is_known = map.named_nodes().any(|(_, node)| memory.since.contains_key(&node.id));
    let world = is_known.then(|| Arc::new(recalled(&Model::of(Arc::clone(map)), facts, &memory)));
    Ok(Remembered { world, memory })
}

fn memory_at(reader: &Reader, map: &Map, at: Instant) -> Result<Memory, StoreError> {
    let reach = Reach::of(map, at);
    reader.memory_at(at, &reach.timed, &reach.priced, reach.windows, reach.month)
}

/// What an engine that looks once goes on with. While another process writes history, that reaches up to now.
///
/// # Errors
/// There is none, or it can't be read.
pub fn recent(place: &Path, map: &Map, now: Instant) -> Result<Memory, StoreError> {
    Reader::open(place)?.in_one_state(|reader| {
        let Some(end) = reader.reach()?.map(|reach| reach.end.min(now)) else { return Ok(Memory::default()) };
        let is_on = reader.is_written() && now - end <= GAP;
        memory_at(reader, map, if is_on { now } else { end })
    })
}

/// Facts of which every value stands and none is fresh; what a source never said is not known.
fn overdue(mut facts: Facts, map: &Map) -> Facts {
    for source in &map.sources {
        let fact = facts.sources.entry(source.name.clone()).or_insert_with(|| SourceFact::of(Freshness::Pending));
        if fact.freshness == Freshness::Fresh {
            fact.freshness = Freshness::Late;
        }
    }
    facts
}

/// Starts to write history, if there is a place for it.
pub fn write(place: Option<PathBuf>, who: &str, tell: impl Fn(&Keeping) + Send + 'static) -> Option<Writer> {
    let who = format!("{who}, process {}", std::process::id());
    let options = Options { place: place?, who, limits: Limits::default(), tell: Box::new(tell) };
    Writer::start(options).inspect_err(|error| tracing::warn!(%error, "history is not written")).ok()
}

/// History as the shelf of the sources' slices.
#[derive(Debug)]
struct HistoryShelf {
    place: PathBuf,
    /// `None`: it is only read.
    writer: Option<Arc<Writer>>,
}

/// The shelf of a history that is written.
pub fn shelf(place: &Path, writer: &Arc<Writer>) -> Arc<dyn Shelf> {
    Arc::new(HistoryShelf { place: place.to_owned(), writer: Some(Arc::clone(writer)) })
}

/// The shelf of a history that is only read: whoever writes it keeps what is asked beside it himself.
pub fn shelf_to_read(place: &Path) -> Arc<dyn Shelf> {
    Arc::new(HistoryShelf { place: place.to_owned(), writer: None })
}

impl Shelf for HistoryShelf {
    fn load(&self, source: &SourceName, query: &str, step: i64) -> Vec<DayOfSlices> {
        let asked = Asked { source: source.clone(), query: query.to_owned(), step };
        let found = Reader::open(&self.place).and_then(|reader| reader.slices(&asked));
        let day = |(day, cells): (i64, Cells)| DayOfSlices { day, step: cells.step, cells: cells.counts };
        // What can't be read is asked again.
        found.unwrap_or_default().into_iter().map(day).collect()
    }

    fn keep(&self, source: &SourceName, query: &str, step: i64, days: Vec<DayOfSlices>) {
        let Some(writer) = &self.writer else { return };
        let asked = Asked { source: source.clone(), query: query.to_owned(), step };
        for day in days {
            writer.keep_slices(&asked, day.day, Cells { step: day.step, counts: day.cells });
        }
    }
}
