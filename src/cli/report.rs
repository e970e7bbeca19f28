//! `bsmtop report`: what happened in a shift or a month, from history, for a reader who was not there.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use chrono::{NaiveDate, TimeDelta, Weekday};
use clap::{ArgGroup, Args, ValueEnum};

use super::history::History;
use super::{Folder, print};
use crate::config::Config;
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
    let config = options.folder.load()?;
    let reader = Reader::open(&options.history.needed()?)?;
    let account = account(options, config, &reader, clock::now())?;
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
    let span = options.month.map_or_else(|| Span::new(now - options.since, now), |first| whole_month(&map, first));
    if span.start >= now {
        bail!("this month has not begun yet");
    }
    let Some(last) = past::last_known(reader, span)? else {
        bail!("history knows nothing of that time: it is written by the console, or by `bsmtop record`");
    };
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
