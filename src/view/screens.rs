//! One file a screen, or a part that several screens share; one line a place in [`draw`].

mod burn;
mod causes;
mod coverage;
mod customers;
mod detail;
mod form;
mod glance;
mod help;
mod hero;
mod log;
mod menu;
mod observed;
mod overview;
mod palette;
mod pick;
mod processes;
mod promises;
mod sla;
mod sources;
mod timeline;
mod tree;
mod whatif;
mod why;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::look::Look;
use super::scene::Link;
use crate::app::layout::{self, Form, Panel};
use crate::app::place::{Pane, Place, Screen};

pub use burn::{over_time as cost_over_time, shares as shares_of_causes};
pub use causes::{sentence as cause_in_words, ticket_name};
pub use form::{draw as write, keys as write_keys};
pub use help::draw as help;
pub use menu::{assumed, draw as menu};
pub use palette::draw as palette;
pub use pick::draw as pick;
pub use processes::{handled_by, healthy as names_of_the_well, waiting as waited_for};
pub use promises::{first as first_promise, none_in_sight as no_promise, promise};
pub use whatif::brief as what_if_in_brief;
pub use why::draw as why;

/// Draws the place where the operator is. Links over cells are added to `links`.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, links: &mut Vec<Link>) {
    let panels = layout::panels(look.model, area.as_size());
    match &look.model.here().place {
        Place::Screen(Screen::Overview) if layout::form(area.as_size()) == Form::Glance => {
            glance::draw(buffer, look, area, &panels);
        }
        Place::Screen(Screen::Overview) => overview::draw(buffer, look, area, &panels),
        Place::Screen(_) | Place::Tree(_) => {
            match look.model.here().place {
                Place::Screen(Screen::Sla) => sla::beside(buffer, look, area),
                Place::Screen(Screen::Cost) => burn::above(buffer, look, area),
                _ => {}
            }
            for panel in &panels {
                pane(buffer, look, panel);
            }
        }
        Place::WhatIf => whatif::draw(buffer, look, area, &panels),
        Place::Item(item) => detail::draw(buffer, look, area, item, &panels, links),
    }
}

/// Draws one pane.
fn pane(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    match panel.pane {
        Pane::Impacted => processes::impacted(buffer, look, panel),
        Pane::Processes => processes::all(buffer, look, panel),
        Pane::CostByProcess => processes::cost(buffer, look, panel),
        Pane::Customers => customers::draw(buffer, look, panel),
        Pane::Promises => promises::both(buffer, look, panel),
        Pane::Fix => causes::fix(buffer, look, panel),
        Pane::CostByCause => causes::cost(buffer, look, panel),
        Pane::Spend => burn::spend(buffer, look, panel),
        Pane::Signals => observed::signals(buffer, look, panel),
        Pane::Tickets => observed::tickets(buffer, look, panel),
        Pane::Unmapped => coverage::unmapped(buffer, look, panel),
        Pane::Singles => coverage::singles(buffer, look, panel),
        Pane::Fragile => coverage::fragile(buffer, look, panel),
        Pane::Silent => coverage::silent(buffer, look, panel),
        Pane::Log => log::draw(buffer, look, panel),
        Pane::Events => timeline::events(buffer, look, panel),
        Pane::Axis => timeline::axis(buffer, look, panel),
        Pane::Sources => sources::draw(buffer, look, panel),
        Pane::Links => detail::links(buffer, look, panel),
        Pane::Tree => tree::draw(buffer, look, panel),
        Pane::Compared => {}
    }
}
