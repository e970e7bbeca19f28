//! The keys of the two kinds of file, and of the tables that stand in a map beside nodes and objectives.

use super::super::console::NOTIFY;
use super::super::scalar::Scalar;
use super::node::{COMPONENT, CUSTOMER, PROCESS, SERVICE};
use super::objective::OBJECTIVE;
use super::source::SOURCE;
use super::{AMOUNT, DATE, DURATION, FLAG, ID, Keys, Kind, PATTERNS, TEXT, TEXTS, ZONE, may, must};

/// Hours by weekday.
const WEEK: Kind =
    Kind::Free(Scalar::Weekdays, &Kind::Either(&[Kind::List(&Kind::One(Scalar::Hours)), Kind::One(Scalar::Hours)]));

/// `config.toml`.
pub(in super::super) static CONFIG_FILE: Keys = Keys::new(
    "config",
    "config.toml: zone, money, sources and the console itself.",
    &[&[
        may("tz", ZONE, "The zone in which days and months begin. Default: UTC."),
        may("money", Kind::Table(&MONEY), "The currency of the totals, and rates of others."),
        may("source", Kind::List(&Kind::Table(&SOURCE)), "The APIs that are polled."),
        may("console", Kind::Table(&CONSOLE), "How the console looks, and when it makes itself heard."),
    ]],
);

/// A file of `map/`.
pub(in super::super) static MAP_FILE: Keys = Keys::new(
    "map",
    "map/*.toml: what needs what, what it is worth, what was promised. All files are merged.",
    &[&[
        may("process", Kind::List(&Kind::Table(&PROCESS)), "Business processes."),
        may("service", Kind::List(&Kind::Table(&SERVICE)), "IT services."),
        may("component", Kind::List(&Kind::Table(&COMPONENT)), "Assets and configuration items."),
        may("customer", Kind::List(&Kind::Table(&CUSTOMER)), "Who depends on processes and services."),
        may("objective", Kind::List(&Kind::Table(&OBJECTIVE)), "Promises: SLOs and SLAs."),
        may(
            "clock",
            Kind::List(&Kind::Table(&CLOCK)),
            "Targets of tickets, where the ticketing system has no engine for them.",
        ),
        may("calendar", Kind::List(&Kind::Table(&CALENDAR)), "Open hours."),
        may("profile", Kind::List(&Kind::Table(&PROFILE)), "How much of its value a process has at which hour."),
        may("maintenance", Kind::List(&Kind::Table(&MAINTENANCE)), "Declared maintenance."),
        may("spend", Kind::List(&Kind::Table(&SPEND)), "What IT costs to run, with a limit."),
    ]],
);

static MONEY: Keys = Keys::new(
    "money",
    "The currency of the totals, and rates of others.",
    &[&[
        must("currency", Kind::One(Scalar::Currency), "Every total is in this currency."),
        may(
            "rates",
            Kind::Free(Scalar::Currency, &Kind::One(Scalar::Rate)),
            "What one unit of another currency is worth in `currency`. Converted figures are marked.",
        ),
        may("as_of", DATE, "The day of the rates."),
    ]],
);

static CONSOLE: Keys = Keys::new(
    "console",
    "How the console looks, and when it makes itself heard. The command line goes before it.",
    &[&[
        may("theme", TEXT, "The theme to start with: one that comes with the program, or a file of themes/."),
        may("mouse", FLAG, "Whether clicks select and the wheel scrolls. Default: false."),
        may("ascii", FLAG, "Whether only ASCII is drawn. Default: as the locale says."),
        may("bell", FLAG, "Whether the bell rings when the business is newly hit. Default: true."),
        may(
            "notify",
            Kind::One(Scalar::Word(&NOTIFY)),
            "By which sequence the terminal is asked to notify. Default: auto, the one it is known to understand.",
        ),
        may("quiet", WEEK, "The hours in which neither happens, by weekday; they may cross midnight."),
        may("snooze", DURATION, "How long the key for it keeps both away. Default: 15m."),
    ]],
);

static CLOCK: Keys = Keys::new(
    "clock",
    "Targets of the tickets that match. Of several that match, the one with most keys counts; a tie is an error.",
    &[&[
        must("source", TEXT, "Whose tickets: the name of a source."),
        may("where", PATTERNS, "Which tickets: all of these labels."),
        may("respond", DURATION, "Until the first response. A day is 24 open hours."),
        may("update", DURATION, "Between updates."),
        may("resolve", DURATION, "Until resolution."),
        may("calendar", ID, "The open hours: the id of a calendar. Default: all hours."),
        may("paused_while", TEXTS, "Ticket states that stop the clock."),
    ]],
);

static CALENDAR: Keys = Keys::new(
    "calendar",
    "Open hours.",
    &[&[
        must("id", ID, "Unique over all files and kinds."),
        may("tz", ZONE, "The zone of its hours. Default: that of config.toml."),
        must("hours", WEEK, "Open hours by weekday; they may cross midnight."),
        may(
            "holidays",
            Kind::List(&Kind::One(Scalar::Holiday)),
            "Days that are closed: dates, or month and day of every year.",
        ),
    ]],
);

static PROFILE: Keys = Keys::new(
    "profile",
    "How much of its value a process has at which hour.",
    &[&[
        must("id", ID, "Unique over all files and kinds."),
        may("tz", ZONE, "The zone of its hours. Default: that of config.toml."),
        must(
            "hours",
            Kind::Free(Scalar::Weekdays, &Kind::Free(Scalar::Hours, &Kind::One(Scalar::Number))),
            "Weights by weekday and hours; hours that are not listed have weight 0.",
        ),
        may(
            "dates",
            Kind::Free(Scalar::Date, &Kind::One(Scalar::Number)),
            "Factors of single dates, on top of the hours.",
        ),
    ]],
);

static MAINTENANCE: Keys = Keys::new(
    "maintenance",
    "Declared maintenance.",
    &[&[
        must("nodes", Kind::List(&Kind::One(Scalar::IdOrGlob)), "The nodes: ids or globs."),
        must("start", Kind::One(Scalar::LocalTime), "When it first starts, local time."),
        may("tz", ZONE, "The zone of `start`. Default: that of config.toml."),
        must("duration", DURATION, "How long each lasts."),
        may(
            "repeat",
            Kind::One(Scalar::Repeat),
            "When it comes again: daily, weekly DAY, monthly 1st DAY. Default: never.",
        ),
        may("until", DATE, "The last day on which one may start."),
        may(
            "excluded",
            FLAG,
            "Whether it also leaves the contract figure of objectives on exactly these nodes. Default: false.",
        ),
        may("summary", TEXT, "What for."),
    ]],
);

static SPEND: Keys = Keys::new(
    "spend",
    "What IT costs to run. One of `source` and `files` says where the figure comes from.",
    &[&[
        must("id", ID, "Unique over all files and kinds."),
        must("node", ID, "For what: the id of a node."),
        may("source", TEXT, "Which source has the figure."),
        may("query", TEXT, "The query that the source is asked."),
        may("files", TEXT, "FOCUS files, as a glob."),
        may("select", Kind::Free(Scalar::Text, &TEXT), "Which part of it."),
        may("limit", AMOUNT, "The limit a month."),
    ]],
);
