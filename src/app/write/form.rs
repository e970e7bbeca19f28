//! A form: what can be typed, and the jobs that it is about, each with its request and what came of it.

use super::span;
use crate::app::line::Line;
use crate::domain::id::SourceName;
use crate::domain::severity::Severity;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Number, Outcome, Preview, Reference, Target, WriteKind};

/// A form that is open.
#[derive(Clone, Debug)]
pub struct Form {
    /// What would be done.
    pub kind: WriteKind,
    /// What it is about, for people.
    pub about: String,
    /// What can be typed or chosen.
    pub fields: Vec<Field>,
    /// Which field the keys go to.
    pub focus: usize,
    /// What would be sent, one job a request.
    pub jobs: Vec<Job>,
    /// The job whose request is shown.
    pub shown: usize,
    /// What is left out, and why.
    pub left_out: Vec<(String, String)>,
    /// The first line in view of the request.
    pub scroll: usize,
    /// Whether fields were changed since the requests were made.
    pub is_edited: bool,
    /// Whether it was sent.
    pub is_sent: bool,
    /// What is wrong with a field.
    pub wrong: Option<String>,
    /// The ticket that is open already about what a new one would be about, as `source:id`.
    pub already: Option<String>,
    /// Which preview this is.
    pub(super) round: u64,
    /// What a ticket says below the operator's own words.
    pub(super) report: String,
    /// How bad what a ticket is about is.
    pub(super) severity: Option<Severity>,
}

/// Labels, each with its value.
pub type Labels = Vec<(String, String)>;

/// What a field is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Comment, reason, or the operator's words in a ticket.
    Text,
    /// How long an acknowledgement or a silence lasts.
    Lasts,
    /// The labels that a silence tests.
    Labels,
    /// The subject of a ticket.
    Title,
    /// Which job is meant, of several that are possible.
    Choice,
}

/// Something to type or to choose.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// What was typed; of a choice, what is chosen.
    pub line: Line,
    /// What there is to choose from: name, and the job that it stands for.
    pub choices: Vec<(String, Job)>,
    /// What is chosen.
    pub chosen: usize,
}

/// One request to be.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where it goes.
    pub source: SourceName,
    /// What it is done to.
    pub target: Target,
    /// What it points at.
    pub references: Vec<Reference>,
    /// What makes a new ticket one of its node.
    pub labels: Labels,
    /// What it is, for people.
    pub what: String,
    /// How far it is.
    pub state: State,
}

/// How far a job is.
#[derive(Clone, Debug)]
pub enum State {
    /// The object is being looked at.
    Preparing,
    /// This would be sent.
    Ready(Number, Box<Preview>),
    /// Nothing can be sent, and why.
    Failed(String),
    /// It is on its way.
    Sending(Box<Preview>),
    /// What came of it.
    Over(Option<Box<Preview>>, Outcome),
}

impl State {
    /// What would be, or was, sent.
    pub fn preview(&self) -> Option<&Preview> {
        match self {
            Self::Ready(_, preview) | Self::Sending(preview) => Some(preview),
            Self::Over(preview, _) => preview.as_deref(),
            Self::Preparing | Self::Failed(_) => None,
        }
    }
}

impl Form {
    /// How many requests could be sent now.
    pub fn ready(&self) -> usize {
        self.jobs.iter().filter(|job| matches!(job.state, State::Ready(..))).count()
    }

    /// Whether an answer is still awaited.
    pub fn is_waiting(&self) -> bool {
        self.jobs.iter().any(|job| matches!(job.state, State::Preparing | State::Sending(_)))
    }

    /// Whether it was sent, and every server has answered or will not.
    pub fn is_over(&self) -> bool {
        self.is_sent && !self.is_waiting()
    }

    /// Whether every server did what was asked.
    pub(super) fn all_done(&self) -> bool {
        self.jobs.iter().all(|job| matches!(&job.state, State::Over(_, outcome) if outcome.is_done()))
    }

    fn typed(&self, purpose: Purpose) -> Option<&str> {
        self.fields.iter().find(|field| field.purpose == purpose).map(|field| field.line.text.trim())
    }

    /// What the operator wants, job by job; what is wrong with a field.
    pub(super) fn intents(&self, author: &str, now: Instant) -> Result<Vec<Intent>, String> {
        let until = match self.typed(Purpose::Lasts) {
            Some(text) => {
                let lasts = span::parse(text).ok_or("for: write it like 30m, 2h or 1d; 30 days at most")?;
                Some(now + lasts)
            }
            None => None,
        };
        let scope = match self.typed(Purpose::Labels) {
            Some(text) => span::labels(text).ok_or("labels: write them like service=\"payments\" role=\"db\"")?,
            None => Vec::new(),
        };
        let own = self.typed(Purpose::Text).unwrap_or_default();
        let title = self.typed(Purpose::Title).unwrap_or_default().to_owned();
        if self.kind == WriteKind::Create && title.is_empty() {
            return Err("subject: a ticket needs one".to_owned());
        }
        if self.kind == WriteKind::Comment && own.is_empty() {
            return Err("comment: it is empty".to_owned());
        }
        let text = if self.report.is_empty() || own.is_empty() {
            format!("{own}{}", self.report)
        } else {
            format!("{own}\n\n{}", self.report)
        };
        let intent = |job: &Job| Intent {
            kind: self.kind,
            source: job.source.clone(),
            target: job.target.clone(),
            author: author.to_owned(),
            title: title.clone(),
            text: text.clone(),
            until,
            scope: if scope.is_empty() { job.labels.clone() } else { scope.clone() },
            severity: self.severity,
            references: job.references.clone(),
        };
        Ok(self.jobs.iter().map(intent).collect())
    }

    /// Takes the next choice of the field with the focus, by so many.
    pub(super) fn choose(&mut self, by: isize) {
        let Some(field) = self.fields.get_mut(self.focus).filter(|field| field.purpose == Purpose::Choice) else {
            return;
        };
        let count = field.choices.len() as isize;
        field.chosen = (field.chosen as isize + by).rem_euclid(count.max(1)) as usize;
        if let Some((name, job)) = field.choices.get(field.chosen) {
            field.line = Line::of(name);
            self.jobs = vec![job.clone()];
            self.shown = 0;
        }
    }
}

impl Field {
    /// Something to type.
    pub(super) fn text(name: &'static str, purpose: Purpose, text: &str) -> Self {
        Self { name, purpose, line: Line::of(text), choices: Vec::new(), chosen: 0 }
    }

    /// Something to choose.
    pub(super) fn choice(name: &'static str, choices: Vec<(String, Job)>) -> Self {
        let line = Line::of(choices.first().map_or("", |(name, _)| name));
        Self { name, purpose: Purpose::Choice, line, choices, chosen: 0 }
    }
}
