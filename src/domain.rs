//! Pure vocabulary and arithmetic: severity, graph, propagation, objectives, calendars, clocks, cost, order.
//!
//! Invariants: no IO, no clock (now is an argument), no async, no serde on its types, and no import of another layer.

pub mod facts;
pub mod id;
pub mod map;
pub mod matcher;
pub mod money;
pub mod observation;
pub mod order;
pub mod rule;
pub mod severity;
pub mod span;
pub mod timeline;
pub mod world;
