//! What the filter looks at in an event: `kind:incident`, `owner:storage`, a node by id or name, any word.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{Event, What};
use crate::app::filter::Field;
use crate::app::model::Model;
use crate::app::rows::fields::{ID, KIND, NAME, OWNER, SOURCE, STATE, SUMMARY, TAG};
use crate::domain::history::Incident;
use crate::domain::severity::{Severity, Shown};

/// Calls `field` with every text of an event that counts.
pub fn texts(model: &Model, id: &str, field: &mut dyn FnMut(Field, &str)) {
    let (Some(event), Some(remembered)) = (model.past.event(id), &model.past.remembered) else { return };
    field(ID, id);
    field(KIND, event.what.word());
    for id in &event.nodes {
        field(ID, id.as_str());
        if let Some(index) = model.world.map.index_of(id.as_str()) {
            let node = &model.world.map.nodes[index];
            field(NAME, &node.name);
            node.owner.iter().for_each(|owner| field(OWNER, owner));
            node.tags.iter().for_each(|tag| field(TAG, tag));
        }
    }
    match &event.what {
        What::Incident(at) => {
            let Some(incident) = remembered.incidents.get(*at) else { return };
            field(STATE, incident.peak.word());
            field(NAME, &incident.name);
            for cause in &incident.causes {
                field(ID, cause.id.as_str());
                field(NAME, &cause.name);
                field(SUMMARY, &cause.title);
                cause.owner.iter().for_each(|owner| field(OWNER, owner));
            }
        }
        What::Turn { is, .. } => field(STATE, is.word()),
        What::Change(at) => {
            let Some(change) = remembered.changes.get(*at) else { return };
            field(SOURCE, change.item.source.as_str());
            field(SUMMARY, &change.item.summary);
        }
        What::Maintenance(summary) => field(SUMMARY, summary),
        What::Planned(at) => {
            model.past.planned.get(*at).into_iter().for_each(|planned| field(SUMMARY, &planned.summary));
        }
        What::Done(at) => {
            let Some(entry) = remembered.audit.get(*at) else { return };
            field(OWNER, &entry.who);
            field(SOURCE, entry.source.as_str());
            field(SUMMARY, &entry.action);
            field(SUMMARY, &entry.target);
        }
        What::Gap => {}
    }
}

/// How bad an event was.
pub fn severity(model: &Model, id: &str) -> Option<Severity> {
    match &model.past.event(id)?.what {
        What::Incident(at) => Some(incident(model, *at)?.peak),
        What::Turn { is: Shown::Severity(severity), .. } => Some(*severity),
        What::Planned(at) => Some(model.past.planned.get(*at)?.breaks.first()?.1),
        _ => None,
    }
}

/// How long ago an event began.
pub fn age(model: &Model, id: &str) -> Option<TimeDelta> {
    let event: &Event = model.past.event(id)?;
    Some(model.as_of() - event.began)
}

/// The money that an event cost, in all.
pub fn cost(model: &Model, id: &str) -> Option<Decimal> {
    match &model.past.event(id)?.what {
        What::Incident(at) => Some(incident(model, *at)?.cost.high),
        _ => None,
    }
}

fn incident(model: &Model, at: usize) -> Option<&Incident> {
    model.past.remembered.as_deref()?.incidents.get(at)
}
