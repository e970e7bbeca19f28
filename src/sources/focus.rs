//! FOCUS billing files (`FinOps` Open Cost and Usage Specification 1.0 to 1.2), as vendors write them: CSV, plain or
//! gzipped, that a spend record or a source of this type names with `files = "focus/*.csv"`. The budget is about cash, so
//! `BilledCost` counts, of charges whose period began this month; with `cost = "effective"` it is `EffectiveCost`, of
//! what the passed part of a longer period has used up. The two never add up.
//!
//! A spend record's `select` names columns in any spelling (`SubAccountId`, `sub_account_id`), the short names `service`,
//! `account`, `region`, `resource`, `provider`, `category`, or keys of the column `Tags`. A file is read anew only when
//! it changed. What cannot be read is counted and named, never guessed. Files must not overlap: a row in two of them
//! counts twice.

mod column;
mod file;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use rust_decimal::Decimal;

use self::file::Found;
use super::error::SourceError;
use super::kind::Capabilities;
use super::plan::Plan;
use super::settings::Settings;
use super::{Clock, Source};
use crate::domain::map::{Map, Spend, SpendFrom, Window};
use crate::domain::matcher::glob_matches;
use crate::domain::observation::{FiguresReport, StateReport};
use crate::domain::span::Instant;
use crate::domain::window;

/// The most files of one record.
const MOST_FILES: usize = 1000;

/// What a file was when it was read: changed, its sums are found again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Read {
    path: PathBuf,
    changed: Option<SystemTime>,
    bytes: u64,
    /// The record, the month and the hour that were asked for.
    spend: usize,
    asked: Asked,
}

/// Which cost of a row counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Cost {
    /// What is invoiced.
    Billed,
    /// What is used, discounts and commitments spread.
    Effective,
}

/// What is asked of a file beside the selection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Asked {
    cost: Cost,
    /// The month that charges begin in: its start and end.
    month: (Instant, Instant),
    /// How far periods have passed.
    until: Instant,
}

/// The adapter.
pub struct Focus {
    /// The files of the source itself.
    files: Option<String>,
    cost: Cost,
    known: Arc<Mutex<BTreeMap<Read, Found>>>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, _: Clock) -> Box<dyn Source> {
    let text = |key: &str| settings.own.get(key).and_then(toml::Value::as_str);
    let cost = if text("cost") == Some("effective") { Cost::Effective } else { Cost::Billed };
    Box::new(Focus { files: text("files").map(str::to_owned), cost, known: Arc::default() })
}

#[async_trait]
impl Source for Focus {
    fn capabilities(&self) -> Capabilities {
        Capabilities::FIGURES
    }

    /// Files are there or not when they are asked for.
    async fn state(&self, _now: Instant) -> Result<StateReport, SourceError> {
        Ok(StateReport::default())
    }

    async fn figures(&self, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        let (map, bills, known) = (Arc::clone(&plan.map), plan.bills.clone(), Arc::clone(&self.known));
        let own = self.files.clone();
        let cost = self.cost;
        let work = move || {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            report(&map, &bills, own.as_deref(), (cost, now), &mut known)
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| SourceError::Panicked(error.to_string()))
    }
}

fn report(
    map: &Map,
    bills: &[usize],
    own: Option<&str>,
    (cost, now): (Cost, Instant),
    known: &mut BTreeMap<Read, Found>,
) -> FiguresReport {
    let (mut report, mut kept) = (FiguresReport::default(), BTreeMap::new());
    // Billing periods of FOCUS begin at midnight UTC, wherever the console is.
    let month = window::bounds(Window::Month, chrono_tz::Tz::UTC, chrono::Weekday::Mon, now);
    // By the hour, so that files are not read anew at every poll.
    let until = now - chrono::TimeDelta::seconds(now.timestamp().rem_euclid(3600));
    let asked = Asked { cost, month: (month.start, month.end), until };
    for index in bills {
        let spend = &map.spends[*index];
        let mut fail = |why: String| report.failures.push(format!("spend {}: {why}", spend.id));
        let pattern = match &spend.from {
            SpendFrom::Files(pattern) => Some(pattern.as_str()),
            SpendFrom::Source(_) | SpendFrom::Query(..) => own,
        };
        let found = pattern.ok_or_else(|| "the source has no `files`".to_owned()).and_then(files);
        let files = match found {
            Ok(files) => files,
            Err(why) => {
                fail(why);
                continue;
            }
        };
        let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
        let mut is_whole = true;
        for path in files {
            match sums_of(&path, *index, spend, asked, known) {
                Ok((read, found)) => {
                    for (currency, cost) in &found.costs {
                        *sums.entry(currency.clone()).or_default() += cost;
                    }
                    found.remarks.iter().for_each(|remark| fail(format!("{}: {remark}", path.display())));
                    kept.insert(read, found);
                }
                Err(why) => {
                    is_whole = false;
                    fail(format!("{}: {why}", path.display()));
                }
            }
        }
        // A sum that lacks a file would look like a saving.
        match total(map, &sums) {
            Ok(money) if is_whole => drop(report.spend.insert(spend.id.clone(), money)),
            Ok(_) => {}
            Err(why) => fail(why),
        }
    }
    *known = kept;
    report
}

/// The sums of a file: those that are known while it has not changed, else read anew.
fn sums_of(
    path: &Path,
    index: usize,
    spend: &Spend,
    asked: Asked,
    known: &BTreeMap<Read, Found>,
) -> Result<(Read, Found), String> {
    let meta = std::fs::metadata(path).map_err(|error| error.to_string())?;
    let read = Read { path: path.to_owned(), changed: meta.modified().ok(), bytes: meta.len(), spend: index, asked };
    let found = match known.get(&read) {
        Some(found) => found.clone(),
        None => file::read(path, &spend.select, asked)?,
    };
    Ok((read, found))
}

/// All sums in the currency of the totals.
fn total(map: &Map, sums: &BTreeMap<String, Decimal>) -> Result<Decimal, String> {
    let mut total = Decimal::ZERO;
    for (code, cost) in sums {
        let rate = if *code == map.currency.to_string() {
            Some(Decimal::ONE)
        } else {
            map.rates.iter().find(|(currency, _)| currency.to_string() == *code).map(|(_, rate)| *rate)
        };
        let rate = rate.ok_or_else(|| format!("it is billed in {code}, and there is no rate for that in [money]"))?;
        total += cost * rate;
    }
    Ok(total)
}

/// The files that a pattern names: `*` may stand in the name of the file.
fn files(pattern: &str) -> Result<Vec<PathBuf>, String> {
    let path = Path::new(pattern);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{} can't be listed: {error}", folder.display()))?;
    let fits = |file: &PathBuf| {
        let name_of_file = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !name_of_file.starts_with('.') && glob_matches(name, name_of_file)
    };
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(fits).collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("no file is called {pattern}"));
    }
    if files.len() > MOST_FILES {
        return Err(format!("{} files are called {pattern}; at most {MOST_FILES} are read", files.len()));
    }
    Ok(files)
}
