//! All answers of an engine, kept from one world to the next and made again only where something is dirty.
//!
//! The first turn is the full pass: everything is dirty then. A later turn follows the same way over less. That the
//! two end in the same world is what `tests/engine` holds against random stories.

use std::sync::Arc;

use crate::domain::clock;
use crate::domain::graph::Pos;
use crate::domain::map::NodeIndex;
use crate::domain::marks::Marks;
use crate::domain::money::CostRange;
use crate::domain::order;
use crate::domain::propagate::States;
use crate::domain::severity::Shown;
use crate::domain::world::{NodeState, Places, World};

use super::Model;
use super::assemble::{self, Picture, View};
use super::dirty::Dirty;
use super::losses;
use super::margin::{Margins, margins};
use super::money::{self, Meters};
use super::objectives;
use super::observed::Observed;
use super::past::Past;
use super::ranking::{Ground, Ranking};
use super::rates::{ProcessRate, Rates};
use super::standing::Standing;

/// How much is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Every question of every node.
    Full,
    /// What a screen needs at once: margins are those that were given, and fix values stop at the causes in view.
    Screen,
}

/// Fix values of a screen: more causes than any list shows without scrolling far.
const CAUSES_IN_VIEW: usize = 50;

/// What was processed of what is dirty, for those who remember.
pub struct Renewed<'a> {
    /// What processes lose.
    pub rates: &'a [ProcessRate],
    /// Positions whose state may be another.
    pub touched: &'a Marks,
    /// Positions of processes whose rate is another.
    pub repriced: &'a Marks,
}

/// All answers.
#[derive(Debug)]
pub struct Evaluation {
    standing: Standing,
    rates: Rates,
    meters: Meters,
    ranking: Ranking,
    margins: Margins,
    nodes: Vec<Arc<NodeState>>,
    silent: Arc<[NodeIndex]>,
    /// Nodes for which the business bears only so long.
    tolerable: Vec<NodeIndex>,
    /// Nodes whose margins are others than those in `nodes`, by position.
    nearer: Marks,
}

impl Evaluation {
    /// Nothing was asked yet: everything is dirty in the first turn.
    pub fn nothing(model: &Model) -> Self {
        let rates = Rates::nothing(model);
        let tolerable = model.map.named_nodes().filter(|(_, node)| node.tolerable.is_some());
        Self {
            standing: Standing::nothing(model),
            meters: Meters::of(&rates),
            rates,
            ranking: Ranking::nothing(model),
            margins: Margins::default(),
            nodes: vec![Arc::default(); model.map.nodes.len()],
            silent: Arc::default(),
            tolerable: tolerable.map(|(index, _)| index).collect(),
            nearer: Marks::none(model.graph.len()),
        }
    }

    /// Nothing but the margins, which are asked for apart.
    pub fn anew(&self, model: &Model) -> Self {
        Self { margins: self.margins.clone(), ..Self::nothing(model) }
    }

    /// Has fix values found anew.
    pub fn forget_values(&mut self) {
        self.ranking.forget_values();
    }

    /// The full pass, with a past that is known.
    pub fn whole(mut self, model: &Model, observed: &Observed, depth: Depth, past: &Past) -> World {
        self.owns().list(&observed.signals);
        self.turn(model, observed, Dirty::everything(model.map.nodes.len()), depth, |_, _| past)
    }

    /// How everything stands.
    pub const fn states(&self) -> &States {
        &self.standing.states
    }

    /// The lists of signals by node, to be kept as those of what is observed.
    pub fn owns(&mut self) -> &mut super::own::Owns {
        &mut self.standing.owns
    }

    /// Asks how far everything is from failing; true if any answer is another than before.
    pub fn look_ahead(&mut self, model: &Model) -> bool {
        let fresh = margins(&model.graph, &self.standing.states, model.single_points());
        for node in 0..self.nodes.len() {
            if fresh.worse(node) != self.margins.worse(node) || fresh.near(node) != self.margins.near(node) {
                self.nearer.set(model.graph.pos(node));
            }
        }
        self.margins = fresh;
        !self.nearer.is_empty()
    }

    /// The world of what was observed. The past is asked for once the states are known.
    pub fn turn<'p>(
        &mut self,
        model: &Model,
        observed: &Observed,
        mut dirty: Dirty,
        depth: Depth,
        recall: impl FnOnce(&Picture<'_>, &Renewed<'_>) -> &'p Past,
    ) -> World {
        let touched = self.standing.renew(model, observed, &mut dirty);
        if depth == Depth::Full && !touched.above.is_empty() {
            self.look_ahead(model);
        }
        let picture = Picture { model, observed, standing: &self.standing };
        let repriced = self.rates.renew(&picture, &touched.above);
        let renewed = Renewed { rates: &self.rates.list, touched: &touched.above, repriced: &repriced };
        let past = recall(&picture, &renewed);
        let view = View { picture: &picture, past };
        let (clocks, clock_problems) = clock::evaluate(&model.map, &observed.tickets, picture.at());
        let objectives = objectives::states(&view, &clocks);
        let breaches = order::breaches(&model.map, &objectives);
        let ground = Ground {
            view: &view,
            rates: &self.rates,
            breaches: &breaches,
            touched: &touched,
            repriced: &repriced,
            records: dirty.records,
        };
        let most = if depth == Depth::Full { usize::MAX } else { CAUSES_IN_VIEW };
        let reordered = self.ranking.renew(&ground, most);
        let nearer = std::mem::replace(&mut self.nearer, Marks::none(model.graph.len()));
        let others = [&touched.above, &touched.impacts, &repriced, &reordered, &nearer];
        for pos in 0..model.graph.len() as Pos {
            if others.iter().any(|marks| marks.has(pos)) {
                let node = model.graph.node(pos);
                self.nodes[node] = Arc::new(assemble::node(&view, &self.margins, &self.ranking, &self.rates, node));
            }
        }
        for (node, money) in self.meters.read(&view, &self.rates, &touched.above) {
            if self.nodes[node].money != Some(money) {
                Arc::make_mut(&mut self.nodes[node]).money = Some(money);
            }
            let losses = losses::latest(&view, node, &money);
            if *self.nodes[node].losses != *losses {
                Arc::make_mut(&mut self.nodes[node]).losses = losses.into();
            }
        }
        for node in &self.tolerable {
            let left = assemble::tolerable_left(&view, *node);
            if self.nodes[*node].tolerable_left != left {
                Arc::make_mut(&mut self.nodes[*node]).tolerable_left = left;
            }
        }
        if !touched.above.is_empty() {
            self.silent = assemble::silent(&view);
        }
        let total = self.rates.list.iter().fold(CostRange::default(), |mut sum, process| {
            sum.add(process.rate);
            sum
        });
        let priced = || self.rates.list.iter().filter_map(|process| self.nodes[process.node].money.as_ref());
        let shown = || model.processes.iter().map(|node| self.standing.states.state(model.graph.pos(*node)));
        World {
            map: model.map.clone(),
            graph: model.graph.clone(),
            at: picture.at(),
            assumed: observed.facts.assume.clone(),
            worst: shown().map(|state| state.low).max().unwrap_or_default(),
            unknown: shown().filter(|state| state.shown() == Shown::Unknown).count(),
            cost_per_hour: total,
            cost_today: money::total(priced().map(|money| &money.today)),
            cost_month: money::total(priced().map(|money| &money.month)),
            cost_since: money::since(&model.map, view.past, picture.at()),
            causes: self.ranking.causes(),
            clocks,
            customers: assemble::customers(model, &objectives),
            spend: assemble::spends(model, &observed.facts),
            signals: observed.signals.clone(),
            tickets: observed.tickets.clone(),
            changes: observed.changes.clone(),
            silent: self.silent.clone(),
            sources: assemble::sources(&view, &clock_problems),
            objectives,
            nodes: self.nodes.clone(),
            places: Places::default(),
        }
    }
}
