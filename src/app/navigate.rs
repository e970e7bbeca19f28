//! Going somewhere and coming back: screens, details, trees, the reason, the help.

use super::action::Enabled;
use super::atlas;
use super::lens;
use super::message::Effect;
use super::model::{Model, Visit};
use super::place::{Item, Place, Screen};
use super::rows::sort;
use crate::domain::facts::Freshness;
use crate::domain::id::NodeId;

/// Whether a row is selected.
pub(super) fn has_selection(model: &Model) -> Enabled {
    model.selected().map(|_| ()).ok_or("nothing is selected")
}

/// Whether there is more to see than the row itself.
pub(super) fn can_open(model: &Model) -> Enabled {
    has_selection(model)?;
    let place = target(model);
    if place.as_ref() == Some(&model.here().place) { Err("this is it already") } else { Ok(()) }
}

fn target(model: &Model) -> Option<Place> {
    model.selected().map(|row| Place::Item(row.id.item.clone()))
}

/// Opens the selected row.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(place) = target(model) {
        visit(model, place);
    }
    Vec::new()
}

/// Goes to a place, one step deeper. A place that is on the way already is gone back to, so that no way is endless.
pub(super) fn visit(model: &mut Model, place: Place) {
    // What is compared needs the whole width.
    model.why &= place != Place::WhatIf;
    if let Some(at) = model.visits.iter().position(|visit| visit.place == place) {
        leave(model, at + 1);
    } else {
        let outer = Some(std::mem::take(&mut model.filter));
        model.visits.push(Visit { outer, ..Visit::new(place) });
    }
    resume(model);
}

/// Goes to a place by its name: a screen as it was left, anything else one step deeper.
pub(super) fn go_to(model: &mut Model, place: Place) -> Vec<Effect> {
    if let Place::Screen(screen) = place {
        return go(model, screen);
    }
    visit(model, place);
    Vec::new()
}

/// Goes to a screen, as it was left.
pub(super) fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    leave(model, 1);
    let root = model.visits.swap_remove(0);
    if let Place::Screen(left) = root.place {
        model.parked.insert(left, root);
    }
    let again = model.parked.remove(&screen);
    let is_new = again.is_none();
    model.visits = vec![again.unwrap_or_else(|| Visit::new(Place::Screen(screen)))];
    model.help = None;
    resume(model);
    if is_new && screen != Screen::Timeline {
        // Nothing can be done in an empty pane. Events come only once history has answered.
        let visit = model.here_mut();
        visit.focus = visit.lists.iter().position(|list| !list.rows.is_empty()).unwrap_or(0);
    }
    Vec::new()
}

/// Leaves all places but so many, each with the filter that was typed there.
fn leave(model: &mut Model, kept: usize) {
    while model.visits.len() > kept.max(1) {
        if let Some(outer) = model.visits.pop().and_then(|visit| visit.outer) {
            model.filter = outer;
        }
    }
}

/// Shows a place that was out of view: nobody's eyes rest on its old order.
fn resume(model: &mut Model) {
    model.touched = None;
    model.refresh();
}

/// One step back: whatever was opened last.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    if model.help.take().is_some() || std::mem::take(&mut model.why) {
        return Vec::new();
    }
    if !model.filter.text.is_empty() {
        model.filter = super::filter::Filter::default();
        resume(model);
    } else if model.here().place == Place::WhatIf && model.visits.len() > 1 {
        leave(model, model.visits.len() - 1);
        return lens::leave(model);
    } else if model.visits.len() > 1 {
        leave(model, model.visits.len() - 1);
        resume(model);
    } else if !model.lens.is_live() {
        return lens::leave(model);
    } else {
        model.trouble = None;
        model.history.read();
        model.toast = None;
    }
    Vec::new()
}

/// The node that a selected thing is, or acts on first.
pub fn node_of(model: &Model, item: &Item) -> Option<usize> {
    let world = &*model.world;
    match item {
        Item::Node(id) => model.atlas.index_of(id),
        Item::Cause(id) => world.cause(id).and_then(|cause| cause.processes.first().copied().or(cause.node)),
        Item::Objective(id) => {
            world.map.objectives.iter().find(|objective| objective.id == *id).map(|found| found.node)
        }
        Item::Clock(id, _) | Item::Ticket(id) => {
            let found = (0..world.tickets.len()).find(|at| super::rows::ticket_id(world, *at) == *id)?;
            world.tickets[found].nodes.first().copied()
        }
        Item::Signal(_) => {
            let row = model.selected().filter(|row| row.id.item == *item)?;
            world.signals.get(row.index)?.nodes.first().copied()
        }
        Item::Spend(id) => world.map.spends.iter().find(|spend| spend.id == *id).map(|spend| spend.node),
        Item::Event(id) => model.past.event(id)?.nodes.iter().find_map(|id| world.map.index_of(id.as_str())),
        Item::Source(_) | Item::Gap(_) | Item::Note(_) => None,
    }
}

/// The thing that keys refer to: the selected row, or, in an empty list, the thing whose details are shown.
pub fn subject(model: &Model) -> Option<Item> {
    match (model.selected(), &model.here().place) {
        (Some(row), _) => Some(row.id.item.clone()),
        (None, Place::Item(item)) => Some(item.clone()),
        _ => None,
    }
}

/// The things that keys which may act on several refer to: the marked rows in view of the filter, else the subject.
pub fn subjects(model: &Model) -> Vec<Item> {
    let list = model.here().list();
    let marked = list.rows.iter().filter(|row| list.is_marked(&row.id)).map(|row| row.id.item.clone());
    let marked: Vec<Item> = marked.collect();
    if marked.is_empty() { subject(model).into_iter().collect() } else { marked }
}

/// Whether there is a state to explain.
pub(super) fn can_explain(model: &Model) -> Enabled {
    let item = subject(model).ok_or("nothing is selected")?;
    match item {
        Item::Source(_) => Err("a source has no rule"),
        Item::Gap(_) | Item::Note(_) => Err("it has no rule"),
        _ => Ok(()),
    }
}

/// Shows or hides why the selected thing is as it is.
pub(super) fn why(model: &mut Model) -> Vec<Effect> {
    model.why = !model.why;
    Vec::new()
}

/// Whether there is a tree to show.
pub(super) fn can_grow(model: &Model) -> Enabled {
    if matches!(model.here().place, Place::Tree(_)) {
        return Ok(());
    }
    let Some(item) = subject(model) else {
        return if model.atlas.processes.is_empty() { Err("the map has no process") } else { Ok(()) };
    };
    node_of(model, &item).map(|_| ()).ok_or("it belongs to no node of the map")
}

/// Shows the tree of the selected thing, or leaves it.
pub(super) fn tree(model: &mut Model) -> Vec<Effect> {
    if matches!(model.here().place, Place::Tree(_)) {
        return back(model);
    }
    let root = subject(model).and_then(|item| node_of(model, &item));
    let root: Option<NodeId> = root.map(|index| model.world.map.nodes[index].id.clone());
    visit(model, Place::Tree(root));
    Vec::new()
}

/// Gives the list one of its orders, by number.
pub(super) fn sort_by(model: &mut Model, order: usize) -> Vec<Effect> {
    let visit = model.here_mut();
    let Some(title) = sort::of(visit.pane()).get(order).map(|order| order.title()) else { return Vec::new() };
    let focus = visit.focus;
    visit.lists[focus].sort = order;
    // Whoever asks for an order wants it now, with the cursor where it was on screen.
    model.touched = None;
    model.refresh();
    model.say(format!("order: {title}"));
    Vec::new()
}

/// Copies the ids of the selected things.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let text = |item: &Item| match item {
        Item::Gap(id) => model.gap(id).map_or_else(|| id.to_string(), super::coverage::Gap::toml),
        Item::Note(number) => model.log.note(*number).map_or_else(|| item.to_string(), |note| note.text.clone()),
        item => item.to_string(),
    };
    let ids: Vec<String> = subjects(model).iter().map(text).collect();
    let what = if ids.len() == 1 {
        ids[0].lines().next().unwrap_or_default().to_owned()
    } else {
        format!("{} ids", ids.len())
    };
    model.say(format!("copied {what}"));
    vec![Effect::Copy(ids.join("\n"))]
}

/// Shows or hides the keys.
pub(super) fn help(model: &mut Model) -> Vec<Effect> {
    model.help = if model.help.is_some() { None } else { Some(0) };
    Vec::new()
}

/// The names of a place's steps, for the breadcrumb.
pub fn crumbs(model: &Model) -> Vec<String> {
    model.visits.iter().map(|visit| crumb(model, &visit.place)).collect()
}

fn crumb(model: &Model, place: &Place) -> String {
    match place {
        Place::Screen(screen) => screen.title().to_owned(),
        Place::WhatIf => "what if".to_owned(),
        Place::Tree(None) => "tree".to_owned(),
        Place::Tree(Some(id)) => format!("tree of {id}"),
        Place::Item(Item::Clock(id, goal)) => format!("{id} {}", goal.word()),
        Place::Item(Item::Source(name)) => match atlas::source_freshness(&model.world, name) {
            Freshness::Fresh => name.to_string(),
            freshness => format!("{name} ({})", freshness.word()),
        },
        // The id of a signal is a number to people; what it is about says where they are.
        Place::Item(Item::Cause(id)) => match model.world.cause(id).and_then(|cause| cause.node) {
            Some(node) => format!("cause {}", model.world.map.nodes[node].id),
            None => id.to_string(),
        },
        Place::Item(Item::Signal(id)) => {
            let on = model.world.signals.iter().find(|signal| signal.name == *id);
            match on.and_then(|signal| signal.nodes.first()) {
                Some(node) => format!("signal on {}", model.world.map.nodes[*node].id),
                None => id.to_string(),
            }
        }
        Place::Item(item) => item.to_string(),
    }
}
