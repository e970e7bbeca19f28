//! Which columns of a list an operator may leave out. The view has their widths; a test keeps the two equal.

use super::place::Pane;

/// The titles of a pane's columns, as they stand; those without a title always stay.
pub const fn of(pane: Pane) -> &'static [&'static str] {
    match pane {
        Pane::Impacted => &["since", "per hour", "SLA left", "today", "customers", "at risk/h", "owner"],
        Pane::Processes => &["last 24 h", "since", "per hour", "SLA left", "today", "customers", "at risk/h", "owner"],
        Pane::Events => &["lasted", "cost", "owner"],
        Pane::CostByProcess => &["per hour", "today", "month", "at risk/h", "method"],
        Pane::Customers => &["tier", "since", "credits at risk", "because of"],
        Pane::Promises | Pane::Objectives => &["window", "left", "in", "burn 1h", "6h", "at risk"],
        Pane::Clocks => &["within", "left", "in", "status", "owner"],
        Pane::Fix | Pane::CostByCause => &["source", "since", "share/h", "returns/h", "tickets", "owner"],
        Pane::Spend => &["used", "to date", "projected", "limit"],
        Pane::Signals => &["on", "source", "since", "handled by"],
        Pane::Tickets => &["on", "status", "owner", "age", "time left"],
        Pane::Sources => &["type", "answer", "signals", "tickets", "leaves", "note"],
        Pane::Tree => &["kind", "since", "per hour", "rule"],
        Pane::Compared => &["before", "after", "difference"],
        Pane::Axis | Pane::Links => &[],
    }
}
