//! What a kind of write means for what is selected: which objects of which sources, and why not where none.
//!
//! On a process it fans out to the causes that nobody handles; what can't be done is listed with its reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::form::{Field, Form, Job, Labels, Purpose, State};
use super::{span, subject, subjects, words};
use crate::app::action::Enabled;
use crate::app::model::Model;
use crate::app::place::Item;
use crate::app::rows::ticket_id;
use crate::domain::facts::{Signal, Ticket};
use crate::domain::id::SourceName;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::matcher::{LabelTest, Matcher, Test};
use crate::domain::severity::Handling;
use crate::domain::world::{Cause, CauseWhat, World};
use crate::domain::write::{Reference, Target, WriteKind, Writes};

/// The most objects that one confirmation reaches: more is a flood, and wants another answer.
const MOST_JOBS: usize = 20;
/// The most choices of a form.
const MOST_CHOICES: usize = 200;
/// How long an acknowledgement or a silence lasts unless the operator says otherwise.
const LASTS: &str = "2h";
/// Types whose silences test labels.
const BY_LABELS: [&str; 2] = ["alertmanager", "prometheus"];

const NO_CAUSE: &str = "nothing here can be written to: choose a signal, a cause, a process or a ticket";
const READ_ONLY: &str = "its source is read-only: `write = true` at the source allows it";
const NO_KIND: &str = "this type of source can't do that";
const NO_TRACKER: &str = "no ticketing source allows it: `write = true` at one does";
const NO_TICKET: &str = "there is no open ticket to link";
const HANDLED: &str = "somebody is on all of it already";

/// Whether a kind is possible for what is selected.
pub(super) fn can(model: &Model, kind: WriteKind) -> Enabled {
    let world = &*model.world;
    let item = subject(model).ok_or("nothing is selected")?;
    match kind {
        WriteKind::Create => {
            if words::node_and_causes(model, &item).is_none() {
                return Err(NO_CAUSE);
            }
            trackers(world, kind).next().map(|_| ()).ok_or(NO_TRACKER)
        }
        WriteKind::Link => {
            if trackers(world, kind).next().is_none() {
                return Err(NO_TRACKER);
            }
            if references(model, &item).is_empty() && !matches!(item, Item::Ticket(_) | Item::Clock(..)) {
                return Err(NO_CAUSE);
            }
            linkable(world).next().map(|_| ()).ok_or(NO_TICKET)
        }
        WriteKind::Acknowledge | WriteKind::Comment | WriteKind::Silence => {
            let found = objects(model, kind);
            if found.iter().any(|object| object.why_not.is_none()) {
                return Ok(());
            }
            Err(found
                .first()
                .and_then(|object| object.why_not)
                .unwrap_or_else(|| if is_all_handled(model, &item) { HANDLED } else { NO_CAUSE }))
        }
    }
}

/// The form of a kind about what is selected.
pub(super) fn form(model: &Model, kind: WriteKind) -> Option<Form> {
    let item = subject(model)?;
    let about = words::about(model, &item);
    let mut form = Form {
        kind,
        about,
        fields: Vec::new(),
        focus: 0,
        jobs: Vec::new(),
        shown: 0,
        left_out: Vec::new(),
        scroll: 0,
        is_edited: false,
        is_sent: false,
        wrong: None,
        already: None,
        round: 0,
        report: String::new(),
        severity: None,
    };
    match kind {
        WriteKind::Create => create(model, &item, &mut form),
        WriteKind::Link => link(model, &item, &mut form),
        WriteKind::Acknowledge | WriteKind::Comment | WriteKind::Silence => {
            let marked = subjects(model).len();
            if marked > 1 {
                form.about = format!("{marked} marked rows");
            }
            change(model, &item, &mut form);
        }
    }
    Some(form)
}

fn change(model: &Model, item: &Item, form: &mut Form) {
    for object in objects(model, form.kind) {
        match object.why_not {
            None if form.jobs.len() < MOST_JOBS => form.jobs.push(object.job()),
            None => form.left_out.push((object.what, "only twenty at once".to_owned())),
            Some(why) => form.left_out.push((object.what, why.to_owned())),
        }
    }
    let text = match form.kind {
        WriteKind::Comment => String::new(),
        _ => words::reason(model, item, &form.about),
    };
    form.fields.push(Field::text("comment", Purpose::Text, &text));
    let is_signal = form.jobs.iter().any(|job| matches!(job.target, Target::Signal(_)));
    if form.kind != WriteKind::Comment && is_signal {
        form.fields.push(Field::text("for", Purpose::Lasts, LASTS));
    }
    if let (WriteKind::Silence, [job]) = (form.kind, form.jobs.as_slice())
        && let Target::Signal(signal) = &job.target
        && tests_labels(&model.world, &job.source)
    {
        let labels: Vec<(String, String)> =
            signal.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        form.fields.push(Field::text("labels", Purpose::Labels, &span::show(&labels)));
    }
}

fn create(model: &Model, item: &Item, form: &mut Form) {
    let report = words::report(model, item);
    let references = references(model, item);
    // The node whose ticket it will be: where the first cause is, or the thing itself.
    let found = words::node_and_causes(model, item);
    let mut tickets = found.iter().flat_map(|(_, causes)| causes).flat_map(|cause| &cause.tickets);
    form.already = tickets.next().map(ToString::to_string);
    let near = found.and_then(|(node, causes)| {
        let of_cause = causes.first().and_then(|cause| cause.node);
        of_cause.filter(|node| !model.world.map.nodes[*node].tickets.is_empty()).or(node)
    });
    let job = |source: &SourceName| Job {
        source: source.clone(),
        target: Target::New,
        references: references.clone(),
        labels: near.map(|node| ticket_labels(&model.world, node, source)).unwrap_or_default(),
        what: format!("a ticket in {source}"),
        state: State::Preparing,
    };
    let mut choices: Vec<(String, Job)> =
        trackers(&model.world, form.kind).map(|source| (source.to_string(), job(source))).collect();
    // The system that the node's tickets are in comes first.
    let is_near = |name: &str| {
        let node = near.and_then(|node| model.world.map.nodes.get(node));
        node.is_some_and(|node| {
            let known = |matcher: &Matcher| matcher.source.as_str() == name;
            node.tickets.iter().any(known)
        })
    };
    choices.sort_by_key(|(name, _)| !is_near(name));
    form.jobs.extend(choices.first().map(|(_, job)| job.clone()));
    form.severity = report.severity;
    form.report = report.text;
    form.fields.push(Field::text("subject", Purpose::Title, &report.title));
    form.fields.push(Field::text("your words", Purpose::Text, ""));
    if choices.len() > 1 {
        form.fields.push(Field::choice("in", choices));
    }
}

/// The labels of a ticket that the first matcher of a node for a source would take.
fn ticket_labels(world: &World, node: NodeIndex, source: &SourceName) -> Labels {
    let matchers = &world.map.nodes[node].tickets;
    let matcher = matchers.iter().find(|matcher| matcher.source == *source);
    let exact = |test: &LabelTest| match &test.pattern.test {
        Test::Exact(value) if !test.pattern.negated => Some((test.key.clone(), value.clone())),
        _ => None,
    };
    matcher.map(|matcher| matcher.labels.iter().filter_map(exact).collect()).unwrap_or_default()
}

fn link(model: &Model, item: &Item, form: &mut Form) {
    let world = &*model.world;
    let mut choices: Vec<(String, Job)> = Vec::new();
    if let Item::Ticket(id) | Item::Clock(id, _) = item {
        // A ticket: what does it point at?
        let Some(ticket) = ticket_of(world, id) else { return };
        let nodes = &world.tickets[ticket].nodes;
        let ticket = &world.tickets[ticket].item;
        let causes = world.causes.iter().map(|cause| &**cause);
        let mut causes: Vec<&Cause> = causes.filter(|cause| signal_of(world, cause).is_some()).collect();
        causes.sort_by_key(|cause| !cause.node.is_some_and(|node| nodes.contains(&node)));
        for cause in causes.into_iter().take(MOST_CHOICES) {
            let Some(reference) = signal_of(world, cause).map(|signal| reference(signal)) else { continue };
            let what = format!("{} → {}", ticket_id_of(ticket), reference.id);
            let name = format!("{} {}", reference.id, reference.title);
            choices.push((name, link_job(ticket, vec![reference], what)));
        }
    } else {
        // A signal, a cause, a process: which ticket points at it?
        let references = references(model, item);
        let near: BTreeSet<NodeIndex> = words::nodes_below(model, item);
        let mut tickets: Vec<usize> = linkable(world).collect();
        tickets.sort_by_key(|at| !world.tickets[*at].nodes.iter().any(|node| near.contains(node)));
        for at in tickets.into_iter().take(MOST_CHOICES) {
            let ticket = &world.tickets[at].item;
            let what = format!("{} → {}", ticket_id_of(ticket), form.about);
            let name = format!("{} {}", ticket_id_of(ticket), ticket.summary);
            choices.push((name, link_job(ticket, references.clone(), what)));
        }
    }
    form.jobs.extend(choices.first().map(|(_, job)| job.clone()));
    let name = if matches!(item, Item::Ticket(_) | Item::Clock(..)) { "to" } else { "ticket" };
    form.fields.push(Field::choice(name, choices));
}

fn link_job(ticket: &Arc<Ticket>, references: Vec<Reference>, what: String) -> Job {
    let (source, target) = (ticket.source.clone(), Target::Ticket(Arc::clone(ticket)));
    Job { source, target, references, labels: Vec::new(), what, state: State::Preparing }
}

/// Something that a write could be done to, and why it can't.
struct Object {
    source: SourceName,
    target: Target,
    what: String,
    why_not: Option<&'static str>,
}

impl Object {
    fn job(self) -> Job {
        let Self { source, target, what, .. } = self;
        Job { source, target, references: Vec::new(), labels: Vec::new(), what, state: State::Preparing }
    }
}

/// The objects of an acknowledgement, a comment or a silence, each once.
fn objects(model: &Model, kind: WriteKind) -> Vec<Object> {
    let mut found: Vec<Object> = Vec::new();
    for item in subjects(model) {
        for object in objects_of(model, &item, kind) {
            if !found.iter().any(|known| known.what == object.what) {
                found.push(object);
            }
        }
    }
    found
}

fn objects_of(model: &Model, item: &Item, kind: WriteKind) -> Vec<Object> {
    let world = &*model.world;
    let signal = |signal: &Arc<Signal>| Object {
        source: signal.source.clone(),
        target: Target::Signal(Arc::clone(signal)),
        what: format!("{}:{} {}", signal.source, signal.id, signal.summary),
        why_not: possible(world, &signal.source, kind).err(),
    };
    match item {
        Item::Signal(id) => signal_at(model, id).iter().map(|at| signal(&world.signals[*at].item)).collect(),
        Item::Cause(id) => world.cause(id).map(|cause| of_cause(world, cause, signal)).into_iter().collect(),
        Item::Node(id) => {
            let Some(node) = model.atlas.index_of(id) else { return Vec::new() };
            unhandled(world, node).map(|cause| of_cause(world, cause, signal)).collect()
        }
        Item::Ticket(id) | Item::Clock(id, _) if kind != WriteKind::Silence => {
            let found = ticket_of(world, id).map(|at| &world.tickets[at].item);
            let object = |ticket: &Arc<Ticket>| Object {
                source: ticket.source.clone(),
                target: Target::Ticket(Arc::clone(ticket)),
                what: format!("{} {}", ticket_id_of(ticket), ticket.summary),
                why_not: possible(world, &ticket.source, kind).err(),
            };
            found.map(object).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn of_cause(world: &World, cause: &Cause, signal: impl Fn(&Arc<Signal>) -> Object) -> Object {
    signal_of(world, cause).map_or_else(
        || Object {
            source: "".into(),
            target: Target::New,
            what: format!("{} {}", cause.id, cause.summary),
            why_not: Some("it is no signal of a source: nothing can be told about it"),
        },
        signal,
    )
}

/// The causes of a node that nobody handles.
fn unhandled(world: &World, node: NodeIndex) -> impl Iterator<Item = &Cause> {
    let causes = world.nodes.get(node).into_iter().flat_map(|state| state.causes.iter());
    causes.filter_map(|id| world.cause(id)).filter(|cause| cause.handling == Handling::None)
}

fn is_all_handled(model: &Model, item: &Item) -> bool {
    let Item::Node(id) = item else { return false };
    let node = model.atlas.index_of(id);
    let has_causes = |node: &NodeIndex| model.world.nodes.get(*node).is_some_and(|state| !state.causes.is_empty());
    node.filter(has_causes).is_some_and(|node| unhandled(&model.world, node).next().is_none())
}

/// Whether a source can do a kind.
fn possible(world: &World, source: &SourceName, kind: WriteKind) -> Enabled {
    let writes = writes(world, source);
    if !writes.kinds.has(kind) {
        return Err(NO_KIND);
    }
    if writes.allowed { Ok(()) } else { Err(READ_ONLY) }
}

fn writes(world: &World, source: &SourceName) -> Writes {
    world.map.sources.iter().find(|info| info.name == *source).map(|info| info.writes).unwrap_or_default()
}

fn tests_labels(world: &World, source: &SourceName) -> bool {
    let info = world.map.sources.iter().find(|info| info.name == *source);
    info.is_some_and(|info| BY_LABELS.contains(&info.type_word.as_str()))
}

/// The ticketing sources that can do a kind, in configuration order.
fn trackers(world: &World, kind: WriteKind) -> impl Iterator<Item = &SourceName> {
    let can = move |writes: Writes| writes.allowed && writes.kinds.has(kind);
    world.map.sources.iter().filter(move |info| can(info.writes)).map(|info| &info.name)
}

/// The open tickets that can be made to point at something.
fn linkable(world: &World) -> impl Iterator<Item = usize> {
    let can = |ticket: &Ticket| ticket.open && possible(world, &ticket.source, WriteKind::Link).is_ok();
    (0..world.tickets.len()).filter(move |at| can(&world.tickets[*at].item))
}

/// What a ticket about something points at: the signals that are, or make, its state.
pub(super) fn references(model: &Model, item: &Item) -> Vec<Reference> {
    let world = &*model.world;
    if let Item::Signal(id) = item {
        signal_at(model, id).iter().map(|at| reference(&world.signals[*at].item)).collect()
    } else {
        let causes = words::node_and_causes(model, item).map(|(_, causes)| causes).unwrap_or_default();
        let signals = causes.into_iter().filter_map(|cause| signal_of(world, cause));
        signals.map(|signal| reference(signal)).take(MOST_JOBS).collect()
    }
}

fn reference(signal: &Signal) -> Reference {
    Reference {
        id: Arc::from(format!("{}:{}", signal.source, signal.id)),
        title: Arc::clone(&signal.summary),
        link: signal.link.clone(),
    }
}

/// The signal that a cause is.
pub(super) fn signal_of<'a>(world: &'a World, cause: &Cause) -> Option<&'a Arc<Signal>> {
    match cause.what {
        CauseWhat::Signal(at) => world.signals.get(at).map(|signal| &signal.item),
        CauseWhat::Node | CauseWhat::Source(_) | CauseWhat::Unexplained => None,
    }
}

/// Where a signal is: the selected row knows, else it is looked for.
pub(super) fn signal_at(model: &Model, id: &str) -> Option<usize> {
    let world = &*model.world;
    let is = |at: usize| {
        let signal = &world.signals[at].item;
        id.split_once(':').is_some_and(|(source, rest)| signal.source.as_str() == source && &*signal.id == rest)
    };
    let row = model.selected().map(|row| row.index).filter(|at| *at < world.signals.len() && is(*at));
    row.or_else(|| (0..world.signals.len()).find(|at| is(*at)))
}

/// Where a ticket is.
pub(super) fn ticket_of(world: &World, id: &str) -> Option<usize> {
    (0..world.tickets.len()).find(|at| *ticket_id(world, *at) == *id)
}

fn ticket_id_of(ticket: &Ticket) -> String {
    format!("{}:{}", ticket.source, ticket.id)
}

/// Whether a node is what the business pays for.
pub(super) fn is_process(world: &World, node: NodeIndex) -> bool {
    world.map.nodes.get(node).is_some_and(|node| node.kind == Kind::Process)
}
