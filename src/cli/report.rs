//! `bsmtop report`: what happened in a shift or a month, from history, for a reader who was not there.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use chrono::{NaiveDate, TimeDelta, Weekday};
use clap::{ArgGroup, Args, ValueEnum};

use super::history::History;
use super::{Folder, print};
use crate::config::{self, Config};
use crate::demo;
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, Map, Window};
use crate::domain::span::{Instant, Span};
use crate::domain::{window, zone};
use crate::engine::Model;
use crate::report::{self, Account};
use crate::runtime::{clock, past};
use crate::store::Reader;
use crate::wire;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("time"))]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    /// The map of the embedded company, for the history that `bsmtop demo --record` writes
    #[arg(long)]
    demo: bool,
    /// A shift: so long, up to now
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = length, group = "time")]
    since: TimeDelta,
    /// A month: 2026-10
    #[arg(long, value_name = "MONTH", value_parser = month, group = "time")]
    month: Option<NaiveDate>,
    /// What it is written in
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "markdown")]
    format: Format,
    /// Only what a customer may see: no internal names, no other customers
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Ask the present map of the same observations too, and print both numbers
    #[arg(long, conflicts_with = "customer")]
    recompute: bool,
    #[command(flatten)]
    history: History,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Format {
    /// Sentences and tables, for a mail, a wiki or a ticket
    Markdown,
    /// Tables for a spreadsheet
    Csv,
    /// Tables for programs
    Json,
}

fn length(text: &str) -> Result<TimeDelta> {
    wire::facts::duration(text).with_context(|| format!("{text:?} is no time: write it like 8h or 7d"))
}

fn month(text: &str) -> Result<NaiveDate> {
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
    first.with_context(|| format!("{text:?} is no month: write it like 2026-10"))
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let place = options.history.needed()?;
    let config = if options.demo {
        embedded(&Reader::open(&place)?)?
    } else {
        options.folder.load().map_err(|error| match Reader::open(&place) {
            Ok(reader) if is_embedded(&reader) => error.context(EMBEDDED),
            _ => error,
        })?
    };
    let reader = Reader::open(&place)?;
    // Whatever is written meanwhile, the report is of one piece.
    let account = reader.in_one_state(|reader| account(options, config, reader, clock::now()))?;
    let map = &account.world.map;
    let document = match &options.customer {
        None => report::period(&account),
        Some(id) => report::customer(&account, customer(map, id)?),
    };
    print(&match options.format {
        Format::Markdown => report::markdown(&document),
        Format::Csv => report::csv(&document)?,
        Format::Json => serde_json::to_string_pretty(&report::json(&document))?,
    })?;
    Ok(0)
}

fn account(options: &Options, config: Config, reader: &Reader, now: Instant) -> Result<Account> {
    let map = Arc::new(config.map);
    let span = match options.month {
        Some(first) => whole_month(&map, first),
        None => Span::new(since(options.since, now)?, now),
    };
    if span.start >= now {
        bail!("this month has not begun yet");
    }
    let Some(last) = past::last_known(reader, span)? else {
        bail!("history knows nothing of that time: it is written by the console, or by `bsmtop record`");
    };
    if !past::knows(reader, &map)? {
        bail!(of_another_map(options, reader)?);
    }
    let model = Model::of(Arc::clone(&map));
    // Of what is to come nothing can be said: a month that runs is told up to now.
    let told = Span::new(span.start, span.end.min(now));
    let world = past::world(reader, &model, last)?;
    Ok(Account {
        remembered: past::remembered(reader, &map, told)?,
        present: options.recompute.then(|| past::again(reader, &model, told)).transpose()?,
        world: Arc::new(world),
        month: options.month.map(|first| first.format("%B %Y").to_string()),
        made: now,
    })
}

/// The earliest instant that history can name: it counts nanoseconds.
const EARLIEST: Instant = Instant::from_timestamp_nanos(i64::MIN);

fn since(length: TimeDelta, now: Instant) -> Result<Instant> {
    let start = now.checked_sub_signed(length).filter(|start| *start >= EARLIEST);
    start.with_context(|| {
        format!("--since reaches back {} days, beyond all dates; history is kept for 400 days", length.num_days())
    })
}

/// What to do with a history of the embedded company.
const EMBEDDED: &str =
    "this is a history of the embedded company, as `bsmtop demo --record` writes it: report it with --demo";

/// The map of the embedded company, as of the last story that was recorded.
fn embedded(reader: &Reader) -> Result<Config> {
    let everything = Span::new(Instant::MIN_UTC, Instant::MAX_UTC);
    let last = reader.coverage(everything)?.iter().last().map_or(Instant::UNIX_EPOCH, |run| run.start);
    Ok(config::load_texts(&demo::texts_of(last), Path::new("."))?)
}

fn is_embedded(reader: &Reader) -> bool {
    let (Ok(config), Ok(known)) = (embedded(reader), reader.nodes()) else { return false };
    let mut processes = config.map.named_nodes().filter(|(_, node)| node.kind == Kind::Process);
    processes.all(|(_, node)| known.contains(&node.id))
}

/// How many nodes of another map are named.
const NAMED: usize = 5;

/// What to do where history knows no process of the map.
fn of_another_map(options: &Options, reader: &Reader) -> Result<String> {
    if is_embedded(reader) {
        return Ok(EMBEDDED.to_owned());
    }
    let known = reader.nodes()?;
    let names: Vec<&str> = known.iter().take(NAMED).map(NodeId::as_str).collect();
    let more = if known.len() > NAMED { format!(" and {} more", known.len() - NAMED) } else { String::new() };
    Ok(format!(
        "history in {} is that of another map: it knows {}{more}, and no process of the map in {}. Give the folder of \
         that map with --config, or the history of this one with --history",
        options.history.needed()?.display(),
        names.join(", "),
        options.folder.path().display(),
    ))
}

fn whole_month(map: &Map, first: NaiveDate) -> Span {
    window::bounds(Window::Month, map.tz, Weekday::Mon, zone::start_of(map.tz, first))
}

fn customer(map: &Map, id: &str) -> Result<usize> {
    let is_customer = |index: &usize| map.nodes[*index].kind == Kind::Customer;
    map.index_of(id).filter(is_customer).with_context(|| {
        let all = map.named_nodes().filter(|(_, node)| node.kind == Kind::Customer);
        let all: Vec<&str> = all.map(|(_, node)| node.id.as_str()).collect();
        format!("there is no customer {id:?}; there are: {}", all.join(", "))
    })
}
