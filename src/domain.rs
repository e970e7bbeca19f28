//! Pure vocabulary and arithmetic: severity, graph, propagation, objectives, calendars, clocks, cost, order.
//!
//! Invariants: no IO, no clock (now is an argument), no async, no serde on its types, and no import of another layer.

pub mod accrual;
pub mod ahead;
pub mod blocks;
pub mod burn;
pub mod calendar;
pub mod clean;
pub mod clock;
pub mod cost;
pub mod credit;
pub mod exact;
pub mod explain;
pub mod facts;
pub mod graph;
pub mod history;
pub mod id;
pub mod maintenance;
pub mod map;
pub mod marks;
pub mod matcher;
pub mod money;
pub mod objective;
pub mod observation;
pub mod order;
pub mod profile;
pub mod propagate;
pub mod remembered;
pub mod rule;
pub mod severity;
pub mod span;
pub mod spend;
#[cfg(test)]
pub(crate) mod testing;
pub mod timeline;
pub mod window;
pub mod world;
pub mod write;
pub mod zone;
