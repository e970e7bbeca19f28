//! Pure vocabulary and arithmetic: severity, graph, propagation, objectives, calendars, clocks, cost, order.
//!
//! Invariants: no IO, no clock (now is an argument), no async, no serde on its types, and no import of another layer.

pub mod explain;
pub mod facts;
pub mod graph;
pub mod id;
pub mod map;
pub mod matcher;
pub mod money;
pub mod observation;
pub mod propagate;
pub mod rule;
pub mod severity;
pub mod span;
pub mod timeline;
pub mod world;
