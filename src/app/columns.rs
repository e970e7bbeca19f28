//! Which columns of a list an operator may leave out. The view has their widths; a test keeps the two equal.

use super::place::Pane;

/// The titles of a pane's columns, as they stand; those without a title always stay.
pub const fn of(pane: Pane) -> &'static [&'static str] {
    match pane {
        Pane::Impacted => &["since", "per hour", "SLA left", "today", "customers", "at risk/h", "owner"],
        Pane::Processes => &["last 24 h", "since", "per hour", "SLA left", "today", "customers", "at risk/h", "owner"],
        Pane::Events => &["cost", "owner"],
        Pane::CostByProcess => &["per hour", "today", "month", "at risk/h", "method"],
        Pane::Customers => &["tier", "since", "credits at risk", "because of"],
        Pane::Promises => &["window", "left", "in", "burn 5m", "30m", "1h", "6h", "1d", "3d", "attained", "at risk"],
        Pane::Fix | Pane::CostByCause => &["source", "since", "share/h", "returns/h", "tickets", "owner"],
        Pane::Spend => &["used", "to date", "projected", "limit"],
        Pane::Signals => &["on", "source", "since", "handled by"],
        Pane::Tickets => &["on", "status", "owner", "age", "time left"],
        Pane::Sources => &["type", "answer", "signals", "tickets", "leaves", "note"],
        Pane::Tree => &["kind", "since", "per hour", "rule"],
        Pane::Compared => &["before", "after", "difference"],
        Pane::Unmapped => &["source", "signals", "matcher to paste"],
        Pane::Singles => &["processes", "at risk/h"],
        Pane::Fragile => &["if one fails of", "at risk/h"],
        Pane::Silent => &["source", "waits for"],
        Pane::Log => &["when", "of", "times"],
        Pane::Axis | Pane::Links => &[],
    }
}
