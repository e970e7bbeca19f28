//! What the thread that writes holds and does: it takes the file, writes into it, and tries again what failed.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rusqlite::ErrorCode;

use super::super::StoreError;
use super::super::file::{self, Claim, Owned};
use super::super::names::Names;
use super::super::prune;
use super::super::recorder::{self, Pen, Recorder};
use super::super::slices::{Asked, Cells};
use super::super::times;
use super::{Options, Shared, merge};
use crate::domain::history::{AuditEntry, Keeping, Moment, Role};
use crate::domain::span::Instant;

/// Audit entries that may wait while the disk is full.
const MOST_AUDITS: usize = 1000;

/// What failed is tried again after so long.
const AGAIN: TimeDelta = TimeDelta::seconds(5);

/// How far apart prunings are.
const PRUNE_EVERY: TimeDelta = TimeDelta::hours(1);

/// What the thread holds.
pub(super) struct Keeper {
    options: Options,
    hold: Hold,
    /// What could not be written yet.
    backlog: Vec<Moment>,
    audits: Vec<AuditEntry>,
    slices: BTreeMap<(Asked, i64), Cells>,
    keeping: Keeping,
    /// What stays to be said about the file.
    remark: Option<String>,
    /// When something was tried last that failed.
    tried: Option<Instant>,
    pruned: Option<Instant>,
}

/// Whether the file is ours.
enum Hold {
    Nothing,
    Owned {
        owned: Box<Owned>,
        recorder: Box<Recorder>,
    },
    /// It will never be.
    Given,
}

impl Keeper {
    pub(super) fn new(options: Options) -> Self {
        let place = options.place.display().to_string();
        let keeping = Keeping { place, role: Role::Off, size: 0, since: None, trouble: None };
        Self {
            options,
            hold: Hold::Nothing,
            backlog: Vec::new(),
            audits: Vec::new(),
            slices: BTreeMap::new(),
            keeping,
            remark: None,
            tried: None,
            pruned: None,
        }
    }

    pub(super) fn run(&mut self, shared: &Shared) {
        while let Some(taken) = shared.take() {
            self.audits.extend(taken.audits);
            let excess = self.audits.len().saturating_sub(MOST_AUDITS);
            self.audits.drain(..excess);
            self.slices.extend(taken.slices);
            for moment in taken.moments {
                self.note(moment);
            }
            self.write_others();
        }
        if let Hold::Owned { owned, recorder } = &mut self.hold {
            let pen = Pen::new(&owned.db);
            if let Err(error) = recorder.close(&pen).and_then(|()| pen.commit()) {
                tracing::warn!(%error, "history could not be closed");
            }
        }
    }

    /// It broke over an error in the program: the file is given up, for another process to take over, and it is said.
    pub(super) fn broke(&mut self) {
        self.hold = Hold::Given;
        self.keeping.role = Role::Off;
        let place = &self.keeping.place;
        self.say(Some(format!(
            "history in {place} is no longer written, over an error in the program; the log has more. Start again to go on"
        )));
    }

    fn note(&mut self, moment: Moment) {
        let now = moment.world.at;
        if matches!(self.hold, Hold::Given) {
            return;
        }
        let is_early = self.tried.is_some_and(|tried| now - tried < AGAIN && now >= tried);
        if matches!(self.hold, Hold::Nothing) && !is_early {
            self.claim(now);
        }
        if !matches!(self.hold, Hold::Owned { .. }) {
            return;
        }
        merge::put(&mut self.backlog, moment);
        if is_early {
            return;
        }
        match self.write() {
            Ok(remark) => {
                let is_new = remark.is_some();
                self.remark = remark.or(self.remark.take());
                if self.tried.take().is_some() || is_new {
                    self.say(None);
                }
                self.prune(now);
            }
            Err(error) => self.failed(&error, now),
        }
    }

    /// Writes what waits, the oldest first; returns what there is to say of it.
    fn write(&mut self) -> rusqlite::Result<Option<String>> {
        let Hold::Owned { owned, recorder } = &mut self.hold else { return Ok(None) };
        let mut remark = None;
        while let Some(moment) = self.backlog.first() {
            let pen = Pen::new(&owned.db);
            recorder.note(&pen, moment)?;
            pen.commit()?;
            remark = recorder.remark().or(remark);
            self.backlog.remove(0);
        }
        Ok(remark)
    }

    /// Writes the audit and the slices. What can't be written yet waits for the next time.
    fn write_others(&mut self) {
        let Hold::Owned { owned, recorder } = &mut self.hold else { return self.audit_beside() };
        if self.audits.is_empty() && self.slices.is_empty() || self.tried.is_some() {
            return;
        }
        let pen = Pen::new(&owned.db);
        let audits = self.audits.iter().try_for_each(|entry| recorder.audit(&pen, entry));
        let slices = audits.and_then(|()| {
            self.slices.iter().try_for_each(|((asked, day), cells)| recorder.keep_slices(&pen, asked, *day, cells))
        });
        match slices.and_then(|()| pen.commit()) {
            Ok(()) => {
                self.audits.clear();
                self.slices.clear();
            }
            Err(error) => tracing::warn!(%error, "audit and slices could not be written yet"),
        }
    }

    /// Records what was done also where another process writes the rest: the audit is a row at a time, and has no
    /// state to go on with.
    fn audit_beside(&mut self) {
        if self.audits.is_empty() || !matches!(self.keeping.role, Role::Reading(_)) {
            return;
        }
        let written = file::beside_its_writer(&self.options.place).and_then(|db| {
            let (pen, mut names) = (Pen::new(&db), Names::default());
            self.audits.iter().try_for_each(|entry| recorder::audit(&pen, &mut names, entry))?;
            pen.commit()
        });
        match written {
            Ok(()) => self.audits.clear(),
            Err(error) => tracing::warn!(%error, "the audit could not be written yet"),
        }
    }

    /// Tries to become the one that writes.
    fn claim(&mut self, now: Instant) {
        match file::claim(&self.options.place, &self.options.who) {
            Ok(Claim::Owned(owned)) => match Recorder::of(&owned.db) {
                Ok(recorder) => {
                    let recorder = Box::new(recorder);
                    self.remark = self.remark.take().or(owned.remark.clone());
                    self.hold = Hold::Owned { owned, recorder };
                    self.tried = None;
                    self.keeping.role = Role::Writing;
                    self.say(None);
                    self.measure();
                }
                Err(error) => self.failed(&error, now),
            },
            Ok(Claim::Taken(who)) => {
                self.tried = Some(now);
                self.keeping.role = Role::Reading(who);
                self.say(None);
            }
            Err(StoreError::Sqlite { error, .. }) => self.failed(&error, now),
            Err(error @ (StoreError::Newer { .. } | StoreError::Foreign(_))) => {
                self.hold = Hold::Given;
                self.keeping.role = Role::Off;
                self.say(Some(error.to_string()));
            }
            Err(error) => {
                self.tried = Some(now);
                self.keeping.role = Role::Off;
                self.say(Some(format!("{error}: nothing is remembered until that is mended")));
            }
        }
    }

    /// Something failed: what is damaged is set aside, all else is tried again later.
    fn failed(&mut self, error: &rusqlite::Error, now: Instant) {
        self.tried = Some(now);
        if file::is_damaged(error) {
            if let Hold::Owned { owned, .. } = std::mem::replace(&mut self.hold, Hold::Nothing) {
                // A damaged file has nothing to say when it is closed.
                let _ = owned.db.close();
            }
            self.tried = None;
            self.keeping.role = Role::Off;
            let aside = file::set_aside(&self.options.place, now);
            if aside.is_err() {
                self.hold = Hold::Given;
            }
            self.remark = Some(match aside {
                Ok(aside) => {
                    format!("history was damaged ({error}) and begins anew; what there was is in {}", aside.display())
                }
                Err(problem) => {
                    format!("history is damaged ({error}) and can't be set aside ({problem}): nothing is remembered")
                }
            });
            self.say(None);
            return;
        }
        if let Hold::Owned { owned, recorder } = &mut self.hold {
            match recorder.again(&owned.db) {
                Ok(again) => **recorder = again,
                Err(_) => self.hold = Hold::Nothing,
            }
        }
        let what = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => "the disk is full: free some room".to_owned(),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                format!("{error}: the file or its folder can't be written")
            }
            _ => error.to_string(),
        };
        self.say(Some(format!("history in {} is not written: {what}; it is tried again", self.keeping.place)));
    }

    fn prune(&mut self, now: Instant) {
        if self.pruned.is_some_and(|pruned| now - pruned < PRUNE_EVERY && now >= pruned) {
            return;
        }
        let before = self.pruned.replace(now);
        let Hold::Owned { owned, .. } = &self.hold else { return };
        match prune::prune(&owned.db, self.options.limits, now, before) {
            Ok(None) => {}
            Ok(Some(kept)) => {
                let (most, days) = (self.options.limits.bytes >> 20, kept.num_days());
                self.remark =
                    Some(format!("history has reached its size of {most} MiB and keeps the last {days} days"));
                self.say(None);
            }
            Err(error) => tracing::warn!(%error, "history could not be pruned"),
        }
        self.measure();
    }

    /// Looks how large the file is and how far it reaches.
    fn measure(&mut self) {
        let Hold::Owned { owned, .. } = &self.hold else { return };
        let size = prune::size(&owned.db).unwrap_or_default();
        let since = owned.db.query_row("SELECT min(began) FROM run", [], |row| row.get::<_, Option<i64>>(0));
        let since = since.ok().flatten().map(times::instant);
        if (self.keeping.size, self.keeping.since) != (size, since) {
            (self.keeping.size, self.keeping.since) = (size, since);
            (self.options.tell)(&self.keeping);
        }
    }

    /// Tells how things are: what is wrong now, or else what stays to be said.
    fn say(&mut self, trouble: Option<String>) {
        let trouble = trouble.or(self.remark.clone());
        if let Some(trouble) = &trouble
            && self.keeping.trouble.as_ref() != Some(trouble)
        {
            tracing::warn!("{trouble}");
        }
        self.keeping.trouble = trouble;
        (self.options.tell)(&self.keeping);
    }
}
