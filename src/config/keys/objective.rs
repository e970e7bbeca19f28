//! The keys of an objective.

use super::super::scalar::Scalar;
use super::{AMOUNT, DURATION, ID, Keys, Kind, SEVERITY, TEXT, ZONE, may, must};

const SHARE: Kind = Kind::One(Scalar::Share);

pub(super) static OBJECTIVE: Keys = Keys::new(
    "objective",
    "A promise: target, window, and one indicator.",
    &[&[
        must("id", ID, "Unique over all files and kinds."),
        must("node", ID, "Whose promise it is: the id of a node."),
        must("target", Kind::One(Scalar::Target), "The target, above 0 % and at most 100 %."),
        must("window", Kind::One(Scalar::Window), "\"30d\" rolls; week, month, quarter and year are of the calendar."),
        may("tz", ZONE, "Where calendar windows begin. Default: that of config.toml."),
        may("week_starts", Kind::One(Scalar::Weekday), "The first day of a calendar week. Default: mon."),
        may("calendar", ID, "The contract hours: the id of a calendar. Default: all hours."),
        may("source", TEXT, "Which source the queries go to."),
        may("good", TEXT, "The query for good events, with $window. Beside `total`."),
        may("errors", TEXT, "The query for bad events, with $window. Beside `total`."),
        may("total", TEXT, "The query for all events, with $window."),
        may("up", TEXT, "A series that is 1 while up."),
        may("state", SEVERITY, "Bad while the node is at or above this severity."),
        may("sloth", TEXT, "A recorded objective of Sloth, by its id."),
        may("pyrra", TEXT, "A recorded objective of Pyrra, by its name."),
        may(
            "tickets",
            Kind::One(Scalar::Word(&["respond", "update", "resolve"])),
            "Tickets whose clock of this goal was met.",
        ),
        may(
            "method",
            Kind::One(Scalar::Word(&["events", "slices"])),
            "What is counted: events, or good slices of time. Default: events.",
        ),
        may("slice", DURATION, "With method slices: how long a slice is."),
        may("slice_target", Kind::One(Scalar::Target), "With method slices: the ratio that makes a slice good."),
        may("resolution", DURATION, "How long the stretches are that the store is asked for. Default: 5m."),
        may("alerts", Kind::List(&Kind::Table(&ALERT)), "Alert rows that replace the standard ones."),
        may("min_events", Kind::One(Scalar::Number), "No alert on fewer events in the long window."),
        may("credit", Kind::Table(&CREDIT), "What missing it costs by contract. Calendar windows only."),
    ]],
);

static ALERT: Keys = Keys::new(
    "alert_row",
    "One row of a multi-window, multi-burn-rate alert.",
    &[&[
        must("share", SHARE, "The share of the budget that the long window may use up."),
        must("long", DURATION, "The long window."),
        must("short", DURATION, "The short window, which ends the alert soon after the burn ends."),
        must("severity", Kind::One(Scalar::Word(&["page", "ticket"])), "How loud it is."),
    ]],
);

static CREDIT: Keys = Keys::new(
    "credit",
    "What a missed objective costs by contract.",
    &[&[
        may("of", AMOUNT, "The charge a month that shares refer to. Default: each customer's monthly."),
        must(
            "tiers",
            Kind::List(&Kind::Table(&TIER)),
            "Which share is due below which figure; the highest that applies.",
        ),
        may("minimum", AMOUNT, "A smaller credit is none."),
    ]],
);

static TIER: Keys = Keys::new(
    "tier",
    "One tier of a credit.",
    &[&[
        must("below", Kind::One(Scalar::Target), "Below this figure (strictly)."),
        must("share", SHARE, "This share of the charge is due."),
    ]],
);
