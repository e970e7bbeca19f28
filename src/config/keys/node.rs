//! The keys of nodes: what all have, what a kind has, needs, rules, matchers, checks, value.

use super::super::scalar::Scalar;
use super::{AMOUNT, DURATION, FLAG, ID, Key, Keys, Kind, PATTERNS, SEVERITY, TEXT, TEXTS, may, must};

const COUNT: Kind = Kind::One(Scalar::Count(1));
const WEIGHT: Kind = Kind::One(Scalar::Weight);
const QUANTITY: Kind = Kind::One(Scalar::Quantity);
const BOUND: Kind = Kind::One(Scalar::Bound);
/// Numbers by severity.
const BY_SEVERITY: Kind = Kind::Free(Scalar::Severity, &WEIGHT);
/// An id, a glob, or a table with edge keys.
static NEEDS: Kind = Kind::Either(&[Kind::One(Scalar::IdOrGlob), Kind::Table(&NEED)]);

/// What every node has.
static NODE: &[Key] = &[
    must("id", ID, "Unique over all files and kinds."),
    may("name", TEXT, "What screens call it. Default: the id."),
    may("owner", TEXT, "Who answers for it."),
    may("contact", TEXT, "How to reach them."),
    may("runbook", TEXT, "Where it says what to do."),
    may("links", Kind::Either(&[Kind::Free(Scalar::Text, &TEXT), TEXTS]), "Further addresses, with or without names."),
    may("tags", TEXTS, "Free words for filters."),
    may("needs", Kind::List(&NEEDS), "What it needs: ids, globs, tables with edge keys, groups."),
    may("rule", Kind::Table(&RULE), "How the states of what it needs become its own. Default: the worst."),
    may("match", Kind::List(&Kind::Table(&MATCHER)), "Which signals are its own."),
    may("tickets", Kind::List(&Kind::Table(&MATCHER)), "Which tickets and changes are its own."),
    may("check", Kind::Table(&CHECK), "A query as a leaf."),
    may("manual", Kind::One(Scalar::Word(&["ok"])), "ok until somebody says otherwise."),
];

pub(super) static PROCESS: Keys = Keys::new(
    "process",
    "A business process.",
    &[
        NODE,
        &[
            may("value", Kind::Table(&VALUE), "What it is worth while it runs."),
            may("measured", Kind::Table(&MEASURED), "A measured figure that beats the model while fresh."),
            may("tolerable", DURATION, "How long the business bears it; counts down from major."),
            may("includes", Kind::List(&ID), "Valued processes below it whose value this one's already includes."),
        ],
    ],
);

pub(super) static SERVICE: Keys = Keys::new("service", "An IT service.", &[NODE]);

pub(super) static COMPONENT: Keys = Keys::new("component", "An asset or configuration item.", &[NODE]);

pub(super) static CUSTOMER: Keys = Keys::new(
    "customer",
    "Who depends on a process or service.",
    &[NODE, &[may("tier", TEXT, "The tier of the contract."), may("monthly", AMOUNT, "The charge a month.")]],
);

static EDGE: &[Key] = &[
    may("weight", WEIGHT, "How much it counts where weight decides. Default: 1."),
    may("ignore", FLAG, "Shown, and counted nowhere."),
    may("shift", Kind::One(Scalar::Shift), "So many levels worse (or better, if negative); acts on what is not ok."),
    may("cap", SEVERITY, "At most this bad."),
    may("set", SEVERITY, "This bad whenever it is not ok."),
    may("map", Kind::Free(Scalar::Severity, &SEVERITY), "Severities as others; it must not fall."),
    may(
        "points",
        BY_SEVERITY,
        "What each severity costs where the rule is `points`; it must not fall. In a group: see `rule`.",
    ),
];

static RULES: &[Key] = &[
    may("nth_worst", COUNT, "The n-th worst child."),
    may("nth_best", COUNT, "The n-th best child."),
    may("at_least", QUANTITY, "So many children up is ok; else the worst child."),
    may("warn", QUANTITY, "With `at_least`: so many up is a warning, fewer are critical."),
    may("down", SEVERITY, "With `at_least`: the first severity that is down. Default: warning."),
    may("share", Kind::List(&Kind::Table(&SHARE)), "The worst `gives` among the rows that are reached; else ok."),
    may("exponential", Kind::One(Scalar::Count(2)), "So many children of a severity make one of the next."),
    may("not", FLAG, "The worst child, mirrored on the scale."),
    may("exactly", Kind::One(Scalar::Count(0)), "Exactly so many children up is ok, else critical."),
];

static RULE: Keys = Keys::new(
    "rule",
    "One rule over all needs of a node: one of these keys, `warn` and `down` beside `at_least`.",
    &[
        RULES,
        &[may("points", BY_SEVERITY, "100 minus the points of the edges; at or below a bound gives that severity.")],
    ],
);

static NEED: Keys = Keys::new(
    "need",
    "What is needed: a node with edge keys, or a group with the keys of its rule and edge keys.",
    &[
        &[
            may("id", Kind::One(Scalar::IdOrGlob), "The node: an id or a glob."),
            may("of", Kind::List(&NEEDS), "The members of a group: an unnamed node."),
        ],
        EDGE,
        RULES,
    ],
);

static SHARE: Keys = Keys::new(
    "share_row",
    "One row of `share`: one of `reach` and `weight`.",
    &[&[
        may("reach", QUANTITY, "\"50%\": that share of the weight; 2: that many children."),
        may("weight", WEIGHT, "That sum of weights."),
        must("at", SEVERITY, "At or above this severity."),
        may("gives", SEVERITY, "The severity that results. Default: `at`."),
    ]],
);

static MATCHER: Keys = Keys::new(
    "matcher",
    "Which observations belong to a node.",
    &[&[
        must("source", TEXT, "Whose: the name of a source."),
        may(
            "labels",
            PATTERNS,
            "All of these labels: whole value, case-sensitive; * globs, /regex/, a leading ! negates.",
        ),
        may("severity", SEVERITY, "At least this bad."),
    ]],
);

static CHECK: Keys = Keys::new(
    "check",
    "A query as a leaf; no answer is unknown. The worst condition that holds gives the severity.",
    &[&[
        must("source", TEXT, "Which source is asked."),
        must("query", TEXT, "The query."),
        may("each", TEXT, "The label that tells the series apart; the rule is over them."),
        may("critical", BOUND, "When it is critical."),
        may("major", BOUND, "When it is major."),
        may("minor", BOUND, "When it is minor."),
        may("warning", BOUND, "When it is a warning."),
        may("info", BOUND, "When it is worth knowing."),
        may("unclassified", BOUND, "When it is something, and nobody said how bad."),
    ]],
);

static VALUE: Keys = Keys::new(
    "value",
    "What a process is worth: one of `per_hour` and `per_year`.",
    &[&[
        may("per_hour", AMOUNT, "Money per hour at profile weight 1."),
        may("per_year", AMOUNT, "Money per year of 8,766 hours, spread by the profile."),
        may("profile", ID, "How it is spread over the week: the id of a profile. Default: evenly."),
        may(
            "loss",
            Kind::Free(Scalar::Severity, &Kind::One(Scalar::Share)),
            "The share lost at a severity; it must not fall. Default: minor 0.1, major 0.5, critical 1, lower 0.",
        ),
    ]],
);

static MEASURED: Keys = Keys::new(
    "measured",
    "A measured figure of business, with what was expected.",
    &[&[
        must("source", TEXT, "Which source is asked."),
        must("actual", TEXT, "The query for what happens."),
        must("expected", TEXT, "The query for what was expected."),
        must("per", Kind::One(Scalar::Word(&["second", "minute", "hour", "day"])), "The unit of time of both queries."),
        must("unit_value", AMOUNT, "What one unit is worth."),
        may("tolerance", Kind::One(Scalar::Tolerance), "The shortfall that counts as none. Default: 0 %."),
    ]],
);
