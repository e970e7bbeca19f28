//! FOCUS billing files (FinOps Open Cost and Usage Specification 1.0 to 1.2, and what vendors write under its name): CSV,
//! plain or gzip. What a month has cost so far, whole or by any column or tag.
//!
//! Files are read again only when they changed. They must not overlap: a row that is in two files counts twice, so keep
//! one file a month and provider, or the parts of one export.
//!
//! A spend record's `select` names columns in any spelling (`ServiceName`, `service_name`), the short names `service`,
//! `account`, `region`, `resource`, `provider`, and `tag:NAME`; values may hold `*`.

mod column;
mod file;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use chrono::Weekday;
use rust_decimal::Decimal;

use self::file::{Costs, FileError};
use super::error::SourceError;
use super::gather::decoded;
use super::kind::Capabilities;
use super::plan::{Plan, SpendPart};
use super::settings::Settings;
use super::{Clock, Source};
use crate::domain::clean::clean_line;
use crate::domain::map::Window;
use crate::domain::matcher::glob_matches;
use crate::domain::money::Currency;
use crate::domain::observation::{FiguresReport, StateReport};
use crate::domain::span::{Instant, Span};
use crate::domain::window;

/// The most files of one glob.
const MOST_FILES: usize = 1000;

/// Which cost of a row counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Cost {
    /// What was used, discounts and commitments spread: for showback and pace.
    Effective,
    /// What is invoiced.
    Billed,
}

/// The adapter.
pub struct Focus {
    files: Option<String>,
    cost: Cost,
    cache: Arc<Mutex<Cache>>,
}

/// What files had, when they were read last.
type Cache = BTreeMap<PathBuf, (Stamp, Result<Arc<Costs>, FileError>)>;

/// A file as it was, and what was asked of it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Stamp {
    changed: Option<SystemTime>,
    length: u64,
    month: Span,
    /// Rows that reach beyond now count up to this hour.
    until: Instant,
    parts: Vec<SpendPart>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, _: Clock) -> Box<dyn Source> {
    let text = |key: &str| settings.own.get(key).and_then(toml::Value::as_str);
    let cost = if text("cost") == Some("billed") { Cost::Billed } else { Cost::Effective };
    Box::new(Focus { files: text("files").map(str::to_owned), cost, cache: Arc::default() })
}

#[async_trait]
impl Source for Focus {
    fn capabilities(&self) -> Capabilities {
        Capabilities::FIGURES
    }

    /// Asked only where no spend record wants anything: whether there are files.
    async fn state(&self, _: Instant) -> Result<StateReport, SourceError> {
        if let Some(files) = self.files.clone() {
            decoded(usize::MAX, move || found(&files).map(drop)).await?;
        }
        Ok(StateReport::default())
    }

    async fn figures(&self, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        let month = window::bounds(Window::Month, plan.map.tz, Weekday::Mon, now);
        let mut by_files: BTreeMap<String, Vec<SpendPart>> = BTreeMap::new();
        let mut report = FiguresReport::default();
        for part in &plan.parts {
            match part.files.as_ref().or(self.files.as_ref()) {
                Some(files) => by_files.entry(files.clone()).or_default().push(part.clone()),
                None => report.failures.push(format!("spend {}: no `files` are named", part.id)),
            }
        }
        for (id, _) in &plan.spends {
            report.failures.push(format!("spend {id}: files take no query; say which part with `select`"));
        }
        let mut first_error = None;
        let wanted = by_files.len();
        let mut failed = 0;
        for (files, parts) in by_files {
            let (cache, cost) = (Arc::clone(&self.cache), self.cost);
            let asked = parts.clone();
            let read = decoded(usize::MAX, move || all(&files, &asked, cost, month, now, &cache)).await;
            match read {
                Ok((costs, remarks)) => {
                    report.failures.extend(remarks);
                    for (index, part) in parts.iter().enumerate() {
                        match in_totals(&costs, index, plan) {
                            Ok(total) => drop(report.spend.insert(part.id.clone(), total)),
                            Err(why) => report.failures.push(format!("spend {}: {why}", part.id)),
                        }
                    }
                }
                Err(error) => {
                    failed += 1;
                    report.failures.extend(parts.iter().map(|part| format!("spend {}: {error}", part.id)));
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if failed == wanted => Err(error),
            _ => Ok(report),
        }
    }
}

/// What all files of a glob say, with remarks on what could not be read of them.
///
/// # Errors
/// There is no file, or none of them can be read.
#[allow(clippy::type_complexity, reason = "costs and remarks")]
fn all(
    files: &str,
    parts: &[SpendPart],
    cost: Cost,
    month: Span,
    now: Instant,
    cache: &Mutex<Cache>,
) -> Result<(Vec<Arc<Costs>>, Vec<String>), SourceError> {
    let paths = found(files)?;
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let hour = now - chrono::TimeDelta::seconds(now.timestamp().rem_euclid(3600));
    let (mut costs, mut remarks, mut first) = (Vec::new(), BTreeSet::new(), None);
    for path in &paths {
        let meta = std::fs::metadata(path).ok();
        let stamp = Stamp {
            changed: meta.as_ref().and_then(|meta| meta.modified().ok()),
            length: meta.map_or(0, |meta| meta.len()),
            month,
            until: hour,
            parts: parts.to_vec(),
        };
        let known = cache.get(path).filter(|(known, _)| *known == stamp).map(|(_, costs)| costs.clone());
        let read = known.unwrap_or_else(|| {
            let read = file::read(path, parts, cost, month, hour).map(Arc::new);
            cache.insert(path.clone(), (stamp, read.clone()));
            read
        });
        match read {
            Ok(found) => {
                remarks.extend(found.remarks.iter().map(|remark| format!("{}: {remark}", shown(path))));
                costs.push(found);
            }
            Err(error) => {
                remarks.insert(format!("{}: {error}", shown(path)));
                first.get_or_insert((path, error));
            }
        }
    }
    match first {
        Some((path, error)) if costs.is_empty() => Err(SourceError::Settings(format!("{}: {error}", shown(path)))),
        _ => Ok((costs, remarks.into_iter().take(20).collect())),
    }
}

/// The sum of a part over all files, in the currency of the totals.
fn in_totals(costs: &[Arc<Costs>], part: usize, plan: &Plan) -> Result<Decimal, String> {
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    let mut rows = 0;
    for costs in costs {
        rows += costs.rows;
        for (currency, sum) in costs.sums.get(part).into_iter().flatten() {
            *sums.entry(currency.as_str()).or_default() += *sum;
        }
    }
    if rows == 0 {
        return Err("no row is of this month yet".to_owned());
    }
    if sums.is_empty() {
        return Err("no row of this month is of what `select` asks for".to_owned());
    }
    let mut total = Decimal::ZERO;
    for (code, sum) in sums {
        let no_rate = || format!("there is no rate for {code}: [money] rates = {{ {code} = \"…\" }}");
        let currency = Currency::parse(code).ok_or_else(no_rate)?;
        let amount = plan.map.in_totals(sum, currency).ok_or_else(no_rate)?;
        total = total.checked_add(amount).ok_or("the sum is beyond all bounds")?;
    }
    Ok(total)
}

fn shown(path: &Path) -> String {
    clean_line(&path.display().to_string(), 200).into_owned()
}

/// The files of a glob, sorted; `*` in any part of the path.
///
/// # Errors
/// There is none.
fn found(files: &str) -> Result<Vec<PathBuf>, SourceError> {
    let mut paths = vec![PathBuf::from(if files.starts_with('/') { "/" } else { "" })];
    for part in files.split('/').filter(|part| !part.is_empty()) {
        if !part.contains('*') {
            paths.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let mut next = Vec::new();
        for path in &paths {
            let folder = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            next.extend(names.filter(|name| !name.starts_with('.') && glob_matches(part, name)).map(|name| path.join(name)));
        }
        next.sort();
        next.truncate(MOST_FILES);
        paths = next;
    }
    paths.retain(|path| path.is_file());
    if paths.is_empty() {
        let text = format!("there is no file {}: is the path right, may we read it?", clean_line(files, 300));
        return Err(SourceError::Settings(text));
    }
    Ok(paths)
}
