//! Writing to other systems: acknowledge, comment, silence, create and link tickets.
//!
//! A key makes a [`form::Form`] about what is selected; each of its jobs is looked at by the source's adapter
//! ([`Effect::Prepare`]) and shown as the exact request; one key sends all that are ready, once
//! ([`Effect::Send`]); what each server said stays on screen until it is closed.
//!
//! Invariant: nothing is sent while [`barred`] names a reason, and nothing that was not on screen before.

pub mod form;
mod keys;
mod plan;
mod span;
mod words;

use super::action::Enabled;
use super::message::Effect;
use super::model::Model;
use super::navigate;
use super::place::Item;
use crate::domain::write::{Number, Outcome, Preview, Reference, WriteKind};
use form::{Form, State};
pub use keys::{Taken, paste, press};
pub use words::{is_web, links};

/// What the console remembers about writing.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// Who writes, as other systems are told.
    pub author: String,
    /// The form that is open.
    pub form: Option<Form>,
    /// The ticket made last, and what it is about: an acknowledgement after it names it.
    made: Option<(String, Reference)>,
    /// Counts previews, so that an answer that comes late is not taken for another.
    rounds: u64,
}

/// Why nothing may be sent now: what is shown is not what is so, or it is shown to everybody.
pub fn barred(model: &Model) -> Option<&'static str> {
    let on_wall = model.wall.is_some().then_some("nothing is written from the wall");
    on_wall.or_else(|| super::lens::can_write(model).err())
}

fn can(model: &Model, kind: WriteKind) -> Enabled {
    match barred(model) {
        Some(reason) => Err(reason),
        None => plan::can(model, kind),
    }
}

/// Whether what is selected can be acknowledged.
pub(super) fn can_acknowledge(model: &Model) -> Enabled {
    can(model, WriteKind::Acknowledge)
}

/// Whether it can be commented on.
pub(super) fn can_comment(model: &Model) -> Enabled {
    can(model, WriteKind::Comment)
}

/// Whether it can be kept quiet for a time.
pub(super) fn can_silence(model: &Model) -> Enabled {
    can(model, WriteKind::Silence)
}

/// Whether a ticket can be opened about it.
pub(super) fn can_create(model: &Model) -> Enabled {
    can(model, WriteKind::Create)
}

/// Whether a ticket can be made to point at it.
pub(super) fn can_link(model: &Model) -> Enabled {
    can(model, WriteKind::Link)
}

/// Opens the form of a kind of write about what is selected.
pub(super) fn open(model: &mut Model, kind: WriteKind) -> Vec<Effect> {
    let Some(form) = plan::form(model, kind) else { return Vec::new() };
    model.help = None;
    model.writing.form = Some(form);
    prepare(model)
}

/// Has every job of the form looked at.
fn prepare(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let writing = &mut model.writing;
    let Some(form) = &mut writing.form else { return Vec::new() };
    writing.rounds += 1;
    form.round = writing.rounds;
    match form.intents(&writing.author, now) {
        Ok(intents) => {
            form.is_edited = false;
            form.wrong = None;
            let round = form.round;
            let mut effects = Vec::new();
            for (job, intent) in intents.into_iter().enumerate() {
                form.jobs[job].state = State::Preparing;
                effects.push(Effect::Prepare { round, job, intent: Box::new(intent) });
            }
            effects
        }
        Err(wrong) => {
            form.wrong = Some(wrong);
            Vec::new()
        }
    }
}

/// Takes what a source's adapter says to a job.
pub(super) fn prepared(model: &mut Model, round: u64, job: usize, answer: Result<(Number, Box<Preview>), String>) {
    let Some(form) = model.writing.form.as_mut().filter(|form| form.round == round) else { return };
    let Some(job) = form.jobs.get_mut(job).filter(|job| matches!(job.state, State::Preparing)) else { return };
    job.state = match answer {
        Ok((number, preview)) => State::Ready(number, preview),
        Err(why) => State::Failed(why),
    };
}

/// Sends what is ready.
fn send(model: &mut Model) -> Vec<Effect> {
    if let Some(reason) = barred(model) {
        model.say(reason);
        return Vec::new();
    }
    let Some(form) = &mut model.writing.form else { return Vec::new() };
    let round = form.round;
    let mut effects = Vec::new();
    for (at, job) in form.jobs.iter_mut().enumerate() {
        if let State::Ready(number, preview) = &job.state {
            effects.push(Effect::Send { round, job: at, number: *number, what: job.what.clone() });
            job.state = State::Sending(preview.clone());
        }
    }
    form.is_sent = !effects.is_empty();
    effects
}

/// Takes what came of a job. It is said even where its form was left.
pub(super) fn sent(model: &mut Model, round: u64, job: usize, what: &str, outcome: Outcome) -> Vec<Effect> {
    let form = model.writing.form.as_mut().filter(|form| form.round == round);
    let place = form.and_then(|form| Some((form.about.clone(), form.kind, form.jobs.get_mut(job)?)));
    let Some((about, kind, job)) = place else {
        model.say(format!("{what}: {}: {}", outcome.word(), outcome.text()));
        return Vec::new();
    };
    let source = job.source.clone();
    let is_done = outcome.is_done();
    let preview = match &job.state {
        State::Sending(preview) => Some(preview.clone()),
        _ => None,
    };
    if let (WriteKind::Create, Outcome::Done { made: Some(made), .. }) = (kind, &outcome) {
        model.writing.made = Some((about, made.clone()));
    }
    job.state = State::Over(preview, outcome);
    // What was done shows with the next answer of the source: let that be now.
    if is_done { vec![Effect::Poll(Some(source))] } else { Vec::new() }
}

/// The thing that a form would be about.
fn subject(model: &Model) -> Option<Item> {
    navigate::subject(model)
}

/// The things that a form would be about: those that are marked, or the selected one.
fn subjects(model: &Model) -> Vec<Item> {
    let list = model.here().list();
    let marked = list.rows.iter().filter(|row| list.is_marked(&row.id)).map(|row| row.id.item.clone());
    let marked: Vec<Item> = marked.collect();
    if marked.is_empty() { subject(model).into_iter().collect() } else { marked }
}
