//! Where the operator is: a screen, or one thing with its details, or the tree under it.
//!
//! A place is named by ids alone, so that it outlives any world; what it shows is looked up anew each time.

use std::fmt;
use std::sync::Arc;

use crate::domain::id::{CauseId, NodeId, ObjectiveId, SourceName, SpendId};
use crate::domain::map::Goal;

/// A screen of its own, with a digit for a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Screen {
    /// What the business feels, what breaks first, what to mend first, what it costs.
    Overview,
    /// All processes and customers.
    Processes,
    /// Objectives and ticket clocks.
    Sla,
    /// Money.
    Cost,
    /// Conditions from monitoring.
    Signals,
    /// Records of ticketing.
    Tickets,
    /// What happened, and what is planned.
    Timeline,
    /// How true the map is: what it does not know, and what rests on one thing alone.
    Map,
    /// Whom all this is known from.
    Sources,
    /// What the console noted.
    Log,
}

impl Screen {
    /// All screens, in the order of their digits.
    pub const ALL: [Self; 10] = [
        Self::Overview,
        Self::Processes,
        Self::Sla,
        Self::Cost,
        Self::Signals,
        Self::Tickets,
        Self::Timeline,
        Self::Map,
        Self::Sources,
        Self::Log,
    ];

    /// Its name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Processes => "Processes",
            Self::Sla => "SLA",
            Self::Cost => "Cost",
            Self::Signals => "Signals",
            Self::Tickets => "Tickets",
            Self::Timeline => "Timeline",
            Self::Map => "Map",
            Self::Sources => "Sources",
            Self::Log => "Log",
        }
    }

    /// Its panes, the first of which has the focus at first.
    pub const fn panes(self) -> &'static [Pane] {
        match self {
            Self::Overview => &[Pane::Impacted, Pane::Promises, Pane::Fix],
            Self::Processes => &[Pane::Processes, Pane::Customers],
            Self::Sla => &[Pane::Promises],
            Self::Cost => &[Pane::CostByProcess, Pane::CostByCause, Pane::Customers, Pane::Spend],
            Self::Signals => &[Pane::Signals],
            Self::Tickets => &[Pane::Tickets],
            Self::Timeline => &[Pane::Events, Pane::Axis],
            Self::Map => &[Pane::Unmapped, Pane::Singles, Pane::Fragile, Pane::Silent],
            Self::Sources => &[Pane::Sources],
            Self::Log => &[Pane::Log],
        }
    }
}

/// One list on a screen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Pane {
    /// Processes that are, or may be, a problem.
    Impacted,
    /// Objectives and clocks together.
    Promises,
    /// Causes.
    Fix,
    /// All processes.
    Processes,
    /// All customers.
    Customers,
    /// Processes with what they cost.
    CostByProcess,
    /// Causes with their share.
    CostByCause,
    /// Spend records.
    Spend,
    /// All signals.
    Signals,
    /// All tickets.
    Tickets,
    /// What happened and what is planned, the newest first.
    Events,
    /// Nodes with how they were, on one axis.
    Axis,
    /// All sources.
    Sources,
    /// Signals on no node, by what one matcher would take.
    Unmapped,
    /// Leaves that alone make processes major or worse.
    Singles,
    /// Processes that one more failure makes major or worse.
    Fragile,
    /// Leaves that no signal has ever matched.
    Silent,
    /// What the console noted.
    Log,
    /// What one thing is connected with.
    Links,
    /// What a node rests on, as a tree.
    Tree,
    /// Processes that would be otherwise under what is assumed.
    Compared,
}

/// Something that can be selected and opened, by id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Item {
    /// A process, service, component, customer or group.
    Node(NodeId),
    /// A cause.
    Cause(CauseId),
    /// An objective.
    Objective(ObjectiveId),
    /// A ticket's clock: the ticket as `source:id`, and what it runs towards.
    Clock(Arc<str>, Goal),
    /// A signal, as `source:id`.
    Signal(Arc<str>),
    /// A ticket, as `source:id`.
    Ticket(Arc<str>),
    /// A source.
    Source(SourceName),
    /// A spend record.
    Spend(SpendId),
    /// Signals on no node, by what they are known by.
    Gap(Arc<str>),
    /// A note of the console, by its number.
    Note(u64),
    /// Something that happened or is planned.
    Event(Arc<str>),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note(number) => return write!(f, "note {number}"),
            Self::Node(id) => id.as_str(),
            Self::Cause(id) => id.as_str(),
            Self::Objective(id) => id.as_str(),
            Self::Clock(id, _) | Self::Signal(id) | Self::Ticket(id) | Self::Event(id) | Self::Gap(id) => id,
            Self::Source(name) => name.as_str(),
            Self::Spend(id) => id.as_str(),
        })
    }
}

/// Where the operator is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A screen.
    Screen(Screen),
    /// One thing with its details.
    Item(Item),
    /// What a node rests on; all processes where it is none.
    Tree(Option<NodeId>),
    /// What would be otherwise under what is assumed.
    WhatIf,
}

impl Place {
    /// Its panes, the first of which has the focus at first.
    pub const fn panes(&self) -> &'static [Pane] {
        match self {
            Self::Screen(screen) => screen.panes(),
            Self::Item(_) => &[Pane::Links],
            Self::Tree(_) => &[Pane::Tree],
            Self::WhatIf => &[Pane::Compared],
        }
    }
}
